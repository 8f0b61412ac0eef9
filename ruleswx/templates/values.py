"""The values a message is made of: how they look, what is refused, what may go wrong.

Nothing here needs Jinja, so a bot whose messages are plain text and names never loads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from types import MappingProxyType
from urllib.parse import quote

from ruleswx.errors import RuleswxError

__all__ = ["LONGEST_OUTPUT", "RenderFailed", "TemplateProblem", "number", "percent", "short", "show", "wrong"]

LONGEST_OUTPUT = 4096
_LARGEST = 10**15
_MOST_SHOWN = 200
_DEEPEST = 3


class TemplateProblem(RuleswxError):
    """A template cannot be used. `offset` and `length` say where in it, `values` fill the catalogue's sentence."""

    def __init__(self, code: str, offset: int, length: int, **values: str) -> None:
        self.code = code
        self.offset = offset
        self.length = length
        self.values: Mapping[str, str] = MappingProxyType(values)
        super().__init__(code, offset, length, dict(values))


class RenderFailed(RuleswxError):
    """A template could not be rendered with these values; nothing is sent. `code` and `values` fill the catalogue.

    E184: a name is missing; E185: it costs too much; E186: a value is of the wrong kind.
    """

    def __init__(self, code: str, **values: str) -> None:
        self.code = code
        self.values: Mapping[str, str] = MappingProxyType(values)
        super().__init__(code, dict(values))


def wrong(value: object, what: str) -> RenderFailed:
    """Return what to raise about a value of the wrong kind; a missing one complains by itself."""
    if hasattr(type(value), "_undefined_name"):
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


def percent(value: object) -> str:
    """Return a value as an address may hold it. A dot or two alone would climb up in its path."""
    text = show(value)
    return quote(text, safe="", errors="replace") if text.strip(".") else text.replace(".", "%2E")


def _show_many(value: object, depth: int) -> str:
    if isinstance(value, list | tuple | range) and depth < _DEEPEST:
        return "、".join(show(item, depth + 1) for item in list(value)[:_MOST_SHOWN])
    if isinstance(value, Mapping) and depth < _DEEPEST:
        pairs = list(value.items())[:_MOST_SHOWN]
        return "、".join(f"{show(key, depth + 1)}: {show(item, depth + 1)}" for key, item in pairs)
    raise wrong(value, "@template_show")
