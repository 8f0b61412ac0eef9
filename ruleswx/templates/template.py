"""A template: checked when it is read, compiled when it is first used, plain ones never by Jinja at all.

Most messages are text with a name or two. Those are put together here, to the same effect, at a tenth of the cost.
This module must not know what is allowed or what it costs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from random import Random

from ruleswx.templates.values import LONGEST_OUTPUT, RenderFailed, percent, short, show

__all__ = ["Template", "compile_template"]

_HOLE = re.compile(r"\{\{ *([^\W\d_]\w*) *\}\}")
_SIGNS = re.compile(r"\{[{%#]")
_KEYWORDS = (
    "true false none True False None not and or if else in is loop self super caller varargs kwargs context environment"
)
_NOT_NAMES = frozenset(_KEYWORDS.split())
_WRONG_VALUE = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)


class Template:
    """A checked template. Made by `compile_template`; a value, do not change."""

    __slots__ = ("_parts", "_roots", "names", "source")

    def __init__(self, source: str, names: frozenset[str], parts: tuple[tuple[str, str], ...] | None) -> None:
        self.source = source
        self.names = names
        self._parts = parts
        self._roots: dict[bool, Callable[..., Iterator[str]]] = {}

    def __repr__(self) -> str:
        return f"Template({self.source!r})"

    @property
    def name_offsets(self) -> Mapping[str, tuple[int, ...]]:
        """Where each name from outside is used."""
        from ruleswx.templates.places import Places

        places = Places(self.source)
        return {name: places.names(name) for name in sorted(self.names)}

    def render(self, context: Mapping[str, object], *, rng: Random | None = None, escaped: bool = False) -> str:
        """Return the text, cut at 4,096 characters; `rng` (or a context's `rng`) is what `random` draws from. With
        `escaped`, what comes out of each hole is made safe for an address, after all filters.

        Raises RenderFailed when a name is missing, a value is of the wrong kind, or the template costs too much.
        """
        try:
            text = self._plain(context, escaped) if self._parts is not None else self._full(context, rng, escaped)
        except _WRONG_VALUE as error:
            raise RenderFailed("E186", what="@template_value", kind=type(error).__name__) from None
        return text if len(text) <= LONGEST_OUTPUT else text[: LONGEST_OUTPUT - 1] + "…"

    def _plain(self, context: Mapping[str, object], escaped: bool) -> str:
        made, finish = [], percent if escaped else show
        for text, name in self._parts or ():
            made.append(text)
            if name:
                if name not in context:
                    raise RenderFailed("E184", name=name)
                made.append(finish(context[name]))
        return "".join(made)

    def _full(self, context: Mapping[str, object], rng: Random | None, escaped: bool) -> str:
        from ruleswx.templates.running import compiled, run

        root = self._roots.get(escaped)
        if root is None:
            root = self._roots[escaped] = compiled(self.source, escaped=escaped)
        values = {name: short(context[name]) for name in self.names if name in context}
        given = context.get("rng") if rng is None else rng
        return run(root, values, given if isinstance(given, Random) else None)


@lru_cache(maxsize=16_384)
def compile_template(source: str) -> Template:
    """Check a template of a rule file. Raises TemplateProblem with the place of what it must not say."""
    parts = _simple(source)
    if parts is not None:
        return Template(source, frozenset(name for _, name in parts if name), parts)
    from ruleswx.templates.guard import check

    return Template(source, check(source).names, None)


def _simple(source: str) -> tuple[tuple[str, str], ...] | None:
    """Return (text, name) pairs of a template that is text and names only, as Jinja would render them."""
    if len(source) > LONGEST_OUTPUT or "\r" in source:
        return None
    parts, at = list[tuple[str, str]](), 0
    for hole in _HOLE.finditer(source):
        if hole[1] in _NOT_NAMES or _SIGNS.search(source, at, hole.start()):
            return None
        parts.append((source[at : hole.start()], hole[1]))
        at = hole.end()
    if _SIGNS.search(source, at):
        return None
    rest = source[at:]
    return (*parts, (rest.removesuffix("\n"), ""))
