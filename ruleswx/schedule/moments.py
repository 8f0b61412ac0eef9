"""Wall times become instants: everything due on one local day, in whole seconds since 1970 (UTC).

Theory. Wall time is not a line: an hour is missing in spring and comes twice in autumn, and once in a while a zone
skips a day. So nothing here compares wall times; a day's schedule is turned into instants, and instants are compared.
A fixed time that does not exist happens at the first moment after the hole (02:30 → 03:00); one that exists twice
happens the first time. A beat (`every`, cron with `*`) follows the running clock: nothing in the hole, twice in the
doubled hour. A day the zone skipped has nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from ruleswx.schedule.cron import Cron, read_cron
from ruleswx.schedule.spec import Spec

__all__ = ["instant", "local", "moments", "resolve"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
_SECOND = timedelta(seconds=1)


def instant(moment: datetime) -> int:
    """Whole seconds since 1970 of an aware time, rounded down."""
    return (moment.astimezone(UTC) - EPOCH) // _SECOND


def local(seconds: int, zone: tzinfo) -> datetime:
    """The same moment as an aware time of that zone."""
    return (EPOCH + timedelta(seconds=seconds)).astimezone(zone)


def resolve(wall: datetime, zone: tzinfo) -> int:
    """The instant of a naive wall time: the first of two, the end of the hole when there is none."""
    first = instant(wall.replace(tzinfo=zone))
    if local(first, zone).replace(tzinfo=None) == wall:
        return first
    before, after = instant(wall.replace(tzinfo=zone, fold=1)), first
    old = local(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if local(middle, zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


@dataclass(frozen=True, slots=True)
class _LocalDay:
    """A day of a zone, from `start` to `end`. `even`: no clock changes in it, so wall time is a plain count."""

    date: date
    zone: tzinfo
    start: int
    end: int

    @property
    def even(self) -> bool:
        return self.end - self.start == _DAY


@lru_cache(maxsize=256)
def _local_day(day: date, zone: tzinfo) -> _LocalDay | None:
    """None for a day the zone skipped."""
    start = resolve(datetime.combine(day, time()), zone)
    if local(start, zone).date() != day:
        return None
    return _LocalDay(day, zone, start, resolve(datetime.combine(day + timedelta(1), time()), zone))


@lru_cache(maxsize=256)
def moments(spec: Spec, day: date) -> Sequence[int]:
    """Everything due on this local day, ascending; not bound to be within it, for a hole may reach past midnight."""
    here = _local_day(day, spec.zone) if spec.covers(day) else None
    if here is None:
        return ()
    if spec.every is not None:
        return _beats(spec.every // _SECOND, here)
    if spec.cron:
        return _cron(read_cron(spec.cron), here)
    if spec.once is not None:
        return (resolve(spec.once, spec.zone),) if spec.once.date() == day else ()
    return _fixed([t.hour * 3600 + t.minute * 60 + t.second for t in spec.at], here)


def _beats(step: int, here: _LocalDay) -> Sequence[int]:
    if step < _DAY:
        return range(here.start, here.end, step)
    # Day number 1 is a Monday: a week's beat falls on Mondays.
    passed = (here.date.toordinal() - 1) * _DAY
    wait = -passed % step
    return _fixed([wait], here) if wait < _DAY else ()


def _fixed(times: Sequence[int], here: _LocalDay) -> Sequence[int]:
    """`times` are seconds of the day as a wall clock shows them."""
    if here.even:
        return sorted({here.start + t for t in times})
    midnight = datetime.combine(here.date, time())
    return sorted({resolve(midnight + timedelta(seconds=t), here.zone) for t in times})


def _cron(cron: Cron, here: _LocalDay) -> Sequence[int]:
    if not cron.on(here.date):
        return ()
    if here.even or not cron.steady:
        return _fixed([60 * minute for minute in cron.minutes], here)
    wanted = set(cron.minutes)
    walls = ((second, local(second, here.zone)) for second in range(here.start, here.end, 60))
    return [second for second, wall in walls if wall.hour * 60 + wall.minute in wanted]
