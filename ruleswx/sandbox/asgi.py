"""Between ASGI and the sandbox's own requests and answers.

Knows the protocol of the server, not of WeChat.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from .asked import Answer, Asked, Cookie

__all__ = ["Receive", "Scope", "Send", "head", "json_answer", "read_request", "write_answer"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_MOST_BODY = 128 * 1024 * 1024


async def read_request(scope: Scope, receive: Receive) -> Asked | None:
    """Return the request, or None when its body is larger than anything allowed."""
    headers = _headers(scope["headers"])
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _MOST_BODY:
            return None
    return Asked(
        scope["method"],
        scope.get("scheme", "http"),
        headers.get("host", ""),
        scope["path"],
        scope.get("query_string", b"").decode("latin-1"),
        headers,
        bytes(body),
    )


async def write_answer(send: Send, answer: Answer, *, secure: bool = False) -> None:
    """Send an answer; cookies are marked Secure on an encrypted connection."""
    headers = [*head(answer, secure), (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def head(answer: Answer, secure: bool) -> list[tuple[bytes, bytes]]:
    """Return the header lines of an answer, without its length."""
    lines = [("content-type", answer.kind)]
    lines += [(name.lower(), value) for name, value in answer.headers]
    lines += [("set-cookie", _set_cookie(cookie, secure)) for cookie in answer.cookies]
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines]


def json_answer(value: Any, status: int = 200) -> Answer:
    """Return plain JSON, as the control verbs answer."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return Answer(body, status, "application/json")


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}; {text}" if key == "cookie" and key in headers else text
    return headers


def _set_cookie(cookie: Cookie, secure: bool) -> str:
    """Max-Age stands beside the service's Expires, for clients whose clock is not the world's."""
    parts = [f"{cookie.name}={cookie.value}"]
    if cookie.domain:
        parts.append(f"Domain={cookie.domain}")
    parts += ["Path=/", time.strftime("Expires=%a, %d-%b-%Y %H:%M:%S GMT", time.gmtime(cookie.expires))]
    parts.append(f"Max-Age={cookie.life}")
    return "; ".join([*parts, "Secure"] if secure else parts)
