"""What the process says: short sentences on a terminal, JSON lines elsewhere, and never a secret.

An event has a stable English name and values; the sentence a person reads comes from `phrases.toml` in the chosen
language. Every value passes the last gate: secrets out, control characters visible, chat text only where it may be
shown. Equal troubles are folded into one line with a count. It must not know what the events mean.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
import tomllib
import traceback
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from ruleswx.diagnostics import Lang
from ruleswx.redact import redact
from ruleswx.wording import cut, system_words, word

__all__ = ["FoldRepeats", "Format", "escape", "get_logger", "sentence", "setup"]

Format = Literal["auto", "text", "json"]
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_COLOURS = {"debug": "\x1b[2m", "warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[31m"}
_RESET = "\x1b[0m"
_CHAT_KEYS = frozenset({"text", "answer"})
_BLOCKS = frozenset({"exception", "report"})
"""Values of ours that have lines: a traceback, a list of findings."""
_OWN_KEYS = frozenset({"event", "level", "timestamp", "exception", "count"})
_VARYING = frozenset({"timestamp", "count", "seconds", "exception", "generation"})
"""What differs from one trouble to the next although it is the same one."""
_ALWAYS = frozenset({"rules_broken", "send_unknown", "send_failed"})
"""What somebody must see each time it happens."""
_SLOT = re.compile(r"\{(\w+)(?:\|(\w+))?\}")
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LINE_END = re.compile("\r\n|[\n\r\t]")
_LONGEST_VALUE = 4096
_QUIET = ("httpx", "httpcore", "hypercorn", "h11")


def get_logger() -> Any:
    """The process's logger: `log.info("event_name", key=value)`; values are plain."""
    return structlog.get_logger()


def setup(
    level: str = "info",
    format: Format = "auto",  # noqa: A002 - the configuration's own word
    lang: Lang = "en",
    stream: TextIO | None = None,
    *,
    show_text: bool = False,
    zone: tzinfo = UTC,
) -> None:
    """Configure the process's log. `show_text` lets chat text through at every level (sandbox); else only at debug.

    People read the time of the bot's own zone; machines read UTC.
    """
    out = stream or sys.stderr
    as_text = format == "text" or (format == "auto" and out.isatty())
    coloured = as_text and out.isatty() and not os.environ.get("NO_COLOR")
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _exception,
        _Gate(lang if as_text else "en", show_text=show_text or level == "debug"),
        FoldRepeats(),
        _Stamp(zone if as_text else UTC),
        _Sentences(lang, coloured=coloured) if as_text else structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def escape(text: str) -> str:
    """One line that a terminal cannot be made to obey: line ends, controls and direction marks become visible."""
    flat = _LINE_END.sub(lambda m: "\\t" if m[0] == "\t" else "⏎", text)
    return _UNSAFE.sub(lambda m: f"\\u{ord(m[0]):04x}", flat)


def _exception(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """The traceback as text, without locals: they hold sessions and other people's words."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["exception"] = "".join(traceback.format_exception(error))
    return event


class _Gate:
    """The last gate: nothing secret and nothing a terminal obeys leaves the process."""

    def __init__(self, lang: Lang, *, show_text: bool) -> None:
        self._lang: Lang = lang
        self._show_text = show_text

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        return {key: self._clean(key, value) for key, value in event.items()}

    def _clean(self, key: str, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {str(k): self._clean(str(k), v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(key, v) for v in value]
        text = str(value)
        if key in _CHAT_KEYS and not self._show_text:
            return f"({len(text)})"
        if key in _CHAT_KEYS:
            return escape(cut(text, self._lang))
        if key in _BLOCKS:
            return "\n".join(map(escape, redact(text).split("\n")))
        return escape(redact(text[:_LONGEST_VALUE]))


class FoldRepeats:
    """Equal warnings within `window` seconds become one line; the next different one is preceded by the count."""

    def __init__(self, window: float = 300.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._window = window
        self._clock = clock
        self._seen: dict[tuple[Any, ...], tuple[float, int]] = {}

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        if event.get("level") not in {"warning", "error"} or event.get("event") in _ALWAYS:
            return event
        key = tuple(sorted((name, str(value)) for name, value in event.items() if name not in _VARYING))
        now = self._clock()
        first, count = self._seen.get(key, (now, 0))
        if count and now - first < self._window:
            self._seen[key] = (first, count + 1)
            raise structlog.DropEvent
        if count > 1:
            event["count"] = count
        self._forget(now)
        self._seen[key] = (now, 1)
        return event

    def _forget(self, now: float) -> None:
        self._seen = {k: v for k, v in self._seen.items() if now - v[0] < self._window}


@cache
def _phrases() -> MutableMapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "phrases.toml").read_text("utf-8"))


def sentence(event: str, values: MutableMapping[str, Any], lang: Lang) -> str:
    """The sentence of an event with its values; an event without words is shown by its name and values."""
    words = _phrases().get(event)
    if words is None:
        return " ".join([event, *(f"{k}={v}" for k, v in values.items() if k not in _OWN_KEYS)])
    return _SLOT.sub(lambda slot: _value(slot, values, lang), _wording(words[lang], values))


def _wording(wordings: str | list[str], values: MutableMapping[str, Any]) -> str:
    """The first wording whose slots all have values; the last one takes what there is."""
    if isinstance(wordings, str):
        return wordings
    whole = (w for w in wordings if all(values.get(slot[1]) for slot in _SLOT.finditer(w)))
    return next(whole, wordings[-1])


def _value(slot: re.Match[str], values: MutableMapping[str, Any], lang: Lang) -> str:
    """A value as people read it; `{kind|effect}` is a word of ours, looked up among the effects."""
    value = str(values.get(slot[1], ""))
    return word(slot[2], value, lang) if slot[2] else system_words(value, lang) if slot[1] == "why" else value


class _Stamp:
    """The moment of the line, in one zone."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        now = datetime.now(self._zone)  # noqa: TID251 - a log line says when it was written
        event["timestamp"] = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return event


class _Sentences:
    """Time of day, sentence, and what the sentence leaves out of a trouble."""

    def __init__(self, lang: Lang, *, coloured: bool) -> None:
        self._lang: Lang = lang
        self._coloured = coloured

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> str:
        line = f"{event['timestamp'][11:19]}  {sentence(event['event'], event, self._lang)}"
        if count := event.get("count"):
            line += f"  (×{count})"
        if self._coloured and (colour := _COLOURS.get(event["level"])):
            line = f"{colour}{line}{_RESET}"
        return f"{line}\n{event['exception'].rstrip()}" if "exception" in event else line
