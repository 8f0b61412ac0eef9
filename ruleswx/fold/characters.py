"""What single characters fold to, one table a mode, filled as characters turn up.

`normal`: NFKC, casefold, combining and format characters dropped, blanks to one kind, line breaks to one kind,
traditional 汉字 to simplified. `loose`: besides, look-alikes to Latin, numerals to digits, and nothing is kept but
letters, digits and 汉字. Marks are dropped after composing, so kana keep their voice marks (が is not か) and Hangul
its syllables. This module must not know offsets or runs; it answers for one character with what is attached to it.
"""

from __future__ import annotations

import re
from functools import cache
from unicodedata import category, digit, normalize

__all__ = ["ATTACHED", "HIDDEN", "LOOKALIKES", "Table", "loose", "normal", "simplified"]

# Never visible (Unicode's Default_Ignorable_Code_Point, as ranges of the basic planes plus the tag block).
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
HIDDEN = re.compile(f"[{_UNSEEN}]+")
_BLANKS = "\t\u2800"
_BREAKS = "\n\v\f\x85\u2028\u2029"
_KEPT_WHOLE = re.compile("[\u1100-\u11ff\u3041-\u30ff\uac00-\ud7a3]")
# One pass never looks further than this past a base character: reordering marks is quadratic in their number.
_CHUNK = 32
_ROUNDS = 4
_CACHE = 20_000

LOOKALIKES = {
    **dict(zip("АВЕКМНОРСТХУІЈЅҺԌԚԜ", "abekmhopctxyijshgqw", strict=True)),
    **dict(zip("авекмнорстхуіјѕһԁԛԝѵԍɡ", "abekmhopctxyijshdqwvgg", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx", strict=True)),
    **dict(zip("αβεικνορτυχγωημ", "abeikvoptuxywnu", strict=True)),
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢı", "abcdefghijklmnoprstuvwyzi", strict=True)),
    **{chr(first + i): chr(97 + i) for first in (0x1F150, 0x1F170, 0x1F1E6) for i in range(26)},
}
_DIGITS = dict(zip("零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖", "00123456789123456789", strict=True))


@cache
def simplified() -> dict[int, str]:
    """Return the table from traditional to simplified 汉字, by code point."""
    from ruleswx.fold.hanzi import SIMPLIFIED, TRADITIONAL

    return dict(zip(map(ord, TRADITIONAL), SIMPLIFIED, strict=True))


def _kept(char: str) -> str:
    """Return one composed, casefolded character without its marks, or "" when it is no more than a mark."""
    kind = category(char)
    if kind in {"Mn", "Me", "Cf"}:
        return ""
    if kind == "Cc":
        return "\n" if char in _BREAKS else char if char == "\r" else " " if char in _BLANKS else ""
    if kind == "Zs" or char in _BLANKS:
        return " "
    if kind in {"Zl", "Zp"}:
        return "\n"
    if kind == "Cs":
        return "\ufffd"
    if _KEPT_WHOLE.match(char):
        return char
    return "".join(c for c in normalize("NFD", char) if category(c) not in {"Mn", "Me"})


def _once(text: str) -> str:
    composed = normalize("NFKC", HIDDEN.sub("", text)).casefold()
    plain = normalize("NFKC", "".join(map(_kept, composed)))
    return plain.translate(simplified())


def normal(text: str) -> str:
    """Return what a character with everything attached to it folds to; "" when nothing of it is left."""
    if len(text) > _CHUNK:
        return "".join(normal(text[i : i + _CHUNK]) for i in range(0, len(text), _CHUNK))
    for _ in range(_ROUNDS):
        folded = _once(text)
        if folded == text:
            break
        text = folded
    return text


def _solid(char: str) -> str:
    if char in _DIGITS:
        return _DIGITS[char]
    number = digit(char, -1)
    if number >= 0:
        return str(number)
    return char if category(char)[0] in "LN" else ""


def _shape(char: str) -> str:
    if char in LOOKALIKES or _KEPT_WHOLE.match(char):
        return LOOKALIKES.get(char, char)
    return "".join(LOOKALIKES.get(c, c) for c in normalize("NFD", char))


def loose(text: str) -> str:
    """Return the same for the loose fold: shapes decide, and only letters, digits and 汉字 are left."""
    if len(text) > _CHUNK:
        return "".join(loose(text[i : i + _CHUNK]) for i in range(0, len(text), _CHUNK))
    shaped = "".join(map(_shape, normalize("NFKC", HIDDEN.sub("", text))))
    return "".join(map(_solid, normal(shaped)))


class _Attached(dict[str, bool]):
    """Whether a character belongs to the one before it: it is unseen, or may compose with or hang on to that one."""

    def __missing__(self, char: str) -> bool:
        if len(self) > _CACHE:
            self.clear()
        first = normalize("NFKD", char)[0]
        answer = self[char] = bool(
            HIDDEN.match(char)
            or category(first)[0] == "M"
            or "\u1160" <= first <= "\u11ff"
            or "\U00016d60" <= first <= "\U00016d6a"
        )
        return answer


ATTACHED = _Attached()


class Table(dict[str, str]):
    """Characters already asked for. Bounded: a text made of all of Unicode must not stay in memory."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.fold = loose if mode == "loose" else normal

    def __missing__(self, char: str) -> str:
        if len(self) > _CACHE:
            self.clear()
        answer = self[char] = self.fold(char)
        return answer
