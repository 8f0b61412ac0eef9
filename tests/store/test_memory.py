"""What rules remember, on disk and in memory alike."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.model import Change, State
from ruleswx.store import Store, open_store
from ruleswx.store.memory import _moment
from tests.store.making import GROUP, say

NOON = datetime(2026, 5, 1, 12, 0, 0, 123457, tzinfo=timezone(timedelta(hours=8)))


def remember(store: Store, *changes: Change) -> None:
    store.commit(None, (), changes, b"", "", 0.0)


def test_values_survive_a_restart_whole(folder: Path) -> None:
    values = {"a": 1, "b": [True, None, "字"], "c": 1.5}
    with open_store(folder) as store:
        remember(store, Change("var", "计数", "g:1/p:1", State(values, NOON)), Change("cooldown", "r", "", State(None)))
        before = store.state("var", "计数", "g:1/p:1"), store.state("cooldown", "r", "")
    with open_store(folder) as store:
        assert (store.state("var", "计数", "g:1/p:1"), store.state("cooldown", "r", "")) == before
        assert store.state("var", "计数", "g:1/p:1") == State(values, NOON)


def test_the_last_change_of_a_decision_wins_and_none_forgets(store: Store) -> None:
    one = ("var", "n", "x")
    remember(store, Change(*one, State(1)), Change(*one, State(2)))
    assert store.state(*one) == State(2)
    remember(store, Change(*one, State(3)), Change(*one, None), Change("var", "m", "x", None))
    assert store.state(*one) is None
    assert store.states("var") == {}


def test_a_decision_that_fails_changes_neither_disk_nor_memory(folder: Path) -> None:
    with open_store(folder) as store:
        remember(store, Change("var", "n", "", State(1)))
        naive = Change("var", "m", "", State(1, datetime(2026, 1, 1)))  # noqa: DTZ001 - what is being refused
        with pytest.raises(ValueError, match="zone"):
            remember(store, Change("var", "n", "", State(2)), naive)
        assert store.state("var", "n", "") == State(1)
    with open_store(folder) as store:
        assert store.state("var", "n", "") == State(1)


def test_expired_values_go_when_cleaning(folder: Path) -> None:
    with open_store(folder) as store:
        remember(
            store,
            Change("var", "past", "", State(1, NOON)),
            Change("var", "later", "", State(1, NOON + timedelta(seconds=1))),
            Change("var", "ever", "", State(1)),
        )
        assert store.prune(NOON.timestamp(), messages=1e9).states == 1
        assert {name for name, _ in store.states("var")} == {"later", "ever"}
    with open_store(folder) as store:
        assert {name for name, _ in store.states("var")} == {"later", "ever"}


@given(st.datetimes(datetime(1975, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds are naive
def test_moments_are_kept_to_the_microsecond(moment: datetime) -> None:
    assert _moment(moment.timestamp()) == moment


def test_a_value_that_is_no_json_is_left_out(folder: Path) -> None:
    with open_store(folder) as store:
        remember(store, Change("var", "n", "", State(1)), Change("var", "m", "", State(1)))
        store._database.execute("UPDATE state SET value = x'ff' WHERE name = 'n'")
    with open_store(folder) as store:
        assert store.states("var") == {("m", ""): State(1)}


def test_keys_in_use_are_those_of_scopes_waits_questions_and_the_queue(store: Store) -> None:
    waiting = State({"message": {"chat": {"key": "g-1"}, "people": [{"key": "p-1"}]}})
    changes = [
        Change("cooldown", "r", "p-2", State(1)),
        Change("strike", "r", "g-2/p-3", State(1)),
        Change("wait", "token", "", waiting),
    ]
    store.commit(None, [say("x", GROUP)], changes, b"", "", 0.0)
    assert {"g-1", "p-1", "p-2", "g-2", "p-3", GROUP.key} <= store.keys_in_use()


def test_contacts_can_be_forgotten(store: Store) -> None:
    store.save_contacts([("a", "{}"), ("b", "{}")])
    store.forget_contacts(["a", "c"])
    assert store.load_contacts() == (("b", "{}"),)
