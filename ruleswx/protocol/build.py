"""What all requests have in common: BaseRequest, ids, queries, headers, raw UTF-8 JSON. Pure; `now`, `rng` are given.

Spelling matters to this server: message text must travel as the characters themselves (no `\\uXXXX`), `pass_ticket`
goes into queries as the login page wrote it, one level of percent-encoding included (WeixinBot, ItChat, Mojo).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random
from urllib.parse import quote

import msgspec

from ruleswx.model import Json
from ruleswx.protocol.cookies import cookie_header
from ruleswx.protocol.wire import Mode, Request, Session
from ruleswx.text import clean

__all__ = [
    "AGENT",
    "CGI",
    "DESKTOP",
    "LocalIds",
    "base_request",
    "build_get",
    "build_json",
    "desktop_part",
    "device_id",
    "flipped",
    "headers",
    "json_bytes",
    "lang_and_ticket",
    "ms",
    "quoted",
]

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
CGI = "/cgi-bin/mmwebwx-bin"
_JSON = "application/json; charset=UTF-8"
# What the Linux desktop shell proves itself with; the same constant for everybody, sent on webwxnewloginpage only.
_EXTSPAM = (
    "Go8FCIkFEokFCggwMDAwMDAwMRAGGvAESySibk50w5Wb3uTl2c2h64jVVrV7gNs06GFlWplHQbY/5FfiO++1yH4ykCyNPWKXmco+wfQzK5R98D3so7rJ5L"
    "mGFvBLjGceleySrc3SOf2Pc1gVehzJgODeS0lDL3/I/0S2SSE98YgKleq6Uqx6ndTy9yaL9qFxJL7eiA/R3SEfTaW1SBoSITIu+EEkXff+Pv8NHOk7N57r"
    "cGk1w0ZzRrQDkXTOXFN2iHYIzAAZPIOY45Lsh+A4slpgnDiaOvRtlQYCt97nmPLuTipOJ8Qc5pM7ZsOsAPPrCQL7nK0I7aPrFDF0q4ziUUKettzW8MrAaiVf"
    "mbD1/VkmLNVqqZVvBCtRblXb5FHmtS8FxnqCzYP4WFvz3T0TcrOqwLX1M/DQvcHaGGw0B0y4bZMs7lVScGBFxMj3vbFi2SRKbKhaitxHfYHAOAa0X7/MSS0R"
    "NAjdwoyGHeOepXOKY+h3iHeqCvgOH6LOifdHf/1aaZNwSkGotYnYScW8Yx63LnSwba7+hESrtPa/huRmB9KWvMCKbDThL/nne14hnL277EDCSocPu3rOSYju"
    "B9gKSOdVmWsj9Dxb/iZIe+S6AiG29Esm+/eUacSba0k8wn5HhHg9d4tIcixrxveflc8vi2/wNQGVFNsGO6tB5WF0xf/plngOvQ1/ivGV/C1Qpdhzznh0ExAV"
    "J6dwzNg7qIEBaw+BzTJTUuRcPk92Sn6QDn2Pu3mpONaEumacjW4w6ipPnPw+g2TfywJjeEcpSZaP4Q3YV5HG8D6UjWA4GSkBKculWpdCMadx0usMomsSS/74"
    "QgpYqcPkmamB4nVv1JxczYITIqItIKjD35IGKAUwAA=="
)
DESKTOP: Mapping[str, str] = {
    "client-version": "2.0.0",
    "extspam": _EXTSPAM,
    "referer": "https://wx.qq.com/?&lang=zh_CN&target=t",
}
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class LocalIds:
    """LocalID and ClientMsgId: 13 digits of milliseconds and 4 random ones, strictly growing whatever the clock does.

    One id per logical message; a retry uses it again, or the receiver sees the message twice.
    """

    def __init__(self, last: str = "") -> None:
        self._last = int(last) if re.fullmatch(r"\d{1,18}", last) else 0

    def next(self, now: float, rng: Random) -> str:
        """A new id, greater than every one before."""
        self._last = max(ms(now) * 10_000 + rng.randrange(10_000), self._last + 1)
        return str(self._last)


def ms(now: float) -> int:
    """Unix milliseconds of a moment in seconds."""
    return round(now * 1000)


def flipped(now: float) -> int:
    """Bitwise NOT of the milliseconds folded to a signed 32-bit number, what the official script calls `r` and `rr`."""
    folded = ~ms(now) & 0xFFFFFFFF
    return folded - ((folded >> 31) << 32)


def device_id(rng: Random) -> str:
    """A DeviceID, fresh for each request: `e` and exactly 15 digits."""
    return f"e{rng.randrange(10**15):015d}"


def quoted(text: str) -> str:
    """Percent-encoded for a query, `+` and `/` included."""
    return quote(clean(text), safe="")


def base_request(session: Session, rng: Random) -> dict[str, Json]:
    """The object inside every JSON body."""
    return {
        "Uin": session.uin,
        "Sid": session.sid.reveal(),
        "Skey": session.skey.reveal(),
        "DeviceID": device_id(rng),
    }


def json_bytes(value: Json) -> bytes:
    """Compact JSON in raw UTF-8: no `\\u` escapes reach the server, lone surrogates and control characters are gone."""
    return msgspec.json.encode(_sendable(value))


def _sendable(value: Json) -> Json:
    if isinstance(value, str):
        return _UNSENDABLE.sub("", clean(value))
    if isinstance(value, dict):
        return {key: _sendable(item) for key, item in value.items()}
    return [_sendable(item) for item in value] if isinstance(value, list) else value


def headers(base: str, cookie: str = "") -> dict[str, str]:
    """What every request carries; the cookie header is left out when there is nothing to send."""
    told = {"User-Agent": AGENT, "Referer": f"{base}/"}
    if cookie:
        told["Cookie"] = cookie
    return told


def build_get(
    session: Session, name: str, url: str, now: float, *, timeout: float = 15.0, max_bytes: int = 4 * 1024 * 1024
) -> Request:
    """A GET with the session's cookies."""
    told = headers(session.hosts.base, cookie_header(session, url, now))
    return Request("GET", url, told, timeout=timeout, max_bytes=max_bytes, name=name)


def build_json(
    session: Session,
    name: str,
    query: Sequence[str],
    body: dict[str, Json],
    now: float,
    *,
    ticket: bool = True,
    timeout: float = 15.0,
    max_bytes: int = 4 * 1024 * 1024,
) -> Request:
    """A POST of JSON to the base host; `lang` and `pass_ticket` are appended to the query (official script)."""
    parts = [*query, *(lang_and_ticket(session) if ticket else ())]
    url = f"{session.hosts.base}{CGI}/{name}" + (f"?{'&'.join(parts)}" if parts else "")
    told = headers(session.hosts.base, cookie_header(session, url, now)) | {"Content-Type": _JSON}
    return Request("POST", url, told, json_bytes(body), timeout, max_bytes, name)


def lang_and_ticket(session: Session) -> tuple[str, str]:
    """The two query parts the official script adds to everything."""
    return "lang=zh_CN", f"pass_ticket={session.pass_ticket.reveal()}"


def desktop_part(mode: Mode) -> tuple[str, ...]:
    """`mod=desktop` where desktop mode marks a request."""
    return ("mod=desktop",) if mode == "desktop" else ()
