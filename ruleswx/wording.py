"""Small words several sentences share, in Chinese and English: lengths of time, states, why something failed.

The table is data (`wording.toml` beside this file). What is stored or sent to machines stays English and stable; it is
put into words here, when somebody reads it. This module must not know who shows the words.
"""

from __future__ import annotations

import errno
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ruleswx.diagnostics import Lang
from ruleswx.errors import ConnectFailed, ConnectionLost, RemoteProtocolError, TimedOut

__all__ = [
    "cut",
    "error_words",
    "length_words",
    "reason_of",
    "reason_words",
    "show_span",
    "span_words",
    "system_words",
    "word",
]

LONGEST = 200
_SPAN = re.compile(r"(?<![\w.])(\d+) ?([dhms])(?!\w)")
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def word(family: str, value: str, lang: Lang) -> str:
    """The word for a value of ours, such as the state "logged in"; a value without words is shown as it is."""
    pair = _table()[family].get(value)
    return str(pair[lang]) if pair else value


def show_span(length: timedelta | float) -> str:
    """A length of time as rules write it, in its two largest units: 42 s, 5 m, 1 h 30 m, 3 d."""
    seconds = round(length.total_seconds() if isinstance(length, timedelta) else length)
    parts = []
    for size, unit in _UNITS:
        count, seconds = divmod(max(seconds, 0), size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def span_words(length: str, lang: Lang) -> str:
    """A length of time as `show_span` or a rule writes it (5 m, 30s), for people."""
    if lang == "en":
        return length
    return _SPAN.sub(lambda found: f"{found[1]} {_table()['unit'][found[2]]['zh']}", length)


def length_words(length: timedelta | float, lang: Lang) -> str:
    """A length of time inside a line: 15m, or 15 分钟."""
    shown = show_span(length)
    if lang == "zh":
        return span_words(shown, lang)
    return _SPAN.sub(lambda found: found[1] + found[2], shown)


def cut(text: str, lang: Lang, longest: int = LONGEST) -> str:
    """The beginning of a text somebody sent, and how long it was if there is more."""
    if len(text) <= longest:
        return text
    count = f"共 {len(text)} 字" if lang == "zh" else f"{len(text)} characters"
    return f"{text[:longest]}… ({count})" if lang == "en" else f"{text[:longest]}…（{count}）"


@cache
def _system() -> tuple[re.Pattern[str], Mapping[str, str]]:
    numbers = {name: number for number, name in errno.errorcode.items()}
    said = {os.strerror(numbers[name]): str(words) for name, words in _table()["os"].items() if name in numbers}
    return re.compile("|".join(map(re.escape, sorted(said, key=len, reverse=True)))), said


def system_words(text: str, lang: Lang) -> str:
    """A text with what the system says about files, ports and networks put into Chinese where we know it."""
    if lang == "en":
        return text
    pattern, said = _system()
    return pattern.sub(lambda found: said[found[0]], text)


def reason_of(error: Exception) -> str:
    """Why a send failed, as the store keeps it: `code: detail`. What the service said word for word is not in it."""
    match error:
        case ConnectFailed():
            known = str(error).partition(": ")[0] in _table()["reason"]
            return str(error) if known else f"no_connection: {error}"
        case TimedOut(phase=phase):
            return f"timed_out: {phase}"
        case ConnectionLost():
            return f"connection_lost: {error}"
        case RemoteProtocolError(what=what):
            return f"garbled: {what}"
        case _:
            return str(error) or type(error).__name__


def reason_words(reason: str, lang: Lang, ret: int = 0) -> str:
    """A stored reason for people: words for what we know, else what was stored (the service's own sentence)."""
    if ret:
        pair = _table()["ret"].get(str(ret))
        return f"Ret {ret} {pair[lang] if pair else reason}".rstrip()
    pair = _table()["reason"].get(reason.partition(": ")[0])
    return str(pair[lang]) if pair else reason


def error_words(error: Exception, lang: Lang) -> str:
    """An error of the network or the disk for people, without what the service said word for word."""
    if isinstance(error, OSError):
        return system_words(error.strerror or str(error) or type(error).__name__, lang)
    return reason_words(reason_of(error), lang)
