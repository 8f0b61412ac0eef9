"""Contacts on the wire: the paged list, batches of fifty, members, and what they mean as `Contact` values.

Names come decoded out of here. Replies are matched by UserName, never by position. It does not know who is who across
logins; that is the address book's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import msgspec

from ruleswx.model import ChatKind, Contact, Json
from ruleswx.protocol.build import CGI, base_request, build_get, build_json, lang_and_ticket, ms, quoted
from ruleswx.protocol.replies import Reply, check_ret, parse_reply
from ruleswx.protocol.wire import Request, Response, Session
from ruleswx.text import decode_text

__all__ = [
    "BATCH",
    "ContactPage",
    "ContactPages",
    "WireContact",
    "WireListed",
    "batches",
    "build_batch",
    "is_group",
    "kind_of",
    "parse_batch",
    "to_contact",
    "to_contacts",
]

BATCH = 50
_MOST_PAGES = 50
_FILEHELPER = "filehelper"
_NOTHING = msgspec.Raw(b'""')
_SEQ = re.compile(rb"(?:[?&]|\\u0026)seq=(\d{1,20})")
_NAME = re.compile(r"[!-~]{1,256}")


class WireMember(msgspec.Struct, frozen=True, gc=False):
    """One entry of a group's MemberList."""

    UserName: str = ""
    NickName: str = ""
    DisplayName: str = ""
    AttrStatus: int = 0
    Uin: int = 0


class WireListed(msgspec.Struct, frozen=True, gc=False):
    """One entry of the paged list, fields we use; of groups it tells neither members nor room ids."""

    UserName: str = ""
    NickName: str = ""
    RemarkName: str = ""
    Alias: str = ""
    HeadImgUrl: msgspec.Raw = _NOTHING
    """As it came: of a long address that says nothing new only one number is wanted."""
    ContactFlag: int = 0
    VerifyFlag: int = 0
    Statues: int = 1
    AttrStatus: int = 0
    OwnerUin: int = 0


class WireContact(WireListed, frozen=True, gc=False):
    """One contact, group or member wherever else they are told."""

    EncryChatRoomId: str = ""
    IsOwner: int = 0
    ChatRoomOwner: str = ""
    MemberList: tuple[WireMember, ...] = ()


_NO_MORE = WireContact()


class ContactPage(Reply, frozen=True):
    """A reply of webwxgetcontact."""

    MemberList: list[WireListed] = msgspec.field(default_factory=list)
    Seq: int = 0


class _Batch(Reply, frozen=True):
    ContactList: list[WireContact] = msgspec.field(default_factory=list)


def is_group(user_name: str) -> bool:
    """Whether an id is a group's; asked before the single `@`."""
    return user_name.startswith("@@") or user_name.endswith("@chatroom")


def kind_of(user_name: str, verify_flag: int = 0) -> ChatKind:
    """Person, group or official account. Official means bit 8 (official script); plain words are service accounts."""
    if is_group(user_name):
        return "group"
    if user_name == _FILEHELPER or (user_name.startswith("@") and not verify_flag & 8):
        return "person"
    return "official"


def to_contact(wire: WireListed, *, members: bool = True) -> Contact | None:
    """A contact as a value, or None for an entry without a usable id.

    `members` False when the list at hand never tells them (webwxgetcontact, webwxinit), so that their absence there
    does not empty a group.
    """
    name = wire.UserName
    if not _NAME.fullmatch(name):
        return None
    kind = kind_of(name, wire.VerifyFlag)
    whole = wire if isinstance(wire, WireContact) else _NO_MORE
    told = kind == "group" and members and bool(whole.MemberList)
    found = _SEQ.search(wire.HeadImgUrl)
    return Contact(
        user_name=name,
        kind=kind,
        nick=decode_text(wire.NickName),
        remark=decode_text(wire.RemarkName),
        alias=decode_text(wire.Alias),
        listed=bool(wire.ContactFlag & 1) or name == _FILEHELPER,
        muted=wire.Statues == 0 if kind == "group" else bool(wire.ContactFlag & 512),
        owned=whole.IsOwner == 1,
        owner_uin=wire.OwnerUin,
        owner_user_name=whole.ChatRoomOwner,
        attr_status=wire.AttrStatus,
        avatar_seq=found[1].decode() if found else "",
        room_id=whole.EncryChatRoomId,
        members=tuple(_members(whole.MemberList)) if told else None,
    )


def to_contacts(wires: Sequence[WireListed], *, members: bool = True) -> tuple[Contact, ...]:
    """All usable entries of a list; of two with one id the later wins."""
    found = (to_contact(wire, members=members) for wire in wires)
    return tuple({contact.user_name: contact for contact in found if contact is not None}.values())


def _members(wires: Sequence[WireMember]) -> Iterator[Contact]:
    for wire in wires:
        if _NAME.fullmatch(wire.UserName):
            yield Contact(
                user_name=wire.UserName,
                kind="person",
                nick=decode_text(wire.NickName),
                card=decode_text(wire.DisplayName),
                attr_status=wire.AttrStatus,
            )


@dataclass(slots=True)
class ContactPages:
    """Reads the contact list page by page; ends at Seq 0, at a Seq seen before, or after fifty pages."""

    seq: int = 0
    done: bool = False
    _seen: set[int] = field(default_factory=lambda: {0})

    def request(self, session: Session, now: float) -> Request:
        """The next page."""
        skey = quoted(session.skey.reveal())
        query = "&".join([*lang_and_ticket(session), f"r={ms(now)}", f"seq={self.seq}", f"skey={skey}"])
        url = f"{session.hosts.base}{CGI}/webwxgetcontact?{query}"
        return build_get(session, "webwxgetcontact", url, now, timeout=60.0, max_bytes=16 * 1024 * 1024)

    def receive(self, response: Response) -> tuple[Contact, ...]:
        """The contacts of this page; raises SessionEnded or RemoteProtocolError."""
        page = parse_reply(response, ContactPage)
        check_ret(page, "webwxgetcontact")
        self.done = page.Seq in self._seen or len(self._seen) >= _MOST_PAGES
        self.seq = page.Seq
        self._seen.add(page.Seq)
        return to_contacts(page.MemberList, members=False)


def batches(ids: Sequence[str], size: int = BATCH) -> Iterator[tuple[str, ...]]:
    """Ids in portions one call may ask for; the official script goes down to 10, 5, 1 after errors."""
    unique = tuple(dict.fromkeys(ids))
    for start in range(0, len(unique), size):
        yield unique[start : start + size]


def build_batch(session: Session, ids: Sequence[str], now: float, rng: Random, *, room_id: str = "") -> Request:
    """Ask for up to fifty contacts or groups; for members of a group give its EncryChatRoomId."""
    if not 0 < len(ids) <= BATCH:
        raise ValueError(f"{len(ids)} ids in one batch; 1 to {BATCH} are allowed")
    asked: list[Json] = [{"UserName": name, "EncryChatRoomId": "" if is_group(name) else room_id} for name in ids]
    body: dict[str, Json] = {"BaseRequest": base_request(session, rng), "Count": len(asked), "List": asked}
    query = ("type=ex", f"r={ms(now)}")
    return build_json(session, "webwxbatchgetcontact", query, body, now, max_bytes=16 * 1024 * 1024)


def parse_batch(response: Response) -> tuple[Contact, ...]:
    """The contacts of a batch, whatever their order; ids nobody knows are simply not there."""
    reply = parse_reply(response, _Batch)
    check_ret(reply, "webwxbatchgetcontact")
    known = (wire for wire in reply.ContactList if wire.NickName or wire.MemberList or wire.ContactFlag)
    return to_contacts(tuple(known))
