"""What one rendering may cost.

Threads cannot be killed and trio cannot interrupt a computation, so the bounds are counted, not timed: a loop pays
for its whole body before it starts, a filter for the text it is given. This module must not know jinja2's parser.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from jinja2.runtime import Context, Undefined

from ruleswx.templates.values import RenderFailed, show, wrong

__all__ = ["LONGEST_RANGE", "LONGEST_TEXT", "Budget", "GuardedContext"]

LONGEST_TEXT = 8192
LONGEST_RANGE = 100
_UNITS = 20_000
_CHARACTERS_A_UNIT = 64


class Budget:
    """Counts down; raises RenderFailed when nothing is left."""

    __slots__ = ("left", "rng")

    def __init__(self, rng: Random | None) -> None:
        self.left = _UNITS
        self.rng = rng

    def spend(self, units: int) -> None:
        """Pay for so many steps."""
        self.left -= units
        if self.left < 0:
            raise RenderFailed("E185", what="@template_work")

    def text(self, value: object) -> str:
        """Return a value as text and pay for its length."""
        text = value if isinstance(value, str) else show(value)
        self.spend(1 + len(text) // _CHARACTERS_A_UNIT)
        return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT]

    def made(self, text: str) -> str:
        """Return a text that was put together. Raises RenderFailed when it grew too long."""
        if len(text) > LONGEST_TEXT:
            raise RenderFailed("E185", what="@template_text", limit=str(LONGEST_TEXT))
        return text

    def loop(self, value: object, cost: int) -> object:
        """Return what a loop goes through, after paying for all its rounds."""
        if isinstance(value, Undefined) or not isinstance(value, list | tuple | str | Mapping | range):
            raise wrong(value, "@template_loop")
        self.spend(len(value) * cost)
        return value


class GuardedContext(Context):
    """A context that carries the budget of its rendering."""

    budget: Budget
