"""What a template may do to a value. Every filter pays for what it reads and bounds what it makes.

Each takes the rendering's context first, so none can run while a template is compiled.
This module must not know the parser, only the budget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any
from urllib.parse import quote

from jinja2 import pass_context
from jinja2.runtime import Undefined

from ruleswx.templates.budget import LONGEST_RANGE, LONGEST_TEXT, GuardedContext
from ruleswx.templates.values import RenderFailed, number, wrong

__all__ = ["FILTERS", "INNER"]

_DIRECTIVES = {
    "Y": "{:%Y}", "m": "{:%m}", "d": "{:%d}", "H": "{:%H}", "M": "{:%M}", "S": "{:%S}", "y": "{:%y}", "j": "{:%j}",
}  # fmt: skip
_WEEKDAYS = "一二三四五六日"
_MOST_ITEMS = 1000
# Cutting between these and the character before would tear a picture or a letter apart.
_TIED = frozenset("\u200d\ufe0f\u20e3") | {chr(c) for c in range(0x1F3FB, 0x1F400)}


def _items(context: GuardedContext, value: object) -> list[Any]:
    if isinstance(value, Undefined) or not isinstance(value, list | tuple | str | range | Mapping):
        raise wrong(value, "@template_list")
    items: list[Any] = list(value)
    context.budget.spend(1 + len(items))
    if len(items) > _MOST_ITEMS:
        raise RenderFailed("E185", what="@template_items", limit=str(_MOST_ITEMS))
    return items


def _count(value: object, most: int) -> int:
    count = int(number(value))
    if not 0 <= count <= most:
        raise RenderFailed("E186", what="@template_count", kind=str(count))
    return count


@pass_context
def _upper(context: GuardedContext, value: object) -> str:
    return context.budget.text(value).upper()


@pass_context
def _lower(context: GuardedContext, value: object) -> str:
    return context.budget.text(value).lower()


@pass_context
def _capitalize(context: GuardedContext, value: object) -> str:
    return context.budget.text(value).capitalize()


@pass_context
def _title(context: GuardedContext, value: object) -> str:
    return context.budget.text(value).title()


@pass_context
def _trim(context: GuardedContext, value: object) -> str:
    return context.budget.text(value).strip()


@pass_context
def _string(context: GuardedContext, value: object) -> str:
    return context.budget.text(value)


@pass_context
def _urlencode(context: GuardedContext, value: object) -> str:
    return context.budget.made(quote(context.budget.text(value), safe=""))


@pass_context
def _length(context: GuardedContext, value: object) -> int:
    return len(value) if isinstance(value, str) else len(_items(context, value))


@pass_context
def _default(context: GuardedContext, value: object, other: object = "", boolean: bool = False) -> object:
    del context
    return other if isinstance(value, Undefined) or (boolean and not value) else value


@pass_context
def _replace(context: GuardedContext, value: object, old: object, new: object) -> str:
    budget = context.budget
    text, needle, other = budget.text(value), budget.text(old), budget.text(new)
    if not needle:
        return text
    grown = len(text) + text.count(needle) * (len(other) - len(needle))
    if grown > LONGEST_TEXT:
        raise RenderFailed("E185", what="@template_text", limit=str(LONGEST_TEXT))
    return text.replace(needle, other)


@pass_context
def _join(context: GuardedContext, value: object, between: object = "") -> str:
    budget = context.budget
    glue, parts, size = budget.text(between), list[str](), 0
    for item in _items(context, value):
        part = budget.text(item)
        size += len(part) + len(glue)
        parts.append(part)
        if size > 2 * LONGEST_TEXT:
            break
    return budget.made(glue.join(parts))


@pass_context
def _cut(context: GuardedContext, value: object, length: object = 60) -> str:
    text, most = context.budget.text(value), _count(length, 4096)
    if len(text) <= most:
        return text
    while most and (text[most] in _TIED or text[most - 1] == "\u200d"):
        most -= 1
    return text[:most] + "…"


@pass_context
def _mask(context: GuardedContext, value: object) -> str:
    text = context.budget.text(value)
    if len(text) >= 8:
        return text[:3] + "*" * (len(text) - 7) + text[-4:]
    return text[:1] + "*" * max(1, len(text) - 1) if text else ""


@pass_context
def _date(context: GuardedContext, value: object, form: object = "%Y-%m-%d") -> str:
    if not isinstance(value, date | time):
        raise wrong(value, "@template_date")
    plain, *parts = context.budget.text(form).split("%")
    return context.budget.made(plain + "".join([_directive(value, part) for part in parts]))


def _directive(value: object, part: str) -> str:
    bare = part.removeprefix("-")
    letter, rest = bare[:1], bare[1:]
    if letter in {"a", "A", "u"} and isinstance(value, date):
        day = value.weekday()
        return (str(day + 1) if letter == "u" else ("星期" if letter == "A" else "周") + _WEEKDAYS[day]) + rest
    wanted = time if letter in {"H", "M", "S"} else date
    if letter not in _DIRECTIVES or not isinstance(value, datetime | wanted):
        raise RenderFailed("E186", what="@template_form", kind="%" + part[:2])
    shown = _DIRECTIVES[letter].format(value)
    return (shown.lstrip("0") or "0" if bare != part else shown) + rest


@pass_context
def _random(context: GuardedContext, value: object) -> object:
    items = _items(context, value)
    if not items:
        raise RenderFailed("E186", what="@template_empty", kind="[]")
    rng = context.budget.rng
    return items[0] if rng is None else rng.choice(items)


@pass_context
def _first(context: GuardedContext, value: object) -> object:
    items = _items(context, value)
    return items[0] if items else context.environment.undefined("first")


@pass_context
def _last(context: GuardedContext, value: object) -> object:
    items = _items(context, value)
    return items[-1] if items else context.environment.undefined("last")


@pass_context
def _list(context: GuardedContext, value: object) -> list[Any]:
    return _items(context, value)


@pass_context
def _reverse(context: GuardedContext, value: object) -> list[Any]:
    return _items(context, value)[::-1]


@pass_context
def _sort(context: GuardedContext, value: object) -> list[Any]:
    return sorted(_flat(context, value))


@pass_context
def _unique(context: GuardedContext, value: object) -> list[Any]:
    return list(dict.fromkeys(_flat(context, value)))


@pass_context
def _sum(context: GuardedContext, value: object) -> int | float:
    return number(sum(number(item) for item in _items(context, value)))


@pass_context
def _min(context: GuardedContext, value: object) -> object:
    return min(_flat(context, value))


@pass_context
def _max(context: GuardedContext, value: object) -> object:
    return max(_flat(context, value))


@pass_context
def _int(context: GuardedContext, value: object, other: object = 0) -> int:
    return int(_number(context, value, other))


@pass_context
def _float(context: GuardedContext, value: object, other: object = 0) -> float:
    return float(_number(context, value, other))


@pass_context
def _abs(context: GuardedContext, value: object) -> int | float:
    del context
    return abs(number(value))


@pass_context
def _round(context: GuardedContext, value: object, digits: object = 0) -> int | float:
    del context
    places = _count(digits, 10)
    return round(number(value), places) if places else round(number(value))


def _number(context: GuardedContext, value: object, other: object) -> int | float:
    if value.__class__ is int or value.__class__ is float:
        return number(value)
    text = context.budget.text(value).strip()
    try:
        return number(float(text) if "." in text else int(text[:20]))
    except (ValueError, OverflowError):
        return number(other)


def _flat(context: GuardedContext, value: object) -> list[Any]:
    """Return items that compare quickly: texts and numbers only."""
    items = _items(context, value)
    for item in items:
        if not isinstance(item, str | int | float | date):
            raise wrong(item, "@template_list")
        context.budget.spend(1 + (len(item) // 64 if isinstance(item, str) else 0))
    return items


@pass_context
def _loop(context: GuardedContext, value: object, cost: int) -> object:
    return context.budget.loop(value, cost)


@pass_context
def _range(context: GuardedContext, *ends: object) -> range:
    del context
    made = range(*(int(number(end)) for end in ends))
    if len(made) > LONGEST_RANGE:
        raise RenderFailed("E185", what="@template_range", limit=str(LONGEST_RANGE))
    return made


@pass_context
def _concat(context: GuardedContext, *parts: object) -> str:
    return context.budget.made("".join([context.budget.text(part) for part in parts]))


FILTERS: dict[str, Callable[..., Any]] = {
    "abs": _abs, "capitalize": _capitalize, "count": _length, "cut": _cut, "d": _default, "date": _date,
    "default": _default, "first": _first, "float": _float, "int": _int, "join": _join, "last": _last,
    "length": _length, "list": _list, "lower": _lower, "mask": _mask, "max": _max, "min": _min, "random": _random,
    "replace": _replace, "reverse": _reverse, "round": _round, "sort": _sort, "string": _string, "sum": _sum,
    "title": _title, "trim": _trim, "unique": _unique, "upper": _upper, "urlencode": _urlencode,
}  # fmt: skip
# Put in by the guard in place of loops, range() and ~; no template can write these names.
INNER: dict[str, Callable[..., Any]] = {"#loop": _loop, "#range": _range, "#concat": _concat}
