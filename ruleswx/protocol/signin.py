"""Requests and replies of the way in and out: jslogin, login poll, webwxnewloginpage, push login, logout. Pure.

Replies here are scripts and XML; they are read with tolerant patterns and never run. The order of things stands in
`login`.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

import msgspec

from ruleswx.errors import RemoteProtocolError
from ruleswx.protocol.build import (
    CGI,
    DESKTOP,
    build_get,
    desktop_part,
    flipped,
    headers,
    ms,
    quoted,
)
from ruleswx.protocol.codes import classify_status
from ruleswx.protocol.cookies import cookie_header, header_of
from ruleswx.protocol.hosts import link_of
from ruleswx.protocol.replies import decode, excerpt, text_of
from ruleswx.protocol.wire import Cookie, Hosts, Mode, Request, Response, Session
from ruleswx.redact import Secret
from ruleswx.text import decode_text, find_field, parse_xml, xml_source

__all__ = [
    "Exchanged",
    "Poll",
    "build_exchange",
    "build_jslogin",
    "build_logout",
    "build_poll",
    "build_push",
    "build_qrcode",
    "parse_exchange",
    "parse_jslogin",
    "parse_poll",
    "parse_push",
]

# The id of the web page; the other one in circulation (wxeb7ec651dd0aefa9) belongs into file messages only.
_APP = "wx782c26e4c19acffb"
_NOTHING = Secret()
_UUID = re.compile(r"[\w+/=%-]{4,128}", re.ASCII)
_JSLOGIN = re.compile(r"window\s*\.\s*QRLogin\s*\.\s*(code|uuid)\s*=\s*[\"']?([^\"';\s]{0,128})")
_CODE = re.compile(r"window\s*\.\s*code\s*=\s*[\"']?(\d{1,4})")
_AVATAR = re.compile(r"window\s*\.\s*userAvatar\s*=\s*[\"']data:[^,\"']{0,64},([A-Za-z0-9+/=\s]{0,400000})[\"']")
_URL_SAFE = "!$%&'()*+,/:;=?@[]~-._"
_REDIRECT = re.compile(r"window\s*\.\s*redirect_uri\s*=\s*[\"']([^\"']{1,2048})[\"']")

PollCode = Literal["waiting", "scanned", "confirmed", "cancelled", "gone"]
_POLL: dict[int, PollCode] = {408: "waiting", 201: "scanned", 200: "confirmed", 202: "cancelled"}


@dataclass(frozen=True, slots=True)
class Poll:
    """What a login poll said; 400, 500, 0 and an empty reply all mean the code is gone (official script)."""

    code: PollCode
    avatar: bytes = b""
    redirect: str = ""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What the login page gave for the redirect: secrets, another address, or a refusal in its own words."""

    ret: int
    message: str = ""
    uin: int = 0
    sid: Secret = _NOTHING
    skey: Secret = _NOTHING
    pass_ticket: Secret = _NOTHING
    redirect: str = ""


class _Pushed(msgspec.Struct, frozen=True):
    ret: str | int = ""
    uuid: str = ""


def build_jslogin(hosts: Hosts, mode: Mode, now: float) -> Request:
    """Ask for a uuid."""
    back = f"{hosts.base}{CGI}/webwxnewloginpage" + ("?mod=desktop" if mode == "desktop" else "")
    query = f"appid={_APP}&redirect_uri={quote(back, safe='')}&fun=new&lang=zh_CN&_={ms(now)}"
    return Request("GET", f"{hosts.login}/jslogin?{query}", headers(hosts.base), timeout=15.0, name="jslogin")


def parse_jslogin(response: Response) -> str:
    """The uuid; raises RemoteProtocolError when there is none (the address is blocked, or the service changed)."""
    told = dict(_JSLOGIN.findall(text_of(response)[:4096])) if classify_status(response.status) == "ok" else {}
    uuid: str = told.get("uuid", "")
    if told.get("code") != "200" or not _UUID.fullmatch(uuid):
        raise RemoteProtocolError("jslogin gave no code to scan", excerpt(response))
    return uuid


def build_qrcode(hosts: Hosts, uuid: str) -> Request:
    """The code as the service draws it, a JPEG; we draw our own, this is for those who cannot."""
    url = link_of(hosts, quote(uuid, safe="=%")).replace("/l/", "/qrcode/")
    return Request("GET", url, headers(hosts.base), timeout=15.0, name="qrcode")


def build_poll(hosts: Hosts, uuid: str, *, first: bool, now: float, jar: tuple[Cookie, ...] = ()) -> Request:
    """Wait for scan and confirmation, up to 27 s; `tip` is 1 on the first poll of a uuid only (official script)."""
    query = f"loginicon=true&uuid={quote(uuid, safe='=%')}&tip={int(first)}&r={flipped(now)}&_={ms(now)}"
    url = f"{hosts.login}{CGI}/login?{query}"
    return Request("GET", url, headers(hosts.base, header_of(jar, url, now)), timeout=35.0, name="login")


def parse_poll(response: Response) -> Poll:
    """What happened to the code; raises RemoteProtocolError for a page that is no answer to this question."""
    text = text_of(response)
    if classify_status(response.status) != "ok":
        raise RemoteProtocolError(f"login poll: HTTP {response.status}", excerpt(response))
    found = _CODE.search(text[:4096])
    if not found:
        if text.strip():
            raise RemoteProtocolError("login poll said nothing readable", excerpt(response))
        return Poll("gone")
    code = _POLL.get(int(found[1]), "gone")
    if code == "scanned":
        return Poll(code, avatar=_avatar(text))
    if code == "confirmed":
        target = _REDIRECT.search(text)
        if not target:
            raise RemoteProtocolError("login was confirmed without an address to go to", excerpt(response))
        return Poll(code, redirect=target[1])
    return Poll(code)


def _avatar(text: str) -> bytes:
    found = _AVATAR.search(text)
    try:
        return b64decode(found[1]) if found else b""
    except binascii.Error:
        return b""


def build_exchange(redirect: str, hosts: Hosts, mode: Mode, now: float, jar: tuple[Cookie, ...] = ()) -> Request:
    """Trade the redirect for a session. The only request with the desktop headers; its redirects are not followed."""
    # What no request line can hold is escaped, as a browser does it; what is escaped already stays.
    url = quote(redirect.partition("#")[0], safe=_URL_SAFE)
    has = {part.partition("=")[0] for part in urlsplit(url).query.split("&")}
    wanted = ("fun=new", "version=v2", "lang=zh_CN", *desktop_part(mode))
    extra = [part for part in wanted if part.partition("=")[0] not in has]
    if extra:
        url += ("&" if "?" in url else "?") + "&".join(extra)
    told = headers(hosts.base, header_of(jar, url, now))
    if mode == "desktop":
        told.pop("Referer")
        told |= DESKTOP
    return Request("GET", url, told, timeout=15.0, name="webwxnewloginpage")


def parse_exchange(response: Response) -> Exchanged:
    """Read the XML of a 200 or of a 301 without Location; raises RemoteProtocolError for HTML or nothing readable."""
    source = xml_source(text_of(response))
    if "<html" in source[:4096].lower():
        raise RemoteProtocolError("the login page answered HTML", excerpt(response))
    told = _fields(source)
    redirect = told["redirecturl"] or ("" if told["ret"] else response.headers.get("location", ""))
    if redirect:
        return Exchanged(0, redirect=redirect[:2048])
    if not re.fullmatch(r"-?\d{1,9}", told["ret"]):
        raise RemoteProtocolError("the login page said nothing readable", excerpt(response))
    ret, message = int(told["ret"]), decode_text(told["message"])[:500]
    if ret:
        return Exchanged(ret, message)
    if not (told["skey"] and told["wxsid"] and re.fullmatch(r"\d{1,20}", told["wxuin"])):
        raise RemoteProtocolError("the login page gave no session", excerpt(response))
    return Exchanged(
        ret,
        message,
        uin=int(told["wxuin"]),
        sid=Secret(told["wxsid"]),
        skey=Secret(told["skey"]),
        pass_ticket=Secret(quote(told["pass_ticket"], safe="%")),
    )


def _fields(source: str) -> dict[str, str]:
    """The elements by the parser, or by patterns when the text is not well-formed (broken UTF-8 in the message)."""
    names = ("ret", "message", "skey", "wxsid", "wxuin", "pass_ticket", "redirecturl")
    root = parse_xml(source)
    if root is None:
        return {name: find_field(source, name).strip() for name in names}
    return {name: (root.findtext(f".//{name}") or "").strip() for name in names}


def build_push(session: Session, now: float) -> Request:
    """Ask the phone to confirm without a scan; the cookies of the earlier login are the permission."""
    query = "&".join([f"uin={session.uin}", *desktop_part(session.mode)])
    return build_get(session, "webwxpushloginurl", f"{session.hosts.base}{CGI}/webwxpushloginurl?{query}", now)


def parse_push(response: Response) -> str:
    """The uuid the phone was asked about, "" when that was refused; raises RemoteProtocolError for other replies."""
    if classify_status(response.status) != "ok":
        raise RemoteProtocolError(f"push login: HTTP {response.status}", excerpt(response))
    reply = decode(response.body, _Pushed)
    return reply.uuid if str(reply.ret) == "0" and _UUID.fullmatch(reply.uuid) else ""


def build_logout(session: Session, now: float) -> Request:
    """Give the session up. The answer is a page; nobody needs to read it."""
    url = f"{session.hosts.base}{CGI}/webwxlogout?redirect=1&type=0&skey={quoted(session.skey.reveal())}"
    told = headers(session.hosts.base, cookie_header(session, url, now))
    told["Content-Type"] = "application/x-www-form-urlencoded"
    body = f"sid={quoted(session.sid.reveal())}&uin={session.uin}".encode()
    return Request("POST", url, told, body, name="webwxlogout")
