from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ruleswx.model import Json, State
from ruleswx.schedule import make_mark, read_mark

DUE = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=1)


def test_a_mark_is_the_instant_whatever_the_zone_becomes() -> None:
    change = make_mark("早报", DUE)
    assert (change.kind, change.name, change.scope) == ("schedule", "早报", "")
    assert change.state == State("2026-11-01T01:30:00-05:00")
    found = read_mark(change.state)
    assert found is not None
    assert found.timestamp() == DUE.timestamp()


@pytest.mark.parametrize("value", [None, 5, "", "soon", "2026-11-01T01:30:00", ["2026-11-01T01:30:00-05:00"]])
def test_what_nobody_stored_is_no_mark(value: Json) -> None:
    assert read_mark(State(value)) is None


def test_no_state_is_no_mark() -> None:
    assert read_mark(None) is None
