"""Starting a session and hearing what is new: init, statusnotify, synccheck, sync."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ruleswx.sandbox import talk
from ruleswx.sandbox.asked import Answer, Asked, Look, reply, script
from ruleswx.sandbox.cast import Group, Person
from ruleswx.sandbox.checks import Refused, admit, check_cookies, check_skey, find_session
from ruleswx.sandbox.contacts import group_contact, person_contact, profile, self_profile
from ruleswx.sandbox.drafts import notify_draft
from ruleswx.sandbox.session import Session

if TYPE_CHECKING:
    from ruleswx.sandbox.streams import Batch
    from ruleswx.sandbox.world import World

__all__ = ["init", "statusnotify", "sync", "synccheck"]

_RECENT = 10
_KEY = re.compile(r"(\d+)_(\d+)")
_DEVICE = re.compile(r"e\d{15}")


def init(world: World, asked: Asked) -> Answer:
    """Start (or start again) the session: oneself, the sync position, the recent chats."""
    try:
        session = admit(world, asked).session
    except Refused as refused:
        empty: dict[str, Any] = {"Count": 0, "ContactList": [], "User": {}, "ChatSet": "", "SKey": ""}
        base = {"Ret": refused.ret, "ErrMsg": ""}
        return reply({"BaseResponse": base, **empty, "SyncKey": {"Count": 0, "List": []}})
    if world.options.renew_skey:
        session.renew_skey(world.clock.now())
    keys = _key_list(session.streams.keys())
    if not session.started:
        _begin(world, session)
    chats = [_someone(world, key) for key in _recent(session)]
    contacts = [_contact(world, session, chat) for chat in chats]
    return reply(
        {
            "BaseResponse": {"Ret": 0, "ErrMsg": ""},
            "Count": len(contacts),
            "ContactList": contacts,
            "SyncKey": keys,
            "User": self_profile(world, session),
            "ChatSet": "".join(session.user_name(chat) + "," for chat in chats),
            "SKey": session.skey,
            "ClientVersion": 654311681,
            "SystemTime": world.clock.seconds(),
            "GrayScale": 1,
            "InviteStartCount": world.options.invite_from,
            "MPSubscribeMsgCount": 0,
            "MPSubscribeMsgList": [],
            "ClickReportInterval": 600000,
        }
    )


def _begin(world: World, session: Session) -> None:
    session.started = True
    waiting, session.account.backlog = session.account.backlog, []
    for said in waiting:
        talk.arrive(world, session.account, said)
    world.changed()


def _recent(session: Session) -> list[str]:
    account = session.account
    keys = [key for key in account.recent if key not in ("filehelper", account.key)]
    keys += [key for key in account.book if key not in keys]
    return ["filehelper", *keys[: _RECENT - 1]]


def _someone(world: World, key: str) -> Person | Group:
    return world.directory.groups.get(key) or world.directory.people[key]


def _contact(world: World, session: Session, chat: Person | Group) -> dict[str, Any]:
    if isinstance(chat, Group):
        return group_contact(world, session, chat, members=False)
    return person_contact(world, session, chat)


def statusnotify(world: World, asked: Asked) -> Answer:
    """Take note that the web client is up (3) or that a chat was read (1)."""
    visit = admit(world, asked)
    session, body = visit.session, visit.body
    me = session.user_name(session.account.person)
    code, target = body.get("Code"), str(body.get("ToUserName", ""))
    if code not in (1, 2, 3, 4, 5):
        world.record("webwxstatusnotify", "Code", f"{code!r} is not one of 1 to 5")
    if body.get("FromUserName") != me:
        world.record("webwxstatusnotify", "FromUserName", "not oneself")
    if code == 3:
        if target != me:
            world.record("webwxstatusnotify", "ToUserName", "with Code 3 it must be oneself")
        _list_chats(world, session)
    elif target not in session.keys:
        world.record("webwxstatusnotify", "ToUserName", "no UserName of this session")
    return reply({"BaseResponse": {"Ret": 0, "ErrMsg": ""}, "MsgID": world.next_msg_id()})


def _list_chats(world: World, session: Session) -> None:
    keys = [key for key in ("filehelper", *session.account.recent) if key != session.account.key]
    chats = [_someone(world, key) for key in dict.fromkeys(keys)][:300]

    def ids(receiving: Session) -> tuple[list[str], list[str]]:
        return [receiving.user_name(chat) for chat in chats], [chat.key for chat in chats]

    draft = notify_draft(4, ids, real_ids=world.options.real_ids)
    account = session.account
    talk.post(world, account.key, account.key, draft, origin="service", only=account)


def synccheck(world: World, asked: Asked) -> Answer | Look:
    """Hold until there is news for the position the client names."""
    if asked.method != "GET":
        world.oddity("synccheck", "method", f"{asked.method} instead of GET")
    missing = [name for name in ("r", "skey", "sid", "uin", "deviceid", "synckey", "_") if name not in asked.query]
    if missing and missing != ["_"]:
        world.record("synccheck", "query", "missing: " + ", ".join(missing))
        return _said(1)
    if missing:
        world.oddity("synccheck", "query", "no _ in the query")
    try:
        session = find_session(world, asked, asked.query["sid"])
        _check_identity(world, asked, session)
    except Refused as refused:
        return _said(refused.ret)
    pairs = {int(key): int(value) for key, value in _KEY.findall(asked.query["synckey"])}
    spot = session.streams.position(pairs)
    if spot is None:
        world.record("synccheck", "synckey", "not a position of this session")
        return _said(1)

    def look(last: bool) -> Answer | None:
        if session.over:
            return _said(session.over)
        selector = session.streams.selector(spot)
        return _said(0, selector) if selector or last else None

    return look


def _check_identity(world: World, asked: Asked, session: Session) -> None:
    check_cookies(world, asked, session)
    if asked.query["uin"] != str(session.account.uin):
        world.record("synccheck", "uin", "not this account's")
        raise Refused(1100)
    check_skey(world, asked, session, asked.query["skey"].replace(" ", "+"))
    if not _DEVICE.fullmatch(asked.query["deviceid"]):
        world.oddity("synccheck", "DeviceID", "not e and 15 digits")


def _said(retcode: int, selector: int = 0) -> Answer:
    return script(f'window.synccheck={{retcode:"{retcode}",selector:"{selector}"}}')


def sync(world: World, asked: Asked) -> Answer:
    """Hand over what came after the position the client names."""
    visit = admit(world, asked)
    session = visit.session
    pairs = _sync_key(world, visit.body.get("SyncKey"))
    spot = session.streams.position(pairs) if pairs is not None else None
    if spot is None:
        if pairs is not None:
            world.record("webwxsync", "SyncKey", "not a position of this session")
        raise Refused(1)
    batch = session.streams.after(spot, world.options.sync_limit)
    fresh = session.renew_skey(world.clock.now()) if world.options.renew_skey else ""
    return reply(_sync_reply(world, batch, fresh))


def _sync_key(world: World, given: Any) -> dict[int, int] | None:
    items = given.get("List") if isinstance(given, dict) else None
    if not isinstance(items, list) or not items:
        world.record("webwxsync", "SyncKey", "no SyncKey object with a List")
        return None
    if given.get("Count") != len(items):
        world.record("webwxsync", "SyncKey", "Count is not the length of List")
    pairs = {}
    for item in items:
        key, value = (item.get("Key"), item.get("Val")) if isinstance(item, dict) else (None, None)
        if type(key) is not int or type(value) is not int:
            world.record("webwxsync", "SyncKey", "Key and Val must stay integers")
            return None
        pairs[key] = value
    return pairs


def _sync_reply(world: World, batch: Batch, skey: str) -> dict[str, Any]:
    by_kind: dict[str, list[Any]] = {"add": [], "mod": [], "del": [], "profile": []}
    for entry in batch.entries:
        by_kind[entry.kind].append(entry.payload)
    keys = _key_list(batch.keys)
    checked = {"SyncCheckKey": keys} if world.options.sync_check_key else {}
    return {
        "BaseResponse": {"Ret": 0, "ErrMsg": ""},
        "AddMsgCount": len(by_kind["add"]),
        "AddMsgList": by_kind["add"],
        "ModContactCount": len(by_kind["mod"]),
        "ModContactList": by_kind["mod"],
        "DelContactCount": len(by_kind["del"]),
        "DelContactList": by_kind["del"],
        "ModChatRoomMemberCount": 0,
        "ModChatRoomMemberList": [],
        "Profile": by_kind["profile"][-1] if by_kind["profile"] else profile(),
        "ContinueFlag": int(batch.more),
        "SyncKey": keys,
        "SKey": skey,
        **checked,
    }


def _key_list(pairs: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    return {"Count": len(pairs), "List": [{"Key": key, "Val": value} for key, value in pairs]}
