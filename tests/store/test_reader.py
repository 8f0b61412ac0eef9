"""Looking on, beside a running bot or without one."""

from pathlib import Path

import pytest

from ruleswx.errors import StoreError
from ruleswx.store import open_reader, open_store
from tests.store.making import incoming, say


def test_it_sees_what_is_committed_while_the_bot_runs(folder: Path) -> None:
    with open_store(folder) as store, open_reader(folder) as reader:
        assert reader.pending() == ()
        rows = store.take(incoming("a"), b"s", 1.0)
        assert reader.pending() == rows
        queued = store.commit(rows[0].seq, [say("x")], (), b"{}", "matched", 1.0)
        assert reader.queued() == reader.outbox(["queued"]) == queued
        assert reader.outbox_row(queued[0].id) == queued[0]
        assert reader.traces()[0].msg_id == "a"
        assert reader.messages(since=0.0) == rows
        assert (reader.load_session(), reader.load_pace(), reader.load_contacts()) == (b"s", b"", ())


def test_it_needs_no_lock_and_changes_nothing_when_the_bot_is_down(folder: Path) -> None:
    with open_store(folder) as store:
        (row,) = store.commit(None, [say("x")], (), b"", "", 1.0)
        store.sending(row.id, "c")
    with open_reader(folder) as reader:
        assert reader.outbox_counts() == {"sending": 1}
    with open_reader(folder) as reader:
        assert [found.state for found in reader.outbox()] == ["sending"]


def test_a_bot_that_never_ran_has_nothing_to_show(folder: Path) -> None:
    with pytest.raises(StoreError) as caught, open_reader(folder):
        pass
    assert caught.value.event == "state_none"
    assert not folder.exists()
