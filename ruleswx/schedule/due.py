"""The next occurrence, the last one, and which of the past ones still count.

Theory. An occurrence is a nominal instant; jitter only delays it, always to before the next one, so that order is the
order of nominal times. One mark a rule therefore says everything: the newest occurrence that was dealt with, fired or
given up. Whoever fires stores the mark in the same transaction as what the occurrence leads to, and never fires what
is not after the mark: then nothing happens twice, whatever restarts, reloads or the clock do. A mark never goes back.
When several occurrences have passed (sleep, a clock step, a busy bot), only the newest may fire; the others have been
overtaken. So waking up never brings a storm. Instants are compared, never aware times of one zone: those compare as
wall times, an hour off when the clock changes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Literal

from ruleswx.schedule.moments import instant, local, moments
from ruleswx.schedule.spec import Spec

__all__ = ["ON_TIME", "Occurrence", "due_now", "is_due", "jittered", "next_due", "occurrences", "previous_due"]

ON_TIME = timedelta(seconds=90)
"""So late is not late: whoever waits looks at the clock every minute only."""
_HORIZON = 5 * 366
_MOST_TOLD = 20
_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One nominal time and what becomes of it: `fire` now, `missed` for good, or `overtaken` by a newer one."""

    due: datetime
    verdict: Literal["fire", "missed", "overtaken"]


def next_due(spec: Spec, after: datetime) -> datetime | None:
    """The first nominal time strictly after that (aware) moment, in the schedule's zone; None if none in five years."""
    found = _next(spec, instant(after))
    return None if found is None else local(found, spec.zone)


def previous_due(spec: Spec, until: datetime) -> datetime | None:
    """The last nominal time at or before that (aware) moment; None if there was none in five years."""
    found = _previous(spec, instant(until))
    return None if found is None else local(found, spec.zone)


def is_due(spec: Spec, moment: datetime) -> bool:
    """Whether this is one of the schedule's nominal times."""
    return not moment.microsecond and _previous(spec, instant(moment)) == instant(moment)


def occurrences(spec: Spec, start: datetime, end: datetime | None = None) -> Iterator[datetime]:
    """Nominal times from `start` (included) to `end` (not included; None: for ever), ascending, made as they are
    asked for."""
    last = None if end is None else _before(end)
    now: int | None = _before(start)
    while now is not None and (now := _next(spec, now)) is not None and (last is None or now <= last):
        yield local(now, spec.zone)


def _before(moment: datetime) -> int:
    """The last whole second before that moment; a wall time minus a moment may be an hour off, so not on the wall."""
    return instant(moment.astimezone(UTC) - timedelta(microseconds=1))


def jittered(spec: Spec, due: datetime, seed: str) -> datetime:
    """When the occurrence really happens: the same for the same `seed` (the rule's name), so a restart draws no new
    delay; always before the next nominal time."""
    if not spec.jitter:
        return due
    at = instant(due)
    following = _next(spec, at)
    room = spec.jitter if following is None else min(spec.jitter, timedelta(seconds=following - at))
    drawn = int.from_bytes(blake2b(f"{seed}\0{at}".encode("utf-8", "surrogatepass"), digest_size=6).digest())
    return local(at + room // timedelta(seconds=1) * drawn // (1 << 48), spec.zone)


def due_now(
    spec: Spec, mark: datetime | None, now: datetime, seed: str = "", since: datetime | None = None
) -> tuple[Occurrence, ...]:
    """What became due after `mark` and until `now`, oldest first; only the newest can have the verdict `fire`.

    `mark` is the newest occurrence dealt with; None: this schedule has never been looked at, and nothing of the past
    counts. `since` is when somebody began to wait for it; None: always. An occurrence somebody waited for fires when
    it is `ON_TIME`, or not later than `missed` after its nominal time; one nobody waited for only by `missed`. Of
    those that do not fire, the newest twenty at most are told.

    The caller stores the last `due` told here as the new mark, in one transaction with what firing leads to. A clock
    set back gives nothing until it is past the mark again.
    """
    if mark is None:
        return ()
    floor = instant(mark)
    newest = _previous(spec, instant(now), floor)
    if newest is not None and instant(jittered(spec, local(newest, spec.zone), seed)) > instant(now):
        newest = _previous(spec, newest - 1, floor)
    if newest is None:
        return ()
    due = local(newest, spec.zone)
    told = [Occurrence(due, "fire" if _in_time(spec, due, now, seed, since) else "missed")]
    verdict: Literal["missed", "overtaken"] = "overtaken" if told[0].verdict == "fire" else "missed"
    while len(told) < _MOST_TOLD and (newest := _previous(spec, newest - 1, floor)) is not None:
        told.append(Occurrence(local(newest, spec.zone), verdict))
    return tuple(reversed(told))


def _in_time(spec: Spec, due: datetime, now: datetime, seed: str, since: datetime | None) -> bool:
    planned = jittered(spec, due, seed)
    awaited = since is None or planned.astimezone(UTC) >= since.astimezone(UTC)
    if awaited and instant(now) - instant(planned) <= ON_TIME.total_seconds():
        return True
    return spec.missed is not None and instant(now) - instant(due) <= spec.missed.total_seconds()


def _next(spec: Spec, after: int) -> int | None:
    """The first instant after that one."""
    day = local(after, spec.zone).date()
    if spec.once is not None:
        day = spec.once.date()
    for _ in range(_HORIZON):
        found = moments(spec, day)
        if found and found[-1] > after:
            return found[bisect_right(found, after)]
        if day >= date.max - _DAY - _DAY or spec.once is not None:
            return None
        day += _DAY
    return None


def _previous(spec: Spec, until: int, floor: int | None = None) -> int | None:
    """The last instant at or before that one and after `floor`."""
    day = local(until, spec.zone).date()
    if spec.once is not None:
        day = spec.once.date()
    oldest = date.min + _DAY if floor is None else local(floor, spec.zone).date()
    for _ in range(_HORIZON):
        found = moments(spec, day)
        if found and found[0] <= until:
            last = found[bisect_right(found, until) - 1]
            return last if floor is None or last > floor else None
        if day <= oldest or spec.once is not None:
            return None
        day -= _DAY
    return None
