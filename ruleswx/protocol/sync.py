"""The receiving half: webwxinit, webwxstatusnotify, synccheck, webwxsync, and the bookkeeping of keys. Pure.

    init ─► notify(3) ─► check ──0/0──► check …
                           │ 0/≠0
                           ▼
                         fetch ──ContinueFlag──► fetch …  ─► check

Keys: `SyncKey` and `SyncCheckKey` are replaced only by a list that is not empty (an empty one would lose the position,
and with it messages); `SKey` only by a non-empty text. A batch of messages and the keys behind it leave here together,
so that the store can take both in one transaction. Who waits and for how long is floor 4's business; `pause` tells it
what the progress rule wants.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import msgspec

from ruleswx.errors import LoginRefused, RemoteProtocolError, SessionEnded
from ruleswx.model import Contact, Json
from ruleswx.protocol.build import (
    CGI,
    base_request,
    build_get,
    build_json,
    device_id,
    flipped,
    ms,
    quoted,
)
from ruleswx.protocol.codes import Progress, classify, classify_status
from ruleswx.protocol.contacts import WireContact, to_contact, to_contacts
from ruleswx.protocol.cookies import merge_cookies
from ruleswx.protocol.replies import Reply, check_ret, excerpt, parse_reply, text_of
from ruleswx.protocol.wire import Incoming, Request, Response, Session, SyncKey
from ruleswx.redact import Secret
from ruleswx.text import decode_text

__all__ = [
    "Batch",
    "Check",
    "Started",
    "Sync",
    "build_check",
    "build_init",
    "build_notify",
    "build_sync",
    "parse_check",
    "parse_init",
    "parse_notify",
    "parse_sync",
]

_CHECK = re.compile(
    r"window\s*\.\s*synccheck\s*=\s*\{\s*[\"']?retcode[\"']?\s*:\s*[\"']?(-?\d{1,9})[\"']?\s*,"
    r"\s*[\"']?selector[\"']?\s*:\s*[\"']?(-?\d{1,9})[\"']?"
)
_MSG_ID = re.compile(rb'"MsgId"\s*:\s*"?([1-9]\d{0,31})"?\s*[,}]')
_NEW_MSG_ID = re.compile(rb'"NewMsgId"\s*:\s*"?([1-9]\d{0,31})"?\s*[,}]')
_LONG = 35.0
_MOST_BYTES = 16 * 1024 * 1024


class _Pair(msgspec.Struct, frozen=True, gc=False):
    Key: int
    Val: int


class _Keys(msgspec.Struct, frozen=True):
    Count: int = 0
    List: list[_Pair] = msgspec.field(default_factory=list)


class _Init(Reply, frozen=True):
    User: WireContact = msgspec.field(default_factory=WireContact)
    ContactList: list[WireContact] = msgspec.field(default_factory=list)
    SyncKey: _Keys = msgspec.field(default_factory=_Keys)
    ChatSet: str = ""
    SKey: str = ""
    InviteStartCount: int = 40
    SystemTime: int = 0


class _Deleted(msgspec.Struct, frozen=True, gc=False):
    UserName: str = ""


class _Sync(Reply, frozen=True):
    AddMsgList: list[msgspec.Raw] = msgspec.field(default_factory=list)
    ModContactList: list[WireContact] = msgspec.field(default_factory=list)
    DelContactList: list[_Deleted] = msgspec.field(default_factory=list)
    ContinueFlag: int = 0
    SyncKey: _Keys = msgspec.field(default_factory=_Keys)
    SyncCheckKey: _Keys = msgspec.field(default_factory=_Keys)
    SKey: str = ""


class _Notified(Reply, frozen=True):
    MsgID: str | int = ""


@dataclass(frozen=True, slots=True)
class Started:
    """What webwxinit told: the session with our own ids, recent chats, and ids that may still have to be fetched."""

    session: Session
    me: Contact
    contacts: tuple[Contact, ...]
    chats: tuple[str, ...]
    system_time: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """A synccheck answer. Any selector but 0 means: fetch. Its value carries nothing we need (official script)."""

    retcode: int
    selector: int

    @property
    def news(self) -> bool:
        """Whether there is something to fetch."""
        return self.retcode == 0 and self.selector != 0


@dataclass(frozen=True, slots=True)
class Batch:
    """One webwxsync: the session after it, messages oldest first, contact news; `more` asks to fetch again at once."""

    session: Session
    messages: tuple[Incoming, ...] = ()
    changed: tuple[Contact, ...] = ()
    deleted: tuple[str, ...] = ()
    more: bool = False
    moved: bool = False


class Sync:
    """Drives the receive loop of one session; floor 4 carries its requests.

    `session` is always the newest state; store it whenever a reply came in. Everything raises SessionEnded,
    LoginRefused or RemoteProtocolError for replies that say so.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.progress = Progress()
        self._beat = 0

    @property
    def pause(self) -> float:
        """Seconds to wait before the next check, 0 unless selectors stand still (progress rule)."""
        return self.progress.pause

    def check(self, now: float, rng: Random) -> Request:
        """The long poll; its `_` grows by one a call, as jQuery's does."""
        self._beat = self._beat + 1 if self._beat else ms(now)
        return build_check(self.session, now, rng, beat=self._beat)

    def receive_check(self, response: Response, now: float) -> bool:
        """Whether there is news."""
        self.session = merge_cookies(self.session, response, now)
        check = parse_check(response)
        match classify(check.retcode):
            case "ok":
                return check.news
            case "ended":
                raise SessionEnded(check.retcode)
            case "refused":
                raise LoginRefused(check.retcode, "")
            case _:
                raise RemoteProtocolError(f"synccheck answered retcode {check.retcode}")

    def fetch(self, now: float, rng: Random) -> Request:
        """Ask for what is new."""
        return build_sync(self.session, now, rng)

    def receive(self, response: Response, now: float) -> Batch:
        """What is new; keys and progress are already taken over."""
        batch = parse_sync(self.session, response, now)
        self.session = batch.session
        self.progress = self.progress.after(moved=batch.moved or bool(batch.messages))
        return batch


def build_init(session: Session, now: float, rng: Random) -> Request:
    """webwxinit: who am I, where do I stand. Also how a stored session is tried."""
    body: dict[str, Json] = {"BaseRequest": base_request(session, rng)}
    return build_json(session, "webwxinit", (f"r={flipped(now)}",), body, now, timeout=30.0, max_bytes=_MOST_BYTES)


def parse_init(session: Session, response: Response, now: float) -> Started:
    """Start or resume; a session that already has a position keeps it, or history would come again (openwechat)."""
    session = merge_cookies(session, response, now)
    reply = parse_reply(response, _Init)
    check_ret(reply, "webwxinit")
    me = to_contact(reply.User, members=False)
    if me is None:
        raise RemoteProtocolError("webwxinit does not say who we are", excerpt(response))
    session = replace(
        session,
        user_name=me.user_name,
        nick_name=decode_text(reply.User.NickName),
        skey=Secret(reply.SKey) if reply.SKey else session.skey,
        sync_key=session.sync_key or _pairs(reply.SyncKey),
        invite_start_count=reply.InviteStartCount,
    )
    chats = tuple(dict.fromkeys(name for name in reply.ChatSet.split(",") if 0 < len(name) <= 256))
    return Started(session, me, to_contacts(reply.ContactList, members=False), chats, reply.SystemTime)


def build_notify(session: Session, code: int, to: str, now: float, rng: Random) -> Request:
    """Tell our other devices: 3 = the web client is up (to oneself), 1 = the chat with `to` was read."""
    body: dict[str, Json] = {
        "BaseRequest": base_request(session, rng),
        "Code": code,
        "FromUserName": session.user_name,
        "ToUserName": to,
        "ClientMsgId": ms(now),
    }
    return build_json(session, "webwxstatusnotify", (), body, now)


def parse_notify(response: Response) -> str:
    """The MsgID of the notice."""
    reply = parse_reply(response, _Notified)
    check_ret(reply, "webwxstatusnotify")
    return str(reply.MsgID)


def build_check(session: Session, now: float, rng: Random, *, beat: int = 0) -> Request:
    """synccheck, the long poll on the push host; SyncCheckKey if there is one, else SyncKey (official script)."""
    keys = session.sync_check_key or session.sync_key
    query = "&".join(
        (
            f"r={ms(now)}",
            f"skey={quoted(session.skey.reveal())}",
            f"sid={quoted(session.sid.reveal())}",
            f"uin={session.uin}",
            f"deviceid={device_id(rng)}",
            f"synckey={'%7C'.join(f'{key}_{val}' for key, val in keys)}",
            f"_={beat or ms(now)}",
        )
    )
    return build_get(session, "synccheck", f"{session.hosts.push}{CGI}/synccheck?{query}", now, timeout=_LONG)


def parse_check(response: Response) -> Check:
    """retcode and selector by a tolerant pattern; the reply is a script and is never run."""
    if classify_status(response.status) != "ok":
        raise RemoteProtocolError(f"synccheck: HTTP {response.status}", excerpt(response))
    found = _CHECK.search(text_of(response)[:4096])
    if not found:
        raise RemoteProtocolError("synccheck said nothing readable", excerpt(response))
    return Check(int(found[1]), int(found[2]))


def build_sync(session: Session, now: float, rng: Random) -> Request:
    """webwxsync from where we stand."""
    body: dict[str, Json] = {
        "BaseRequest": base_request(session, rng),
        "SyncKey": _keys(session.sync_key),
        "rr": flipped(now),
    }
    query = (f"sid={quoted(session.sid.reveal())}", f"skey={quoted(session.skey.reveal())}")
    return build_json(session, "webwxsync", query, body, now, timeout=_LONG, max_bytes=_MOST_BYTES)


def parse_sync(session: Session, response: Response, now: float) -> Batch:
    """The news and the session behind them; raises before anything is taken over."""
    reply = parse_reply(response, _Sync)
    check_ret(reply, "webwxsync")
    keys, check = _pairs(reply.SyncKey), _pairs(reply.SyncCheckKey)
    after = replace(
        merge_cookies(session, response, now),
        sync_key=keys or session.sync_key,
        sync_check_key=check or (session.sync_check_key if not keys else ()),
        skey=Secret(reply.SKey) if reply.SKey else session.skey,
    )
    moved = (after.sync_key, after.sync_check_key) != (session.sync_key, session.sync_check_key)
    return Batch(
        session=after,
        messages=_incoming(reply.AddMsgList),
        changed=to_contacts(reply.ModContactList),
        deleted=tuple(gone.UserName for gone in reply.DelContactList if gone.UserName),
        more=reply.ContinueFlag != 0,
        moved=moved,
    )


def _incoming(raws: Sequence[msgspec.Raw]) -> tuple[Incoming, ...]:
    found: dict[str, Incoming] = {}
    for raw in raws:
        body = bytes(raw)
        key = _message_id(body)
        found.setdefault(key, Incoming(key, body))
    return tuple(found.values())


def _message_id(body: bytes) -> str:
    """The server's id, or one made of the message itself: a repeated message must meet its own id again.

    Found by pattern: inside a JSON string the quotes round such a name would be escaped, so it cannot be forged there.
    """
    found = _MSG_ID.search(body) or _NEW_MSG_ID.search(body)
    return found[1].decode() if found else f"x{hashlib.blake2b(body, digest_size=12).hexdigest()}"


def _pairs(keys: _Keys) -> SyncKey:
    return tuple((pair.Key, pair.Val) for pair in keys.List) if keys.Count > 0 else ()


def _keys(keys: SyncKey) -> dict[str, Json]:
    return {"Count": len(keys), "List": [{"Key": key, "Val": val} for key, val in keys]}
