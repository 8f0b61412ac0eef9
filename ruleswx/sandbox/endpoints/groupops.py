"""Group operations: create, add, invite, remove, rename, quit.

What really happens depends on the world's options, because on the real service many
of these answer 0 and do nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ruleswx.sandbox import events, groups
from ruleswx.sandbox.asked import Answer, Asked, reply
from ruleswx.sandbox.cast import Group, Person
from ruleswx.sandbox.checks import Refused, admit, failed
from ruleswx.sandbox.contacts import member_entry
from ruleswx.sandbox.endpoints.sending import target_of
from ruleswx.sandbox.session import Session

if TYPE_CHECKING:
    from ruleswx.sandbox.world import World

__all__ = ["createchatroom", "named_person", "obstacle", "updatechatroom"]

_FUNS = {
    "addmember": "AddMemberList",
    "invitemember": "InviteMemberList",
    "delmember": "DelMemberList",
    "modtopic": "NewTopic",
    "quitchatroom": "",
}


def createchatroom(world: World, asked: Asked) -> Answer:
    """Make a group of oneself and at least two others."""
    visit = admit(world, asked)
    session = visit.session
    listed = visit.body.get("MemberList")
    entries = listed if isinstance(listed, list) else []
    names = [str(each.get("UserName", "")) for each in entries if isinstance(each, dict)]
    if visit.body.get("MemberCount") != len(names) or len(names) < 2:
        world.record("webwxcreatechatroom", "MemberList", "at least two others, and MemberCount their number")
        raise Refused(1)
    people = [named_person(world, asked, session, name) for name in names]
    early = obstacle(world, session, "group")
    if early is not None:
        return early
    shown = [_member(world, session, person) for person in people]
    joined = [person for person, entry in zip(people, shown, strict=True) if entry["MemberStatus"] == 0]
    room = ""
    if world.options.group_ops == "work":
        room = session.user_name(_create(world, session, str(visit.body.get("Topic") or ""), joined))
    message = "" if room else "<e><Content><![CDATA[创建群聊失败]]></Content></e>"
    return reply(
        {
            "BaseResponse": {"Ret": 0, "ErrMsg": message},
            "Topic": "",
            "PYInitial": "",
            "QuanPin": "",
            "MemberCount": len(shown),
            "MemberList": shown,
            "ChatRoomName": room,
            "BlackList": "",
        }
    )


def _create(world: World, session: Session, topic: str, people: list[Person]) -> Group:
    key = f"{world.rng.randrange(10**9, 10**10)}@chatroom"
    account = session.account
    group = Group(key, topic, account.key, {account.key: ""})
    world.directory.groups[key] = group
    account.touch(key)
    groups.join(world, group, people, by=account.person)
    return group


def updatechatroom(world: World, asked: Asked) -> Answer:
    """Change a group, as the query's `fun` says."""
    visit = admit(world, asked)
    fun = asked.query.get("fun", "")
    if fun not in _FUNS:
        world.record("webwxupdatechatroom", "fun", "the query must say what to do")
        raise Refused(1)
    group = target_of(world, asked, visit, str(visit.body.get("ChatRoomName", "")))
    if not isinstance(group, Group):
        world.record("webwxupdatechatroom", "ChatRoomName", "not a group")
        raise Refused(1)
    value = str(visit.body.get(_FUNS[fun]) or "")
    if _FUNS[fun] and not value:
        world.record("webwxupdatechatroom", _FUNS[fun], f"fun={fun} needs {_FUNS[fun]}")
        raise Refused(1)
    early = obstacle(world, visit.session, "group")
    if early is not None:
        return early
    if fun in ("modtopic", "quitchatroom"):
        _rename_or_quit(world, visit.session, group, value)
        return _members(world, visit.session, group, [])
    people = [named_person(world, asked, visit.session, name) for name in value.split(",")]
    _move(world, visit.session, group, people, fun)
    pending = fun == "invitemember" and world.options.invite_pending
    return _members(world, visit.session, group, people, ret=-2013 if pending else 0)


def _rename_or_quit(world: World, session: Session, group: Group, topic: str) -> None:
    if world.options.group_ops == "work" and topic:
        groups.rename(world, group, topic, by=session.account.person)
    elif world.options.group_ops == "work":
        groups.leave(world, group, session.account.person)


def _move(world: World, session: Session, group: Group, people: list[Person], fun: str) -> None:
    works = world.options.group_ops == "work"
    if fun == "delmember":
        _remove(world, session, group, people, works=works)
    elif fun == "addmember":
        if len(group.members) + len(people) >= world.options.invite_from:
            raise Refused(1)
        if works:
            groups.join(world, group, people, by=session.account.person)
    elif works:
        for person in people:
            _invite(world, session, group, person)


def _remove(world: World, session: Session, group: Group, people: list[Person], *, works: bool) -> None:
    if group.owner != session.account.key:
        raise Refused(1)
    for person in people:
        if works and person.key in group.members:
            groups.remove(world, group, person, by=session.account.person)


def _invite(world: World, session: Session, group: Group, person: Person) -> None:
    order = {"as": "me", "in": person.key, "type": "invitation", "group": group.key}
    events.send(world, {**order, "account": session.account.key})
    world.invited.append({"group": group.key, "person": person.key})


def _members(world: World, session: Session, group: Group, people: list[Person], *, ret: int = 0) -> Answer:
    entries = [member_entry(world, session, group, person.key) for person in people]
    base = {"Ret": ret, "ErrMsg": ""}
    return reply({"BaseResponse": base, "MemberCount": len(entries), "MemberList": entries})


def _member(world: World, session: Session, person: Person) -> dict[str, Any]:
    known = session.account.contact(person.key)
    status = {"blocked": 3, "deleted": 4}.get(known.refuses, 0) if known else 4
    entry = member_entry(world, session, Group("", "", ""), person.key)
    return entry | {"MemberStatus": status}


def named_person(world: World, asked: Asked, session: Session, name: str) -> Person:
    """Return who `name` is in this session; raises Refused for an id of nobody."""
    key = session.keys.get(name)
    if key is None or key not in world.directory.people:
        world.record(asked.endpoint, "stale id" if world.stale(session, name) else "unknown id", "a member's UserName")
        raise Refused(1)
    return world.directory.people[key]


def obstacle(world: World, session: Session, kind: str) -> Answer | None:
    """Return the reply of a service that does not do this (now, or any more), or None."""
    now = world.clock.now()
    too_many = world.options.limits and world.limits.exceeded(session.account.key, kind, now)
    if too_many or (kind == "group" and world.options.group_ops == "refused"):
        return failed(1205, "操作太频繁，请稍后再试。", ChatRoomName="", MemberCount=0, MemberList=[])
    if kind == "group" and world.options.group_ops == "gone":
        return reply({})
    return None
