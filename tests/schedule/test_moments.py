from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from ruleswx.schedule import Spec
from ruleswx.schedule.moments import instant, local, moments, resolve

NEW_YORK = ZoneInfo("America/New_York")
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)


def shown(spec: Spec, day: date) -> list[str]:
    return [f"{local(second, spec.zone):%d %H:%M%z}" for second in moments(spec, day)]


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T03:00-04:00"),
        ("America/New_York", "2026-03-08T02:00", "2026-03-08T03:00-04:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T01:30-04:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:30+11:00"),
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-24T01:00+03:00"),
        ("America/Nuuk", "2026-03-28T23:30", "2026-03-29T00:00-01:00"),
        ("Asia/Shanghai", "2026-10-01T08:30:15", "2026-10-01T08:30:15+08:00"),
    ],
)
def test_a_wall_time_becomes_one_instant(zone: str, wall: str, expected: str) -> None:
    found = resolve(datetime.fromisoformat(wall), ZoneInfo(zone))
    assert found == instant(datetime.fromisoformat(expected))


def test_instants_are_rounded_down() -> None:
    assert instant(datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC)) == 1
    assert instant(datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC)) == -1


def test_fixed_times_fire_once_on_a_day_the_clock_changes() -> None:
    spec = Spec(NEW_YORK, at=(time(1, 30), time(2, 30), time(3, 0)))
    assert shown(spec, SPRING) == ["08 01:30-0500", "08 03:00-0400"]
    assert shown(spec, AUTUMN) == ["01 01:30-0400", "01 02:30-0500", "01 03:00-0500"]


def test_a_beat_follows_the_running_clock() -> None:
    assert len(moments(Spec(NEW_YORK, every=timedelta(minutes=30)), SPRING)) == 46
    assert len(moments(Spec(NEW_YORK, every=timedelta(minutes=30)), AUTUMN)) == 50
    assert len(moments(Spec(NEW_YORK, cron="*/30 * * * *"), SPRING)) == 46
    assert len(moments(Spec(NEW_YORK, cron="*/30 * * * *"), AUTUMN)) == 50
    assert shown(Spec(NEW_YORK, cron="*/30 2 * * *"), SPRING) == []


def test_every_counts_anew_from_each_midnight() -> None:
    spec = Spec(UTC, every=timedelta(hours=7))
    assert shown(spec, AUTUMN) == ["01 00:00+0000", "01 07:00+0000", "01 14:00+0000", "01 21:00+0000"]


@pytest.mark.parametrize("day", [SPRING, AUTUMN, date(2026, 5, 5)])
def test_a_day_is_a_day_even_with_25_hours(day: date) -> None:
    assert len(moments(Spec(NEW_YORK, every=timedelta(days=1)), day)) == 1


def test_a_weekly_beat_falls_on_mondays_for_ever() -> None:
    week = Spec(NEW_YORK, every=timedelta(days=7))
    days = [date(2026, 1, 1) + timedelta(n) for n in range(365)]
    assert {day.weekday() for day in days if moments(week, day)} == {0}
    beats = [local(s, NEW_YORK) for d in days for s in moments(Spec(NEW_YORK, every=timedelta(hours=36)), d)]
    assert {beat.hour for beat in beats} == {0, 12}
    assert len(beats) == 243


def test_a_day_the_zone_skipped_has_nothing() -> None:
    apia = ZoneInfo("Pacific/Apia")
    for spec in (Spec(apia, at=(time(8),)), Spec(apia, every=timedelta(hours=1)), Spec(apia, cron="0 8 * * *")):
        assert moments(spec, date(2011, 12, 30)) == ()
    assert len(moments(Spec(apia, every=timedelta(hours=1)), date(2011, 12, 29))) == 24
    assert moments(Spec(apia, once=datetime.fromisoformat("2011-12-30T08:00")), date(2011, 12, 30)) == ()


def test_once_is_on_its_day_only() -> None:
    spec = Spec(UTC, once=datetime.fromisoformat("2026-03-02T10:00:05"))
    assert shown(spec, date(2026, 3, 2)) == ["02 10:00+0000"]
    assert moments(spec, date(2026, 3, 3)) == ()
