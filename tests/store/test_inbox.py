"""Messages: in order, once, never lost, never stuck."""

from pathlib import Path

import pytest

from ruleswx.errors import AlreadyDecided
from ruleswx.model import Change, State
from ruleswx.store import Store, open_store
from tests.store.making import incoming, say

VAR = Change("var", "n", "", State(1))


def ids(store: Store) -> list[str]:
    return [row.msg_id for row in store.pending()]


def test_a_batch_is_stored_in_order_and_once(store: Store) -> None:
    first = store.take(incoming("b", "a", "b"), b"1", 5.0)
    again = store.take(incoming("a", "c"), b"2", 6.0)
    assert [(row.msg_id, row.received) for row in (*first, *again)] == [("b", 5.0), ("a", 5.0), ("c", 6.0)]
    assert store.pending() == (*first, *again)
    assert store.load_session() == b"2"


def test_an_id_is_known_after_a_restart_however_many_came_between(folder: Path) -> None:
    with open_store(folder) as store:
        (row,) = store.take(incoming("old"), b"s", 0.0)
        store.commit(row.seq, (), (), b"", "", 0.0)
    with open_store(folder) as store:
        assert store.take(incoming("old"), b"s", 1.0) == ()
        store._known.add(str(n) for n in range(30_000))  # pushed out of memory: the table still knows it
        assert store.take(incoming("old"), b"s", 2.0) == ()
        assert store.pending() == ()


def test_nothing_new_writes_nothing(store: Store) -> None:
    store.take(incoming("a"), b"s", 0.0)
    before = store._database.one("PRAGMA data_version"), store._database._connection.total_changes
    assert store.take(incoming("a"), b"s", 1.0) == ()
    assert (store._database.one("PRAGMA data_version"), store._database._connection.total_changes) == before


def test_the_cursor_moves_without_news_too(store: Store) -> None:
    store.take([], b"moved", 0.0)
    assert store.load_session() == b"moved"


def test_a_message_that_fails_three_times_is_set_aside(store: Store) -> None:
    bad, good = store.take(incoming("bad", "good"), b"s", 0.0)
    assert [store.failed(bad.seq) for _ in range(2)] == [False, False]
    assert [(row.msg_id, row.attempts) for row in store.pending()] == [("bad", 2), ("good", 0)]
    assert store.failed(bad.seq)
    assert store.pending() == (good,)


def test_a_message_gets_one_decision(store: Store) -> None:
    done, aside, waiting = store.take(incoming("done", "aside", "waiting"), b"s", 0.0)
    store.commit(done.seq, [say("一")], (), b"", "", 0.0)
    assert [store.failed(aside.seq) for _ in range(4)] == [False, False, True, True]
    assert store.failed(done.seq), "what has its decision is not tried again either"
    for seq in (done.seq, aside.seq, 99):
        with pytest.raises(AlreadyDecided):
            store.commit(seq, [say("二")], [VAR], b"{}", "matched", 0.0)
    assert [row.effect for row in store.queued()] == [say("一")]
    assert store.state("var", "n", "") is None
    assert store.traces(limit=9) == ()
    assert store.pending() == (waiting,)


def test_one_message_is_found_by_its_id(store: Store) -> None:
    first, _ = store.take(incoming("a", "b"), b"s", 100.0)
    store.commit(first.seq, (), (), b"", "", 100.0)
    assert store.message("a") == first
    assert store.message("c") is None
    store.prune(10_000.0, messages=1.0)
    assert store.message("a") is None, "its text is gone"


def test_a_message_that_ends_the_process_is_set_aside_after_three_runs(folder: Path) -> None:
    with open_store(folder) as store:
        store.take(incoming("killer"), b"s", 0.0)
    tried = []
    for _ in range(4):
        with open_store(folder) as store:
            tried += [store.trying(row.seq) for row in store.pending()]
    assert tried == [True, True, False]


def test_new_messages_cost_no_mark(store: Store) -> None:
    (row,) = store.take(incoming("a"), b"s", 0.0)
    assert all(store.trying(row.seq) for _ in range(5))
    assert store.pending()[0].attempts == 0


def test_texts_go_after_their_time_but_ids_stay(store: Store) -> None:
    done, waiting = store.take(incoming("done", "waiting"), b"s", 100.0)
    store.commit(done.seq, (), (), b"", "", 100.0)
    assert store.prune(200.0, messages=100.0).messages == 0
    assert store.prune(201.0, messages=100.0).messages == 1
    assert store.messages(since=0.0) == (waiting,)
    assert store.take(incoming("done"), b"s", 202.0) == ()


def test_ids_go_when_nobody_offers_them_any_more(store: Store) -> None:
    (row,) = store.take(incoming("a"), b"s", 0.0)
    store.commit(row.seq, (), (), b"", "", 0.0)
    store.prune(40 * 86_400.0, messages=1.0)
    assert store._database.one("SELECT count(*) FROM inbox") == (0,)


def test_pruned_text_is_gone_from_the_file(folder: Path) -> None:
    with open_store(folder) as store:
        rows = store.take(incoming("very-private-words"), b"s", 0.0)
        store.commit(rows[0].seq, (), (), b"", "", 0.0)
        store.prune(40 * 86_400.0, messages=1.0)
    assert b"very-private-words" not in b"".join(p.read_bytes() for p in folder.iterdir())
