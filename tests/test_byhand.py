from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ruleswx.byhand import change_outbox
from ruleswx.model import CallHttp, Chat, Receipt, SendText
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
