"""Jinja with its doors shut: no attributes of objects, no calls, numbers bounded, nothing computed while compiling.

This module must not know which syntax is allowed; it makes what is left harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from jinja2 import StrictUndefined
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as ALL_TESTS

from ruleswx.templates.budget import LONGEST_TEXT
from ruleswx.templates.filters import FILTERS, INNER
from ruleswx.templates.values import RenderFailed, number, percent, short, show, wrong

__all__ = ["TESTS", "environment"]

_ALLOWED = (
    "defined undefined none number integer float string mapping sequence iterable boolean true false odd even "
    "divisibleby in eq equalto == ne != lt lessthan < le <= gt greaterthan > ge >="
)
TESTS = frozenset(_ALLOWED.split())
_LOOP = frozenset({"index", "index0", "first", "last", "length", "revindex", "revindex0"})
_DATE = frozenset({"year", "month", "day", "hour", "minute", "second"})
_NUMERIC = frozenset({"+", "-", "*", "/", "//", "%"})


class _Environment(ImmutableSandboxedEnvironment):
    """What compiled templates ask for attributes, items, operators and calls."""

    intercepted_binops = _NUMERIC | {"**"}
    intercepted_unops = frozenset({"+", "-"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `a.b`: a key of a mapping, a fact of the loop, a part of a date; nothing of any other object."""
        if isinstance(obj, Mapping):
            return short(obj[attribute]) if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, Undefined):
            raise wrong(obj, "@template_part")
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        if isinstance(obj, date) and attribute in _DATE:
            return getattr(obj, attribute)
        return self.undefined(obj="", name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return `a[b]`: a key of a mapping, a place or a slice of a list or text."""
        if isinstance(obj, Mapping):
            known = isinstance(argument, str | int) and argument in obj
            return short(obj[argument]) if known else self.undefined(obj="", name=str(argument)[:60])
        if isinstance(obj, Undefined):
            raise wrong(obj, "@template_part")
        if isinstance(obj, list | tuple | str | range) and isinstance(argument, int | slice):
            try:
                return short(obj[argument])
            except IndexError:
                return self.undefined(obj="", name=str(argument))
        raise wrong(obj, "@template_part")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute with bounded numbers; + also joins two texts."""
        del context
        if operator == "+" and left.__class__ is str and right.__class__ is str:
            if len(left) + len(right) > LONGEST_TEXT:
                raise RenderFailed("E185", what="@template_text", limit=str(LONGEST_TEXT))
            return left + right
        if operator not in _NUMERIC:
            raise wrong(left, "@template_number")
        return number(self.binop_table[operator](number(left), number(right)))

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        """Negate a number."""
        del context
        return self.unop_table[operator](number(arg))

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse every call; the guard lets none through."""
        del args, kwargs
        raise RenderFailed("E186", what="@template_call", kind="()")


@cache
def environment(*, escaped: bool = False) -> _Environment:
    """Return the one environment all templates share; `escaped` is the other one, for addresses."""
    finish = percent if escaped else show
    made = _Environment(undefined=StrictUndefined, autoescape=False, cache_size=0, optimized=False, finalize=finish)
    made.globals = {}
    made.filters = {**FILTERS, **INNER}
    made.tests = {name: ALL_TESTS[name] for name in TESTS}
    return made
