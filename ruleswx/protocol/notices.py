"""MsgType 10000 and 10002: grey lines and structured notices (recall, nudge, templates), read into one shape. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ruleswx.model import EMPTY
from ruleswx.protocol.content import Xml
from ruleswx.protocol.phrases import Phrase, read_phrase, without_links
from ruleswx.text import decode_text

__all__ = ["Notice", "read_notice", "read_system"]

_LONGEST = 4096
_OWN_RECALL = re.compile(r"(你|You)\s*(撤回了|(have )?recalled)", re.IGNORECASE)
_RECALLER = re.compile(r"[\"“](.{1,200})[\"”]\s*(撤回了|has recalled|recalled)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a system message reports, names still as shown."""

    kind: str = "system"
    event: str = ""
    text: str = ""
    who: str = ""
    by: str = ""
    me_did: bool = False
    me_meant: bool = False
    facts: Mapping[str, str] = field(default_factory=lambda: EMPTY)


def read_system(content: str) -> Notice:
    """A grey line, with the event it reports if it is one of those known."""
    text = without_links(decode_text(content[:_LONGEST]))
    return _from_phrase(text, read_phrase(text))


def read_notice(content: str) -> Notice:
    """A 10002: recalls and nudges by their XML; other sorts show the sentence they carry."""
    xml = Xml(content)
    if xml.has("revokemsg"):
        return _recall(xml)
    sort = xml.get("sysmsg@type") if xml.root is not None else ""
    text = without_links(xml.get("template") or xml.get("plain") or xml.get("text") or xml.get("sysmsg"))
    read = _from_phrase(text, read_phrase(text))
    if sort == "pat" and not read.event:
        return Notice(event="pat", text=text)
    return read


def _recall(xml: Xml) -> Notice:
    """The recalled message's id is `msgid` or `newmsgid`, depending on the build; both are kept, as text."""
    text = xml.get("replacemsg")
    found = _RECALLER.search(text)
    ids = {"recalled": xml.get("revokemsg/msgid"), "recalled_new": xml.get("revokemsg/newmsgid")}
    facts = {name: value for name, value in ids.items() if re.fullmatch(r"\d{1,32}", value)}
    return Notice(
        kind="recalled",
        event="recall",
        text=text,
        by=found[1] if found else "",
        me_did=bool(_OWN_RECALL.match(text)),
        facts=facts,
    )


def _from_phrase(text: str, phrase: Phrase | None) -> Notice:
    if phrase is None:
        return Notice(text=text)
    return Notice(
        kind=phrase.kind,
        event=phrase.event,
        text=text,
        who=phrase.who,
        by=phrase.by,
        me_did=phrase.me_did,
        me_meant=phrase.me_meant,
        facts={"topic": phrase.topic} if phrase.topic else EMPTY,
    )
