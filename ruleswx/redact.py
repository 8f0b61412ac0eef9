"""Secrets that cannot be printed by accident, and the last gate that takes them out of any text.

`Secret` is for values we hold; `redact` is for text somebody else wrote (URLs in exceptions, server excerpts).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["Secret", "redact"]

_PARAMETERS = (
    "skey|sid|wxsid|uin|wxuin|pass_ticket|webwx_data_ticket|webwx_auth_ticket|webwxuvid|wxpluginkey|ticket|uuid"
    "|deviceid|synckey|token|password|secret|authorization|cookie|set-cookie|encryptusername"
)
# The same characters inside an address that is itself a parameter: percent-encoded, perhaps more than once.
_AT = "(?:@|%(?:25)*40)"
_SLASH = "(?:/|%(?:25)*2F)"
_BEGIN = r"(?:(?<!\w)|(?<=%[0-9A-F]{2})|(?<=%25[0-9A-F]{2}))"
_PATTERNS = (
    (
        re.compile(rf"(?i)([\"']?{_BEGIN}(?:{_PARAMETERS})\b[\"']?\s*(?:[=:]\s*|%(?:25)*3[AD])[\"']?)[^\s\"'&;,<>}}]+"),
        r"\1***",
    ),
    (re.compile(rf"(?i)(<({_PARAMETERS})>)[^<]*"), r"\1***"),
    (re.compile(rf"(?i){_AT}crypt_[0-9a-z_]+"), "@crypt_***"),
    (re.compile(rf"(?i)({_SLASH}(?:l|qrcode){_SLASH})[\w+/=%-]{{6,}}"), r"\1***"),
    (re.compile(r"(?i)(\w+://)[^/\s:@]+:[^/\s@]+@"), r"\1***@"),
    (re.compile(r"(?i)(\w%(?:25)*3A%(?:25)*2F%(?:25)*2F)[^/\s:@%]+%(?:25)*3A[^/\s@]+?%(?:25)*40"), r"\1***@"),
)


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that prints as ***. `reveal()` is the one way to it, so that every use can be found."""

    _value: str = field(repr=False, default="")

    def reveal(self) -> str:
        """The characters themselves, for the wire and the store."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)


def redact(text: str) -> str:
    """The text without what could open the account: parameters, tickets, login links, proxy passwords.

    Its patterns run over our own logs, never over chat text as a rule, and are linear in the text.
    """
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
