"""webwxsendmsg: texts, and what is common to everything a client sends.

A message is accepted once per ClientMsgId: the same id with the same text within a
minute is the same message, answered with the same MsgID.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ruleswx.sandbox import groups, talk
from ruleswx.sandbox.asked import Answer, Asked, reply
from ruleswx.sandbox.cast import Group, Person
from ruleswx.sandbox.checks import Refused, Visit, admit, literal_escapes
from ruleswx.sandbox.drafts import Draft, text_draft

if TYPE_CHECKING:
    from ruleswx.sandbox.world import World

__all__ = ["Letter", "accept", "open_letter", "sendmsg", "target_of"]

_KEPT = 50_000
_REPEAT_SECONDS = 60.0
_CLIENT_ID = re.compile(r"\d{10,19}")


class Letter:
    """One message a client hands in, checked as far as all kinds have in common."""

    __slots__ = ("chat", "client_id", "msg", "target_id", "visit")

    def __init__(self, visit: Visit, msg: dict[str, Any], chat: Person | Group) -> None:
        self.visit = visit
        self.msg = msg
        self.chat = chat
        self.client_id = str(msg.get("ClientMsgId", ""))
        self.target_id = str(msg.get("ToUserName", ""))


def sendmsg(world: World, asked: Asked) -> Answer:
    """Take a text (or a card or location being forwarded)."""
    letter = open_letter(world, asked, (1, 42, 48))
    content = letter.msg.get("Content")
    if not isinstance(content, str) or not content:
        world.record("webwxsendmsg", "Content", "no text")
        raise Refused(1)
    plain = _as_received(world, asked, content)
    kind = {42: "card", 48: "location"}.get(letter.msg["Type"], "text")
    if kind == "text":
        draft = text_draft(plain, mix_up=world.options.mix_up_faces)
    else:
        draft = Draft(kind, letter.msg["Type"], plain, plain)
    return accept(world, asked, letter, draft)


def open_letter(world: World, asked: Asked, types: tuple[int, ...]) -> Letter:
    """Check what every message has in common; raises Refused."""
    visit = admit(world, asked)
    msg = visit.body.get("Msg")
    if not isinstance(msg, dict):
        world.record(asked.endpoint, "Msg", "no Msg object")
        raise Refused(1)
    if "Scene" not in visit.body:
        world.record(asked.endpoint, "Scene", "missing; 0 normally, 2 when forwarding")
        raise Refused(1204)
    if msg.get("Type") not in types:
        world.record(asked.endpoint, "Type", f"{msg.get('Type')!r} does not belong here")
        raise Refused(1)
    _check_ids(world, asked, visit, msg)
    return Letter(visit, msg, target_of(world, asked, visit, str(msg.get("ToUserName", ""))))


def _check_ids(world: World, asked: Asked, visit: Visit, msg: dict[str, Any]) -> None:
    session = visit.session
    if msg.get("FromUserName") != session.user_name(session.account.person):
        world.record(asked.endpoint, "FromUserName", "not oneself")
    for name in ("LocalID", "ClientMsgId"):
        if not _CLIENT_ID.fullmatch(str(msg.get(name, ""))):
            world.record(asked.endpoint, name, "not 10 to 19 digits")
            raise Refused(1)
    if str(msg["LocalID"]) != str(msg["ClientMsgId"]):
        world.record(asked.endpoint, "LocalID", "LocalID and ClientMsgId differ")


def target_of(world: World, asked: Asked, visit: Visit, name: str) -> Person | Group:
    """Return who `name` is in this session; raises Refused 1201 or 1204."""
    session = visit.session
    key = session.keys.get(name)
    if key is None:
        rule = "stale id" if world.stale(session, name) else "unknown id"
        world.record(asked.endpoint, rule, "ToUserName is no UserName of this session")
        raise Refused(1201)
    group = world.directory.groups.get(key)
    if group is not None:
        if session.account.key not in group.members:
            raise Refused(1201)
        return group
    person = world.directory.people[key]
    contact = session.account.contact(key)
    if person.key == session.account.key or not (name == "filehelper" or (contact is not None and contact.friend)):
        raise Refused(1204)
    return person


def accept(world: World, asked: Asked, letter: Letter, draft: Draft, *, limit: str = "text") -> Answer:
    """Store, log and deliver a message, once per ClientMsgId."""
    session = letter.visit.session
    now = world.clock.now()
    before = session.sent_ids.get(letter.client_id)
    if before is not None and before[0] == letter.target_id and now - before[3] < _REPEAT_SECONDS:
        if before[1] == draft.text:
            return _accepted(before[2], letter)
        world.oddity(asked.endpoint, "ClientMsgId", "used before for another text")
    if world.options.limits and world.limits.exceeded(session.account.key, limit, now, letter.chat.key):
        return _refused(1205)
    said = talk.post(world, session.account.key, letter.chat.key, draft, origin="web")
    if len(session.sent_ids) > _KEPT:
        session.sent_ids = dict(list(session.sent_ids.items())[-_KEPT // 2 :])
    session.sent_ids[letter.client_id] = (letter.target_id, draft.text, said.msg_id, now)
    session.account.touch(letter.chat.key)
    _log(world, said, letter)
    _bounce(world, letter)
    return _accepted(said.msg_id, letter)


def _log(world: World, said: talk.Said, letter: Letter) -> None:
    shown = talk.public(world, said)
    entry = {
        "seq": world.sent_log[-1]["seq"] + 1 if world.sent_log else 1,
        "to": shown["in"],
        "text": shown["text"],
        "type": shown["type"],
        "time": shown["time"],
        "group": shown["group"],
        "to_id": letter.chat.key,
        "from": shown["from"],
        "MsgType": shown["MsgType"],
        "MsgId": shown["MsgId"],
        "ClientMsgId": letter.client_id,
        "recalled": False,
    }
    entry |= {name: shown[name] for name in ("name", "size", "md5", "sha256") if name in shown}
    world.sent_log.append(entry)
    del world.sent_log[:-_KEPT]


def _bounce(world: World, letter: Letter) -> None:
    """Somebody who deleted or blocked the account: accepted, then a grey line."""
    account = letter.visit.session.account
    if isinstance(letter.chat, Group):
        return
    contact = account.contact(letter.chat.key)
    if contact is not None and contact.refuses:
        which = "blocked" if contact.refuses == "blocked" else "not_a_friend"
        groups.grey_line(world, letter.chat, which, account, name=letter.chat.nick)


def _accepted(msg_id: str, letter: Letter) -> Answer:
    base = {"Ret": 0, "ErrMsg": ""}
    return reply({"BaseResponse": base, "MsgID": msg_id, "LocalID": str(letter.msg["LocalID"])})


def _refused(ret: int) -> Answer:
    return reply({"BaseResponse": {"Ret": ret, "ErrMsg": ""}, "MsgID": "", "LocalID": ""})


def _as_received(world: World, asked: Asked, content: str) -> str:
    """Return the text as the service understands it: escapes it does not know stay as they are."""
    literal = literal_escapes(asked.body)
    msg = literal.get("Msg") if literal is not None else None
    received = str(msg.get("Content", content)) if isinstance(msg, dict) else content
    if received != content:
        world.record("webwxsendmsg", "escaped content", "write UTF-8, not \\u escapes, in Content")
    return received
