"""Contact objects as the service writes them.

One function per place a contact can appear in: the address book, a batch reply, a
member list, one's own profile. The fields and their odd spelling (`Statues`) are
the service's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .cast import Account, Contact, Group, Person
from .encode import encode_name
from .session import Session

if TYPE_CHECKING:
    from .world import World

__all__ = ["group_contact", "member_entry", "nobody", "person_contact", "profile", "self_profile"]

_CGI = "/cgi-bin/mmwebwx-bin"
_FRIEND, _CHAT, _SAVED, _STAR, _MUTED, _PINNED = 1, 2, 4, 64, 512, 2048


def person_contact(
    world: World, session: Session, person: Person, *, room: str = "", skey: bool = True
) -> dict[str, Any]:
    """Return a person (or official account) as seen in `session`."""
    known = session.account.contact(person.key)
    name = session.user_name(person)
    remark = known.remark if known else ""
    return _blank() | {
        "UserName": name,
        "NickName": _name(world, person.nick),
        "HeadImgUrl": _icon(session, name, person.avatar, skey),
        "ContactFlag": _flags(known),
        "RemarkName": _name(world, remark),
        "Sex": person.sex,
        "Signature": _name(world, person.signature),
        "VerifyFlag": person.verify,
        "PYInitial": _initials(person.nick),
        "PYQuanPin": _latin(person.nick),
        "RemarkPYInitial": _initials(remark),
        "RemarkPYQuanPin": _latin(remark),
        "StarFriend": int(bool(known and known.starred)),
        "AttrStatus": person.attr,
        "Province": person.province,
        "City": person.city,
        "Alias": person.alias,
        "SnsFlag": 1,
        "KeyWord": _key_word(person),
        "EncryChatRoomId": room,
    }


def group_contact(world: World, session: Session, group: Group, *, members: bool, skey: bool = True) -> dict[str, Any]:
    """Return a group; without `members` as the address book has it, else complete."""
    account = session.account
    name = session.user_name(group)
    owner = world.directory.accounts.get(group.owner)
    listed = [member_entry(world, session, group, key) for key in group.members] if members else []
    return _blank() | {
        "UserName": name,
        "NickName": _name(world, group.nick),
        "HeadImgUrl": f"{_CGI}/webwxgetheadimg?seq=0&username={name}&skey="
        + (quote(session.skey, safe="") if skey else ""),
        "ContactFlag": _group_flags(account, group),
        "MemberCount": len(listed),
        "MemberList": listed,
        "OwnerUin": owner.uin if owner else 0,
        "Statues": 0 if group.key in account.muted else 1,
        "EncryChatRoomId": session.room(group) if members else "",
        "IsOwner": int(group.owner == account.key),
        "ChatRoomOwner": session.user_name(world.directory.people[group.owner]) if members else "",
    }


def member_entry(world: World, session: Session, group: Group, key: str) -> dict[str, Any]:
    """Return one member as the member list of a group has them."""
    person = world.directory.people[key]
    known = session.account.contact(key)
    nick = known.remark if known and known.remark and world.options.remark_in_groups else person.nick
    return {
        "Uin": 0,
        "UserName": session.user_name(person),
        "NickName": _name(world, nick),
        "AttrStatus": person.attr,
        "PYInitial": "",
        "PYQuanPin": "",
        "RemarkPYInitial": "",
        "RemarkPYQuanPin": "",
        "MemberStatus": 0,
        "DisplayName": _name(world, group.members.get(key, "")),
        "KeyWord": _key_word(person),
    }


def self_profile(world: World, session: Session) -> dict[str, Any]:
    """Return the `User` object of webwxinit; it has no place names and no Alias."""
    person = session.account.person
    name = session.user_name(person)
    return {
        "Uin": session.account.uin,
        "UserName": name,
        "NickName": _name(world, person.nick),
        "HeadImgUrl": _icon(session, name, person.avatar, True),
        "RemarkName": "",
        "PYInitial": "",
        "PYQuanPin": "",
        "RemarkPYInitial": "",
        "RemarkPYQuanPin": "",
        "HideInputBarFlag": 0,
        "StarFriend": 0,
        "Sex": person.sex,
        "Signature": _name(world, person.signature),
        "AppAccountFlag": 0,
        "VerifyFlag": 0,
        "ContactFlag": 0,
        "WebWxPluginSwitch": 0,
        "HeadImgFlag": 1,
        "SnsFlag": 17,
    }


def profile(changed: Person | None = None) -> dict[str, Any]:
    """Return the `Profile` of a sync: empty, or oneself after a change."""
    empty = {"Buff": ""}
    return {
        "BitFlag": 190 if changed else 0,
        "UserName": empty,
        "NickName": {"Buff": encode_name(changed.nick)} if changed else empty,
        "BindUin": 0,
        "BindEmail": empty,
        "BindMobile": empty,
        "Status": 0,
        "Sex": changed.sex if changed else 0,
        "PersonalCard": 0,
        "Alias": "",
        "HeadImgUpdateFlag": 0,
        "HeadImgUrl": "",
        "Signature": encode_name(changed.signature) if changed else "",
    }


def nobody(user_name: str) -> dict[str, Any]:
    """Return the entry a batch has for an id the service does not know in this session."""
    return _blank() | {"UserName": user_name}


def _blank() -> dict[str, Any]:
    return {
        "Uin": 0,
        "UserName": "",
        "NickName": "",
        "HeadImgUrl": "",
        "ContactFlag": 0,
        "MemberCount": 0,
        "MemberList": [],
        "RemarkName": "",
        "HideInputBarFlag": 0,
        "Sex": 0,
        "Signature": "",
        "VerifyFlag": 0,
        "OwnerUin": 0,
        "PYInitial": "",
        "PYQuanPin": "",
        "RemarkPYInitial": "",
        "RemarkPYQuanPin": "",
        "StarFriend": 0,
        "AppAccountFlag": 0,
        "Statues": 0,
        "AttrStatus": 0,
        "Province": "",
        "City": "",
        "Alias": "",
        "SnsFlag": 0,
        "UniFriend": 0,
        "DisplayName": "",
        "ChatRoomId": 0,
        "KeyWord": "",
        "EncryChatRoomId": "",
        "IsOwner": 0,
    }


def _flags(known: Contact | None) -> int:
    if known is None:
        return 0
    bits: Mapping[int, bool] = {
        _FRIEND: known.friend,
        _CHAT: True,
        _STAR: known.starred,
        _MUTED: known.muted,
        _PINNED: known.pinned,
    }
    return sum(bit for bit, on in bits.items() if on)


def _group_flags(account: Account, group: Group) -> int:
    bits = {
        _FRIEND: group.key in account.saved,
        _CHAT: True,
        _SAVED: group.key in account.saved,
        _MUTED: group.key in account.muted,
        _PINNED: group.key in account.pinned,
    }
    return sum(bit for bit, on in bits.items() if on)


def _icon(session: Session, name: str, seq: int, skey: bool) -> str:
    key = quote(session.skey, safe="") if skey else ""
    return f"{_CGI}/webwxgeticon?seq={seq}&username={name}&skey={key}"


def _name(world: World, text: str) -> str:
    return encode_name(text, mix_up=world.options.mix_up_faces)


def _key_word(person: Person) -> str:
    return (person.key if person.official else person.alias or person.key)[:3]


def _latin(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isascii() and sign.isalnum())


def _initials(name: str) -> str:
    return "".join(word[:1].upper() for word in name.split() if word[:1].isascii())
