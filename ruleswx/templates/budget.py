"""What one rendering may cost, and how a value looks in a message.

Threads cannot be killed and trio cannot interrupt a computation, so the bounds are counted, not timed: a loop pays
for its whole body before it starts, a filter for the text it is given. This module must not know jinja2's parser.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from random import Random
from types import MappingProxyType

from jinja2.runtime import Context, Undefined

from ruleswx.errors import RuleswxError

__all__ = [
    "LONGEST_OUTPUT", "LONGEST_RANGE", "LONGEST_TEXT", "Budget", "GuardedContext", "RenderFailed", "number", "short",
    "show", "wrong",
]  # fmt: skip

LONGEST_OUTPUT = 4096
LONGEST_TEXT = 8192
LONGEST_RANGE = 100
_UNITS = 20_000
_CHARACTERS_A_UNIT = 64
_LARGEST = 10**15
_MOST_SHOWN = 200
_DEEPEST = 3


class RenderFailed(RuleswxError):
    """A template could not be rendered with these values; nothing is sent. `code` and `values` fill the catalogue.

    E184: a name is missing; E185: it costs too much; E186: a value is of the wrong kind.
    """

    def __init__(self, code: str, **values: str) -> None:
        self.code = code
        self.values: Mapping[str, str] = MappingProxyType(values)
        super().__init__(code, dict(values))


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


def wrong(value: object, what: str) -> RenderFailed:
    """Return what to raise about a value of the wrong kind; a missing one complains by itself."""
    if isinstance(value, Undefined):
        str(value)
    return RenderFailed("E186", what=what, kind=type(value).__name__)


def short(value: object) -> object:
    """Return a value from outside, cut if it is a text longer than any message can show.

    Whoever sends the text decides its length, so a long one must not make a template fail.
    """
    return value[:LONGEST_OUTPUT] if isinstance(value, str) and len(value) > LONGEST_OUTPUT else value


def number(value: object) -> int | float:
    """Return a number to compute with. Raises RenderFailed for anything else and for numbers beyond 10^15."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(value, "@template_number")
    if not -_LARGEST <= value <= _LARGEST:
        raise RenderFailed("E185", what="@template_size", limit=str(_LARGEST))
    return value


def show(value: object, depth: int = 0) -> str:
    """Return a value as people write it. Raises RenderFailed for what is not a value of ours."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(number(value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return _show_many(value, depth)


def _show_many(value: object, depth: int) -> str:
    if isinstance(value, list | tuple | range) and depth < _DEEPEST:
        return "、".join(show(item, depth + 1) for item in list(value)[:_MOST_SHOWN])
    if isinstance(value, Mapping) and depth < _DEEPEST:
        pairs = list(value.items())[:_MOST_SHOWN]
        return "、".join(f"{show(key, depth + 1)}: {show(item, depth + 1)}" for key, item in pairs)
    raise wrong(value, "@template_show")
