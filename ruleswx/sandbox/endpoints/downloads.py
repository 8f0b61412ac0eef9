"""Files on their way out: pictures, voice, video, documents, avatars."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ruleswx.sandbox.asked import Answer, Asked
from ruleswx.sandbox.checks import Refused, admit, check_cookies, check_method, find_session
from ruleswx.sandbox.media import Blob, sample
from ruleswx.sandbox.session import Session
from ruleswx.sandbox.talk import Said

if TYPE_CHECKING:
    from ruleswx.sandbox.world import World

__all__ = ["getheadimg", "geticon", "getmedia", "getmsgimg", "getvideo", "getvoice", "preview", "publiclinkimg"]

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_EMPTY = Answer(b"", kind="image/jpeg")


def getmsgimg(world: World, asked: Asked) -> Answer:
    """Return a picture or sticker, or the thumbnail of anything that has one."""
    said = _message(world, asked)
    blob = said.draft.blob
    kind = said.draft.msg_type
    if asked.query.get("type") not in (None, "", "slave", "big"):
        world.record(asked.endpoint, "type", "slave, big or nothing")
    if asked.query.get("type") == "slave" or kind in (43, 62):
        return Answer(sample("jpg").data, kind="image/jpeg")
    if blob is None or kind not in (3, 47, 49):
        return _EMPTY
    return _bytes(asked, blob)


def getvoice(world: World, asked: Asked) -> Answer:
    """Return a voice message."""
    return _of_kind(world, asked, (34,))


def getvideo(world: World, asked: Asked) -> Answer:
    """Return a video; without a Range the reply is empty, as on the real service."""
    if "range" not in asked.headers:
        world.record(asked.endpoint, "Range", "the header Range: bytes=0- is needed")
        _message(world, asked)
        return Answer(b"", kind="video/mp4")
    return _of_kind(world, asked, (43, 62))


def getmedia(world: World, asked: Asked) -> Answer:
    """Return a document by the MediaId of its message."""
    check_method(world, asked, "GET")
    session = find_session(world, asked)
    check_cookies(world, asked, session)
    query = asked.query
    if query.get("webwx_data_ticket") != session.data_ticket:
        world.record(asked.endpoint, "webwx_data_ticket", "missing or not the cookie's")
        return _EMPTY
    if query.get("sender") not in session.keys:
        world.record(asked.endpoint, "sender", "no UserName of this session")
    me = (str(session.account.uin), session.user_name(session.account.person))
    if query.get("fromuser") not in me:
        world.record(asked.endpoint, "fromuser", "not this account's Uin")
    blob = world.store.files.get(query.get("mediaid", ""))
    if blob is None:
        world.record(asked.endpoint, "mediaid", "no message has this MediaId")
        return _EMPTY
    _check_name(world, asked, blob)
    return _bytes(asked, blob)


def _check_name(world: World, asked: Asked, blob: Blob) -> None:
    names = (asked.query.get("encryfilename", ""), asked.query.get("filename", ""))
    if not any(_plain(name) == blob.name for name in names):
        world.oddity(asked.endpoint, "file name", "neither EncryFileName nor FileName of the message")


def geticon(world: World, asked: Asked) -> Answer:
    """Return the picture of a person."""
    name = asked.query.get("username") or asked.query.get("userName") or ""
    return _avatar(world, asked, name)


def getheadimg(world: World, asked: Asked) -> Answer:
    """Return the picture of a group."""
    return _avatar(world, asked, asked.query.get("username") or asked.query.get("userName") or "")


def _avatar(world: World, asked: Asked, name: str) -> Answer:
    session = _enter(world, asked)
    key = session.keys.get(name)
    if key is None:
        world.record(asked.endpoint, "username", "no UserName of this session")
        return _EMPTY
    return Answer(sample("jpg").data + key.encode(), kind="image/jpeg")


def preview(world: World, asked: Asked) -> Answer:
    """Return what was uploaded, before it is sent."""
    _enter(world, asked)
    blob = world.store.files.get(asked.query.get("mediaid", ""))
    return _bytes(asked, blob) if blob else _EMPTY


def publiclinkimg(world: World, asked: Asked) -> Answer:
    """Return the map of a location."""
    _enter(world, asked)
    return Answer(sample("jpg").data, kind="image/jpeg")


def _enter(world: World, asked: Asked) -> Session:
    return admit(world, asked, body=False, methods="GET").session


def _of_kind(world: World, asked: Asked, kinds: tuple[int, ...]) -> Answer:
    said = _message(world, asked)
    blob = said.draft.blob
    if blob is None or said.draft.msg_type not in kinds:
        world.record(asked.endpoint, "MsgID", "that message is of another kind")
        return _EMPTY
    return _bytes(asked, blob)


def _message(world: World, asked: Asked) -> Said:
    session = _enter(world, asked)
    msg_id = asked.query.get("MsgID") or asked.query.get("msgid") or asked.query.get("msgId") or ""
    said = world.messages.get(msg_id)
    group = world.directory.groups.get(said.chat) if said else None
    seen = group.members if group else (said.sender, said.chat) if said else ()
    if said is None or session.account.key not in seen:
        world.record(asked.endpoint, "MsgID", "no message of this account has this id")
        raise Refused(1, _EMPTY)
    return said


def _bytes(asked: Asked, blob: Blob) -> Answer:
    found = _RANGE.fullmatch(asked.headers.get("range", ""))
    if found is None:
        return Answer(blob.data, kind=blob.mime)
    start, end = int(found[1]), min(int(found[2] or blob.size), blob.size - 1)
    if start > end:
        return Answer(b"", 416, blob.mime, (("Content-Range", f"bytes */{blob.size}"),))
    span = (("Content-Range", f"bytes {start}-{end}/{blob.size}"),)
    return Answer(blob.data[start : end + 1], 206, blob.mime, span)


def _plain(name: str) -> str:
    while (less := unquote(name)) != name:
        name = less
    return name
