"""The store as a whole: what it promises, killed at every statement and against a small model."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ruleswx.errors import StoreError, StoreUnavailable
from ruleswx.model import Change, Receipt, State
from ruleswx.store import Store, open_reader, open_store
from tests.store.making import GROUP, incoming, quick_place, say


def test_session_pace_contacts_and_blobs_come_back(folder: Path) -> None:
    with open_store(folder) as store:
        assert (store.load_session(), store.load_pace(), store.load_contacts()) == (None, b"", ())
        store.save_session(b"one")
        store.save_pace(b"pace")
        store.save_contacts([("k2", "b"), ("k1", "a")])
        store.save_contacts([("k2", "c")])
        store.save_contacts([])
        store.save_blob("mark", b"1")
    with open_store(folder) as store:
        assert (store.load_session(), store.load_pace(), store.blob("mark")) == (b"one", b"pace", b"1")
        assert store.load_contacts() == (("k1", "a"), ("k2", "c"))


def test_a_forgotten_session_is_gone_from_the_folder(folder: Path) -> None:
    with open_store(folder) as store:
        store.save_session(b"the-secret-of-the-session")
        store.forget_session()
        assert store.load_session() is None
        store.save_session(b"new")
        files = b"".join(p.read_bytes() for p in folder.iterdir())
        assert b"the-secret-of-the-session" not in files
        assert store.load_session() == b"new"


def test_files_are_private_from_their_making(folder: Path) -> None:
    before = os.umask(0)
    try:
        with open_store(folder) as store:
            store.save_session(b"s")
            modes = {p.name: p.stat().st_mode & 0o777 for p in folder.iterdir()}
    finally:
        os.umask(before)
    assert set(modes) >= {"ruleswx.db", "ruleswx.db-wal", "lock"}
    assert set(modes.values()) == {0o600}


def test_a_full_disk_loses_nothing_and_heals(store: Store) -> None:
    rows = store.take(incoming("a"), b"s", 0.0)
    pages = store._database.one("PRAGMA page_count")
    assert pages is not None
    store._database.execute(f"PRAGMA max_page_count = {pages[0]}")
    big = [say("满" * 4000) for _ in range(9)]
    with pytest.raises(StoreUnavailable):
        store.commit(rows[0].seq, big, [Change("var", "n", "", State(1))], b"{}", "matched", 1.0)
    assert (store.pending(), store.queued(), store.state("var", "n", "")) == (rows, (), None)
    store._database.execute("PRAGMA max_page_count = 100000")
    assert len(store.commit(rows[0].seq, big, [Change("var", "n", "", State(1))], b"{}", "matched", 1.0)) == 9
    assert store.state("var", "n", "") == State(1)


Step = Callable[[Store], object]
WORK: Sequence[Step] = (
    lambda s: s.take(incoming("a", "b"), b"cursor1", 1.0),
    lambda s: s.commit(1, [say("1", GROUP), say("2", GROUP)], [Change("var", "n", "", State(1))], b"{}", "hit", 2.0),
    lambda s: s.sending(1, "c1", b"pace1"),
    lambda s: s.settle(1, Receipt("sent", "m1"), 3.0),
    lambda s: s.take(incoming("b", "c"), b"cursor2", 4.0),
    lambda s: s.sending(2, "c2", b"pace2"),
    lambda s: s.requeue(2),
    lambda s: s.commit(2, [say("3")], [Change("var", "n", "", None)], b"{}", "hit", 5.0),
    lambda s: s.failed(3),
    lambda s: s.save_contacts([("k", "v"), ("l", "w")]),
    lambda s: s.drop(3, 6.0),
    lambda s: s.prune(9e9, messages=1.0),
)


def picture(store: Store) -> dict[str, Any]:
    """Everything the disk says."""
    tables = ("blob", "contact", "inbox", "state", "outbox", "trace")
    return {table: store._database.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}


def after_each(folder: Path) -> list[dict[str, Any]]:
    """The disk before the first step and after each step that nothing disturbs."""
    with open_store(folder) as store:
        pictures = [picture(store)]
        for step in WORK:
            step(store)
            pictures.append(picture(store))
    return pictures


def die_at(count: int, execute: Callable[..., Any]) -> Callable[..., Any]:
    """An `execute` whose process ends just before statement number `count`."""
    left = count

    def fatal(*args: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            os._exit(9)
        return execute(*args)

    return fatal


def run_until_death(folder: Path, count: int) -> int:
    """Do the work in a child that dies at one statement; how many steps it had finished, -1 when it never died."""
    done_in, done_out = os.pipe()
    child = os.fork()
    if not child:
        try:
            with open_store(folder) as store:
                store._database.execute = die_at(count, store._database.execute)  # type: ignore[method-assign]
                for step in WORK:
                    step(store)
                    os.write(done_out, b".")
                os._exit(0)
        finally:
            os._exit(1)
    os.close(done_out)
    with os.fdopen(done_in, "rb") as pipe:
        steps = len(pipe.read())
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, 9}
    return steps if code == 9 else -1


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_killed_at_any_statement_no_step_is_half_done(quick: Path) -> None:
    pictures = after_each(quick / "undisturbed")
    kills = 0
    while (steps := run_until_death(quick / f"k{kills}", kills)) >= 0:
        with open_store(quick / f"k{kills}") as store:
            found = picture(store)
        # Opening turns what was on its way into "unknown"; otherwise the disk is as before the step or as after it.
        assert found in [lost(pictures[steps]), lost(pictures[min(steps + 1, len(WORK))])]
        kills += 1
    assert kills > 40


def lost(before: dict[str, Any]) -> dict[str, Any]:
    """The picture after a crash: entries on their way have an unknown end."""
    rows = []
    for row in before["outbox"]:
        cells = list(row)
        if cells[5] == "sending":
            cells[5], cells[6], cells[13], cells[16] = "unknown", 0, cells[9], "interrupted"
        rows.append(tuple(cells))
    return {**before, "outbox": rows}


class InboxAndOutbox(RuleBasedStateMachine):
    """The store beside three dictionaries: whatever is called in whatever order, with restarts, they agree."""

    def __init__(self) -> None:
        super().__init__()

        self.where = TemporaryDirectory(dir=quick_place())
        self.cursor = 0
        self.inbox: dict[str, str] = {}
        self.outbox: dict[int, str] = {}
        self.values: dict[str, int] = {}
        self.open()

    def open(self) -> None:
        self.opening = open_store(Path(self.where.name) / "state")
        self.store = self.opening.__enter__()

    def teardown(self) -> None:
        self.opening.__exit__(None, None, None)
        self.where.cleanup()

    @rule(ids=st.lists(st.sampled_from("abcdefgh"), max_size=4))
    def take(self, ids: list[str]) -> None:
        self.cursor += 1
        new = self.store.take(incoming(*ids), str(self.cursor).encode(), 0.0)
        assert [row.msg_id for row in new] == [i for i in dict.fromkeys(ids) if i not in self.inbox]
        self.inbox |= {row.msg_id: "waiting" for row in new}

    @precondition(lambda self: "waiting" in self.inbox.values())
    @rule(effects=st.integers(0, 2), value=st.none() | st.integers(0, 3), name=st.sampled_from("xy"))
    def decide(self, effects: int, value: int | None, name: str) -> None:
        row = self.store.pending()[0]
        change = Change("var", name, "", None if value is None else State(value))
        rows = self.store.commit(row.seq, [say("hi")] * effects, [change], b"{}", "hit", 0.0)
        self.inbox[row.msg_id] = "done"
        self.outbox |= {queued.id: "queued" for queued in rows}
        self.values.pop(name, None)
        if value is not None:
            self.values[name] = value

    @precondition(lambda self: "queued" in self.outbox.values())
    @rule()
    def depart(self) -> None:
        row = self.store.queued()[0]
        assert self.store.sending(row.id, f"c{row.id}")
        self.outbox[row.id] = "sending"

    @precondition(lambda self: "sending" in self.outbox.values())
    @rule(end=st.sampled_from(["sent", "failed", "unknown", "queued"]))
    def arrive(self, end: str) -> None:
        row = self.store.outbox(["sending"])[0]
        settled = self.store.requeue(row.id) if end == "queued" else self.store.settle(row.id, Receipt(end), 1.0)  # type: ignore[arg-type]
        assert settled
        self.outbox[row.id] = end

    @precondition(lambda self: bool(self.outbox))
    @rule(data=st.data(), again=st.booleans())
    def by_hand(self, data: st.DataObject, again: bool) -> None:
        row = data.draw(st.sampled_from(sorted(self.outbox)))
        if again:
            if self.store.retry(row):
                assert self.outbox[row] in {"failed", "unknown", "dropped"}
                self.outbox[row] = "queued"
        elif self.store.drop(row, 2.0):
            assert self.outbox[row] in {"queued", "failed", "unknown"}
            self.outbox[row] = "dropped"

    @rule()
    def restart(self) -> None:
        self.opening.__exit__(None, None, None)
        self.outbox = {row: "unknown" if state == "sending" else state for row, state in self.outbox.items()}
        self.open()

    @invariant()
    def the_same(self) -> None:
        assert [r.msg_id for r in self.store.pending()] == [i for i, state in self.inbox.items() if state == "waiting"]
        assert {row.id: row.state for row in self.store.outbox()} == self.outbox
        assert {name: state.value for (name, _), state in self.store.states("var").items()} == self.values
        assert self.store.load_session() == (str(self.cursor).encode() if self.cursor else None)


TestInboxAndOutbox = InboxAndOutbox.TestCase
TestInboxAndOutbox.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_decisions_together_are_one_transaction_and_see_each_other(folder: Path) -> None:
    with open_store(folder) as store:
        rows = store.take(incoming("a", "b"), b"s", 0.0)
        with store.together():
            store.commit(rows[0].seq, [say("1")], [Change("var", "n", "", State(1))], b"{}", "hit", 1.0)
            assert store.state("var", "n", "") == State(1)
            with open_reader(folder) as reader:
                assert reader.queued() == ()
            with pytest.raises(ValueError, match="zone"):
                store.commit(rows[1].seq, [say("2")], [naive()], b"{}", "hit", 1.0)
            store.failed(rows[1].seq)
        assert [row.effect for row in store.queued()] == [say("1")]
        assert [(row.msg_id, row.attempts) for row in store.pending()] == [("b", 1)]


def naive() -> Change:
    return Change("var", "m", "", State(1, datetime(2026, 1, 1)))  # noqa: DTZ001 - what is being refused


def test_what_fails_together_is_undone_together_in_memory_too(store: Store) -> None:
    rows = store.take(incoming("a"), b"s", 0.0)
    with pytest.raises(RuntimeError), store.together():  # noqa: PT012 - the raise is what is tried
        store.take(incoming("b"), b"t", 1.0)
        (queued,) = store.commit(rows[0].seq, [say("1")], [Change("var", "n", "", State(1))], b"{}", "hit", 1.0)
        store.sending(queued.id, "c1")
        raise RuntimeError
    assert (store.pending(), store.queued(), store.state("var", "n", ""), store.is_ours("c1")) == (
        rows,
        (),
        None,
        False,
    )
    assert store.load_session() == b"s"
    assert len(store.take(incoming("b"), b"t", 1.0)) == 1


def test_a_full_disk_in_the_middle_undoes_all_of_it(store: Store) -> None:
    rows = store.take(incoming("a", "b"), b"s", 0.0)
    pages = store._database.one("PRAGMA page_count")
    assert pages is not None
    store._database.execute(f"PRAGMA max_page_count = {pages[0]}")
    with pytest.raises(StoreError), store.together():  # noqa: PT012 - three steps are what is tried
        store.commit(rows[0].seq, [], [Change("var", "n", "", State(1))], b"", "", 1.0)
        with pytest.raises(StoreUnavailable):
            store.commit(rows[1].seq, [say("满" * 4000) for _ in range(9)], [], b"", "", 1.0)
        store.commit(rows[1].seq, [say("满" * 4000) for _ in range(9)], [], b"", "", 1.0)
    assert (store.pending(), store.state("var", "n", "")) == (rows, None)
