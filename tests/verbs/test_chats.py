"""`chats` prints the stored address book: in Chinese, in English, as JSON; golden."""

import argparse
import json
from pathlib import Path

import pytest

from ruleswx.addressbook.bindings import Row, login_mark
from ruleswx.protocol.saved import dump_session
from ruleswx.store import open_store
from ruleswx.verbs import chats
from tests.protocol.transcripts import session
from tests.verbs.stored import write_rows

NOW, BEFORE = login_mark("@me"), login_mark("@then")
ROWS = (
    Row("p-1", nick="王五", remark="老王", listed=True, login=NOW),
    Row("p-2", nick="老王", listed=True, login=NOW),
    Row("p-3", nick="路人", login=NOW),
    Row("g-1", "group", nick="产品\x1b[31m群", listed=True, login=NOW),
    Row("g-2", "group", login=NOW),
    Row("g-3", "group", nick="客户群二", listed=True, login=BEFORE),
    Row("o-1", "official", nick="天气", login=NOW),
)
ZH = """\
账号：助手

好友（2）
  老王 (王五)  [重名：老王]
  老王  [重名：老王]

群（2）
  （没有名字的群）  [没有保存到通讯录]
  产品\\u001b[31m群

公众号（1）
  天气

这些名字不止一个聊天在用，发送时不能用（给其中一个设备注）：
  老王: 好友 老王 / 王五; 好友 老王

以前登录时见过、这次还没见到（1）
  客户群二
"""
EN = """\
account: 助手

friends (2)
  老王 (王五)  [shared: 老王]
  老王  [shared: 老王]

groups (2)
  (a group without a name)  [not saved to the contacts]
  产品\\u001b[31m群

official accounts (1)
  天气

several chats go by these names; nothing can be sent to them (give one of them a 备注):
  老王: friend 老王 / 王五; friend 老王

known from an earlier login, not met in this one (1)
  客户群二
"""


def ask(folder: Path, lang: str = "en", as_json: bool = False) -> int:
    return chats.run(argparse.Namespace(config=str(folder / "config.yaml"), lang=lang, json=as_json))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text("wechat: {endpoint: sandbox}\n", "utf-8")
    with open_store(tmp_path / "state") as store:
        write_rows(store, *ROWS)
        store.save_session(dump_session(session(user_name="@me", nick_name="助手")))
    return tmp_path


@pytest.mark.parametrize(("lang", "golden"), [("zh", ZH), ("en", EN)])
def test_everybody_in_both_languages(state: Path, lang: str, golden: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, lang) == 0
    assert capsys.readouterr().out == golden


def test_json_is_one_object(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["account"] == "助手"
    assert told["chats"][0] == {
        "key": "p-1",
        "kind": "person",
        "names": ["老王", "王五"],
        "shared": ["老王"],
        "bound": True,
        "saved": True,
    }
    assert [chat["bound"] for chat in told["chats"] if chat["kind"] == "group"] == [True, True, False]


def test_before_the_first_login(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yaml").write_text("wechat: {endpoint: sandbox}\n", "utf-8")
    with open_store(tmp_path / "state"):
        pass
    assert ask(tmp_path) == 0
    assert "no login yet" in capsys.readouterr().out


def test_without_a_state_the_state_is_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yaml").write_text("wechat: {endpoint: sandbox}\n", "utf-8")
    assert ask(tmp_path) == 7
    assert "has the bot ever run?" in capsys.readouterr().err
