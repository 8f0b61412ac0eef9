"""What the account's owner hears of the rule files in the chat: that they are broken, and that they are mended.

A break is told at once, and so is its mending. While files stay broken, other mistakes are told as well, but one set of
mistakes at most once in ten minutes, for every save makes a new report while somebody types. It must not know how files
are loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ruleswx.catalogue import render
from ruleswx.diagnostics import Diagnostic, Lang
from ruleswx.model import FILEHELPER, Effect, SendText

__all__ = ["Tidings", "report"]

_QUIET_SECONDS = 600.0
_SHOWN = 5
_WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "broken": "规则有错，先用原来的：\n",
        "still": "规则还有错，先用原来的：\n",
        "mended": "规则改好了，已生效，共 {count} 条。",
    },
    "en": {
        "broken": "The rules have mistakes, the old ones stay:\n",
        "still": "The rules still have mistakes, the old ones stay:\n",
        "mended": "The rules are mended and in force, {count} of them.",
    },
}

_Marks = frozenset[tuple[str, str, int]]


def report(findings: Sequence[Diagnostic], lang: Lang) -> str:
    """The errors among the findings as people read them, a few at most."""
    errors = [finding for finding in findings if finding.severity == "error"]
    return "\n".join(render(finding, lang) for finding in errors[:_SHOWN])


class Tidings:
    """What was told of the files. `heard` every load."""

    def __init__(self, post: Callable[[Effect], None], lang: Lang, now: Callable[[], float]) -> None:
        """`post` sends; the words are in `lang`; `now` reads Unix seconds."""
        self._post = post
        self._words = _WORDS[lang]
        self._lang: Lang = lang
        self._now = now
        self._told: dict[_Marks, float] = {}

    def heard(self, findings: Sequence[Diagnostic], rules: int, *, broken: bool, was_broken: bool) -> None:
        """A load came to its end."""
        if broken:
            self._tell_broken(findings, "still" if was_broken else "broken")
        elif was_broken:
            self._told.clear()
            self._say(self._words["mended"].format(count=rules))

    def _tell_broken(self, findings: Sequence[Diagnostic], how: str) -> None:
        now = self._now()
        marks = frozenset((f.code, f.place.path, f.place.line) for f in findings if f.severity == "error")
        self._told = {known: at for known, at in self._told.items() if now - at < _QUIET_SECONDS}
        if how == "still" and marks in self._told:
            return
        self._told[marks] = now
        self._say(self._words[how] + report(findings, self._lang))

    def _say(self, text: str) -> None:
        self._post(SendText(FILEHELPER, text))
