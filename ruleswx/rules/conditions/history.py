"""What went before: how fast somebody speaks, how often they repeat themselves, their strikes, variables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from ruleswx.model import Json
from ruleswx.rules.conditions.base import HISTORY, Condition, no, yes
from ruleswx.rules.conditions.context import Context, folded_name
from ruleswx.rules.conditions.wording import show_range
from ruleswx.rules.shape import Range
from ruleswx.rules.trace import Verdict
from ruleswx.wording import show_span

__all__ = ["FloodOf", "RepeatOf", "StrikesOf", "VarIs", "show_value"]


@dataclass(frozen=True, slots=True)
class FloodOf(Condition):
    """`flood`: so many messages of this speaker here within so long, this one included."""

    cost: ClassVar[int] = HISTORY
    messages: int
    within: timedelta

    def check(self, context: Context) -> Verdict:
        """Count what this speaker said lately."""
        count = self.count(context)
        told = {"count": str(count), "within": show_span(self.within)}
        if count >= self.messages:
            return yes("flood.yes", **told)
        return no("flood.no", **told, wanted=str(self.messages))

    def count(self, context: Context) -> int:
        """This message and those before it."""
        since = (context.now - self.within).timestamp()
        return 1 + sum(at > since for at, _ in context.said)


@dataclass(frozen=True, slots=True)
class RepeatOf(Condition):
    """`repeat`: the same text so often within so long, this one included."""

    cost: ClassVar[int] = HISTORY
    same: int
    within: timedelta

    def check(self, context: Context) -> Verdict:
        """Count the same text."""
        count = self.count(context)
        told = {"count": str(count), "within": show_span(self.within)}
        if count >= self.same:
            return yes("repeat.yes", **told)
        return no("repeat.no", **told, wanted=str(self.same))

    def count(self, context: Context) -> int:
        """This text and the same before it."""
        since = (context.now - self.within).timestamp()
        return 1 + sum(at > since and mark == context.text_mark for at, mark in context.said)


@dataclass(frozen=True, slots=True)
class StrikesOf(Condition):
    """`strikes`: how many strikes of a counter the speaker has now."""

    cost: ClassVar[int] = HISTORY
    counter: str
    wanted: Range

    def check(self, context: Context) -> Verdict:
        """Count those that have not expired."""
        count = context.strike_count(self.counter)
        if self.wanted.holds(count):
            return yes("strikes.yes", name=self.counter, count=str(count))
        return no("strikes.no", name=self.counter, count=str(count), wanted=show_range(self.wanted))


@dataclass(frozen=True, slots=True)
class VarIs(Condition):
    """`var`: one variable is this text, or a number in this range."""

    cost: ClassVar[int] = HISTORY
    name: str
    equals: str | None = None
    min: int | None = None
    max: int | None = None

    def check(self, context: Context) -> Verdict:
        """Compare the remembered value, or what it starts with."""
        value = context.variable(self.name)
        shown = show_value(value)
        if self._holds(value, context):
            return yes("var.yes", name=self.name, value=shown)
        return no("var.no", name=self.name, value=shown, wanted=self._wanted())

    def _holds(self, value: Json, context: Context) -> bool:
        if self.equals is None:
            if isinstance(value, bool) or not isinstance(value, int | float):
                return False
            return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)
        if isinstance(value, bool):
            return value == (self.equals.casefold() in {"yes", "true", "on", "是", "有"})
        wanted = folded_name(self.equals)
        if isinstance(value, list):
            return any(folded_name(show_value(item)) == wanted for item in value)
        made = context.variables.get(self.name)
        if made is not None and made.type == "number" and isinstance(value, int | float):
            return show_value(value) == self.equals.strip()
        return folded_name(show_value(value)) == wanted

    def _wanted(self) -> str:
        if self.equals is not None:
            return self.equals
        return show_range(Range(min=self.min, max=self.max))


def show_value(value: Json) -> str:
    """A remembered value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(map(show_value, value))
    return "" if value is None else str(value)
