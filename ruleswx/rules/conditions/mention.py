"""Who is mentioned in a text: the bot, everybody, anybody; and the text without the bot's own mention.

Mentions are found before folding, because the sign that ends one (U+2005) folds to a blank. A client writes `@`, the
name shown in the group, and U+2005; people who type by hand write a blank or end the message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Mentions", "find_mentions"]

_END = "(?:[\u2005\u2004\u2006\u200b\\s]|$)"
_ALL = re.compile(f"@(?:所有人|全体成员|all people|all|everyone){_END}", re.IGNORECASE)
# A name has at most 32 characters and, typed by hand, no blank; an e-mail address has a letter before its @.
_ANYONE = re.compile("(?<![0-9A-Za-z._+-])@(?:[^@\u2005\n]{1,64}\u2005|[^@\\s]{1,64}(?=\\s|$))")
_BLANKS = " \t\r\n\u2005\u2004\u2006\u3000"


@dataclass(frozen=True, slots=True)
class Mentions:
    """What was found. `text` is the message without the bot's own mention, trimmed where one was cut."""

    me: bool
    all: bool
    anyone: bool
    text: str

    @property
    def word(self) -> str:
        """The most telling one: me, all, anyone or ""."""
        return "me" if self.me else "all" if self.all else "anyone" if self.anyone else ""


def find_mentions(text: str, names: Sequence[str]) -> Mentions:
    """Find the mentions in a text; `names` are those the bot goes by here."""
    if "@" not in text:
        return Mentions(False, False, False, text)
    pattern = _own(tuple(names))
    rest, count = pattern.subn("", text) if pattern else (text, 0)
    everybody = _ALL.search(text) is not None
    anyone = bool(count) or everybody or _ANYONE.search(text) is not None
    return Mentions(bool(count), everybody, anyone, rest.strip(_BLANKS) if count else text)


@lru_cache(maxsize=512)
def _own(names: tuple[str, ...]) -> re.Pattern[str] | None:
    known = sorted((re.escape(name) for name in names if name), key=len, reverse=True)
    return re.compile(f"@(?:{'|'.join(known)}){_END}") if known else None
