"""From what WeChat puts on the wire to the characters a person typed, and XML read with caps.

Content and names arrive with entities, `<br/>` for line ends and spans for emoji; the order and the "exactly once" of
undoing them stand in `decode_text`. Everything here is total: any text gives a text, no lone surrogate comes out.
It must not know messages, contacts or the protocol's JSON.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["clean", "decode_text", "find_field", "parse_xml", "printable", "xml_source"]

MAX_XML = 256 * 1024
MAX_DEPTH = 64
_UNKNOWN = "\ufffd"

_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKUP = re.compile(
    r"<br\s{0,8}/?>"
    r"|<span\s{1,8}class\s{0,8}=\s{0,8}[\"']?emoji\s{1,8}emoji(?P<hex>[0-9a-f]{1,64})[\"']?\s{0,8}/?>(?:</span>?)?"
    r"|&(?P<name>lt|gt|amp|quot|apos|nbsp);"
    r"|&#(?:(?P<dec>[0-9]{1,7})|x(?P<num>[0-9a-f]{1,6}));",
    re.IGNORECASE,
)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'", "nbsp": "\xa0"}
_ENTITY = re.compile(
    r"&(?:(?P<name>lt|gt|amp|quot|apos|nbsp)|#(?:(?P<dec>[0-9]{1,7})|x(?P<num>[0-9a-f]{1,6})));", re.IGNORECASE
)
# Faces the server sends as the wrong picture; itchat found which are meant. Only the span form is wrong.
_FACES = {
    "1f63c": "1f601",
    "1f639": "1f602",
    "1f63a": "1f603",
    "1f4ab": "1f616",
    "1f64d": "1f614",
    "1f63b": "1f60d",
    "1f63d": "1f618",
    "1f64e": "1f621",
    "1f63f": "1f622",
}
_JOINED = re.compile(r"(?:1f[0-9a-f]{3}|e00[0-9a-f]{2}|[0-9a-f]{4})+")
_ONE = re.compile(r"1f[0-9a-f]{3}|e00[0-9a-f]{2}|[0-9a-f]{4}")
_BREAK = re.compile(r"<br\s{0,8}/?>", re.IGNORECASE)
_FORBIDDEN_XML = re.compile(r"<!\s{0,8}(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates replaced, so that it can always be written as UTF-8."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def decode_text(raw: str) -> str:
    """What the sender typed: `<br/>`, emoji spans and entities undone, each exactly once, in one pass.

    One pass matters: a user's own `<br/>` arrives as `&lt;br/&gt;` and must stay text, and what a span decodes to must
    never complete an entity.
    """
    raw = clean(raw)
    if "<" not in raw and "&" not in raw:
        return raw
    return _MARKUP.sub(_undo, raw)


def printable(text: str) -> str:
    """The text without control and direction characters, for places where it stands in one line (names of files)."""
    return _CONTROL.sub("", clean(text))


def _undo(found: re.Match[str]) -> str:
    digits = found["hex"]
    if digits is not None:
        return _emoji(digits.lower())
    return _entity(found) if found.group().startswith("&") else "\n"


def _entity(found: re.Match[str]) -> str:
    if name := found["name"]:
        return _NAMED[name.lower()]
    return _point(int(found["dec"]) if found["dec"] else int(found["num"], 16))


def _point(number: int) -> str:
    if number == 0 or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        return _UNKNOWN
    return chr(number)


def _emoji(digits: str) -> str:
    """The characters of one span: its length tells how many code points were run together (itchat, openwechat)."""
    digits = _FACES.get(digits, digits)
    sizes = {4: (4,), 5: (5,), 6: (2, 4), 8: (4, 4), 10: (5, 5)}.get(len(digits))
    if sizes:
        ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
        parts = [digits[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    elif _JOINED.fullmatch(digits):
        parts = _ONE.findall(digits)
    else:
        return _UNKNOWN
    return "".join(_point(int(part, 16)) for part in parts)


def xml_source(content: str) -> str:
    """The XML inside a message's Content: line-break markup gone, unescaped once if it was escaped, junk cut off."""
    text = _BREAK.sub("", clean(content[:MAX_XML]))
    at = text.find("<")
    escaped = text.find("&lt;")
    if escaped >= 0 and (at < 0 or escaped < at):
        text = _ENTITY.sub(_entity, text)
        at = text.find("<")
    return _NOT_XML.sub("", text[at:]) if at >= 0 else ""


def parse_xml(source: str) -> Element | None:
    """The root element, or None when it is too long, too deep, not XML, or carries a DOCTYPE or ENTITY."""
    if not source or len(source) > MAX_XML or _FORBIDDEN_XML.search(source):
        return None
    parser = ET.XMLParser(target=_Capped())  # noqa: S314 - see above: no document type reaches it
    try:
        parser.feed(clean(source))
        root: Element = parser.close()
    except (ET.ParseError, _TooDeep, ValueError):
        return None
    return root


def find_field(source: str, name: str) -> str:
    """An attribute or element of XML that does not parse, found by pattern; empty when it is not there."""
    quoted = re.escape(name)
    found = re.search(rf"[\s<]{quoted}\s{{0,8}}=\s{{0,8}}(?:\"([^\"<]*)\"|'([^'<]*)')", source) or re.search(
        rf"<{quoted}>\s{{0,8}}(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))", source, re.DOTALL
    )
    if not found:
        return ""
    return _ENTITY.sub(_entity, found[1] or found[2] or "")


class _TooDeep(Exception):
    """The document nests deeper than any real message."""


class _Capped(ET.TreeBuilder):
    """A tree builder that stops at a depth no real message has."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeep
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)
