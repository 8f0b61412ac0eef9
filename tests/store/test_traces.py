"""Traces: the newest of each outcome stay."""

from ruleswx.store import Store
from tests.store.making import incoming


def trace(store: Store, name: str, outcome: str) -> None:
    (row,) = store.take(incoming(name), b"s", 0.0)
    store.commit(row.seq, (), (), b'{"n":"%s"}' % name.encode(), outcome, 1.0)


def test_a_trace_is_found_by_its_message_and_the_last_without(store: Store) -> None:
    trace(store, "a", "matched")
    trace(store, "b", "no_match")
    assert [t.body for t in store.traces()] == [b'{"n":"b"}']
    assert [t.outcome for t in store.traces(msg_id="a")] == ["matched"]
    assert [t.msg_id for t in store.traces(outcome="no_match", limit=9)] == ["b"]
    assert store.traces(msg_id="c") == ()


def test_a_flood_of_one_outcome_leaves_the_others_alone(store: Store) -> None:
    store.keep_traces = 10
    trace(store, "rare", "matched")
    for n in range(200):
        trace(store, f"m{n}", "no_match")
    kept = store._database.one("SELECT count(*) FROM trace WHERE outcome = 'no_match'")
    assert kept is not None
    assert 10 <= kept[0] <= 10 + 64
    assert store.traces(msg_id="rare")
    pruned = store.prune(2.0, messages=100.0)
    assert pruned.traces == kept[0] - 10
    assert [t.msg_id for t in store.traces(outcome="no_match", limit=99)] == [f"m{n}" for n in range(199, 189, -1)]


def test_no_trace_no_row(store: Store) -> None:
    store.commit(None, (), (), b"", "x", 0.0)
    assert store.traces() == ()


def test_none_are_kept_when_none_are_wanted(store: Store) -> None:
    trace(store, "a", "matched")
    assert store.prune(2.0, messages=100.0, keep_traces=0).traces == 1
    assert store.traces() == ()
