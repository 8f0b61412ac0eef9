"""Write a pattern's tree in RE2's words, and guess what running it can cost.

RE2 is linear in the text, but the factor grows with counted repeats, each copy of which may be alive at once; so
copies are counted here and too many are refused at load instead of slowing every message.
This module must not know RE2's API.
"""

from __future__ import annotations

from ruleswx.rules.patterns.classes import char
from ruleswx.rules.patterns.tree import Alternatives, Anchor, Chars, Group, Literal, Node, Repeat, Sequence

__all__ = ["MOST_COPIES", "MOST_PROGRAM", "emit", "size"]

MOST_COPIES = 300
MOST_PROGRAM = 60_000


def emit(node: Node) -> str:
    """Return the pattern as RE2 reads it."""
    match node:
        case Literal(text):
            return "".join(map(char, text))
        case Chars(re2) | Anchor(re2):
            return re2
        case Group(opening, body):
            return f"{opening}{emit(body)})"
        case Repeat(body, _, _, re2):
            return emit(body) + re2
        case Sequence(items):
            return "".join(map(emit, items))
        case Alternatives(branches):
            return "|".join(map(emit, branches))


def size(node: Node) -> tuple[int, int, int]:
    """Return (places where a match may stand at once, how many of them come from counted repeats, program size)."""
    match node:
        case Literal(text):
            return len(text), 0, 3 * len(text)
        case Chars():
            return 1, 0, node.cost
        case Anchor():
            return 0, 0, 1
        case Group(_, body):
            places, counted, program = size(body)
            return places, counted, program + 2
        case Repeat(body, least, most):
            return _repeated(size(body), max(least, most or 0, 1))
        case Sequence(parts) | Alternatives(parts):
            sizes = [size(part) for part in parts]
            return sum(s[0] for s in sizes), sum(s[1] for s in sizes), sum(s[2] for s in sizes) + len(sizes)


def _repeated(body: tuple[int, int, int], copies: int) -> tuple[int, int, int]:
    places, counted, program = body
    if copies == 1:
        return places, counted, program + 2
    return places * copies, max(places, counted) * copies, (program + 2) * copies
