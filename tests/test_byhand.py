from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ruleswx.byhand import change_outbox, send_message
from ruleswx.model import CallHttp, Chat, Effect, Receipt, SendMedia, SendText
from ruleswx.store import OutboxRow, Store, open_store

CHAT = Chat("p", "person", ("小李",), "@1")


def change(store: Store, **request: Any) -> tuple[Mapping[str, Any], list[tuple[str, int]]]:
    told: list[tuple[str, int]] = []

    def heard(what: str) -> Any:
        def tell(row: OutboxRow) -> None:
            told.append((what, row.id))

        return tell

    return change_outbox(request, store, 9.0, again=heard("again"), taken_back=heard("back")), told


def test_one_that_failed_is_queued_again_and_one_that_waits_is_taken_back(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        one, two = store.commit(None, [SendText(CHAT, "a"), SendText(CHAT, "b")], (), b"", "", 1.0)
        store.settle(one.id, Receipt("failed"), 2.0)
        assert change(store, id=one.id, action="retry") == ({"done": True}, [("again", one.id)])
        assert change(store, id=two.id, action="drop") == ({"done": True}, [("back", two.id)])
        assert [row.id for row in store.queued()] == [one.id]


@pytest.mark.parametrize("action", ["retry", "drop"])
def test_what_is_not_there_changes_nothing(tmp_path: Path, action: str) -> None:
    with open_store(tmp_path) as store:
        assert change(store, id=77, action=action) == ({"done": False}, [])


@pytest.mark.parametrize("request_", [{}, {"id": "1", "action": "drop"}, {"id": 1, "action": "burn"}])
def test_a_question_that_is_none_is_said(tmp_path: Path, request_: dict[str, Any]) -> None:
    with open_store(tmp_path) as store:
        answer, told = change(store, **request_)
        assert ("error" in answer, told) == (True, [])


def test_a_call_is_taken_back_but_never_repeated(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        asked = CallHttp("POST", "https://a.example/", {}, None, 5.0, "ffff", "规则", "t")
        (row,) = store.commit(None, [asked], (), b"", "", 1.0)
        store.settle(row.id, Receipt("failed"), 2.0)
        assert change(store, id=row.id, action="retry") == ({"done": False}, [])
        assert change(store, id=row.id, action="drop") == ({"done": True}, [("back", row.id)])


def say(store: Store, files: Path, **request: Any) -> Mapping[str, Any]:
    chats = {"小李": (CHAT,), "双胞胎": (CHAT, Chat("q", "person", ("双胞胎",), "@2"))}

    def post(effects: Sequence[Effect]) -> tuple[OutboxRow, ...]:
        return store.commit(None, effects, (), b"", "", 1.0)

    return send_message(request, lambda name: chats.get(name, ()), post, files)


def test_a_message_by_hand_is_queued_a_picture_as_a_picture(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes(b"\x89PNG\r\n\x1a\n")
    with open_store(tmp_path / "state") as store:
        told = say(store, tmp_path, to="小李", text="你好", file="a.dat")
        rows = store.queued()
    assert told == {"queued": [row.id for row in rows]}
    assert [row.effect for row in rows] == [SendText(CHAT, "你好"), SendMedia(CHAT, "image", "a.dat")]


@pytest.mark.parametrize(
    ("request_", "refused"),
    [
        ({"to": "没人", "text": "x"}, "nobody"),
        ({"to": "双胞胎", "text": "x"}, "several"),
        ({"to": "小李", "text": "x" * 40_001}, "too_long"),
        ({"to": "小李", "text": "x", "file": "../state/ruleswx.db"}, "file"),
        ({"to": "小李", "file": "none.png"}, "file"),
    ],
)
def test_what_cannot_be_sent_by_hand_queues_nothing(tmp_path: Path, request_: dict[str, Any], refused: str) -> None:
    with open_store(tmp_path / "state") as store:
        assert say(store, tmp_path, **request_)["refused"] == refused
        assert store.queued() == ()


@pytest.mark.parametrize("request_", [{}, {"to": "小李"}, {"to": 1, "text": "x"}, {"to": "小李", "text": ["x"]}])
def test_a_message_to_nobody_or_without_words_is_no_question(tmp_path: Path, request_: dict[str, Any]) -> None:
    with open_store(tmp_path / "state") as store:
        assert "error" in say(store, tmp_path, **request_)
