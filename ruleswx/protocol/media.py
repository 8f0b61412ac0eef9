"""Sending what was uploaded, passing on what was received, and fetching it: the requests after and before the bytes.

Pure. Forwards go by the XML of the original, never through the disk; what the service will not take that way raises
CannotSend before anything leaves.
"""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from typing import Literal
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from ruleswx.errors import CannotSend, RemoteProtocolError
from ruleswx.model import Contact, Json
from ruleswx.protocol.build import CGI, build_get, desktop_part, quoted
from ruleswx.protocol.codes import classify_status
from ruleswx.protocol.content import Xml
from ruleswx.protocol.cookies import cookie_value
from ruleswx.protocol.filetypes import extension, sniff
from ruleswx.protocol.kinds import kind_name
from ruleswx.protocol.messages import WireMessage, split_content
from ruleswx.protocol.replies import excerpt
from ruleswx.protocol.sending import build_send
from ruleswx.protocol.upload import Upload
from ruleswx.protocol.wire import Request, Response, Session
from ruleswx.text import clean, decode_text, xml_source

__all__ = [
    "DOWNLOADED",
    "avatar_path",
    "build_avatar",
    "build_download",
    "build_file",
    "build_forward",
    "build_image",
    "build_media",
    "build_resend",
    "build_video",
    "build_voice",
    "check_download",
    "ending_of",
    "parse_download",
]

_ASYNC = ("fun=async", "f=json")
_APPMSG = re.compile(r"<appmsg[\s>].*?</appmsg>", re.DOTALL)
_ATTACH = re.compile(r"<attachid>[^<]*</attachid>")
# The id of the web page's file messages; never the one used to log in.
_APP = "wxeb7ec651dd0aefa9"
_MOST_DOWNLOAD = 25 * 1024 * 1024
_FORWARD = 2
_LONG_DOWNLOAD = 300.0
DOWNLOADED = frozenset({"image", "emoticon", "voice", "video", "file"})
"""Kinds that bring bytes of their own."""
_ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "audio/mp3": ".mp3",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
}


def build_media(
    session: Session, upload: Upload, media_id: str, to: str, *, local_id: str, now: float, rng: Random
) -> Request:
    """Send an uploaded file as what it is; one MediaId may go to many chats."""
    name, query, msg = _as_sent(session, upload, media_id)
    return build_send(session, name, query, msg, to, local_id=local_id, now=now, rng=rng)


def _as_sent(session: Session, upload: Upload, media_id: str) -> tuple[str, tuple[str, ...], dict[str, Json]]:
    match upload.kind:
        case "image":
            return "webwxsendmsgimg", _ASYNC, {"Type": 3, "MediaId": media_id, "Content": ""}
        case "video":
            return "webwxsendvideomsg", _ASYNC, {"Type": 43, "MediaId": media_id, "Content": ""}
        case "emoticon":
            return "webwxsendemoticon", ("fun=sys",), {"Type": 47, "EmojiFlag": 2, "MediaId": media_id}
        case "file":
            msg: dict[str, Json] = {"Type": 6, "Content": _file_xml(upload, media_id)}
            if upload.signature:
                msg["Signature"] = upload.signature
            return "webwxsendappmsg", _app_query(session), msg


def _app_query(session: Session) -> tuple[str, ...]:
    return (*_ASYNC, *desktop_part(session.mode))


def _file_xml(upload: Upload, media_id: str) -> str:
    """The page's own spelling; a title with `&` or `<` must be escaped or the receiver gets nothing."""
    return (
        f"<appmsg appid='{_APP}' sdkver=''><title>{escape(upload.name)}</title><des></des><action></action>"
        "<type>6</type><content></content><url></url><lowurl></lowurl>"
        f"<appattach><totallen>{upload.size}</totallen><attachid>{escape(media_id)}</attachid>"
        f"<fileext>{extension(upload.name) or 'undefined'}</fileext></appattach><extinfo></extinfo></appmsg>"
    )


def build_forward(session: Session, wire: WireMessage, to: str, *, local_id: str, now: float, rng: Random) -> Request:
    """Pass a received message on (official script's table); raises CannotSend for kinds that cannot be."""
    name, query, msg, scene = _as_forwarded(session, wire)
    return build_send(session, name, query, msg, to, local_id=local_id, now=now, rng=rng, scene=scene)


def _as_forwarded(session: Session, wire: WireMessage) -> tuple[str, tuple[str, ...], dict[str, Json], int]:
    content = split_content(wire, session.user_name)[1]
    source = xml_source(content)
    match kind_name(wire.MsgType, wire.AppMsgType, wire.SubMsgType, wire.Url):
        case "text":
            return "webwxsendmsg", (), {"Type": 1, "Content": decode_text(content)}, _FORWARD
        case "location" if wire.OriContent:
            return "webwxsendmsg", (), {"Type": 48, "Content": xml_source(wire.OriContent)}, _FORWARD
        case "card":
            return "webwxsendmsg", (), {"Type": 42, "Content": source}, _FORWARD
        case "image" if wire.MsgType == 3:
            return "webwxsendmsgimg", _ASYNC, {"Type": 3, "MediaId": "", "Content": source}, _FORWARD
        case "video":
            return "webwxsendvideomsg", _ASYNC, {"Type": 43, "MediaId": "", "Content": source}, _FORWARD
        case "emoticon" if wire.MsgType == 47:
            return "webwxsendemoticon", ("fun=sys",), _known_emoticon(wire, content), 0
        case "file":
            return "webwxsendappmsg", _app_query(session), {"Type": 6, "Content": _known_file(wire, source)}, _FORWARD
        case "link":
            card = xml_source(wire.OriContent) or source
            return "webwxsendappmsg", _app_query(session), {"Type": 5, "Content": card}, _FORWARD
        case kind:
            raise CannotSend("not_forwardable", f"web WeChat cannot forward this kind of message: {kind}", kind=kind)


def _known_emoticon(wire: WireMessage, content: str) -> dict[str, Json]:
    md5 = Xml(content).get("emoji@md5")
    if wire.HasProductId or not md5:
        raise CannotSend("store_emoticon", "an emoticon from the store cannot be forwarded")
    return {"Type": 47, "EmojiFlag": 2, "EMoticonMd5": md5}


def _known_file(wire: WireMessage, source: str) -> str:
    found = _APPMSG.search(source)
    size = str(wire.FileSize)
    if not found or not wire.MediaId:
        raise CannotSend("no_source", "this file message names no file")
    if size.isdigit() and len(size) < 16 and int(size) > _MOST_DOWNLOAD:
        raise CannotSend("forward_too_big", "a received file above 25 MiB cannot be forwarded")
    attach = f"<attachid>{escape(wire.MediaId)}</attachid>"
    return _ATTACH.sub(lambda _: attach, found[0], count=1)


def build_resend(session: Session, wire: WireMessage, to: str, *, local_id: str, now: float, rng: Random) -> Request:
    """Send a picture that was taken back: a recall does not delete what its XML points to."""
    xml = Xml(split_content(wire, session.user_name)[1])
    told = {name: xml.get(f"img@{name}") for name in ("aeskey", "cdnthumburl", "cdnmidimgurl", "md5", "length")}
    url = told["cdnmidimgurl"] or told["cdnthumburl"]
    if not (told["aeskey"] and url):
        raise CannotSend("no_source", "this picture's message does not say where it is")
    fields = {
        "aeskey": told["aeskey"],
        "cdnthumbaeskey": told["aeskey"],
        "cdnthumburl": told["cdnthumburl"] or url,
        "cdnmidimgurl": url,
        "length": told["length"] or "0",
        "cdnthumblength": xml.get("img@cdnthumblength") or told["length"] or "0",
        "md5": told["md5"],
    }
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in fields.items())
    msg: dict[str, Json] = {"Type": 3, "MediaId": "", "Content": f"<msg><img {attributes}/></msg>"}
    return build_send(session, "webwxsendmsgimg", _ASYNC, msg, to, local_id=local_id, now=now, rng=rng, scene=_FORWARD)


def build_image(session: Session, msg_id: str, now: float, *, size: Literal["", "slave", "big"] = "") -> Request:
    """A picture, an emoticon, or the thumbnail of a video or card (`slave`)."""
    part = f"&type={size}" if size else ""
    return _fetch(session, "webwxgetmsgimg", f"MsgID={quoted(msg_id)}&skey={_skey(session)}{part}", now)


def build_voice(session: Session, msg_id: str, now: float) -> Request:
    """A voice message, as MP3."""
    return _fetch(session, "webwxgetvoice", f"msgid={quoted(msg_id)}&skey={_skey(session)}", now)


def build_video(session: Session, msg_id: str, now: float) -> Request:
    """A video; without a Range the service answers with nothing."""
    return _fetch(session, "webwxgetvideo", f"msgid={quoted(msg_id)}&skey={_skey(session)}", now, whole=True)


def build_file(session: Session, wire: WireMessage, now: float, *, max_bytes: int = _MOST_DOWNLOAD) -> Request:
    """The file of a file message, from the file host."""
    ticket = quoted(cookie_value(session.cookies, "webwx_data_ticket").reveal())
    name = clean(wire.EncryFileName)
    # It arrives percent-encoded and goes back as it is; anything else would not survive a URL.
    name = name if re.fullmatch(r"(?:[\w.~-]|%[0-9A-Fa-f]{2}){1,2048}", name, re.ASCII) else quote(name, safe="")
    query = (
        f"sender={wire.FromUserName if _plain(wire.FromUserName) else quoted(wire.FromUserName)}"
        f"&mediaid={quoted(wire.MediaId)}&encryfilename={name}&fromuser={session.uin}"
        f"&pass_ticket={session.pass_ticket.reveal()}&webwx_data_ticket={ticket}"
    )
    return _fetch(session, "webwxgetmedia", query, now, host=session.hosts.file, max_bytes=max_bytes)


def build_download(
    session: Session, wire: WireMessage, kind: str, now: float, *, max_bytes: int = _MOST_DOWNLOAD
) -> Request | None:
    """Fetch what a message of this kind brought; None when it brought nothing, or names nothing to fetch it by."""
    msg_id = next((text for text in (str(wire.MsgId), str(wire.NewMsgId)) if text.isdecimal() and text != "0"), "")
    match kind:
        case "image" | "emoticon" if msg_id:
            request = build_image(session, msg_id, now)
        case "voice" if msg_id:
            request = build_voice(session, msg_id, now)
        case "video" if msg_id:
            request = build_video(session, msg_id, now)
        case "file" if wire.MediaId:
            request = build_file(session, wire, now)
        case _:
            return None
    return replace(request, max_bytes=max_bytes, timeout=_LONG_DOWNLOAD)


def ending_of(kind: str, head: bytes) -> str:
    """An ending of ours for what came: by its first bytes, never by the name the sender gave it."""
    return _ENDINGS.get(sniff(head).mime, ".mp3" if kind == "voice" else ".bin")


def check_download(response: Response, size: int) -> None:
    """Judge a download whose body went elsewhere, `size` bytes of it; raises as `parse_download` does."""
    if classify_status(response.status) == "ok" and not size:
        raise RemoteProtocolError("the download was empty")
    parse_download(response)


def avatar_path(contact: Contact) -> str:
    """The address of a contact's picture, as HeadImgUrl spells it; the lists' own is not kept, it says no more."""
    name = "webwxgetheadimg" if contact.kind == "group" else "webwxgeticon"
    user = quoted(contact.user_name).replace("%40", "@")
    return f"/cgi-bin/mmwebwx-bin/{name}?seq={contact.avatar_seq or 0}&username={user}&skey="


def build_avatar(session: Session, path: str, now: float) -> Request:
    """The picture behind a contact's HeadImgUrl; the list leaves `skey=` empty in batches, so it is filled in."""
    found = re.fullmatch(r"/cgi-bin/mmwebwx-bin/(webwxgeticon|webwxgetheadimg)\?([\w&=%@.~+-]{0,1024})", path, re.ASCII)
    if not found:
        raise CannotSend("no_avatar", "this contact names no picture")
    query = found[2] + _skey(session) if found[2].endswith("skey=") else found[2]
    return _fetch(session, found[1], query, now)


def parse_download(response: Response) -> bytes:
    """The bytes; raises RemoteProtocolError for a page, a bad status, or an empty body (ask again, it happens)."""
    if classify_status(response.status) != "ok":
        raise RemoteProtocolError(f"download: HTTP {response.status}", excerpt(response))
    if not response.body:
        raise RemoteProtocolError("the download was empty")
    kind = response.headers.get("content-type", "")
    if "html" in kind and response.body.lstrip()[:1] == b"<":
        raise RemoteProtocolError("a page came instead of a download", excerpt(response))
    return response.body


def _fetch(
    session: Session,
    name: str,
    query: str,
    now: float,
    *,
    host: str = "",
    whole: bool = False,
    max_bytes: int = _MOST_DOWNLOAD,
) -> Request:
    url = f"{host or session.hosts.base}{CGI}/{name}?{query}"
    request = build_get(session, name, url, now, timeout=60.0, max_bytes=max_bytes)
    if not whole:
        return request
    return Request("GET", url, {**request.headers, "Range": "bytes=0-"}, b"", 60.0, max_bytes, name)


def _skey(session: Session) -> str:
    return quoted(session.skey.reveal())


def _plain(user_name: str) -> bool:
    """Whether an id is what it should be; the page puts it into the query as it is."""
    return re.fullmatch(r"[@\w-]{1,256}", user_name, re.ASCII) is not None
