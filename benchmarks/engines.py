"""Two ways to find which rules match a text: ours, and a loop over Python's `re`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from benchmarks.corpus import Rule
from ruleswx.fold import Folded, Folds, fold, fold_key
from ruleswx.rules.index import Entry, Index, Place, literals, pattern
from ruleswx.rules.patterns import Pattern, compile_pattern

__all__ = ["Ours", "loop", "plain"]

HERE = Place("text", "", "person")


class Ours:
    """The index, and the plain predicates on its candidates."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.predicates: list[str | Pattern] = []
        entries = []
        for position, (kind, source) in enumerate(rules):
            if kind == "keyword":
                key = fold_key(source)
                self.predicates.append(key)
                entries.append(Entry(position, literals([key], "normal")))
            else:
                compiled = compile_pattern(source)
                self.predicates.append(compiled)
                entries.append(Entry(position, pattern(compiled)))
        self.index = Index(entries)

    def __call__(self, text: str) -> list[int]:
        """Fold and match."""
        return self.match(Folds(text))

    def match(self, folds: Folds) -> list[int]:
        """Match a text that was folded before."""
        found = self.index.candidates(HERE, folds)
        if not found:
            return []
        folded = folds.get("normal")
        return [position for position in found if holds(self.predicates[position], folded)]


def holds(predicate: str | Pattern, folded: Folded) -> bool:
    """Judge one rule by itself."""
    if isinstance(predicate, str):
        return predicate in folded.text
    return predicate.search(folded) is not None


def plain(predicates: Sequence[str | Pattern]) -> Callable[[str], list[int]]:
    """Return the reference: every rule asked by itself, no index."""

    def match(text: str) -> list[int]:
        folded = fold(text)
        return [position for position, predicate in enumerate(predicates) if holds(predicate, folded)]

    return match


def loop(rules: Sequence[Rule]) -> Callable[[Folds], list[int]]:
    """Return what a bot without an index does: compiled `re` patterns in a loop over the folded text."""
    compiled = [
        re.compile(re.escape(fold_key(source)) if kind == "keyword" else source, re.IGNORECASE)
        for kind, source in rules
    ]

    def match(folds: Folds) -> list[int]:
        text = folds.get("normal").text
        return [position for position, one in enumerate(compiled) if one.search(text)]

    return match
