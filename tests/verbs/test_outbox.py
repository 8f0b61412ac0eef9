"""`outbox` lists the open ends and changes one, through the running bot or without one."""

import argparse
import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from ruleswx.model import CallHttp, Chat, Notify, Receipt, RunCommand, SendText
from ruleswx.store import Store, open_store
from ruleswx.verbs import outbox

GROUP = Chat("g", "group", ("同学群",))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text("wechat: {endpoint: sandbox}\n", "utf-8")
    with open_store(tmp_path / "state") as store:
        fill(store)
    return tmp_path


def fill(store: Store) -> None:
    """1 queued, 2 unknown, 3 failed, 4 sent, 5 queued."""
    effects = [SendText(GROUP, f"第{n}条\n", "规则") for n in range(1, 5)]
    rows = store.commit(None, [*effects, Notify("小心")], (), b"", "", 1_780_000_000.0)
    for row, receipt in (
        (rows[1], Receipt("unknown", reason="timed_out: read")),
        (rows[2], Receipt("failed", ret=1204, reason="not a friend")),
        (rows[3], Receipt("sent", "m")),
    ):
        store.sending(row.id, f"c{row.id}")
        store.settle(row.id, receipt, 1_780_000_001.0)


def call(state: Path, action: str | None = None, row_id: int | None = None, **more: Any) -> int:
    args = {"lang": "en", "json": False, **more}
    return outbox.run(argparse.Namespace(config=str(state / "config.yaml"), action=action, id=row_id, **args))


def test_the_list_in_words(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(state) == 0
    assert capsys.readouterr().out == (
        "queued:\n"
        "      1  05-29 04:26:40  → 同学群  第1条⏎  [规则]\n"
        "      5  05-29 04:26:40  → [notify the admins]  小心\n"
        "outcome unknown:\n"
        "      2  05-29 04:26:40  → 同学群  第2条⏎  [规则]  (the service did not answer in time)\n"
        "failed:\n"
        "      3  05-29 04:26:40  → 同学群  第3条⏎  [规则]  (Ret 1204 not a friend, or nobody one can send to)\n"
        f"send once more: ruleswx outbox {state}/config.yaml retry ID    "
        f"give up: ruleswx outbox {state}/config.yaml drop ID\n"
    )


def test_the_list_in_chinese_has_no_english_in_it(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(state, lang="zh") == 0
    assert capsys.readouterr().out == (
        "等待发送:\n"
        "      1  05-29 04:26:40  → 同学群  第1条⏎  [规则]\n"
        "      5  05-29 04:26:40  → [通知管理员]  小心\n"
        "不知道发没发出去:\n"
        "      2  05-29 04:26:40  → 同学群  第2条⏎  [规则]  (微信服务器一直没有回应)\n"
        "没发成:\n"
        "      3  05-29 04:26:40  → 同学群  第3条⏎  [规则]  (Ret 1204 对方不是好友，或者不能发给他)\n"
        f"再发一次：ruleswx outbox {state}/config.yaml retry 编号    "
        f"不要了：ruleswx outbox {state}/config.yaml drop 编号\n"
    )


def test_an_empty_list_says_so(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for row_id in (1, 2, 3, 5):
        assert call(state, "drop", row_id) == 0
    capsys.readouterr()
    assert call(state, lang="zh") == 0
    assert capsys.readouterr().out == "没有要发的，也没有失败的。\n"


def test_the_list_as_json(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(state, json=True) == 0
    entries = json.loads(capsys.readouterr().out)["outbox"]
    assert [(e["id"], e["state"], e["to"], e["text"], e["effect"]) for e in entries] == [
        (1, "queued", "同学群", "第1条\n", "SendText"),
        (2, "unknown", "同学群", "第2条\n", "SendText"),
        (3, "failed", "同学群", "第3条\n", "SendText"),
        (5, "queued", "Notify", "小心", "Notify"),
    ]
    assert entries[2]["ret"] == 1204


@pytest.mark.parametrize(
    ("action", "row_id", "code"), [("retry", 2, 0), ("retry", 3, 0), ("retry", 4, 1), ("drop", 1, 0), ("drop", 9, 1)]
)
def test_without_a_bot_it_changes_the_state_itself(
    state: Path, action: str, row_id: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(state, action, row_id) == code
    said = capsys.readouterr()
    assert str(row_id) in (said.err if code else said.out)
    with open_store(state / "state") as store:
        found = store.outbox_row(row_id)
    assert (found.state if found else None) == {
        ("retry", 2): "queued", ("retry", 3): "queued", ("retry", 4): "sent", ("drop", 1): "dropped", ("drop", 9): None,
    }[action, row_id]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [({"done": True}, 0, "7 will be sent"), ({"done": False}, 1, "7 cannot"), ({"error": "busy"}, 1, "busy")],
)
def test_a_running_bot_is_asked(
    state: Path, answer: dict[str, Any], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_UNIX) as listening, open_store(state / "state"):
        listening.bind(str(state / "state" / "ruleswx.sock"))
        listening.listen()
        asked: list[bytes] = []

        def bot() -> None:
            client, _ = listening.accept()
            with client:
                asked.append(client.recv(4096))
                client.sendall(json.dumps(answer).encode() + b"\n")

        thread = threading.Thread(target=bot)
        thread.start()
        assert call(state, "retry", 7) == code
        thread.join()
    assert json.loads(asked[0]) == {"ask": "outbox", "action": "retry", "id": 7}
    captured = capsys.readouterr()
    assert said in captured.out + captured.err


def test_without_a_socket_but_in_use_it_says_who_has_it(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(state / "state"):
        assert call(state, "drop", 1) == 6
    assert "process" in capsys.readouterr().err


def test_errands_are_listed_without_marks_and_never_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.yaml").write_text("wechat: {endpoint: sandbox}\n", "utf-8")
    asked = CallHttp("POST", "https://a.example/?k=ffffKEYffff", {}, None, 5.0, "ffff", "规则", "t")
    with open_store(tmp_path / "state") as store:
        rows = store.commit(None, [asked, RunCommand(("bin/x", "1 2"), 5.0, "规则", "u")], (), b"", "", 1_780_000_000.0)
        for row in rows:
            store.settle(row.id, Receipt("failed", reason="why"), 1_780_000_001.0)
    assert call(tmp_path) == 0
    told = capsys.readouterr().out
    assert "→ http  POST https://a.example/?k=*KEY*  [规则]  (why)\n" in told
    assert "→ run  bin/x 1 2  [规则]  (why)\n" in told
    assert call(tmp_path, "retry", 1) == 1
    assert "step" in capsys.readouterr().err
    assert call(tmp_path, "drop", 1) == 0
