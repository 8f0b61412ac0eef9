"""`doctor` says what it found in Chinese, in English and as JSON; its exit code says whether anything needs mending."""

import argparse
import json
import re
from pathlib import Path

import pytest

from ruleswx.addressbook.bindings import Row, login_mark
from ruleswx.protocol.saved import dump_session
from ruleswx.store import open_store
from ruleswx.verbs import doctor
from tests.protocol.transcripts import session
from tests.verbs.stored import write_rows

NOW = login_mark("@me")
FINE = (
    Row("p-1", nick="老板", remark="张总", listed=True, login=NOW),
    Row("g-1", "group", nick="产品交流群", listed=True, login=NOW),
)
RULES = """\
reply:
  - rule: 价格
    when: {sender: '@@', group: 产品交流群, contains: 价格}
    do: {reply: 99 元}
schedule:
  - rule: 早报
    at: '08:30'
    do: {send: 早, to: [产品交流群]}
"""
ZH = """\
  ok  versions  Python …
  ok  state     …/state 只有自己能读
  ok  disk      存盘 100 次，平均 … 毫秒，最慢 … 毫秒；空闲 … GiB
  ok  dns       服务就在本机，不查 DNS
  ok  clock     现在是 …（Asia/Shanghai）；要是不对，请校准时钟或改 tz
note  terminal  输出不在终端上，登录二维码请看 state 里的图片
MEND  names     …/rules.yaml:3:33: 没有叫 `产品交流群` 的聊天：改名了，或者写错了（ruleswx chats）
MEND  names     …/rules.yaml:8:24: E122 有 2 个聊天都叫 `财务`，不知道发给哪个: 给其中一个设备注，或写得更长
MEND  admins    …/config.yaml:3:9: E123 管理员 `张总` 不是好友的备注或微信号: 加为好友并设好备注；群昵称谁都能改，不算数
MEND  groups    群 `财务` 没有保存到通讯录，下次登录后要等有人说话才认得

4 处要修
"""
EN = """\
  ok  versions  Python …
  ok  state     …/state is private
  ok  disk      100 commits took … ms each, … ms the slowest; … GiB free
  ok  dns       the service is on this machine; no names to look up
  ok  clock     it is … (Asia/Shanghai); if not, set the clock or change tz
note  terminal  no terminal here; a login code is in the picture in the state folder
MEND  names     …/rules.yaml:3:33: no chat is called `产品交流群`: it was renamed, or misspelt (ruleswx chats)
"""


def ask(folder: Path, lang: str = "en", as_json: bool = False) -> int:
    return doctor.run(argparse.Namespace(config=str(folder / "config.yaml"), lang=lang, json=as_json))


def write(folder: Path, rules: str = RULES, rows: tuple[Row, ...] = FINE) -> Path:
    (folder / "config.yaml").write_text("wechat: {endpoint: sandbox}\nrules: [rules.yaml]\nadmins: 张总\n", "utf-8")
    (folder / "rules.yaml").write_text(rules, "utf-8")
    with open_store(folder / "state") as store:
        if rows:
            write_rows(store, *rows)
            store.save_session(dump_session(session(user_name="@me", nick_name="助手")))
    return folder


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    rows = (
        Row("p-1", nick="张总", listed=True, login=NOW),
        Row("p-2", nick="财务", listed=True, login=NOW),
        Row("g-1", "group", nick="财务", login=NOW),
    )
    return write(tmp_path, RULES.replace("to: [产品交流群]", "to: [财务]"), rows)


def steady(text: str, folder: Path) -> str:
    """What differs from machine to machine taken out."""
    text = text.replace(str(folder), "…")
    text = re.sub(r"^.*expat.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"(versions  Python ).*", r"\1…", text)
    text = re.sub(r"\d+\.\d+(?= (?:ms|毫秒|GiB))", "…", text)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ?(?=[（(])", lambda m: "…" + " " * m[0].endswith(" "), text)


def test_golden_in_chinese(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(bad, "zh") == 3
    assert steady(capsys.readouterr().out, bad) == ZH


def test_golden_in_english(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(bad) == 3
    told = steady(capsys.readouterr().out, bad)
    assert told.startswith(EN)
    assert told.endswith("\n4 to mend\n")


def test_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(write(tmp_path)) == 0
    told = capsys.readouterr().out
    assert "all names in rules fit (2)" in told
    assert "all admins are friends (1)" in told
    assert told.endswith("\nnothing needs mending\n")
    assert sorted(path.name for path in (tmp_path / "state").iterdir() if path.name.startswith(".")) == []


def test_json_is_one_object_with_places(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(bad, as_json=True) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["mend"] == 4
    (shared,) = [finding for finding in told["findings"] if finding["code"] == "E122"]
    assert (shared["level"], shared["line"], shared["values"]["name"]) == ("mend", 8, "财务")


def test_rules_with_errors_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(write(tmp_path, "reply:\n  - rule: x\n    when: {contanis: y}\n    do: {reply: z}\n")) == 3
    assert "ruleswx check" in capsys.readouterr().out


def test_before_the_first_run_names_are_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, rows=())
    assert ask(tmp_path) == 0
    assert "no login yet" in capsys.readouterr().out
    for path in (tmp_path / "state").iterdir():
        path.unlink()
    (tmp_path / "state").rmdir()
    assert ask(tmp_path) == 0
    assert "no login yet" in capsys.readouterr().out
    assert not (tmp_path / "state").exists()


def test_every_sentence_is_there_in_both_languages() -> None:
    assert doctor._WORDS["zh"].keys() == doctor._WORDS["en"].keys()
    holes = {
        lang: {k: set(re.findall(r"{(\w+)}", v)) for k, v in words.items()} for lang, words in doctor._WORDS.items()
    }
    assert holes["zh"] == holes["en"]
