"""How the service writes text: escaped, with `<br/>` for line ends and spans for emoji.

Old emoji (the ones of the first phones) travel as `<span class="emoji …">`, newer
ones as the characters themselves; one span lacks its last `>`; nine faces arrive
as the wrong picture. All of it was seen on the wire of the real service.
"""

from __future__ import annotations

import re
from urllib.parse import quote

__all__ = ["encode_name", "encode_text", "encode_xml", "encrypted_name", "escape"]

_FACES = {
    "1f601": "1f63c",
    "1f602": "1f639",
    "1f603": "1f63a",
    "1f616": "1f4ab",
    "1f614": "1f64d",
    "1f60d": "1f63b",
    "1f618": "1f63d",
    "1f621": "1f64e",
    "1f622": "1f63f",
}
_FLAG = "[\U0001f1e6-\U0001f1ff]"
_EMOJI = re.compile(
    f"{_FLAG}{_FLAG}|[0-9#*]\ufe0f?\u20e3|[\u2600-\u27bf\U0001f300-\U0001f64f\U0001f680-\U0001f6c5]\ufe0f?"
)
_UNCLOSED = "1f450"


def escape(text: str) -> str:
    """Escape the three characters the service escapes in content and names."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def encode_name(text: str, *, mix_up: bool = False) -> str:
    """Return a nickname, remark or signature as it stands in a contact."""
    return _spans(escape(text), mix_up)


def encode_text(text: str, *, mix_up: bool = False) -> str:
    """Return the Content of a text message."""
    return _spans(escape(text), mix_up).replace("\r\n", "\n").replace("\n", "<br/>")


def encode_xml(xml: str) -> str:
    """Return the Content of a message whose payload is XML: escaped, line ends as `<br/>`."""
    return escape(xml).replace("\n", "<br/>")


def _spans(text: str, mix_up: bool) -> str:
    return _EMOJI.sub(lambda found: _span(found.group(), mix_up), text)


def _span(emoji: str, mix_up: bool) -> str:
    points = [format(ord(sign), "x") for sign in emoji if sign != "\ufe0f"]
    code = "".join(points)
    if mix_up:
        code = _FACES.get(code, code)
    close = "</span" if code == _UNCLOSED else "</span>"
    return f'<span class="emoji emoji{code}">{close}'


def encrypted_name(name: str) -> str:
    """Return a file name as EncryFileName has it: percent-encoded, the dot too."""
    return quote(name, safe="").replace(".", "%2E")
