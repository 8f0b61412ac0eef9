"""When: hours, days, dates, and the dice. Everything in the zone of the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ruleswx.rules.conditions.base import LUCK, TIME, Condition, no, yes
from ruleswx.rules.conditions.context import Context
from ruleswx.rules.shape import DateSpan, Hours
from ruleswx.rules.trace import Verdict
from ruleswx.schedule import day_names

__all__ = ["Chance", "DatesIn", "DaysIn", "HoursIn", "show_dates", "show_hours"]


@dataclass(frozen=True, slots=True)
class HoursIn(Condition):
    """`hours`: from (included) until (not included); past midnight when the end is smaller."""

    cost: ClassVar[int] = TIME
    spans: tuple[Hours, ...]

    def check(self, context: Context) -> Verdict:
        """Compare minutes of the day."""
        minute = context.now.hour * 60 + context.now.minute
        shown = f"{context.now:%H:%M}"
        if any(_inside(span, minute) for span in self.spans):
            return yes("hours.yes", now=shown)
        return no("hours.no", now=shown, wanted=", ".join(map(show_hours, self.spans)))


def _inside(span: Hours, minute: int) -> bool:
    if span.start < span.end:
        return span.start <= minute < span.end
    return minute >= span.start or minute < span.end


def show_hours(span: Hours) -> str:
    """Hours as rules write them."""
    return f"{span.start // 60:02}:{span.start % 60:02}-{span.end // 60:02}:{span.end % 60:02}"


@dataclass(frozen=True, slots=True)
class DaysIn(Condition):
    """`days`: mon … sun, weekday, weekend, workday, holiday."""

    cost: ClassVar[int] = TIME
    wanted: frozenset[str]

    def check(self, context: Context) -> Verdict:
        """Compare the names of today."""
        today = day_names(context.now.date())
        shown = ", ".join(sorted(today))
        if self.wanted & today:
            return yes("days.yes", now=shown)
        return no("days.no", now=shown, wanted=", ".join(sorted(self.wanted)))


@dataclass(frozen=True, slots=True)
class DatesIn(Condition):
    """`dates` and `valid`: both ends included."""

    cost: ClassVar[int] = TIME
    spans: tuple[DateSpan, ...]
    code: str = "dates"

    def check(self, context: Context) -> Verdict:
        """Compare the date."""
        today = context.now.date()
        if any(span.first <= today <= span.last for span in self.spans):
            return yes("dates.yes", now=str(today))
        return no(f"{self.code}.no", now=str(today), wanted=", ".join(map(show_dates, self.spans)))


def show_dates(span: DateSpan) -> str:
    """Dates as rules write them."""
    return str(span.first) if span.first == span.last else f"{span.first}..{span.last}"


@dataclass(frozen=True, slots=True)
class Chance(Condition):
    """`chance`: the dice, thrown last, so that they are thrown as seldom as possible."""

    cost: ClassVar[int] = LUCK
    wanted: float

    def check(self, context: Context) -> Verdict:
        """Throw them."""
        holds = context.rng.random() < self.wanted
        return (yes if holds else no)("chance.yes" if holds else "chance.no", wanted=f"{self.wanted:.0%}")
