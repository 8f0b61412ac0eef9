"""The outbox: on disk before each step, and every entry has one end."""

from pathlib import Path

import pytest

from ruleswx.model import Notify, Receipt, SendText, WriteLog
from ruleswx.store import OutboxRow, Store, open_store
from ruleswx.store.codec import encode_effect
from tests.store.making import FRIEND, GROUP, incoming, say

SENT = Receipt("sent", msg_id="77")


def put(store: Store, *texts: str) -> tuple[OutboxRow, ...]:
    return store.commit(None, [say(text) for text in texts], (), b"", "", 1.0)


def state(store: Store, row: OutboxRow) -> str:
    found = store.outbox_row(row.id)
    assert found is not None
    return found.state


def test_effects_are_queued_in_order_with_what_asked_for_them(store: Store) -> None:
    (message,) = store.take(incoming("m1"), b"s", 0.0)
    effects = [say("一", GROUP), Notify("二", "规则"), WriteLog("no"), say("三")]
    rows = store.commit(message.seq, effects, (), b"", "", 2.0)
    assert [(r.effect, r.chat, r.kind, r.rule, r.cause) for r in rows] == [
        (say("一", GROUP), GROUP.key, "text", "问候", "m1"),
        (Notify("二", "规则"), "", "text", "规则", "m1"),
        (say("三"), FRIEND.key, "text", "问候", "m1"),
    ]
    assert store.queued() == rows


def test_the_way_of_an_entry_that_is_sent(store: Store) -> None:
    (row,) = put(store, "x")
    assert store.sending(row.id, "c1", pace=b"p")
    assert store.load_pace() == b"p"
    assert not store.sending(row.id, "c2")
    assert state(store, row) == "sending"
    assert store.queued() == ()
    assert store.settle(row.id, SENT, 3.0)
    found = store.outbox_row(row.id)
    assert found is not None
    assert (found.state, found.settled, found.msg_id, found.attempts, found.client_msg_id) == (
        "sent",
        3.0,
        "77",
        1,
        "c1",
    )
    assert not store.settle(row.id, Receipt("failed"), 4.0)


def test_what_did_not_leave_goes_back_to_its_place_under_its_id(store: Store) -> None:
    first, second = put(store, "1", "2")
    store.sending(first.id, "c1")
    assert store.requeue(first.id)
    assert not store.requeue(first.id)
    assert [(row.id, row.client_msg_id) for row in store.queued()] == [(first.id, "c1"), (second.id, "")]


def test_what_cannot_be_sent_at_all_fails_from_the_queue(store: Store) -> None:
    (row,) = put(store, "x")
    assert store.settle(row.id, Receipt("failed", ret=1204, reason="not a friend"), 2.0)
    assert store.outbox(["failed"])[0].reason == "not a friend"


def test_after_a_crash_the_end_is_unknown_and_nothing_is_sent_again(folder: Path) -> None:
    with open_store(folder) as store:
        first, second = put(store, "1", "2")
        store.sending(first.id, "c1")
    for _ in range(2):
        with open_store(folder) as store:
            assert [row.id for row in store.queued()] == [second.id]
            assert [(row.id, row.reason) for row in store.outbox(["unknown"])] == [(first.id, "interrupted")]
            lost = store.recover()
    assert lost == ()
    assert state_after(folder, first) == "unknown"


def state_after(folder: Path, row: OutboxRow) -> str:
    with open_store(folder) as store:
        return state(store, row)


def test_a_crash_names_what_it_lost(folder: Path) -> None:
    with open_store(folder) as store:
        (row,) = put(store, "1")
        store.sending(row.id, "c1")
    with open_store(folder) as store:
        assert store.recover() == store.outbox(["unknown"])


def test_by_hand_an_unknown_one_is_sent_again_or_put_aside(store: Store) -> None:
    first, second, third = put(store, "1", "2", "3")
    for row in (first, second, third):
        store.sending(row.id, f"c{row.id}")
        store.settle(row.id, Receipt("unknown"), 2.0)
    again = store.retry(first.id)
    assert again is not None
    assert (again.state, again.client_msg_id) == ("queued", f"c{first.id}")
    assert store.queued() == (again,)
    assert store.retry(first.id) is None
    assert store.drop(second.id, 3.0)
    assert [(r.id, r.state) for r in store.outbox(["unknown", "dropped"])] == [
        (second.id, "dropped"),
        (third.id, "unknown"),
    ]


@pytest.mark.parametrize("outcome", ["sent"])
def test_what_was_sent_or_is_under_way_cannot_be_taken_back(store: Store, outcome: str) -> None:
    (row,) = put(store, "x")
    store.sending(row.id, "c")
    assert not store.drop(row.id, 2.0)
    store.settle(row.id, SENT, 2.0)
    assert not store.drop(row.id, 3.0)
    assert store.retry(row.id) is None
    assert store.drop(99, 3.0) is False


def test_own_ids_are_known_after_a_restart(folder: Path) -> None:
    with open_store(folder) as store:
        (row,) = put(store, "x")
        store.sending(row.id, "c1")
        store.settle(row.id, SENT, 2.0)
        assert store.is_ours("c1")
        assert store.is_ours("77")
        assert not store.is_ours("")
    with open_store(folder) as store:
        assert store.is_ours("c1")
        assert store.is_ours("77")
        assert not store.is_ours("78")


def test_what_another_version_queued_is_shown_as_failed(folder: Path) -> None:
    with open_store(folder) as store:
        (row,) = put(store, "x")
        store._database.execute("UPDATE outbox SET effect = 'SendPigeon'")
    with open_store(folder) as store:
        assert store.queued() == ()
        (found,) = store.outbox(["failed"])
        assert (found.id, found.effect) == (row.id, WriteLog("? SendPigeon"))


def test_closed_entries_go_after_their_time_unknown_ones_stay(store: Store) -> None:
    sent, unknown, waiting = put(store, "1", "2", "3")
    for row, receipt in ((sent, SENT), (unknown, Receipt("unknown"))):
        store.sending(row.id, f"c{row.id}")
        store.settle(row.id, receipt, 10.0)
    assert store.prune(100.0, messages=50.0).outbox == 1
    assert [row.id for row in store.outbox()] == [unknown.id, waiting.id]
    assert store.outbox_counts() == {"unknown": 1, "queued": 1}


def test_the_queue_is_found_by_its_own_index(store: Store) -> None:
    plan = store._database.rows(
        "EXPLAIN QUERY PLAN SELECT id FROM outbox WHERE open = 1 AND state IN ('queued') ORDER BY id DESC"
    )
    assert "outbox_open" in str(plan)


def test_the_last_rows_of_a_long_list(store: Store) -> None:
    rows = put(store, *(str(n) for n in range(9)))
    assert store.outbox(limit=2) == rows[-2:]
    assert encode_effect(rows[0].effect)[0] == SendText.__name__
