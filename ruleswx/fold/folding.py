"""Fold a text in about a microsecond, and find the way back only when somebody asks for it.

Theory: a text is cut before every character that cannot attach to the one before it. Each piece folds by itself
(`characters`), so the folded text is the pieces in a row, and every folded character knows the span it came from.
Then runs are squeezed: blanks to one, and under `loose` three or more of a kind to one. Common text takes a short
cut, a table by character, which gives the same answer because none of its characters can attach.
This module must not know what a rule or a message is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from ruleswx.fold.characters import ATTACHED, HIDDEN, Table, simplified

__all__ = ["READ", "Folded", "Folds", "Mode", "fold", "fold_key"]

Mode = Literal["exact", "normal", "loose"]
READ = 4096

_NORMAL = Table("normal")
_LOOSE = Table("loose")
_BLANK_RUN = re.compile(r" {2,}|\r\n?")
_LONG_RUN = re.compile(r"(.)\1\1+", re.DOTALL)
_SPACERS = "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_SURROGATE = re.compile("[\ud800-\udfff]")
# Characters that fold to themselves, attach to nothing and are common; 汉字 are added from the table, kana and
# Hangul syllables are whole. Everything else is either known to stand alone (_ALONE) or looked at closely.
_COMMON = (
    " \n!-@\\[-~、-〃〈-】〔-〗–—‘-”々〇ぁ-ゖァ-ヺ가-힣"
    "☀-⛿✀-❵➔-➿\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f900-\U0001f9ff\U0001fa70-\U0001faff"
)
_ALONE = "A-Z\uff01-\uff5e\u3000\u2026\t\xa0\u2000-\u200a\u202f\u3400-\u4dbf\u4e00-\u9fff"


class Folded:
    """A folded text that remembers where each of its characters came from. Made by `fold`; a value, do not change."""

    __slots__ = ("_data", "_ends", "_starts", "mode", "original", "text")

    def __init__(self, text: str, original: str, mode: Mode) -> None:
        self.text = text
        self.original = original
        self.mode: Mode = mode
        self._data: bytes | None = None
        self._starts: list[int] | None = None
        self._ends: list[int] = []

    def __repr__(self) -> str:
        return f"Folded({self.text!r}, {self.original!r}, {self.mode!r})"

    @property
    def data(self) -> bytes:
        """The folded text in UTF-8, as the engines under the rules read it; lone surrogates become U+FFFD."""
        if self._data is None:
            self._data = _utf8(self.text)
        return self._data

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where folded[start:end] stands in the original, in code points; out-of-range values are clipped."""
        end = max(0, min(end, len(self.text)))
        start = max(0, min(start, end))
        if self._starts is None:
            if self.mode == "exact" or self.text == self.original or _in_step(self.text, self.original, self.mode):
                return start, end
            self._starts, self._ends = _places(self.original, self.mode, len(self.text))
        if start == end:
            here = self._starts[start] if start < len(self._starts) else len(self.original[:READ])
            return here, here
        return self._starts[start], self._ends[end - 1]

    def slice(self, start: int, end: int) -> str:
        """Return the original characters behind folded[start:end]."""
        first, last = self.span(start, end)
        return self.original[first:last]


class Folds:
    """One message's text, folded at most once a mode."""

    __slots__ = ("_by_mode", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._by_mode: dict[Mode, Folded] = {}

    def get(self, mode: Mode) -> Folded:
        """Return the text under this mode."""
        folded = self._by_mode.get(mode)
        if folded is None:
            folded = self._by_mode[mode] = fold(self.text, mode)
        return folded


def fold(text: str, mode: Mode = "normal") -> Folded:
    """Fold the first 4,096 characters of a text; the folded text is no longer than that either."""
    read = text if len(text) <= READ else text[:READ]
    if mode == "exact":
        return Folded(read, text, mode)
    folded = _normal(read) if mode == "normal" else _loose(read)
    return Folded(folded if len(folded) <= READ else folded[:READ], text, mode)


def fold_key(text: str, mode: Mode = "normal") -> str:
    """Fold a keyword or a name as texts are folded, both ends trimmed; "" when nothing is left to compare."""
    if mode == "exact":
        return text
    folded = _normal(text) if mode == "normal" else _loose(text)
    return folded.strip(" \n")


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()


@cache
def _odd() -> re.Pattern[str]:
    """What has to be looked up in a text of common characters."""
    traditional = simplified()
    plain = [chr(code) for block in ((0x3400, 0x4DC0), (0x4E00, 0xA000)) for code in range(*block)]
    kept = _ranges([ord(c) for c in plain if ord(c) not in traditional])
    return re.compile(f"[^{_COMMON}{kept}]")


@cache
def _close() -> re.Pattern[str]:
    """What the short cut must not judge."""
    return re.compile(f"[^{_COMMON}{_ALONE}]")


def _ranges(codes: list[int]) -> str:
    parts: list[str] = []
    first = last = codes[0]
    for code in [*codes[1:], 0x110000]:
        if code != last + 1:
            parts.append(chr(first) if first == last else f"{chr(first)}-{chr(last)}")
            first = code
        last = code
    return "".join(parts)


def _squeeze_blanks(text: str) -> str:
    if "  " in text or "\r" in text:
        return _BLANK_RUN.sub(_one_blank, text)
    return text


def _one_blank(run: re.Match[str]) -> str:
    return " " if run[0][0] == " " else "\n"


def _look_up(odd: re.Match[str]) -> str:
    return _NORMAL[odd[0]]


def _normal(text: str) -> str:
    if text.isascii() and text.isprintable():
        folded = text.lower()
        return _squeeze_blanks(folded) if "  " in folded else folded
    if _close().search(text):
        seen = HIDDEN.sub("", text)
        if _close().search(seen):
            return _squeeze_blanks("".join([piece for piece, _, _ in _stretches(text)]))
        text = seen
    return _squeeze_blanks(_odd().sub(_look_up, text))


def _loose(text: str) -> str:
    if _close().search(text):
        folded = "".join([piece for piece, _, _ in _pieces(text, _LOOSE)])
    else:
        folded = "".join(map(_LOOSE.__getitem__, text))
    return _LONG_RUN.sub(r"\1", folded)


def _pieces(text: str, table: Table) -> Iterator[tuple[str, int, int]]:
    """Yield (folded, start, end) for every character with what is attached to it."""
    start, size = 0, len(text)
    while start < size:
        end = start + 1
        while end < size and ATTACHED[text[end]]:
            end += 1
        # One character is remembered; a sequence is worked out each time, or odd texts would fill the table.
        yield (table[text[start]] if end == start + 1 else table.fold(text[start:end])), start, end
        start = end


def _stretches(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the same for the normal fold, with plain characters that nothing is attached to in one piece."""
    done, size = 0, len(text)
    for odd in _odd().finditer(text):
        start = odd.start()
        if start < done:
            continue
        end = start + 1
        while end < size and ATTACHED[text[end]]:
            end += 1
        if start > done and ATTACHED[text[start]]:
            start -= 1
        if start > done:
            yield text[done:start], done, start
        yield (_NORMAL[text[start]] if end == start + 1 else _NORMAL.fold(text[start:end])), start, end
        done = end
    if done < size:
        yield text[done:], done, size


def _in_step(text: str, original: str, mode: Mode) -> bool:
    """Whether every character folded to one character, as in most texts, without looking at each."""
    return mode == "normal" and len(text) == len(original) and "…" not in original and not _close().search(original)


def _places(original: str, mode: Mode, size: int) -> tuple[list[int], list[int]]:
    """Return start and end in the original of every folded character."""
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    pieces = _stretches(original[:READ]) if mode == "normal" else _pieces(original[:READ], _LOOSE)
    for piece, start, end in pieces:
        folded.append(piece)
        if len(piece) == end - start and piece == original[start:end]:
            starts += range(start, end)
            ends += range(start + 1, end + 1)
        else:
            starts += [start] * len(piece)
            # Zero-width filler is nobody's part: a capture must not carry it into an answer.
            ends += [start + len(original[start:end].rstrip(_SPACERS))] * len(piece)
    run = _BLANK_RUN if mode == "normal" else _LONG_RUN
    kept_starts: list[int] = []
    kept_ends: list[int] = []
    done = 0
    for match in run.finditer("".join(folded)):
        kept_starts += [*starts[done : match.start()], starts[match.start()]]
        kept_ends += [*ends[done : match.start()], ends[match.end() - 1]]
        done = match.end()
    return [*kept_starts, *starts[done:]][:size], [*kept_ends, *ends[done:]][:size]
