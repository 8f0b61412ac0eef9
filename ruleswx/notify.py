"""Telling somebody outside WeChat that a person is needed: a scan is wanted, the account is refused, rules are broken.

A notice is one POST of JSON with a time stamp to the configured webhook, in the form its receiver wants: robots of
企业微信, 钉钉 and 飞书, Slack, Discord, else plain. It goes over connections of its own, holds no cookie, no session
value and no chat text, and is redacted once more. The same event is told at most once in a while. It must not know
what the events mean or how they are worded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from urllib.parse import urlsplit

import trio

from ruleswx.errors import RemoteProtocolError, TransportError
from ruleswx.protocol.wire import Request, Response
from ruleswx.ratelimit import Backoff
from ruleswx.redact import Secret, redact
from ruleswx.transport import Transport

__all__ = ["Notifier", "build_notice", "refusal"]

QUIET_SECONDS = 600.0
TRIES = 5
_WAITING = 16
_LONGEST = 1500
_TIMEOUT = 10.0
_ANSWER_BYTES = 64 * 1024
_FORMS: Mapping[str, str] = {
    "qyapi.weixin.qq.com": "robot",
    "oapi.dingtalk.com": "robot",
    "open.feishu.cn": "feishu",
    "open.larksuite.com": "feishu",
    "hooks.slack.com": "slack",
    "discord.com": "discord",
}


def build_notice(url: Secret, event: str, text: str, at: datetime) -> Request:
    """The request that tells it. `at` is aware; the text is cut and redacted."""
    said = redact(text)[:_LONGEST]
    stamped = f"[{at.isoformat(sep=' ', timespec='seconds')}] {said}"
    body: dict[str, object]
    match _FORMS.get(urlsplit(url.reveal()).hostname or ""):
        case "robot":
            body = {"msgtype": "text", "text": {"content": stamped}}
        case "feishu":
            body = {"msg_type": "text", "content": {"text": stamped}}
        case "slack":
            body = {"text": stamped}
        case "discord":
            body = {"content": stamped}
        case _:
            body = {"from": "ruleswx", "event": event, "text": said, "at": at.isoformat(timespec="seconds")}
    return Request(
        "POST",
        url.reveal(),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "ruleswx"},
        body=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
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
        self._told: dict[str, float] = {}
        self._send, self._receive = trio.open_memory_channel[Request](_WAITING)

    def tell(self, event: str, text: str) -> bool:
        """Tell it soon; False when the same event was told a short while ago or too many are waiting."""
        now = trio.current_time()
        if now - self._told.get(event, -QUIET_SECONDS) < QUIET_SECONDS:
            return False
        try:
            self._send.send_nowait(build_notice(self._url, event, text, self._now()))
        except trio.WouldBlock:
            self._failed(event, "too many notices are waiting")
            return False
        self._told[event] = now
        return True

    def forget(self, event: str) -> None:
        """The trouble is over: when it comes again it is news."""
        self._told.pop(event, None)

    async def run(self) -> None:
        """Carry notices until cancelled, a few tries each. It never ends by itself and never raises for a receiver."""
        async for request in self._receive:
            why = await self._carry(request)
            if why:
                self._failed(request.name, why)

    async def _carry(self, request: Request) -> str:
        """Try a few times; why it was not taken, "" when it was. What the receiver refuses is not tried again."""
        backoff = Backoff(first=2.0)
        while True:
            try:
                return refusal(await self._transport.send(request))
            except (TransportError, RemoteProtocolError) as error:
                pause = backoff.failed(self._rng)
                if backoff.failures >= TRIES:
                    return str(error)
                await trio.sleep(pause)
