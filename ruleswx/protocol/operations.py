"""Groups and friends: create, add, invite, remove, rename, leave, accept, remark, pin; and how to see that it worked.

Since 2018 many of these answer "ok" and do nothing, so a Ret 0 is not a success. The caller asks, fetches the group or
contact again (or waits for the sync to bring it), and lets a predicate say what became of it: `done`, `refused`,
`pending` (an invitation is out), `no effect`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from ruleswx.errors import LoginRefused, SendFailed, SessionEnded
from ruleswx.model import Contact, Json
from ruleswx.protocol.build import base_request, build_json, ms
from ruleswx.protocol.codes import classify
from ruleswx.protocol.replies import Reply, parse_reply
from ruleswx.protocol.wire import Request, Response, Session
from ruleswx.text import decode_text

__all__ = [
    "Answered",
    "Outcome",
    "Predicate",
    "build_accept",
    "build_add",
    "build_create",
    "build_invite",
    "build_leave",
    "build_pin",
    "build_remark",
    "build_remove",
    "build_rename",
    "build_request",
    "has_member",
    "has_remark",
    "is_called",
    "is_friend",
    "lacks_member",
    "outcome",
    "parse_create",
    "parse_operation",
    "wants_invitation",
]

Outcome = Literal["done", "refused", "pending", "no effect"]
Predicate = Callable[[Contact], bool]
_PENDING = -2013
_ADD, _ACCEPT = 2, 3
_FROM_WEB = 33


class _Created(Reply, frozen=True):
    ChatRoomName: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the server said to an operation; only a look at the lists tells whether it did it."""

    refused: bool = False
    pending: bool = False
    ret: int = 0
    message: str = ""


def outcome(answered: Answered, confirmed: Contact | None, wanted: Predicate) -> Outcome:
    """What became of an operation, given the contact or group as the lists show it afterwards (None: not shown)."""
    if confirmed is not None and wanted(confirmed):
        return "done"
    if answered.refused:
        return "refused"
    return "pending" if answered.pending else "no effect"


def has_member(user_name: str) -> Predicate:
    """The group holds this member."""
    return lambda group: any(member.user_name == user_name for member in group.members or ())


def lacks_member(user_name: str) -> Predicate:
    """The group's list came, and this member is not in it."""
    return lambda group: bool(group.members) and not has_member(user_name)(group)


def is_called(name: str) -> Predicate:
    """The group has this topic."""
    return lambda group: group.nick == name


def has_remark(remark: str) -> Predicate:
    """The contact has this 备注."""
    return lambda contact: contact.remark == remark


def is_friend(contact: Contact) -> bool:
    """The contact is in our list now."""
    return contact.listed


def wants_invitation(session: Session, members: int, new: int = 1) -> bool:
    """Whether a group is so big that people must be invited instead of added (official script)."""
    return members + new >= session.invite_start_count


def build_create(session: Session, members: Sequence[str], topic: str, *, now: float, rng: Random) -> Request:
    """A new group with at least two others."""
    body: dict[str, Json] = {
        "BaseRequest": base_request(session, rng),
        "MemberCount": len(members),
        "MemberList": [{"UserName": name} for name in members],
        "Topic": topic,
    }
    return build_json(session, "webwxcreatechatroom", (f"r={ms(now)}",), body, now)


def parse_create(response: Response) -> str:
    """The new group's id; raises SendFailed, also for the "Ret 0 and nothing" that means refused."""
    reply = parse_reply(response, _Created)
    answered = _answered(reply)
    if answered.refused or not reply.ChatRoomName:
        raise SendFailed(answered.ret, answered.message)
    return reply.ChatRoomName


def build_add(session: Session, group: str, people: Sequence[str], *, now: float, rng: Random) -> Request:
    """Bring people in at once."""
    return _update(session, "addmember", group, {"AddMemberList": ",".join(people)}, now=now, rng=rng)


def build_invite(session: Session, group: str, people: Sequence[str], *, now: float, rng: Random) -> Request:
    """Send each an invitation."""
    return _update(session, "invitemember", group, {"InviteMemberList": ",".join(people)}, now=now, rng=rng)


def build_remove(session: Session, group: str, people: Sequence[str], *, now: float, rng: Random) -> Request:
    """Remove people; for the owner only."""
    return _update(session, "delmember", group, {"DelMemberList": ",".join(people)}, now=now, rng=rng)


def build_rename(session: Session, group: str, topic: str, *, now: float, rng: Random) -> Request:
    """Give the group another name."""
    return _update(session, "modtopic", group, {"NewTopic": topic}, now=now, rng=rng)


def build_leave(session: Session, group: str, *, now: float, rng: Random) -> Request:
    """Leave the group."""
    return _update(session, "quitchatroom", group, {}, now=now, rng=rng)


def build_accept(session: Session, user_name: str, ticket: str, *, now: float, rng: Random) -> Request:
    """Accept a friend request with the ticket it brought."""
    return _verify(session, _ACCEPT, user_name, ticket, "", now=now, rng=rng)


def build_request(session: Session, user_name: str, greeting: str, *, now: float, rng: Random) -> Request:
    """Ask a member of a group to be a friend: the operation the service limits most."""
    return _verify(session, _ADD, user_name, "", greeting, now=now, rng=rng)


def build_remark(session: Session, user_name: str, remark: str, *, now: float, rng: Random) -> Request:
    """Give a friend a 备注."""
    body: dict[str, Json] = {"UserName": user_name, "CmdId": 2, "RemarkName": remark}
    return _oplog(session, body, now, rng)


def build_pin(session: Session, user_name: str, remark: str, *, on: bool, now: float, rng: Random) -> Request:
    """Pin or unpin a chat; the present 备注 must come along or it is erased (wechat4u)."""
    body: dict[str, Json] = {"UserName": user_name, "CmdId": 3, "OP": int(on), "RemarkName": remark}
    return _oplog(session, body, now, rng)


def parse_operation(response: Response) -> Answered:
    """What the server said; raises SessionEnded, LoginRefused or RemoteProtocolError.

    No BaseResponse means the operation was removed; a Ret 1205 is refused, and freezes this kind of action.
    """
    return _answered(parse_reply(response, Reply))


def _answered(reply: Reply) -> Answered:
    base = reply.BaseResponse
    if base is None:
        return Answered(refused=True, message="unsupported")
    if base.Ret == _PENDING:
        return Answered(pending=True)
    match classify(base.Ret):
        case "ok":
            return Answered()
        case "ended":
            raise SessionEnded(base.Ret)
        case "refused":
            raise LoginRefused(base.Ret, base.ErrMsg)
        case _:
            return Answered(refused=True, ret=base.Ret, message=decode_text(base.ErrMsg)[:200])


def _update(session: Session, fun: str, group: str, more: dict[str, Json], *, now: float, rng: Random) -> Request:
    body: dict[str, Json] = {"BaseRequest": base_request(session, rng), "ChatRoomName": group, **more}
    return build_json(session, "webwxupdatechatroom", (f"fun={fun}",), body, now)


def _verify(
    session: Session, opcode: int, user_name: str, ticket: str, content: str, *, now: float, rng: Random
) -> Request:
    """`skey` stands at top level once more; without it the service answers -1 (openwechat)."""
    body: dict[str, Json] = {
        "BaseRequest": base_request(session, rng),
        "Opcode": opcode,
        "VerifyUserListSize": 1,
        "VerifyUserList": [{"Value": user_name, "VerifyUserTicket": ticket}],
        "VerifyContent": content,
        "SceneListCount": 1,
        "SceneList": [_FROM_WEB],
        "skey": session.skey.reveal(),
    }
    return build_json(session, "webwxverifyuser", (f"r={ms(now)}",), body, now)


def _oplog(session: Session, body: dict[str, Json], now: float, rng: Random) -> Request:
    return build_json(session, "webwxoplog", (), {**body, "BaseRequest": base_request(session, rng)}, now)
