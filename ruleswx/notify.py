"""Telling somebody outside WeChat that a person is needed: a scan is wanted, the account is refused, rules are broken.

A notice is one POST of JSON with a time stamp to the configured webhook, in the form its receiver wants: robots of
企业微信, 钉钉 and 飞书, Slack, Discord, else plain. It goes over connections of its own, holds no cookie, no session
value and no chat text, and is redacted once more; only a wanted scan brings the code along, for whoever is to scan it.
The same event is told at most once in a while. It must not know what the events mean or how they are worded.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from urllib.parse import urlsplit

import trio

from ruleswx.errors import LocalProtocolError, RemoteProtocolError, TransportError
from ruleswx.protocol.wire import Request, Response
from ruleswx.qr import draw_png
from ruleswx.ratelimit import Backoff
from ruleswx.redact import Secret, redact
from ruleswx.transport import Transport

__all__ = ["Notifier", "build_notices", "refusal"]

QUIET_SECONDS = 600.0
TRIES = 5
_WAITING = 16
_LONGEST = 1500
_TIMEOUT = 10.0
_ANSWER_BYTES = 64 * 1024
_BOUNDARY = b"ruleswx-5b1d7a90c64e"
_FORMS: Mapping[str, str] = {
    "qyapi.weixin.qq.com": "wecom",
    "oapi.dingtalk.com": "dingtalk",
    "open.feishu.cn": "feishu",
    "open.larksuite.com": "feishu",
    "hooks.slack.com": "slack",
    "discord.com": "discord",
}


def build_notices(url: Secret, event: str, text: str, at: datetime, link: str = "") -> tuple[Request, ...]:
    """The requests that tell it, in order. `at` is aware; the text is cut and redacted. `link` is what a login code
    says: receivers that take a picture get it drawn here, the others the address of the service's own drawing. The
    link itself is given to nobody who might open it before the phone does.
    """
    said = redact(text)[:_LONGEST]
    stamped = f"[{at.isoformat(sep=' ', timespec='seconds')}] {said}"
    drawn = link.replace("/l/", "/qrcode/", 1)
    match _FORMS.get(urlsplit(url.reveal()).hostname or ""):
        case "wecom":
            bodies = [{"msgtype": "text", "text": {"content": stamped}}, *([_wecom_picture(link)] if link else [])]
        case "dingtalk" if link:
            words = f"{stamped}\n\n![QR]({drawn})"
            bodies = [{"msgtype": "markdown", "markdown": {"title": "ruleswx", "text": words}}]
        case "dingtalk":
            bodies = [{"msgtype": "text", "text": {"content": stamped}}]
        case "feishu" if link:
            lines = [[{"tag": "text", "text": stamped}], [{"tag": "a", "text": "QR", "href": drawn}]]
            post = {"zh_cn": {"title": "ruleswx", "content": lines}}
            bodies = [{"msg_type": "post", "content": {"post": post}}]
        case "feishu":
            bodies = [{"msg_type": "text", "content": {"text": stamped}}]
        case "slack" if link:
            section = {"type": "section", "text": {"type": "plain_text", "text": stamped}}
            picture = {"type": "image", "image_url": drawn, "alt_text": "QR"}
            bodies = [{"text": stamped, "blocks": [section, picture]}]
        case "slack":
            bodies = [{"text": stamped}]
        case "discord" if link:
            return (_discord_picture(url, stamped, link),)
        case "discord":
            bodies = [{"content": stamped}]
        case _:
            plain = {"from": "ruleswx", "event": event, "text": said, "at": at.isoformat(timespec="seconds")}
            bodies = [plain | ({"qr": {"link": link, "png_base64": _base64(draw_png(link))}} if link else {})]
    return tuple(_post(url, _json(body), "application/json; charset=utf-8") for body in bodies)


def _wecom_picture(link: str) -> dict[str, object]:
    png = draw_png(link)
    digest = hashlib.md5(png, usedforsecurity=False).hexdigest()
    return {"msgtype": "image", "image": {"base64": _base64(png), "md5": digest}}


def _discord_picture(url: Secret, stamped: str, link: str) -> Request:
    """Discord takes files as a form and shows the one its embed names."""
    told = _json({"content": stamped, "embeds": [{"image": {"url": "attachment://qr.png"}}]})
    parts = (
        (b'name="payload_json"\r\nContent-Type: application/json', told),
        (b'name="files[0]"; filename="qr.png"\r\nContent-Type: image/png', draw_png(link)),
    )
    body = b"".join(
        b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (_BOUNDARY, head, data) for head, data in parts
    )
    return _post(url, body + b"--%s--\r\n" % _BOUNDARY, f"multipart/form-data; boundary={_BOUNDARY.decode()}")


def _json(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _post(url: Secret, body: bytes, kind: str) -> Request:
    return Request(
        "POST",
        url.reveal(),
        headers={"Content-Type": kind, "User-Agent": "ruleswx"},
        body=body,
        timeout=_TIMEOUT,
        max_bytes=_ANSWER_BYTES,
        name="webhook",
    )


def refusal(response: Response) -> str:
    """Why the receiver did not take it, "" when it did. Robots answer 200 and say no inside."""
    if not 200 <= response.status < 300:
        return f"HTTP {response.status}"
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        return ""  # many receivers answer "ok" or nothing
    code = (answer.get("errcode") or answer.get("code") or 0) if isinstance(answer, dict) else 0
    return redact(f"{code} {answer.get('errmsg') or answer.get('msg') or ''}".strip())[:200] if code else ""


class Notifier:
    """The way out for notices. `tell` never waits; `run` it beside everything else."""

    def __init__(
        self,
        url: Secret,
        transport: Transport,
        *,
        now: Callable[[], datetime],
        rng: Random,
        failed: Callable[[str, str], None],
    ) -> None:
        """`transport` is its own, not the account's; `failed` hears which event could not be told, and why."""
        self._url = url
        self._transport = transport
        self._now = now
        self._rng = rng
        self._failed = failed
        self._told: dict[str, tuple[float, str]] = {}
        self._send, self._receive = trio.open_memory_channel[tuple[str, Request]](_WAITING)

    def tell(self, event: str, text: str, link: str = "") -> bool:
        """Tell it soon, with the code behind `link` if there is one; False when the same event (with the same code) was
        told a short while ago or too many are waiting."""
        now = trio.current_time()
        last, code = self._told.get(event, (-QUIET_SECONDS, link))
        if code == link and now - last < QUIET_SECONDS:
            return False
        try:
            for request in build_notices(self._url, event, text, self._now(), link):
                self._send.send_nowait((event, request))
        except trio.WouldBlock:
            self._failed(event, "too many notices are waiting")
            return False
        self._told[event] = now, link
        return True

    def forget(self, event: str) -> None:
        """The trouble is over: when it comes again it is news."""
        self._told.pop(event, None)

    async def run(self) -> None:
        """Carry notices until cancelled, a few tries each. It never ends by itself and never raises for a receiver."""
        async for event, request in self._receive:
            why = await self._carry(request)
            if why:
                self._failed(event, why)

    async def _carry(self, request: Request) -> str:
        """Try a few times; why it was not taken, "" when it was. What the receiver refuses is not tried again."""
        backoff = Backoff(first=2.0)
        while True:
            try:
                return refusal(await self._transport.send(request))
            except LocalProtocolError as error:
                return str(error)
            except (TransportError, RemoteProtocolError) as error:
                pause = backoff.failed(self._rng)
                if backoff.failures >= TRIES:
                    return str(error)
                await trio.sleep(pause)
