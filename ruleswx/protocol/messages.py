"""From one message of webwxsync to a Message the rules can read. Pure and total over any JSON object.

`parse_message` gives the wire's own fields, `lessons` what a message teaches the address book (real ids, strangers),
`bind` names everybody. The order of decoding Content matters and stands in `_split` and `text`: group prefix off, then
markup, spans and entities once. Who is called what is the address book's business, reached through `Book`.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from ruleswx.model import Chat, Contact, Message, Person
from ruleswx.protocol.contacts import is_group, kind_of
from ruleswx.protocol.content import Xml, facts_of
from ruleswx.protocol.kinds import SILENT, kind_name
from ruleswx.protocol.notices import Notice, read_notice, read_system
from ruleswx.protocol.phrases import is_acceptance
from ruleswx.protocol.replies import decode
from ruleswx.text import clean, decode_text

__all__ = ["Book", "Lessons", "Missing", "WireMessage", "bind", "lessons", "parse_message", "peer_of", "split_content"]

_PREFIX = re.compile(r"(@[0-9A-Za-z]{1,128}|[0-9A-Za-z_-]{1,128}):<br\s?/?>")
_COORD = re.compile(r"coord=(-?\d{1,3}(?:\.\d{1,15})?),(-?\d{1,3}(?:\.\d{1,15})?)")
_NOWHERE = Person(key="")
_LAST = 253402300799
_LONGEST = 65536


class WireCard(msgspec.Struct, frozen=True, gc=False):
    """RecommendInfo of a friend request or a name card."""

    UserName: str = ""
    NickName: str = ""
    Content: str = ""
    Alias: str = ""
    Ticket: str = ""
    AttrStatus: int = 0
    Scene: int = 0
    VerifyFlag: int = 0


class WireMessage(msgspec.Struct, frozen=True):
    """One entry of AddMsgList, fields we use, as the service spells them."""

    MsgId: str | int = ""
    NewMsgId: str | int = ""
    FromUserName: str = ""
    ToUserName: str = ""
    MsgType: int = 0
    AppMsgType: int = 0
    SubMsgType: int = 0
    Content: str = ""
    OriContent: str = ""
    CreateTime: int = 0
    Url: str = ""
    FileName: str = ""
    FileSize: str | int = ""
    MediaId: str = ""
    EncryFileName: str = ""
    VoiceLength: int = 0
    PlayLength: int = 0
    HasProductId: int = 0
    StatusNotifyCode: int = 0
    StatusNotifyUserName: str = ""
    Ticket: str = ""
    RecommendInfo: WireCard = msgspec.field(default_factory=WireCard)


class Book(Protocol):
    """What naming people needs; the address book has it."""

    def chat(self, user_name: str) -> Chat | None:
        """The conversation with this id."""

    def person(self, user_name: str, group: str | None = None) -> Person | None:
        """Somebody, with the card of a group."""

    def members(self, group: str) -> tuple[Person, ...]:
        """Everybody known to be in a group."""

    def me(self, group: str | None = None) -> tuple[str, ...]:
        """Names a mention of us may use."""

    def missing(self, chat: str, member: str = "") -> tuple[str, ...]:
        """Ids to fetch before this can be named."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Fetch these first, or bind with `partial=True` after having waited long enough."""

    chat: str
    member: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a message teaches besides itself: (session id, real id) pairs, strangers met, ids of recent chats."""

    pairs: tuple[tuple[str, str], ...] = ()
    strangers: tuple[Contact, ...] = ()
    chats: tuple[str, ...] = ()


def parse_message(body: bytes) -> WireMessage:
    """One message's fields; raises RemoteProtocolError for bytes that are no JSON object."""
    return decode(body, WireMessage)


def lessons(wire: WireMessage) -> Lessons:
    """What the address book should take in before this message is bound."""
    if wire.MsgType == 51:
        return _from_status(wire)
    card = wire.RecommendInfo
    if wire.MsgType == 37 and card.UserName.startswith("@"):
        return Lessons(strangers=(_stranger(card),))
    return Lessons()


def peer_of(wire: WireMessage, me: str) -> str:
    """The conversation's id, which is also where an answer goes: never oneself (that would be Ret 1204)."""
    if wire.MsgType == 37 and wire.RecommendInfo.UserName.startswith("@"):
        return wire.RecommendInfo.UserName
    return wire.ToUserName if wire.FromUserName in {me, ""} else wire.FromUserName


def split_content(wire: WireMessage, me: str) -> tuple[str, str]:
    """The member who wrote into a group, "" when nobody is named, and the Content without that prefix.

    A prefix only counts at the start of what comes from a group; in our own posts only when it is our own id (locations
    sent from the phone), for a person may write `a:` and a line break.
    """
    mine = wire.FromUserName in {me, ""}
    peer = wire.ToUserName if mine else wire.FromUserName
    if not is_group(peer) or wire.MsgType == 10000:
        return "", wire.Content
    found = _PREFIX.match(wire.Content)
    rest = wire.Content[found.end() :] if found else ""
    if not found or (mine and found[1] != me) or (not found[1].startswith("@") and rest.startswith("/cgi-bin")):
        return (me if mine else ""), wire.Content
    return found[1], rest


def bind(
    wire: WireMessage,
    book: Book,
    me: str,
    msg_id: str,
    *,
    sent: Container[str] = (),
    partial: bool = False,
) -> Message | Missing | None:
    """The message with everybody named; Missing when ids must be fetched first; None for what is no message.

    `msg_id` is the id it is stored under, `sent` the ids this bot's own sends were answered with. With `partial` it
    never asks: whoever is unknown stays without a name.
    """
    chat_id = peer_of(wire, me)
    if wire.MsgType in SILENT or not chat_id or (chat_id == me and wire.MsgType != 10002):
        return None
    member, content = split_content(wire, me)
    ids = book.missing(chat_id, member if member != me else "")
    if ids and not partial:
        return Missing(chat_id, member, ids)
    group = chat_id if is_group(chat_id) else None
    mine = wire.FromUserName in {me, ""}
    chat = book.chat(chat_id) or Chat(key=chat_id, kind=kind_of(chat_id), user_name=chat_id)
    message = Message(
        id=msg_id,
        kind=kind_name(wire.MsgType, wire.AppMsgType, wire.SubMsgType, wire.Url),
        chat=chat,
        sender=_sender(wire, book, me, chat_id, member),
        text="",
        time=datetime.fromtimestamp(min(max(wire.CreateTime, 0), _LAST), UTC),
        origin="them" if not mine or wire.MsgType == 10000 else "bot" if msg_id in sent else "phone",
        code=wire.MsgType,
        app_code=wire.AppMsgType,
        me=book.me(group),
    )
    return _fill(message, wire, content, book, me)


def _fill(message: Message, wire: WireMessage, content: str, book: Book, me: str) -> Message:
    """Text, facts and event by kind."""
    if wire.MsgType == 10000:
        return _noted(message, read_system(content), book, me)
    if wire.MsgType == 10002:
        return _noted(message, read_notice(content), book, me)
    if message.kind == "text":
        text = decode_text(content[:_LONGEST])
        return replace(message, text=text, event="friend_added" if _accepted(message, text) else "")
    xml = Xml(wire.OriContent if message.kind == "location" and wire.OriContent else content)
    if wire.MsgType == 49 and not wire.AppMsgType and xml.app_type():
        message = replace(message, app_code=xml.app_type(), kind=kind_name(49, xml.app_type()))
    facts = facts_of(message.kind, wire.MsgType, xml) | _fields(wire, message.kind)
    return replace(
        message,
        facts={name: value for name, value in facts.items() if value},
        text=_said(message.kind, facts),
        event=message.kind if message.kind in {"friend_request", "red_packet"} else "",
    )


def _said(kind: str, facts: dict[str, str]) -> str:
    """The words a person wrote in a message that is not text: a quote's answer, a request's greeting."""
    if kind == "quote":
        return facts.get("title", "")
    return facts.get("greeting", "") if kind == "friend_request" else ""


def _accepted(message: Message, text: str) -> bool:
    return message.origin == "them" and message.chat.kind == "person" and is_acceptance(text)


def _fields(wire: WireMessage, kind: str) -> dict[str, str]:
    """Facts that stand in fields of their own and win over the XML."""
    card = wire.RecommendInfo
    seconds = wire.VoiceLength / 1000 if kind == "voice" else wire.PlayLength
    told = {"url": decode_text(wire.Url), "seconds": f"{seconds:.1f}".removesuffix(".0") if seconds else ""}
    if kind == "file":
        told |= {
            "file_name": decode_text(wire.FileName),
            "title": decode_text(wire.FileName),
            "size": str(wire.FileSize),
        }
    elif wire.MsgType == 49 and kind != "quote":
        told["title"] = decode_text(wire.FileName)
    if kind == "friend_request":
        told["ticket"] = clean(card.Ticket or wire.Ticket)
    if kind in {"friend_request", "card"}:
        told |= {"name": decode_text(card.NickName), "greeting": decode_text(card.Content) if kind != "card" else ""}
    if kind == "location" and (found := _COORD.search(wire.Url)):
        told |= {"latitude": found[1], "longitude": found[2]}
    return {name: value[:4096] for name, value in told.items() if value}


def _sender(wire: WireMessage, book: Book, me: str, chat: str, member: str) -> Person:
    """Who said it; nobody for system lines until they name somebody."""
    group = chat if is_group(chat) else None
    if wire.MsgType == 10000:
        return _NOWHERE
    who = member or (me if wire.FromUserName in {me, ""} else "" if group else chat)
    if not who:
        return _NOWHERE
    if who == me:
        return book.person(me, group) or Person(key="me", user_name=me, me=True)
    return book.person(who, group) or Person(key=who, user_name=who, friend=False)


def _noted(message: Message, notice: Notice, book: Book, me: str) -> Message:
    """A system line or notice with its people found among those the chat has."""
    group = message.chat.user_name if message.chat.kind == "group" else None
    own = book.person(me, group) or Person(key="me", user_name=me, me=True)
    others = book.members(group) if group else tuple(filter(None, (book.person(message.chat.user_name),)))
    doer = own if notice.me_did else _named(notice.by, others)[0] if notice.by else None
    meant = (own,) if notice.me_meant else _named(notice.who, others) if notice.who else ()
    if notice.event == "friend_added" and others and not group:
        meant = others
    to_me = notice.event == "pat" and any(person.me for person in meant)
    return replace(
        message,
        kind=notice.kind,
        event="pat_me" if to_me else notice.event,
        text=notice.text,
        sender=message.sender if message.sender.key or doer is None else doer,
        people=meant,
        facts=notice.facts,
    )


def _named(shown: str, people: tuple[Person, ...]) -> tuple[Person, ...]:
    """The people a line shows by name: the whole as one name first, for names may hold the comma lists are made of."""
    known: dict[str, list[Person]] = {}
    for person in people:
        for name in person.member_names:
            known.setdefault(name, []).append(person)
    parts = [shown] if shown in known else [part.strip(' "“”') for part in re.split(r"[、,，]", shown)]
    return tuple(
        known[part][0] if len(known.get(part, ())) == 1 else Person(key="", nick=part, friend=False)
        for part in parts
        if part
    ) or (Person(key="", nick=shown, friend=False),)


def _from_status(wire: WireMessage) -> Lessons:
    """Our phone's list of conversations: session ids, and (when Content has them) real ids in the same order."""
    names = tuple(name for name in wire.StatusNotifyUserName.split(",") if 0 < len(name) <= 256)
    told = Xml(wire.Content).get("op/username") if wire.Content else ""
    real = told.split(",") if told else []
    pairs = zip(names, real, strict=True) if len(real) == len(names) else ()
    groups = tuple(name for name in dict.fromkeys(names) if is_group(name))
    return Lessons(pairs=tuple((name, wxid) for name, wxid in pairs if wxid and wxid != name), chats=groups)


def _stranger(card: WireCard) -> Contact:
    return Contact(
        user_name=card.UserName[:256],
        kind=kind_of(card.UserName, card.VerifyFlag),
        nick=decode_text(card.NickName),
        alias=decode_text(card.Alias),
        attr_status=card.AttrStatus,
    )
