"""Friends and one's own messages: requests, remarks, pinned chats, revoking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruleswx.sandbox import events, groups
from ruleswx.sandbox.asked import Answer, Asked
from ruleswx.sandbox.cast import Contact, Person
from ruleswx.sandbox.checks import Refused, Visit, admit, failed
from ruleswx.sandbox.endpoints.groupops import named_person, obstacle
from ruleswx.sandbox.endpoints.sending import target_of

if TYPE_CHECKING:
    from ruleswx.sandbox.world import World

__all__ = ["oplog", "revokemsg", "verifyuser"]

_REVOKE_SECONDS = 120
_REVOKE_WORDS = "你可以撤回2分钟内发送的消息（部分旧版本微信不支持这个功能）。"


def verifyuser(world: World, asked: Asked) -> Answer:
    """Accept a friend request, send one, or follow an official account."""
    visit = admit(world, asked)
    code, skey = visit.body.get("Opcode"), visit.body.get("skey")
    users = visit.body.get("VerifyUserList")
    if skey != visit.session.skey and world.oddity("webwxverifyuser", "skey", "not repeated at top level"):
        raise Refused(-1)
    if not isinstance(users, list) or len(users) != 1 or visit.body.get("VerifyUserListSize") != 1:
        world.record("webwxverifyuser", "VerifyUserList", "one user, and VerifyUserListSize 1")
        raise Refused(1)
    if code not in (1, 2, 3, 4) or visit.body.get("SceneList") != [33]:
        world.record("webwxverifyuser", "Opcode", "an Opcode from 1 to 4 and SceneList [33] are needed")
        raise Refused(1)
    early = obstacle(world, visit.session, "friend")
    if early is not None:
        return early
    user = users[0] if isinstance(users[0], dict) else {}
    person = named_person(world, asked, visit.session, str(user.get("Value", "")))
    _verify(world, visit, int(code), person, str(user.get("VerifyUserTicket", "")))
    return failed(0)


def _verify(world: World, visit: Visit, code: int, person: Person, ticket: str) -> None:
    account = visit.session.account
    if code in (3, 4):
        held = world.tickets.get(ticket)
        asked_us = (account.key, person.key) in world.tickets.values()
        if held != (account.key, person.key):
            odd = asked_us and not ticket
            if not odd or world.oddity("webwxverifyuser", "ticket", "no VerifyUserTicket"):
                world.record("webwxverifyuser", "ticket", "not the ticket of a friend request")
                raise Refused(-2)
        world.tickets = {key: who for key, who in world.tickets.items() if who != (account.key, person.key)}
        if code == 3:
            groups.befriend(world, account, person)
    elif code == 1 and person.official:
        account.book[person.key] = Contact()
        groups.show_person(world, account, person)
    else:
        world.requested.append({"person": person.key, "text": str(visit.body.get("VerifyContent", ""))})


def oplog(world: World, asked: Asked) -> Answer:
    """Set a remark (2) or pin a chat (3)."""
    visit = admit(world, asked)
    session, body = visit.session, visit.body
    key = session.keys.get(str(body.get("UserName", "")))
    if key is None:
        world.record("webwxoplog", "UserName", "no UserName of this session")
        raise Refused(1)
    group, contact = world.directory.groups.get(key), session.account.contact(key)
    command = body.get("CmdId")
    if command == 2 and isinstance(body.get("RemarkName"), str):
        if contact is not None and world.options.remark_works:
            contact.remark = body["RemarkName"]
            groups.show_person(world, session.account, world.directory.people[key])
    elif command == 3 and body.get("OP") in (0, 1):
        _pin(world, visit, key, on=body["OP"] == 1)
    else:
        world.record("webwxoplog", "CmdId", "2 with RemarkName, or 3 with OP 0 or 1")
        raise Refused(1)
    if group is not None:
        groups.show(world, group)
    return failed(0)


def _pin(world: World, visit: Visit, key: str, *, on: bool) -> None:
    account = visit.session.account
    contact = account.contact(key)
    if key in world.directory.groups:
        (account.pinned.add if on else account.pinned.discard)(key)
    elif contact is not None:
        contact.pinned = on
        contact.remark = str(visit.body.get("RemarkName") or "")  # left out, it is erased
        groups.show_person(world, account, world.directory.people[key])


def revokemsg(world: World, asked: Asked) -> Answer:
    """Take back a message this account sent in the last two minutes."""
    visit = admit(world, asked)
    if "ClientMsgId" not in visit.body:
        world.record("webwxrevokemsg", "ClientMsgId", "must be present")
        raise Refused(1)
    chat = target_of(world, asked, visit, str(visit.body.get("ToUserName", "")))
    said = world.messages.get(str(visit.body.get("SvrMsgId", "")))
    if said is None or said.sender != visit.session.account.key or said.chat != chat.key:
        world.record("webwxrevokemsg", "SvrMsgId", "no message of one's own in this chat")
        raise Refused(1)
    late = world.clock.now() - said.time > _REVOKE_SECONDS
    if not late:
        events.recall(world, said.msg_id)
    return failed(-2 if late else 0, Introduction=_REVOKE_WORDS, SysWording="")
