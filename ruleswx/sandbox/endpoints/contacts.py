"""The address book: webwxgetcontact (paged) and webwxbatchgetcontact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ruleswx.sandbox.asked import Answer, Asked, reply
from ruleswx.sandbox.cast import Group
from ruleswx.sandbox.checks import Refused, admit
from ruleswx.sandbox.contacts import group_contact, member_entry, nobody, person_contact
from ruleswx.sandbox.session import Session

if TYPE_CHECKING:
    from ruleswx.sandbox.world import World

__all__ = ["batchgetcontact", "getcontact"]

_SEQ = 660_000
_BATCH = 50


def getcontact(world: World, asked: Asked) -> Answer:
    """Return one page of friends, official accounts and saved groups (without members)."""
    if asked.method == "POST":
        world.oddity("webwxgetcontact", "method", "POST instead of GET")
    session = admit(world, asked, body=False, methods="GET POST").session
    start = _start(world, asked.query.get("seq", ""))
    account = session.account
    keys = ["filehelper", *account.book, *sorted(account.saved)]
    size = world.options.page_size or len(keys)
    page = keys[start : start + size]
    more = start + size < len(keys)
    found = [_entry(world, session, key) for key in page]
    return reply(
        {
            "BaseResponse": {"Ret": 0, "ErrMsg": ""},
            "MemberCount": len(found),
            "MemberList": found,
            "Seq": _SEQ + start + size if more else 0,
        }
    )


def _start(world: World, seq: str) -> int:
    if not seq.isdigit():
        world.record("webwxgetcontact", "seq", "missing: 0 first, then the Seq of the last page")
        return 0
    return max(int(seq) - _SEQ, 0)


def _entry(world: World, session: Session, key: str) -> dict[str, Any]:
    group = world.directory.groups.get(key)
    if group is not None:
        return group_contact(world, session, group, members=False)
    return person_contact(world, session, world.directory.people[key])


def batchgetcontact(world: World, asked: Asked) -> Answer:
    """Return groups with their members, friends, or members of a group."""
    visit = admit(world, asked)
    items = visit.body.get("List")
    if asked.query.get("type") != "ex":
        world.record("webwxbatchgetcontact", "type", "the query must hold type=ex")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        world.record("webwxbatchgetcontact", "List", "no list of objects")
        raise Refused(1)
    if visit.body.get("Count") != len(items):
        world.record("webwxbatchgetcontact", "Count", "not the length of List")
    if len(items) > _BATCH:
        detail = f"{len(items)} ids in one call, {_BATCH} are allowed"
        if world.oddity("webwxbatchgetcontact", "over 50", detail):
            raise Refused(-1)
    found = [_item(world, visit.session, item) for item in items]
    base = {"Ret": 0, "ErrMsg": ""}
    return reply({"BaseResponse": base, "Count": len(found), "ContactList": found})


def _item(world: World, session: Session, item: dict[str, Any]) -> dict[str, Any]:
    name = str(item.get("UserName", ""))
    key = session.keys.get(name)
    if key is None:
        if world.stale(session, name):
            world.record("webwxbatchgetcontact", "stale id", "a UserName of an earlier login")
        return nobody(name)
    group = world.directory.groups.get(key)
    if group is not None:
        return _group(world, session, group)
    person = world.directory.people[key]
    room = str(item.get("EncryChatRoomId") or "")
    shared = _shared_room(world, session, room, key)
    known = key in session.account.book or key == session.account.key or "@" not in name
    if not known and shared is None:
        return nobody(name)
    contact = person_contact(world, session, person, room=room, skey=False)
    if shared is not None:
        contact["DisplayName"] = member_entry(world, session, shared, key)["DisplayName"]
    return contact


def _group(world: World, session: Session, group: Group) -> dict[str, Any]:
    if session.account.key not in group.members:
        return nobody(session.user_name(group))
    return group_contact(world, session, group, members=True, skey=False)


def _shared_room(world: World, session: Session, room: str, key: str) -> Group | None:
    found = session.rooms.get(room) or session.keys.get(room, "")
    group = world.directory.groups.get(found)
    return group if group is not None and key in group.members else None
