"""What a pattern is made of. Values without behaviour; offsets count characters of the pattern as written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Alternatives", "Anchor", "Chars", "Group", "Literal", "Node", "Repeat", "Sequence"]


@dataclass(slots=True)
class Literal:
    """Characters to be found as they are, or in any case; `at` is the offset of each one."""

    text: str
    any_case: bool
    at: tuple[int, ...]


@dataclass(slots=True)
class Chars:
    """One character out of a set: `re2` is the set in RE2's words, `few` the whole set when it is that small.

    `singles` and `ranges` are what the author spelt out, with offsets; `cost` guesses the size of RE2's program.
    """

    re2: str
    few: frozenset[str] | None
    any_case: bool
    singles: tuple[tuple[int, str], ...] = ()
    ranges: tuple[tuple[int, str, int, str], ...] = ()
    cost: int = 4


@dataclass(slots=True)
class Anchor:
    """A place, not a character; also an inline flag, which only RE2 has to see."""

    re2: str


@dataclass(slots=True)
class Group:
    """Parentheses: `opening` in RE2's words."""

    opening: str
    body: Node


@dataclass(slots=True)
class Repeat:
    """`most` None is without end. `re2` is the quantifier."""

    body: Node
    least: int
    most: int | None
    re2: str


@dataclass(slots=True)
class Sequence:
    """One after the other; empty matches everywhere."""

    items: list[Node]


@dataclass(slots=True)
class Alternatives:
    """Any one of them."""

    branches: list[Node]


Node: TypeAlias = "Literal | Chars | Anchor | Group | Repeat | Sequence | Alternatives"
