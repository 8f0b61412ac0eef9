"""Where in a template something stands. Jinja remembers lines only; its lexer tells the rest.

This module must not know what is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import TemplateSyntaxError

from ruleswx.templates.environment import environment

__all__ = ["Places", "Word"]


@dataclass(frozen=True, slots=True)
class Word:
    """One token: what kind, what it says, where it begins, and on which line."""

    kind: str
    text: str
    offset: int
    line: int


class Places:
    """The tokens of one template, with their offsets."""

    __slots__ = ("source", "words")

    def __init__(self, source: str) -> None:
        self.source = source
        self.words: list[Word] = []
        at = 0
        try:
            for line, kind, text in environment().lex(source):
                # Jinja drops blanks it was told to trim, nothing else.
                while not source.startswith(text, at) and at < len(source):
                    at += 1
                if kind != "data":
                    self.words.append(Word(kind, text, at, line))
                at += len(text)
        except TemplateSyntaxError:
            return

    def find(self, written: str, line: int) -> tuple[int, int]:
        """Return offset and length of the first token that says this, from a line on; else of the line."""
        for word in self.words:
            if word.line >= line and word.text == written:
                return word.offset, len(written)
        offset = self.source.find(written, self._start(line))
        return (offset, len(written)) if offset >= 0 else self.line(line)

    def names(self, name: str) -> tuple[int, ...]:
        """Return where a name is used as a name, not as an attribute, a filter or a keyword."""
        words = [word for word in self.words if word.kind != "whitespace"]
        found = []
        for before, word, after in zip([None, *words], words, [*words[1:], None], strict=False):
            if word.kind != "name" or word.text != name:
                continue
            if before is not None and before.text in {".", "|", "is"}:
                continue
            if after is not None and after.text == "=" and before is not None and before.text in {"(", ","}:
                continue
            found.append(word.offset)
        return tuple(found)

    def line(self, line: int) -> tuple[int, int]:
        """Return where the first {{ or {% of a line begins, to the end of what it opens or of the line."""
        start = self._start(line)
        end = self.source.find("\n", start)
        text = self.source[start : end if end >= 0 else len(self.source)]
        opens = [at for sign in ("{{", "{%", "{#") if (at := text.find(sign)) >= 0]
        first = min(opens, default=0)
        closes = [at + 2 for sign in ("}}", "%}", "#}") if (at := text.find(sign, first)) >= 0]
        return start + first, max(1, min(closes, default=len(text)) - first)

    def _start(self, line: int) -> int:
        at = 0
        for _ in range(line - 1):
            at = self.source.find("\n", at) + 1
        return at
