"""Long text in pieces the wire takes: cut where a reader would, never inside a character people see. Pure.

Web WeChat documents no limit; above two thousand characters texts were seen to arrive cut, so that is the size of a
piece. Pieces are numbered, a text that fits is left as it is.
"""

from __future__ import annotations

import unicodedata

__all__ = ["PIECE", "split_text"]

PIECE = 2000
_BORDERS = ("\n\n", "\n", "。", "！", "？", "；", ". ", "! ", "? ", "，", ", ", " ")
_JOINER = "\u200d"


def split_text(text: str, limit: int = PIECE) -> tuple[str, ...]:
    """The text in order, each piece at most `limit` characters, marked `(1/3)` and so on when there are several."""
    if len(text) <= limit:
        return (text,)
    room = limit - len("(99/99) ")
    pieces: list[str] = []
    rest = text
    while rest:
        cut = _cut(rest, room)
        piece, rest = rest[:cut].rstrip(), rest[cut:].lstrip("\n ")
        if piece:
            pieces.append(piece)
    if len(pieces) < 2:
        return (pieces[0] if pieces else text[:limit],)
    return tuple(f"({number}/{len(pieces)}) {piece}" for number, piece in enumerate(pieces, 1))


def _cut(text: str, room: int) -> int:
    """Where the first piece ends: at a border in its second half if there is one, else between two characters."""
    if len(text) <= room:
        return len(text)
    for border in _BORDERS:
        at = text.rfind(border, room // 2, room)
        if at > 0 and at + len(border) <= room:
            return at + len(border)
    for at in range(room, room // 2, -1):
        if not _joined(text, at):
            return at
    return room


def _joined(text: str, at: int) -> bool:
    """Whether the code points on both sides of `at` make one visible character (marks, joined emoji, flags)."""
    before, after = text[at - 1], text[at]
    if _JOINER in (before, after) or unicodedata.category(after).startswith("M"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if _is_flag_half(before) and _is_flag_half(after):
        start = at
        while start > 0 and _is_flag_half(text[start - 1]):
            start -= 1
        return (at - start) % 2 == 1
    return False


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
