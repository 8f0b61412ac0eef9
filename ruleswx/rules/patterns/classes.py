r"""Sets of characters in RE2's words: \w \d \s and what may stand between brackets.

RE2's own \w \d \s are ASCII. A class is kept as a list of pieces; only where Unicode's \W stands inside brackets, or
the whole is negated with one inside, are code points counted, because RE2 has no sets of sets.
This module must not know where in a pattern a class stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from ruleswx.rules.patterns.words import DIGITS, WORDS

__all__ = ["SHORTHAND", "ClassParts", "NotCountable", "char", "shorthand"]

Span = tuple[int, int]
_SPACES = "9-d 1c-20 85 a0 1680 2000-200a 2028-2029 202f 205f 3000"
_TOP = 0x10FFFF
_SPECIAL = frozenset("\\.+*?()|[]{}^$-&~#/ ")
# What one such set adds to RE2's program, measured.
_COSTS = {"w": 717, "d": 90, "s": 24}
_PROPERTY_COST = 1200
SHORTHAND = frozenset("dDwWsS")
_FEW = 8


class NotCountable(ValueError):
    r"""A \p{…} stands where code points would have to be counted."""


def char(value: str) -> str:
    """Return one character as RE2 reads it."""
    if value in _SPECIAL or ord(value) < 0x20:
        return f"\\x{{{ord(value):x}}}"
    return value


@cache
def _spans(letter: str) -> tuple[Span, ...]:
    words = {"w": WORDS, "d": DIGITS, "s": _SPACES}[letter.lower()].split()
    spans = [(int(a, 16), int(b or a, 16)) for a, _, b in (word.partition("-") for word in words)]
    return tuple(spans if letter.islower() else _complement(spans))


def _complement(spans: list[Span]) -> list[Span]:
    gaps, start = [], 0
    for first, last in sorted(spans):
        if start < first:
            gaps.append((start, first - 1))
        start = max(start, last + 1)
    if start <= _TOP:
        gaps.append((start, _TOP))
    return gaps


def _without_surrogates(spans: list[Span]) -> list[Span]:
    parts = [(a, min(b, 0xD7FF)) for a, b in spans if a < 0xD800] + [(max(a, 0xE000), b) for a, b in spans]
    return [(a, b) for a, b in parts if a <= b]


def _written(spans: list[Span]) -> str:
    return "".join(f"\\x{{{a:x}}}-\\x{{{b:x}}}" for a, b in _without_surrogates(spans))


@cache
def shorthand(letter: str) -> tuple[str, int]:
    r"""Return \w, \d, \s or the opposite in RE2's words, and what it costs."""
    inside = "^" + _inner(letter.lower()) if letter.isupper() else _inner(letter)
    return f"[{inside}]", _COSTS[letter.lower()]


@cache
def _inner(letter: str) -> str:
    if letter in "dD":
        return r"\p{Nd}" if letter == "d" else r"\P{Nd}"
    return _written(list(_spans(letter)))


@dataclass(slots=True)
class ClassParts:
    """What the author put between brackets."""

    negated: bool = False
    singles: list[tuple[int, str]] = field(default_factory=list)
    ranges: list[tuple[int, str, int, str]] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)

    def re2(self) -> str:
        """Return the class in RE2's words. Raises NotCountable for a negated class with \\W beside a property."""
        if self.negated and "W" in self.letters:
            return f"[{_written(self._counted())}]"
        inside = "".join(char(c) for _, c in self.singles)
        inside += "".join(f"{char(a)}-{char(b)}" for _, a, _, b in self.ranges)
        inside += "".join(_inner(letter) for letter in self.letters) + "".join(self.properties)
        return f"[{'^' if self.negated else ''}{inside}]"

    def _counted(self) -> list[Span]:
        if self.properties:
            raise NotCountable
        spans = [(ord(c), ord(c)) for _, c in self.singles]
        spans += [(ord(a), ord(b)) for _, a, _, b in self.ranges]
        for letter in self.letters:
            spans += _spans(letter)
        return _complement(spans)

    @property
    def few(self) -> frozenset[str] | None:
        """The whole set, when it is small and written out."""
        if self.negated or self.ranges or self.letters or self.properties or len(self.singles) > _FEW:
            return None
        return frozenset(c for _, c in self.singles)

    @property
    def cost(self) -> int:
        """A guess at the size of RE2's program."""
        own = 4 * len(self.singles) + 8 * len(self.ranges) + _PROPERTY_COST * len(self.properties)
        return own + sum(_COSTS[letter.lower()] for letter in self.letters) + 4
