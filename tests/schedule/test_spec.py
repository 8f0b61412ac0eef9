from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from ruleswx.schedule import DEFAULT_MISSED, CronError, Spec

EIGHT = Spec(UTC, at=(time(8),))
SATURDAY_WORKED = date(2026, 10, 10)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"at": (time(8),), "cron": "0 8 * * *"},
        {"every": timedelta(0)},
        {"every": timedelta(seconds=1.5)},
        {"at": (time(8, tzinfo=UTC),)},
        {"at": (time(8, microsecond=1),)},
        {"once": datetime(2026, 1, 1, tzinfo=UTC)},
        {"at": (time(8),), "days": frozenset({"someday"})},
        {"at": (time(8),), "jitter": timedelta(-1)},
        {"at": (time(8),), "missed": timedelta(-1)},
    ],
)
def test_a_schedule_that_says_nothing_or_nonsense_is_a_mistake(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Spec(UTC, **given)


def test_cron_is_read_at_once() -> None:
    with pytest.raises(CronError):
        Spec(UTC, cron="61 * * * *")


def test_midnight_is_a_time() -> None:
    assert Spec(UTC, at=(time(0),)).at == (time(0),)


def test_ten_minutes_late_is_the_default() -> None:
    assert EIGHT.missed == DEFAULT_MISSED == timedelta(minutes=10)


def test_days_and_dates_must_both_hold() -> None:
    spec = replace(EIGHT, days=frozenset({"mon", "workday"}), dates=((date(2026, 10, 1), SATURDAY_WORKED),))
    assert spec.covers(SATURDAY_WORKED)
    assert spec.covers(date(2026, 10, 5))  # a Monday off, but named by `mon`
    assert not spec.covers(date(2026, 10, 11))
    assert not spec.covers(date(2026, 10, 12))


def test_without_a_calendar_a_workday_is_monday_to_friday() -> None:
    plain = replace(EIGHT, calendar="", days=frozenset({"workday"}))
    assert not plain.covers(SATURDAY_WORKED)
    assert plain.covers(date(2026, 10, 1))
    assert not replace(plain, days=frozenset({"holiday"})).covers(date(2026, 10, 1))


def test_lateness_is_not_part_of_the_beat() -> None:
    assert replace(EIGHT, jitter=timedelta(minutes=2), missed=None).beat == EIGHT.beat
    assert replace(EIGHT, at=(time(9),)).beat != EIGHT.beat
