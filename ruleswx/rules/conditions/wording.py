"""What was written: equals, contains, contains_all, starts, ends, regex, length. All on the folded text.

Places lead back to the sender's own characters. It must not know who wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ruleswx.fold import Folded, Mode
from ruleswx.rules.conditions.base import Condition, no, yes
from ruleswx.rules.conditions.context import Context
from ruleswx.rules.conditions.literals import BLANKS, Word, WordList
from ruleswx.rules.conditions.nearness import nearest
from ruleswx.rules.patterns import Pattern
from ruleswx.rules.shape import Range
from ruleswx.rules.trace import Near, Reason, Verdict

__all__ = ["Contains", "ContainsAll", "Ends", "Equals", "Length", "Regex", "Starts"]

_LONGEST = 40


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else flat[:_LONGEST] + "…"


def _found(code: str, folded: Folded, start: int, word: Word, **args: str) -> Verdict:
    span = folded.span(start, start + len(word.folded))
    return Verdict(True, Reason(code, {"word": word.shown, **args}), span)


def _trimmed(folded: Folded) -> tuple[str, int]:
    """The text without blanks at its ends, and how many were cut in front."""
    cut = folded.text.lstrip(BLANKS)
    return cut.rstrip(BLANKS), len(folded.text) - len(cut)


@dataclass(frozen=True, slots=True)
class _Words(Condition):
    words: WordList
    mode: Mode

    def near(self, context: Context) -> Near | None:
        """The closest literal, for short texts."""
        text, _ = _trimmed(context.folds.get(self.mode))
        return nearest(text, self.words.words)


class Equals(_Words):
    """`equals`: the whole text is one of these."""

    __slots__ = ()

    def check(self, context: Context) -> Verdict:
        """Look the trimmed text up."""
        folded = context.folds.get(self.mode)
        text, start = _trimmed(folded)
        word = self.words.by_folded.get(text)
        if word is not None:
            return _found("equals.yes", folded, start, word)
        return no("equals.no", text=_short(context.text), words=self.words.shown)


class Contains(_Words):
    """`contains`: any of these stands in the text."""

    __slots__ = ()

    def check(self, context: Context) -> Verdict:
        """Find the leftmost literal."""
        folded = context.folds.get(self.mode)
        found = self.words.find(folded.text)
        if found is None:
            return self._missing()
        start, word = found
        if word.source:
            return _found("contains.in_list", folded, start, word, list=f"${word.source}")
        return _found("contains.yes", folded, start, word)

    def _missing(self) -> Verdict:
        own = any(not word.source for word in self.words.words)
        lists = [Reason("contains.list", {"list": f"${name}", "count": str(n)}) for name, n in self.words.lists]
        if not lists:
            return no("contains.no")
        return Verdict(False, Reason("any", parts=(*([Reason("contains.no")] if own else []), *lists)))


class ContainsAll(_Words):
    """`contains_all`: every one of these stands in the text."""

    __slots__ = ()

    def check(self, context: Context) -> Verdict:
        """Find each; the span reaches over all."""
        folded = context.folds.get(self.mode)
        start, end = len(folded.text), 0
        for word in self.words.words:
            at = folded.text.find(word.folded)
            if at < 0:
                return no("contains_all.no", word=word.shown)
            start, end = min(start, at), max(end, at + len(word.folded))
        if not self.words.words:
            return no("contains.no")
        return Verdict(True, Reason("contains_all.yes", {"words": self.words.shown}), folded.span(start, end))


class Starts(_Words):
    """`starts`: the text begins with one of these."""

    __slots__ = ()

    def check(self, context: Context) -> Verdict:
        """Compare the beginning of the trimmed text."""
        folded = context.folds.get(self.mode)
        text, start = _trimmed(folded)
        word = self.words.at_start(text)
        if word is not None:
            return _found("starts.yes", folded, start, word)
        return no("starts.no", words=self.words.shown)


class Ends(_Words):
    """`ends`: the text ends with one of these."""

    __slots__ = ()

    def check(self, context: Context) -> Verdict:
        """Compare the end of the trimmed text."""
        folded = context.folds.get(self.mode)
        text, start = _trimmed(folded)
        word = self.words.at_end(text)
        if word is not None:
            return _found("ends.yes", folded, start + len(text) - len(word.folded), word)
        return no("ends.no", words=self.words.shown)


@dataclass(frozen=True, slots=True)
class Regex(Condition):
    """`regex`: one of these patterns is found."""

    patterns: tuple[Pattern, ...]

    def check(self, context: Context) -> Verdict:
        """Search for each; the first one found counts."""
        for pattern in self.patterns:
            found = pattern.search(context.folds.get(pattern.mode))
            if found is not None:
                caught = context.text[found.start : found.end]
                reason = Reason("regex.yes", {"pattern": pattern.source, "found": _short(caught)})
                return Verdict(True, reason, (found.start, found.end), found.captures)
        if len(self.patterns) == 1:
            return no("regex.no", pattern=_short(self.patterns[0].source))
        return no("regex.many", count=str(len(self.patterns)))


@dataclass(frozen=True, slots=True)
class Length(Condition):
    """`length`: how many characters were written."""

    wanted: Range

    def check(self, context: Context) -> Verdict:
        """Count code points of the original."""
        length = len(context.text)
        if self.wanted.holds(length):
            return yes("length.yes", length=str(length))
        return no("length.no", length=str(length), wanted=show_range(self.wanted))


def show_range(wanted: Range) -> str:
    """A range as a reader sees it: 6+, up to 3, 2-5."""
    if wanted.max is None:
        return f"≥ {wanted.min}"
    if wanted.min is None:
        return f"≤ {wanted.max}"
    return f"{wanted.min}-{wanted.max}"
