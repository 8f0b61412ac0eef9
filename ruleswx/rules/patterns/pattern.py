"""A pattern ready to search folded texts: RE2 behind it, matches in the author's names and the sender's characters.

RE2 compiles on first use, because most patterns of a big rule set never become candidates. Whether it will is known
before: the reader has accepted every construct and the size is bounded. This module must not know rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import re2

from ruleswx.fold import Folded, Mode, fold
from ruleswx.model import EMPTY
from ruleswx.rules.patterns.emit import MOST_COPIES, MOST_PROGRAM, emit, size
from ruleswx.rules.patterns.literals import required
from ruleswx.rules.patterns.parse import PatternError, parse
from ruleswx.rules.patterns.tree import Alternatives, Anchor, Chars, Group, Literal, Node, Repeat, Sequence

__all__ = ["FoldedAway", "Match", "Pattern", "compile_pattern", "folded_away"]

_SMALL = 1 << 20
_LARGE = 16 << 20
_LARGE_PROGRAM = 4_000
_LONG_RANGE = 256


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern matched, in code points of the original text, and what its named groups caught there.

    `captures` has every name; a group that took no part is "".
    """

    start: int
    end: int
    captures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FoldedAway:
    """A character of a pattern that no folded text contains: it becomes `folded`, or nothing at all."""

    offset: int
    length: int
    char: str
    folded: str


class Pattern:
    """One regex of the rule language. Made by `compile_pattern`; a value, do not change."""

    __slots__ = ("_engine", "_names", "any_case", "cost", "counted", "groups", "mode", "re2", "required", "source")

    def __init__(self, source: str, mode: Mode) -> None:
        self.source = source
        self.mode: Mode = "exact" if mode == "exact" else "normal"
        self.any_case = self.mode != "exact"
        parsed = parse(source, any_case=self.any_case)
        _, self.counted, self.cost = size(parsed.tree)
        _bounded(source, self.counted, self.cost)
        self.re2 = emit(parsed.tree)
        self.required = required(parsed.tree, folded=self.any_case)
        self._names = parsed.names
        self.groups = tuple(parsed.names)
        self._engine: Any = None

    def __repr__(self) -> str:
        return f"Pattern({self.source!r}, {self.mode!r})"

    def engine(self) -> Any:
        """Return RE2's own object. Raises PatternError for a class name that RE2 does not know."""
        if self._engine is None:
            options = engine_options(any_case=self.any_case, large=self.cost > _LARGE_PROGRAM)
            try:
                self._engine = re2.compile(self.re2.encode(), options)
            except re2.error as error:
                raise _unknown(self.source, error) from None
        return self._engine

    def search(self, folded: Folded) -> Match | None:
        """Return the leftmost match in a text that was folded by this pattern's mode."""
        found = self.engine().search(folded.data)
        if found is None:
            return None
        data, whole = folded.data, found.span()
        start, end = folded.span(*_characters(data, whole))
        if not self._names:
            return Match(start, end, EMPTY)
        captures = {name: _caught(folded, data, found.span(number)) for name, number in self._names.items()}
        return Match(start, end, MappingProxyType(captures))


@lru_cache(maxsize=16_384)
def compile_pattern(text: str, mode: Mode = "normal") -> Pattern:
    """Read a pattern for texts of this mode; under `loose`, regexes still look at the normal fold.

    Remembered, so that a reload reads only what changed. Raises PatternError with a code, the place in the pattern,
    and the values of the sentence.
    """
    pattern = Pattern(text, mode)
    if "\\p" in text or "\\P" in text or pattern.cost > _LARGE_PROGRAM:
        pattern.engine()
    return pattern


def engine_options(*, any_case: bool, large: bool) -> re2.Options:
    """Return how RE2 is to run: silent, with Unicode, within bounded memory."""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not any_case
    options.max_mem = _LARGE if large else _SMALL
    return options


def folded_away(text: str) -> tuple[FoldedAway, ...]:
    """Return the characters a pattern waits for in vain, because texts are folded first; () for a broken pattern."""
    try:
        tree = parse(text, any_case=True).tree
    except PatternError:
        return ()
    return tuple(_lost(tree))


def _bounded(source: str, counted: int, program: int) -> None:
    if counted > MOST_COPIES or program > MOST_PROGRAM:
        args = {"what": "@regex_large", "limit": str(MOST_COPIES)}
        raise PatternError("E173", 0, len(source), args)


def _unknown(source: str, error: Exception) -> PatternError:
    """Find the class name that RE2 complains about; anything else it says covers the whole pattern."""
    reason = error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else str(error)
    written = reason.rpartition(": ")[2]
    if written and written in source:
        args = {"what": "@regex_property", "written": written}
        return PatternError("E171", source.index(written), len(written), args)
    return PatternError("E171", 0, max(1, len(source)), {"what": "@regex_engine", "written": reason})


def _characters(data: bytes, span: tuple[int, int]) -> tuple[int, int]:
    start, end = span
    before = len(data[:start].decode())
    return before, before + len(data[start:end].decode())


def _caught(folded: Folded, data: bytes, span: tuple[int, int]) -> str:
    return "" if span[0] < 0 else folded.slice(*_characters(data, span))


@lru_cache(maxsize=4096)
def _reaches(char: str) -> str | None:
    """Return what a written character becomes in folded texts, or None when a search in any case still finds it."""
    folded = fold(char).text
    if folded == char or (len(folded) == 1 and len(char.upper()) == 1 and folded.upper() == char.upper()):
        return None
    return folded


def _lost_of_class(node: Chars) -> Iterator[FoldedAway]:
    """Single characters whose folded form is not beside them, and short ranges of which nothing is left."""
    chars = {char for _, char in node.singles}
    for offset, char in node.singles:
        folded = _reaches(char)
        if folded is not None and not (folded and set(folded) <= chars):
            yield FoldedAway(offset, 1, char, folded)
    for at, first, _, last in node.ranges:
        codes = range(ord(first), ord(last) + 1)
        if len(codes) <= _LONG_RANGE and all(_reaches(chr(code)) is not None for code in codes):
            yield FoldedAway(at, 1, first, _reaches(first) or "")


def _lost(node: Node) -> Iterator[FoldedAway]:
    match node:
        case Literal(text, _, places):
            for index, char in enumerate(text):
                folded = _reaches(char)
                if folded is None and char == " " == text[index - 1 : index]:
                    folded = ""
                if folded is not None:
                    yield FoldedAway(places[index], 1, char, folded)
        case Chars():
            yield from _lost_of_class(node)
        case Group(_, body) | Repeat(body):
            yield from _lost(body)
        case Sequence(parts) | Alternatives(parts):
            for part in parts:
                yield from _lost(part)
        case Anchor():
            return
