"""The words of every finding, in Chinese and English: sentence, hint, and the page `explain E112` prints.

The table is data (`catalogue.toml` beside this file), read on first use. A sentence or hint may have several wordings;
the first one whose values the finding has is used (`{?near}` asks for a value without showing it). This module must
not know what any code is about.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ruleswx.diagnostics import Diagnostic, Lang
from ruleswx.wording import system_words

__all__ = ["codes", "hint", "message", "page", "render", "sentence", "width"]

_SLOT = re.compile(r"\{(\w+)\}")
_SPACED_SLOT = re.compile(r"((?<=[一-鿿]) )?\{(\w+)\}( (?=[一-鿿]))?")
"""A slot with the blanks that stand between it and a Chinese character."""
_NEEDS = re.compile(r"\{\?(\w+)\}")
_SEVERITY = {
    ("error", "zh"): "错误",
    ("error", "en"): "error",
    ("warning", "zh"): "警告",
    ("warning", "en"): "warning",
}
_COLUMNS = 100
_LEAD = 8


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def codes() -> tuple[str, ...]:
    """Every code that has words, in order of its number."""
    return tuple(sorted((code for code in _table() if code != "words"), key=lambda code: (code[1:], code)))


def message(finding: Diagnostic, lang: Lang) -> str:
    """What is wrong, in one sentence. A code without words is shown with its values, never hidden."""
    entry = _table().get(finding.code)
    if entry is None:
        return ", ".join(f"{key}: {value}" for key, value in finding.args.items()) or finding.code
    return _fill(_first(entry[lang], finding.args), finding.args, lang)


def hint(finding: Diagnostic, lang: Lang) -> str:
    """How to mend it, in one line; empty when the sentence says it all."""
    entry = _table().get(finding.code, {})
    return _fill(_first(entry.get(f"{lang}_hint", ""), finding.args), finding.args, lang)


def page(code: str, lang: Lang) -> str | None:
    """The page of one code: what it means, why it is refused, how it is written; None for an unknown code."""
    entry = _table().get(code.upper())
    if entry is None:
        return None
    title = _SLOT.sub("…", _first(entry[lang], {}) or _first(entry[lang], _All()))
    return f"{code.upper()}  {title}\n\n{entry[f'{lang}_page'].strip()}\n"


def sentence(code: str, lang: Lang) -> str:
    """The bare sentence of a code with its slots left open, for references."""
    return _first(_table()[code][lang], _All())


def render(finding: Diagnostic, lang: Lang) -> str:
    """The printed form: place, severity, code, sentence; the line as written with a caret; one line of help."""
    head = f"{finding.place}: {_SEVERITY[finding.severity, lang]} {finding.code} {message(finding, lang)}"
    help_line = hint(finding, lang)
    if not finding.source or not finding.place.line:
        return f"{head}\n{' ' * _LEAD}{help_line}".rstrip()
    line, pad, carets = _excerpt(finding)
    under = f"{' ' * 6}| {pad}{carets}"
    return f"{head}\n{finding.place.line:>5} | {line}\n{under}  {help_line}".rstrip()


def _excerpt(finding: Diagnostic) -> tuple[str, str, str]:
    """The line (shortened around the spot, controls made visible), the blanks before the caret, the carets."""
    line = "".join(map(_visible, finding.source))
    start = min(max(finding.place.column - 1, 0), len(line))
    end = min(len(line), start + max(1, finding.width))
    left = 0
    if width(line) > _COLUMNS:
        left = max(0, start - 40)
        right = left + _COLUMNS // 2 if width(line[left : left + _COLUMNS]) > _COLUMNS else left + _COLUMNS
        line = ("…" if left else "") + line[left:right] + ("…" if right < len(line) else "")
        start, end = start - left + bool(left), min(end - left + bool(left), len(line))
    return line.rstrip(), " " * width(line[:start]), "^" * max(1, width(line[start:end]))


def _visible(char: str) -> str:
    """A terminal must not obey what a file holds; a tab is one blank so that columns stay true."""
    if char == "\t":
        return " "
    return "�" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char


def width(text: str) -> int:
    """How many terminal cells a text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in {"W", "F"} else 1 for c in text
    )


class _All(dict[str, str]):
    """Every slot filled, for choosing the fullest wording."""

    def __contains__(self, key: object) -> bool:
        return True


def _first(wordings: str | list[str], args: Mapping[str, str]) -> str:
    """The first wording whose slots all have values."""
    if isinstance(wordings, str):
        return wordings
    for wording in wordings:
        if all(slot in args for slot in (*_SLOT.findall(wording), *_NEEDS.findall(wording))):
            return _NEEDS.sub("", wording)
    return ""


def _fill(text: str, args: Mapping[str, str], lang: Lang) -> str:
    def value(slot: re.Match[str]) -> str:
        before, name, after = slot.groups(default="")
        if name not in args:
            return slot[0]
        said = _word(args[name], lang)
        if lang == "zh" and args[name].startswith("@") and not said.isascii():
            return said  # Chinese words of ours stand in a Chinese sentence without blanks
        return before + (system_words(said, lang) if name == "why" else said) + after

    return _SPACED_SLOT.sub(value, text)


def _word(value: str, lang: Lang) -> str:
    """A value; `@mapping` is a word of ours that has both languages."""
    if value.startswith("@") and (pair := _table()["words"].get(value[1:])):
        return str(pair[lang])
    return "".join(map(_visible, value))
