"""Occurrences against a scan of every minute, against cronsim itself, and firing against the promise: at most once."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from ruleswx.schedule import Spec, due_now, jittered, next_due, occurrences, previous_due, read_cron

MINUTE, DAY = timedelta(minutes=1), timedelta(1)
# Whole-hour and half-hour changes, at night, at midnight and before it; none at all.
CHANGES = {
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Europe/London": [date(2026, 3, 29), date(2026, 10, 25)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
    "Africa/Cairo": [date(2026, 4, 24), date(2026, 10, 29)],
    "America/Nuuk": [date(2026, 3, 28), date(2026, 10, 24)],
    "America/Havana": [date(2026, 3, 8), date(2026, 11, 1)],
    "Asia/Shanghai": [date(2026, 10, 10), date(2028, 2, 29)],
}
PLACES = [(ZoneInfo(name), day) for name, days in CHANGES.items() for day in days]
NAMES = sorted(["mon", "tue", "wed", "thu", "fri", "sat", "sun", "weekday", "weekend", "workday", "holiday"])
TIMES = st.builds(time, st.one_of(st.integers(0, 3), st.integers(0, 23)), st.sampled_from([0, 1, 15, 29, 30, 45, 59]))
MINUTES = st.sampled_from(["*", "*/7", "*/30", "0", "0,30", "59", "10-20/5"])
HOURS = st.sampled_from(["*", "*/2", "0", "1", "2", "1-3", "0,23", "8"])
CRONS = st.builds("{} {} {} {} {}".format, MINUTES, HOURS, st.sampled_from(["*", "1", "8-10,29"]),
                  st.sampled_from(["*", "3,10", "*/2"]), st.sampled_from(["*", "sun", "1-5"]))  # fmt: skip
WHEN = st.one_of(
    st.fixed_dictionaries({"at": st.lists(TIMES, min_size=1, max_size=4).map(tuple)}),
    st.fixed_dictionaries({"every": st.sampled_from([1, 5, 7, 30, 60, 90, 360, 720, 1439]).map(lambda n: n * MINUTE)}),
    st.fixed_dictionaries({"cron": CRONS}),
    st.fixed_dictionaries({"once": st.builds(lambda n, t: datetime.combine(date(2026, 3, 7) + n * DAY, t),
                                             st.integers(0, 3), TIMES)}),
)  # fmt: skip
DAYS = st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=3))


@st.composite
def specs(draw: st.DrawFn) -> tuple[Spec, date]:
    zone, day = draw(st.sampled_from(PLACES))
    dates = draw(st.sampled_from([(), ((day, day),), ((day - DAY, day - DAY), (day + DAY, day + 9 * DAY))]))
    return Spec(zone, days=draw(DAYS), dates=dates, **draw(WHEN)), day


@lru_cache(maxsize=64)
def walls(zone: ZoneInfo, day: date) -> list[tuple[datetime, datetime]]:
    """Every minute of five days around that one, and what a clock on the wall shows at it."""
    start = datetime.combine(day - 2 * DAY, time(), tzinfo=UTC)
    minutes = [start + n * MINUTE for n in range(5 * 1440)]
    return [(minute, minute.astimezone(zone).replace(tzinfo=None)) for minute in minutes]


def scanned(spec: Spec, day: date) -> list[datetime]:
    """What is due, found by looking at the clock every minute."""
    found, seen = [], set()
    midnight: dict[date, datetime] = {}
    before = None
    assert isinstance(spec.zone, ZoneInfo)
    for minute, wall in walls(spec.zone, day):
        fresh = [wall] if wall not in seen else []
        if before is not None and wall - before > MINUTE:  # a hole: what it swallowed happens now
            fresh += [before + n * MINUTE for n in range(1, (wall - before) // MINUTE)]
        before = wall
        midnight.setdefault(wall.date(), minute)
        seen.add(wall)
        if any(wanted(spec, shown) for shown in fresh) or follows(spec, wall, minute, midnight):
            found.append(minute)
    return found


def wanted(spec: Spec, wall: datetime) -> bool:
    """Whether this minute of a wall clock, shown for the first time, is asked for by a fixed time."""
    if not spec.covers(wall.date()):
        return False
    if spec.cron:
        cron = read_cron(spec.cron)
        return not cron.steady and cron.on(wall.date()) and wall.hour * 60 + wall.minute in cron.minutes
    return wall.time() in spec.at or wall == spec.once


def follows(spec: Spec, wall: datetime, minute: datetime, midnight: dict[date, datetime]) -> bool:
    """Whether a beat falls on this minute."""
    if not spec.covers(wall.date()):
        return False
    if spec.every:
        return (minute - midnight[wall.date()]) % spec.every == timedelta(0)
    if not spec.cron:
        return False
    cron = read_cron(spec.cron)
    return cron.steady and cron.on(wall.date()) and wall.hour * 60 + wall.minute in cron.minutes


@given(specs())
@settings(max_examples=80, deadline=None)
def test_occurrences_are_what_a_scan_of_every_minute_finds(given_: tuple[Spec, date]) -> None:
    spec, day = given_
    minutes = [minute for minute, _ in walls(spec.zone, day)]  # type: ignore[arg-type]
    start, end = minutes[0] + DAY, minutes[-1] - DAY  # the scan's own first and last day begin in their midst
    found = [due.astimezone(UTC) for due in occurrences(spec, start, end)]
    assert found == [minute for minute in scanned(spec, day) if start <= minute < end]
    assert all(a < b for a, b in pairwise(found))


@given(specs(), st.integers(0, 4 * 86_400_000_000))
@settings(max_examples=150, deadline=None)
def test_next_is_after_previous_is_not_and_nothing_is_between(given_: tuple[Spec, date], offset: int) -> None:
    spec, day = given_
    moment = datetime.combine(day - 2 * DAY, time(), tzinfo=UTC) + timedelta(microseconds=offset)
    following, last = next_due(spec, moment.astimezone(spec.zone)), previous_due(spec, moment)
    if following is not None:
        assert following.astimezone(UTC) > moment
        assert previous_due(spec, following) == following
    if last is not None:
        assert last.astimezone(UTC) <= moment
    # Seen from the one, the other must not lie beyond the five years of a search.
    if following is not None and last is not None and following - last < timedelta(4 * 365):
        after, before = following.astimezone(UTC), last.astimezone(UTC)
        assert [d.astimezone(UTC) for d in occurrences(spec, before, after)] == [before]
        assert next_due(spec, before) == following
        assert previous_due(spec, after - timedelta(microseconds=1)) == last


@pytest.mark.parametrize("name", ["America/New_York", "Europe/London", "Asia/Shanghai"])
@given(text=CRONS, hours=st.integers(0, 24 * 400))
@settings(max_examples=60, deadline=None)
def test_cron_agrees_with_its_library(name: str, text: str, hours: int) -> None:
    zone = ZoneInfo(name)
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    ours = [d.astimezone(UTC) for d in islice(occurrences(Spec(zone, cron=text), start + MINUTE), 40)]
    # Its naive clock may tell a moment of a doubled hour again, which lies before where it was asked to begin.
    theirs = (d.astimezone(UTC) for d in CronSim(text, start.astimezone(zone)))
    assert ours == list(islice((d for d in theirs if d >= start + MINUTE), 40))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "wait", "wait", "sleep", "step", "restart"]),
        st.integers(1, 60),
        st.sampled_from([-7200, -3600, -30, 30, 3600, 90_000]),
    ),
    max_size=60,
)


@given(specs(), STEPS, st.sampled_from([0, 60, 3600]), st.sampled_from([None, 1, 20, 600]))
@settings(max_examples=150, deadline=None)
def test_whatever_the_clock_does_nothing_fires_twice(
    given_: tuple[Spec, date], steps: list[tuple[str, int, int]], jitter: int, missed: int | None
) -> None:
    spec, day = given_
    spec = replace(spec, jitter=timedelta(seconds=jitter), missed=None if missed is None else missed * MINUTE)
    now = datetime.combine(day - DAY, time(), tzinfo=UTC)
    mark, since, fired = now, now, []
    for kind, seconds, leap in steps:
        now += timedelta(seconds=leap if kind == "step" else 200 * seconds if kind == "sleep" else seconds)
        since = now if kind == "restart" else min(since, now)
        found = due_now(spec, mark, now, "r", since)
        assert all(a.due.astimezone(UTC) < b.due.astimezone(UTC) for a, b in pairwise(found))
        assert [o.verdict for o in found[:-1]].count("fire") == 0
        for occurrence in found:
            due = occurrence.due.astimezone(UTC)
            assert due > mark
            assert jittered(spec, occurrence.due, "r").astimezone(UTC) <= now
            assert previous_due(spec, due) == occurrence.due
        if found:
            mark = found[-1].due.astimezone(UTC)
            fired += [o.due.astimezone(UTC) for o in found if o.verdict == "fire"]
    assert len(fired) == len(set(fired))


@given(specs(), st.sampled_from([0, 40, 600]))
@settings(max_examples=60, deadline=None)
def test_who_waits_for_each_misses_none(given_: tuple[Spec, date], jitter: int) -> None:
    spec, day = given_
    spec = replace(spec, jitter=timedelta(seconds=jitter), missed=None)
    start = datetime.combine(day - DAY, time(), tzinfo=UTC)
    mark, now, fired = start, start, []
    while (due := next_due(spec, mark)) is not None and len(fired) < 200:
        assert jittered(spec, due, "r").astimezone(UTC) >= now
        now = jittered(spec, due, "r").astimezone(UTC)
        assert due_now(spec, mark, now - timedelta(microseconds=1), "r", start) == ()
        found = due_now(spec, mark, now, "r", start)
        assert [(o.due, o.verdict) for o in found] == [(due, "fire")]
        mark = due.astimezone(UTC)
        fired.append(due)
    assert fired == list(islice(occurrences(spec, start + timedelta(seconds=1)), 200))
