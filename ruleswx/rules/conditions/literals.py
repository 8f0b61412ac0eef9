"""The literals of one line: folded once, found without looking at each when there are many.

Literals never become patterns. It must not know which line asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ruleswx.fold import Mode, fold_key

__all__ = ["BLANKS", "Word", "WordList", "word_list"]

BLANKS = " \n"
_FEW = 32
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Word:
    """A literal as it is compared, as it was written, and the list it comes from ("" for the rule itself)."""

    folded: str
    shown: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class WordList:
    """All literals of one line; `by_folded` finds one, `lengths` are those that occur, the longest first."""

    words: tuple[Word, ...]
    by_folded: dict[str, Word]
    lengths: tuple[int, ...]
    lists: tuple[tuple[str, int], ...] = ()

    def find(self, text: str) -> tuple[int, Word] | None:
        """The leftmost literal in a text, the longest of those, with its place."""
        if len(self.words) <= _FEW:
            found = [(at, -len(w.folded), w) for w in self.by_folded.values() if (at := text.find(w.folded)) >= 0]
            return (best[0], best[2]) if (best := min(found, key=lambda f: f[:2], default=None)) else None
        for at in range(len(text)):
            for length in self.lengths:
                word = self.by_folded.get(text[at : at + length])
                if word is not None:
                    return at, word
        return None

    def at_start(self, text: str) -> Word | None:
        """The longest literal a text begins with."""
        return next((w for n in self.lengths if (w := self.by_folded.get(text[:n])) is not None), None)

    def at_end(self, text: str) -> Word | None:
        """The longest literal a text ends with."""
        return next(
            (
                w
                for n in self.lengths
                if n <= len(text) and (w := self.by_folded.get(text[len(text) - n :])) is not None
            ),
            None,
        )

    @property
    def shown(self) -> str:
        """The literals as they were written: own words, then lists with their size."""
        own = [w.shown for w in self.words if not w.source]
        parts = [*own[:_SHOWN], *(["…"] if len(own) > _SHOWN else []), *(f"${name} ({n})" for name, n in self.lists)]
        return ", ".join(parts)


def word_list(words: Iterable[tuple[str, str]], mode: Mode, lists: Iterable[tuple[str, int]] = ()) -> WordList:
    """Fold the (written, list) pairs of a line; what folds to nothing can never be found and is left out."""
    made = tuple(_folded(words, mode))
    by_folded: dict[str, Word] = {}
    for word in made:
        by_folded.setdefault(word.folded, word)
    lengths = tuple(sorted({len(folded) for folded in by_folded}, reverse=True))
    return WordList(made, by_folded, lengths, tuple(lists))


def _folded(words: Iterable[tuple[str, str]], mode: Mode) -> Iterator[Word]:
    for written, source in words:
        if folded := fold_key(written, mode):
            yield Word(folded, written, source)
