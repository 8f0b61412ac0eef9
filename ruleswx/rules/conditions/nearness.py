"""How close a text came to a literal: for people who ask why a rule did not answer.

Only called when somebody asks, never while messages wait; bounded all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from ruleswx.rules.conditions.literals import Word
from ruleswx.rules.trace import Near

__all__ = ["distance", "nearest"]

_LONGEST = 64
_MOST = 500


def nearest(text: str, words: Iterable[Word]) -> Near | None:
    """The literal with the fewest characters to change, if less than half of it would have to change."""
    if not text or len(text) > _LONGEST:
        return None
    best: Near | None = None
    for word in islice(words, _MOST):
        limit = (max(len(word.folded), len(text))) // 2 if best is None else best.away - 1
        if abs(len(word.folded) - len(text)) <= limit and len(word.folded) <= _LONGEST:
            away = distance(text, word.folded)
            if 0 < away <= limit:
                best = Near(away, word.shown)
    return best


def distance(a: str, b: str) -> int:
    """How many characters to insert, delete, replace or swap with their neighbour turn a into b."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before = before, row
        row = [i, *([0] * len(b))]
        for j, y in enumerate(b, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]
