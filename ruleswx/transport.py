"""Request -> Response over HTTP: the only file that knows httpx, and where the names of httpx end.

It carries one request whole, within one deadline and one size, and tells honestly how far it got when it fails: a
request that never left may be repeated, one that may have been read may not. It keeps no cookies, follows no redirect
and knows no endpoint.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Literal

import httpx
import trio

from ruleswx.errors import (
    ConnectFailed,
    ConnectionLost,
    LocalProtocolError,
    RemoteProtocolError,
    TimedOut,
)
from ruleswx.protocol.wire import Request, Response
from ruleswx.redact import Secret, redact

__all__ = ["Transport", "open_transport"]

_CONNECT_SECONDS = 10.0
_LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=55.0)
_GZIP_OR_ZLIB = 47
_SHOWN = 200

Phase = Literal["connect", "write", "read"]


class _Progress:
    """How far one request got, as the connection itself reports it."""

    __slots__ = ("phase",)

    def __init__(self, phase: Phase) -> None:
        self.phase: Phase = phase

    async def __call__(self, event: str, _info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.phase = "write"
        elif event.endswith("send_request_body.complete"):
            self.phase = "read"


class Transport:
    """One account's connections. Open it with `open_transport`; `send` may be called by many tasks at once."""

    def __init__(self, connect: Callable[[], httpx.AsyncClient], *, in_process: bool) -> None:
        self._connect = connect
        self._client = connect()
        self._in_process = in_process

    async def send(self, request: Request) -> Response:
        """Carry one request. Any status is an answer, not an error.

        Raises ConnectFailed when nothing left, TimedOut(phase), ConnectionLost(after_write), RemoteProtocolError for
        a body that is too large, badly encoded or no HTTP at all, LocalProtocolError for a request of ours that is
        none. Redirects are returned as they are.
        """
        progress = _Progress("read" if self._in_process else "connect")
        with trio.move_on_after(request.timeout):
            try:
                return await self._carry(request, progress)
            except (httpx.TransportError, httpx.InvalidURL) as error:
                raise _translate(error, progress.phase) from None
        raise TimedOut(progress.phase)

    async def _carry(self, request: Request, progress: _Progress) -> Response:
        async with self._client.stream(
            request.method,
            request.url,
            headers={"accept-encoding": "identity", **request.headers},
            content=request.body or None,
            extensions={"trace": progress},
        ) as answer:
            declared = answer.headers.get("content-length", "")
            if declared.isdecimal() and int(declared) > request.max_bytes:
                raise RemoteProtocolError("the answer is too large", f"{declared} bytes")
            body = await _read(answer, request.max_bytes)
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        return Response(
            status=answer.status_code,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=_inflate(body, encoding, request.max_bytes),
            url=request.url,
            set_cookies=tuple(answer.headers.get_list("set-cookie")),
        )

    async def reset(self) -> None:
        """Drop every connection, as after a suspend; requests under way fail with ConnectionLost."""
        old, self._client = self._client, self._connect()
        await old.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


async def _read(answer: httpx.Response, limit: int) -> bytes:
    """The raw body. Leaving the iteration early would leave generators to the collector, so it is cancelled instead."""
    body = bytearray()
    with trio.CancelScope() as scope:
        async for piece in answer.aiter_raw():
            if len(body) + len(piece) > limit:
                scope.cancel()
            else:
                body += piece
    if scope.cancel_called:
        raise RemoteProtocolError("the answer is too large", f"over {limit} bytes")
    return bytes(body)


def _inflate(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo one layer of gzip or deflate that we did not ask for, never beyond the limit."""
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise RemoteProtocolError("the answer is encoded in a way we did not ask for", encoding[:_SHOWN])
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        plain = inflater.decompress(body, limit)
    except zlib.error:
        raise RemoteProtocolError("the answer's compression is damaged") from None
    if inflater.unconsumed_tail:
        raise RemoteProtocolError("the answer is too large", f"over {limit} bytes inflated")
    return plain


def _translate(error: httpx.TransportError | httpx.InvalidURL, phase: Phase) -> Exception:
    """The house's name for what httpx raised. After the first byte left, the outcome is unknown."""
    what = redact(f"{type(error).__name__}: {error}"[:_SHOWN])
    match error:
        case httpx.LocalProtocolError() | httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return LocalProtocolError(what)
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return TimedOut("connect")
        case httpx.ConnectError() | httpx.ProxyError():
            return ConnectFailed(what)
        case httpx.TimeoutException():
            return TimedOut(phase)
        case _ if phase == "connect":
            return ConnectFailed(what)
        case _:
            return ConnectionLost(what, after_write=True)


@asynccontextmanager
async def open_transport(
    *, proxy: Secret | None = None, trust_env: bool = False, app: object | None = None, ca_file: str | None = None
) -> AsyncIterator[Transport]:
    """Connections for one account: through `proxy`, the environment's proxy (`trust_env`), or in process to an ASGI
    `app` (tests, virtual time). `ca_file` trusts one more authority."""

    def connect() -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app) if app is not None else None,  # type: ignore[arg-type]
            proxy=proxy.reveal() if proxy else None,
            trust_env=trust_env,
            verify=_trust(ca_file),
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
            limits=_LIMITS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    transport = Transport(connect, in_process=app is not None)
    try:
        yield transport
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 1.0):
            await transport.aclose()


def _trust(ca_file: str | None) -> Any:
    if ca_file is None:
        return True
    context = httpx.create_ssl_context()
    context.load_verify_locations(ca_file)
    return context
