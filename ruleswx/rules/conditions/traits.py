"""What a text has in it (url, phone, number, mention) and what a link or file is called.

These patterns are ours, not an author's: bounded and without overlapping repeats, so the standard engine is linear on
them. They look at the normal fold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ruleswx.fold import Mode, fold
from ruleswx.rules.conditions.base import Condition, no
from ruleswx.rules.conditions.context import Context
from ruleswx.rules.conditions.literals import WordList
from ruleswx.rules.conditions.names import NameTest
from ruleswx.rules.trace import Reason, Verdict

__all__ = ["FileName", "Has", "Title"]

_ENDINGS = (
    "com cn net org io me cc top xyz vip info biz app dev shop site online club ltd tv link live fun tech work pro gov "
    "edu asia wang store cloud icu ink red mobi hk tw jp kr sg us uk de fr eu ru ly gl gg co ai im to so fm"
).replace(" ", "|")
_PATTERNS = {
    "url": re.compile(
        r"(?<![0-9a-z@._-])(?:(?:https?|ftp|weixin|wxp)://[^\s<>\"',;!()。、《》]{1,2048}"
        rf"|(?:[0-9a-z][0-9a-z-]{{0,62}}\.){{1,6}}(?:{_ENDINGS})(?![0-9a-z_-])(?::\d{{1,5}})?"
        r"(?:[/?#][^\s<>\"',;!()。、《》]{0,2048})?)"
    ),
    "phone": re.compile(
        r"(?<![0-9])(?:(?:\+?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}|0[0-9]{2,3}-[0-9]{7,8}"
        r"|[48]00[- ]?[0-9]{3}[- ]?[0-9]{4})(?![0-9])"
    ),
    "number": re.compile(r"[0-9]+(?:\.[0-9]+)?"),
}


@dataclass(frozen=True, slots=True)
class Has(Condition):
    """`has`: any of url, phone, number, mention."""

    wanted: tuple[str, ...]

    def check(self, context: Context) -> Verdict:
        """Look for each in turn."""
        folded = context.folds.get("normal")
        for what in self.wanted:
            if what == "mention":
                if context.mentions.anyone:
                    return Verdict(True, Reason("has.yes", {"what": what, "found": "@"}))
                continue
            found = _PATTERNS[what].search(folded.text)
            if found:
                span = folded.span(*found.span())
                shown = context.text[span[0] : span[1]][:60]
                return Verdict(True, Reason("has.yes", {"what": what, "found": shown}), span)
        if len(self.wanted) == 1:
            return no(f"has.{self.wanted[0]}_no")
        return Verdict(False, Reason("any", parts=tuple(Reason(f"has.{what}_no") for what in self.wanted)))


@dataclass(frozen=True, slots=True)
class _Fact(Condition):
    words: WordList
    mode: Mode

    def _check(self, context: Context, name: str) -> Verdict:
        text = context.message.facts.get(name, "")
        found = self.words.find(fold(text, self.mode).text)
        if found is None:
            return no(f"{name}.no", text=text[:60], words=self.words.shown)
        return Verdict(True, Reason(f"{name}.yes", {"word": found[1].shown}))


class Title(_Fact):
    """`title`: the title of a link, file or mini program contains one of these."""

    __slots__ = ()

    def check(self, context: Context) -> Verdict:
        """Look into the title."""
        return self._check(context, "title")


@dataclass(frozen=True, slots=True)
class FileName(Condition):
    """`file_name`: the name of a file contains one of these, or begins and ends as a `*` says."""

    words: WordList
    mode: Mode
    names: NameTest | None = None

    def check(self, context: Context) -> Verdict:
        """Look into the file's name."""
        name = context.message.facts.get("file_name", "")
        folded = fold(name, self.mode).text
        found = self.words.find(folded)
        if found is not None:
            return Verdict(True, Reason("file_name.yes", {"word": found[1].shown}))
        if name and self.names is not None and self.names.fits_folded((folded,)):
            return Verdict(True, Reason("file_name.yes", {"word": self.names.shown}))
        shown = ", ".join(part for part in (self.words.shown, self.names.shown if self.names else "") if part)
        return no("file_name.no", text=name[:60], words=shown)
