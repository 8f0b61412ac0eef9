"""The way in and out: jslogin, the QR code, the login poll, the exchange, push login, logout.

Answers are JavaScript, XML or pages, spelled as captures of the service show them.
"""

from __future__ import annotations

import hashlib
import re
from io import BytesIO
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import segno

from ruleswx.sandbox import phone
from ruleswx.sandbox.asked import Answer, Asked, Cookie, Look, html, reply, script
from ruleswx.sandbox.checks import Refused, check_method, find_session
from ruleswx.sandbox.gate import Gate
from ruleswx.sandbox.hosts import base_origin, cookie_domains
from ruleswx.sandbox.session import Session

if TYPE_CHECKING:
    from ruleswx.sandbox.world import World

__all__ = ["expired_cookies", "index", "jslogin", "link", "logout", "newloginpage", "poll", "pushloginurl", "qrcode"]

_APPID = "wx782c26e4c19acffb"
_HALF_DAY = 12 * 3600
_TEN_YEARS = 10 * 365 * 24 * 3600
# SHA-256 of the two desktop proofs in use: the common one and that of itchat-uos 1.4
_EXTSPAM = {
    "11e2f840f98652979f09996c2c9bcdfef4e19c0e042dfcb00804818a369795e0",
    "3c216b169fe99831ac75586da17f683d4b7fc360eb3532d4e640da6160e17edd",
}
_REFUSAL = "为了你的帐号安全，此微信号不能登录网页微信。你可以使用Windows微信或Mac微信在电脑端登录。"


def jslogin(world: World, asked: Asked) -> Answer:
    """Deal a uuid. Any other appid than the web's is refused."""
    if asked.method == "POST":
        world.oddity("jslogin", "method", "POST instead of GET")
    else:
        check_method(world, asked, "GET")
    if asked.query.get("appid") != _APPID:
        world.record("jslogin", "appid", "not the appid of the web page")
        return script("window.QRLogin.code = 400;")
    if "redirect_uri" not in asked.query:
        world.record("jslogin", "redirect_uri", "missing")
    gate = phone.open_gate(world)
    return script(f'window.QRLogin.code = 200; window.QRLogin.uuid = "{gate.uuid}";')


def qrcode(world: World, asked: Asked) -> Answer:
    """Return the QR code of a uuid as a picture."""
    if asked.endpoint not in world.gates:
        return Answer(b"", 404)
    drawn = BytesIO()
    segno.make(f"https://login.weixin.qq.com/l/{asked.endpoint}").save(drawn, kind="png", scale=8)
    return Answer(drawn.getvalue(), kind="image/png")


def link(_world: World, _asked: Asked) -> Answer:
    """Return the page behind the QR code; only a phone can scan, opening it does nothing."""
    return html("请使用手机微信扫描二维码以登录 · Scan the code with WeChat on your phone.")


def index(world: World, asked: Asked) -> Answer:
    """Return the start page, whose script says whether the cookies are logged in."""
    session = world.sessions.get(asked.cookies.get("wxsid", ""))
    living = bool(session and not session.over)
    return html(f"<script>window.isLogin = {str(living).lower()};</script>微信网页版")


def poll(world: World, asked: Asked) -> Answer | Look:
    """Hold until the code was scanned, confirmed, cancelled or died."""
    check_method(world, asked, "GET")
    gate = world.gates.get(asked.query.get("uuid", ""))
    if gate is None:
        return script("window.code=400;")
    tip = asked.query.get("tip", "")
    _check_tip(world, gate, tip)
    origin = base_origin(asked, world.options)

    def look(last: bool) -> Answer | None:
        gate.age(world.clock.now())
        code = gate.reply(tip) or (408 if last else 0)
        return _poll_answer(gate, code, origin) if code else None

    return look


def _check_tip(world: World, gate: Gate, tip: str) -> None:
    if tip not in ("0", "1"):
        world.record("login", "tip", "must be 1 on the first poll of a code, then 0")
    elif tip == "1" and not gate.first_tip:
        gate.quick += 1
        if gate.quick == 1:
            world.oddity("login", "tip", "1 again after the first poll of this code")
        elif gate.quick == 20:
            world.oddity("login", "hot polling", "20 polls with tip=1 on one code")
    gate.first_tip = False


def _poll_answer(gate: Gate, code: int, origin: str) -> Answer:
    if code == 201:
        picture = "/9j/4AAQSkZJRgABAQ=="
        return script(f"window.code=201;window.userAvatar = 'data:img/jpg;base64,{picture}';")
    if code == 200:
        uri = phone.redirect_uri(gate, origin)
        return script(f'window.code=200;\nwindow.redirect_uri="{uri}";')
    return script(f"window.code={code};")


def newloginpage(world: World, asked: Asked) -> Answer:
    """Exchange a confirmed code for a session, or refuse the account."""
    check_method(world, asked, "GET")
    gate = world.gates.get(asked.query.get("uuid", ""))
    if gate is None or not gate.redeemable(asked.query.get("ticket", ""), world.clock.now()):
        world.record("webwxnewloginpage", "ticket", "this redirect gives no session (any more)")
        return _xml(world, asked, "<ret>-14</ret><message>ticket expired</message>")
    if world.options.redirecturl:
        target, world.options.redirecturl = world.options.redirecturl, ""
        return _xml(world, asked, f"<ret>0</ret><redirecturl>{escape(target)}</redirecturl>")
    desktop = _desktop(asked)
    if world.options.login not in ("open", "desktop" if desktop else "web"):
        ret = world.options.refuse_ret
        return _xml(world, asked, f"<ret>{ret}</ret><message>{_REFUSAL}</message>")
    session = phone.open_session(world, gate, desktop=desktop)
    return _xml(world, asked, _secrets(session), _login_cookies(world, asked, session))


def _desktop(asked: Asked) -> bool:
    spam = hashlib.sha256(asked.headers.get("extspam", "").encode()).hexdigest()
    return asked.headers.get("client-version") == "2.0.0" and spam in _EXTSPAM


def _secrets(session: Session) -> str:
    return (
        f"<ret>0</ret><message></message><skey>{session.skey}</skey><wxsid>{session.sid}</wxsid>"
        f"<wxuin>{session.account.uin}</wxuin><pass_ticket>{session.pass_ticket}</pass_ticket>"
        "<isgrayscale>1</isgrayscale>"
    )


def _xml(world: World, asked: Asked, inside: str, cookies: tuple[Cookie, ...] = ()) -> Answer:
    bare = "fun" not in asked.query and "version" not in asked.query
    moved = bare if world.options.login_301 is None else world.options.login_301
    status = 301 if moved else 200
    return Answer(f"<error>{inside}</error>".encode(), status, "text/plain", cookies=cookies)


def _login_cookies(world: World, asked: Asked, session: Session) -> tuple[Cookie, ...]:
    host, parent = cookie_domains(asked.hostname)
    uin = str(session.account.uin)
    short = [("wxuin", uin, host)]
    short += [("wxuin", uin, parent)] if parent else []
    short += [
        ("wxsid", session.sid, host),
        ("wxloadtime", str(session.born), host),
        ("mm_lang", "zh_CN", host),
        ("webwx_data_ticket", session.data_ticket, parent),
    ]
    long = [("webwxuvid", session.uvid, host), ("webwx_auth_ticket", session.auth_ticket, host)]
    now = world.clock.now()
    return tuple(
        Cookie(*cookie, life, now + life) for some, life in ((short, _HALF_DAY), (long, _TEN_YEARS)) for cookie in some
    )


def pushloginurl(world: World, asked: Asked) -> Answer:
    """Offer a login without a scan to a device that was logged in before."""
    check_method(world, asked, "GET")
    uin = asked.query.get("uin", "")
    cookies = asked.cookies
    for account in world.directory.accounts.values():
        ticket = account.devices.get(cookies.get("webwxuvid", ""))
        known = ticket is not None and ticket == cookies.get("webwx_auth_ticket")
        if known and uin == cookies.get("wxuin") == str(account.uin) and world.options.push:
            gate = phone.open_gate(world, account, cookies["webwxuvid"])
            return reply({"ret": "0", "msg": "all ok", "uuid": gate.uuid})
    return reply({"ret": "1", "msg": "refused"})


def logout(world: World, asked: Asked) -> Answer:
    """End the session and send the browser back to the start page."""
    if asked.method != "POST":
        world.oddity("webwxlogout", "method", f"{asked.method} instead of POST")
    found = re.search(rb"sid=([^&]*)", asked.body)
    sid = asked.cookies.get("wxsid", "")
    if not found:
        world.oddity("webwxlogout", "form", "no sid and uin in a form body")
    try:
        session = find_session(world, asked, sid)
    except Refused:
        session = None
    if session is not None:
        phone.end_session(world, session, 1100)
    origin = base_origin(asked, world.options)
    return Answer(b"", 301, "text/html", (("Location", f"{origin}/"),), expired_cookies(asked))


def expired_cookies(asked: Asked) -> tuple[Cookie, ...]:
    """Return the session cookies as a server takes them back."""
    host, parent = cookie_domains(asked.hostname)
    names = {"wxuin": host, "wxsid": host, "webwx_data_ticket": parent}
    return tuple(Cookie(name, "", domain) for name, domain in names.items())
