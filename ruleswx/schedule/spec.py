"""What a schedule says, as plain values: one way to say when, filters by day, and what to do about lateness.

It must not know rule files; whoever reads those builds a Spec.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from ruleswx.schedule.cron import read_cron
from ruleswx.schedule.days import WEEK, day_names

__all__ = ["DAY_NAMES", "DEFAULT_MISSED", "Spec"]

DAY_NAMES = frozenset((*WEEK, "weekday", "weekend", "workday", "holiday"))
DEFAULT_MISSED = timedelta(minutes=10)
_SECOND = timedelta(seconds=1)
_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Spec:
    """When something is due. Exactly one of `at`, `every`, `cron` and `once`; all times are wall times of `zone`.

    at        times of day.
    every     so long after another, counted anew from each local midnight; a day or more: wall time counted from a
              Monday's midnight, the same one for ever, so that a restart keeps the beat.
    cron      five fields.
    once      one moment, naive.
    days      names of days (`DAY_NAMES`), any of which is enough; empty: every day.
    dates     spans with both ends included, any of which is enough; empty: always.
    calendar  "cn": legal days off and make-up days count for `workday` and `holiday`; "": Monday to Friday.
    jitter    an occurrence is delayed by up to this much, never to or past the next one.
    missed    how long after its nominal time an occurrence nobody was there for may still happen; None: never.
    """

    zone: tzinfo
    at: tuple[time, ...] = ()
    every: timedelta | None = None
    cron: str = ""
    once: datetime | None = None
    days: frozenset[str] = frozenset()
    dates: tuple[tuple[date, date], ...] = ()
    calendar: str = "cn"
    jitter: timedelta = _NONE
    missed: timedelta | None = DEFAULT_MISSED

    def __post_init__(self) -> None:
        """Raises ValueError (CronError for `cron`) when this says nothing, or two things."""
        if sum(map(bool, (self.at, self.every is not None, self.cron, self.once))) != 1:
            raise ValueError("exactly one of at, every, cron, once")
        if self.every is not None and (self.every < _SECOND or self.every % _SECOND):
            raise ValueError("every takes whole seconds, at least one")
        walls: tuple[time | datetime, ...] = (*self.at, self.once) if self.once else self.at
        if any(wall.tzinfo or wall.microsecond for wall in walls):
            raise ValueError("at and once are wall times in whole seconds, without a zone")
        if not self.days <= DAY_NAMES or self.jitter < _NONE or (self.missed is not None and self.missed < _NONE):
            raise ValueError("days by their names; no length of time below zero")
        if self.cron:
            read_cron(self.cron)

    @property
    def beat(self) -> Spec:
        """The same without jitter and lateness: two specs with equal beats are due at the same times."""
        return replace(self, jitter=_NONE, missed=None)

    def covers(self, day: date) -> bool:
        """Whether `days` and `dates` let something happen on this day."""
        if self.dates and not any(first <= day <= last for first, last in self.dates):
            return False
        return not self.days or bool(self.days & self._names(day))

    def _names(self, day: date) -> frozenset[str]:
        names = day_names(day)
        if self.calendar:
            return names
        return names - {"holiday", "workday"} | ({"workday"} if "weekday" in names else set())
