"""What a message's XML says, as short facts: titles, addresses, sizes, who is meant. Pure and total.

The same facts have the same names whatever kind carried them: `title`, `url`, `description`, `file_name`, `size`,
`seconds`, `md5`, `label`, `quoted` … Values are text, cut to a sane length. XML that does not parse is searched by
pattern for the few fields that matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ruleswx.text import clean, decode_text, find_field, parse_xml, xml_source

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["Xml", "facts_of"]

_LONGEST = 4096
# fact: where it may stand, first hit wins; `a/b` is an element, `a@b` an attribute
_FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "image": {"size": ("img@length",), "md5": ("img@md5",), "aeskey": ("img@aeskey",)},
    "voice": {"milliseconds": ("voicemsg@voicelength",), "size": ("voicemsg@length",)},
    "video": {"size": ("videomsg@length",), "seconds": ("videomsg@playlength",), "md5": ("videomsg@md5",)},
    "emoticon": {"md5": ("emoji@md5",), "product": ("emoji@productid",), "size": ("emoji@len",)},
    "location": {
        "latitude": ("location@x",),
        "longitude": ("location@y",),
        "label": ("location@label",),
        "place": ("location@poiname",),
    },
    "card": {
        "name": ("@nickname",),
        "alias": ("@alias",),
        "province": ("@province",),
        "city": ("@city",),
    },
    "friend_request": {
        "name": ("@fromnickname",),
        "greeting": ("@content",),
        "wxid": ("@fromusername",),
        "alias": ("@alias",),
        "ticket": ("@ticket",),
        "scene": ("@scene",),
        "group_wxid": ("@chatroomusername",),
    },
    "voip": {"status": ("invitetype", "wording")},
    "app": {
        "title": ("appmsg/title",),
        "description": ("appmsg/des",),
        "url": ("appmsg/url",),
        "picture": ("appmsg/thumburl",),
        "file_name": ("appmsg/title",),
        "size": ("appmsg/appattach/totallen",),
        "extension": ("appmsg/appattach/fileext",),
        "app": ("appinfo/appname", "appmsg/sourcedisplayname"),
        "quoted": ("appmsg/refermsg/content",),
        "quoted_name": ("appmsg/refermsg/displayname",),
        "quoted_id": ("appmsg/refermsg/svrid",),
        "amount": ("appmsg/wcpayinfo/feedesc",),
        "transfer": ("appmsg/wcpayinfo/transferid",),
        "status": ("appmsg/wcpayinfo/paysubtype",),
    },
}
_OF_APP: Mapping[str, tuple[str, ...]] = {
    "link": ("title", "description", "url", "picture", "app"),
    "file": ("title", "file_name", "size", "extension"),
    "mini_program": ("title", "description", "url", "app"),
    "quote": ("title", "quoted", "quoted_name", "quoted_id"),
    "transfer": ("title", "description", "amount", "transfer", "status"),
    "red_packet": ("title", "description"),
    "app": ("title", "description", "url", "app"),
    "image": ("title",),
    "emoticon": ("title",),
}


class Xml:
    """A message's XML: by the parser when it is XML, by patterns when it nearly is."""

    def __init__(self, content: str) -> None:
        self.source = xml_source(content)
        self.root: Element | None = parse_xml(self.source)

    def get(self, path: str) -> str:
        """The text of an element or attribute anywhere in the document, decoded; empty when it is not there."""
        element, _, attribute = path.partition("@")
        if self.root is None:
            return _cut(find_field(self.source, attribute or element.rpartition("/")[2]))
        found = self._element(element)
        if found is None:
            return ""
        return _cut(found.get(attribute, "") if attribute else "".join(found.itertext()))

    def has(self, element: str) -> bool:
        """Whether there is such an element."""
        return f"<{element}" in self.source if self.root is None else self._element(element) is not None

    def app_type(self) -> int:
        """`<appmsg><type>`, 0 when there is none."""
        told = self.get("appmsg/type")
        return int(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0

    def _element(self, path: str) -> Element | None:
        if self.root is None or not path:
            return self.root
        if self.root.tag == path.partition("/")[0]:
            inner = path.partition("/")[2]
            return self.root.find(inner) if inner else self.root
        return self.root.find(f".//{path}")


def facts_of(kind: str, code: int, xml: Xml) -> dict[str, str]:
    """What the XML of a message of this kind says; nothing for text."""
    if code == 49:
        fields = {name: _FIELDS["app"][name] for name in _OF_APP.get(kind, ())}
    else:
        fields = dict(_FIELDS.get(kind, {}))
    told = {name: next(filter(None, map(xml.get, places)), "") for name, places in fields.items()}
    return {name: value for name, value in told.items() if value}


def _cut(value: str) -> str:
    """Attribute values can hold text escaped once more."""
    return clean(decode_text(value.strip()))[:_LONGEST]
