"""One request carried whole, within one deadline and one size, and an honest word on how far it got when it fails: a
request that never left may be repeated, one that may have been read may not.

It keeps no cookies, follows no redirect and knows no endpoint.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import httpx
import trio

from ruleswx.errors import (
    AnswerTooLarge,
    ConnectFailed,
    ConnectionLost,
    LocalProtocolError,
    RemoteProtocolError,
    TimedOut,
)
from ruleswx.protocol.wire import Request, Response
from ruleswx.redact import Secret, redact
from ruleswx.transport.connect import Connector, parse_proxy
from ruleswx.transport.pool import Pool, Progress

__all__ = ["Transport", "make_trust", "open_transport"]

_GZIP_OR_ZLIB = 47
_PLAIN = {"accept-encoding": "identity"}
_SHOWN = 200
_HEAD = 512


class Transport:
    """One account's connections. Open it with `open_transport`; `send` may be called by many tasks at once."""

    def __init__(self, connect: Callable[[], httpx.AsyncBaseTransport], *, in_process: bool) -> None:
        self._connect = connect
        self._carrier = connect()
        self._in_process = in_process

    async def send(
        self, request: Request, leaves: Callable[[], None] | None = None, write: Callable[[bytes], None] | None = None
    ) -> Response:
        """Carry one request. Any status is an answer, not an error. `leaves` is called when its first byte goes out.
        With `write`, the body of a good answer goes there piece by piece, and the Response holds its first bytes only;
        what `write` raises ends the request.

        Raises ConnectFailed when nothing left, TimedOut(phase), ConnectionLost(after_write), RemoteProtocolError for
        a body that is badly encoded, AnswerTooLarge, LocalProtocolError for a request of ours that is none. Redirects
        are returned as they are.
        """
        progress = Progress("connect", leaves)
        if self._in_process:
            progress.leave()
            progress.phase = "read"
        with trio.move_on_after(request.timeout):
            try:
                return await self._carry(request, progress, write)
            except (httpx.TransportError, httpx.InvalidURL) as error:
                raise _translate(error, progress) from None
        raise TimedOut(progress.phase)

    async def _carry(self, request: Request, progress: Progress, write: Callable[[bytes], None] | None) -> Response:
        origin, target = _split(request.url)
        asked = httpx.Request(
            request.method,
            # In process the app reads the whole address; on the wire the target goes out as it was built.
            request.url if self._in_process else origin,
            headers=[(n.encode(), v.encode("utf-8", "replace")) for n, v in {**_PLAIN, **request.headers}.items()],
            content=request.body or None,
            extensions={"progress": progress, "target": target},
        )
        answer = await self._carrier.handle_async_request(asked)
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        try:
            if write is None or not 200 <= answer.status_code < 300:
                body = _inflate(await _read(answer, request.max_bytes), encoding, request.max_bytes)
            else:
                body = await _pass_on(answer, encoding, request.max_bytes, write)
        except BaseException:
            with trio.CancelScope(shield=True):
                await answer.aclose()  # read to its end, a body closes itself
            raise
        return Response(
            status=answer.status_code,
            headers=dict(answer.headers.items()),
            body=body,
            url=request.url,
            set_cookies=tuple(answer.headers.get_list("set-cookie")),
        )

    async def reset(self) -> None:
        """Drop every connection, as after a suspend; requests under way fail with ConnectionLost."""
        old, self._carrier = self._carrier, self._connect()
        await old.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._carrier.aclose()


def _split(url: str) -> tuple[httpx.URL, bytes]:
    """The origin and the exact target. Raises httpx.InvalidURL for what no request line can hold."""
    scheme, _, rest = url.partition("://")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise httpx.InvalidURL("the address has characters that must be escaped")
    ends = [at for at in (rest.find("/"), rest.find("?"), rest.find("#")) if at >= 0]
    at = min(ends, default=len(rest))
    target = rest[at:].partition("#")[0]
    return _origin(f"{scheme}://{rest[:at]}"), (target if target.startswith("/") else f"/{target}").encode()


@lru_cache(maxsize=64)
def _origin(text: str) -> httpx.URL:
    return httpx.URL(text)


async def _read(answer: httpx.Response, limit: int) -> bytes:
    """The raw body, never more than the limit."""
    body = bytearray()
    await _pour(answer, limit, body.extend)
    return bytes(body)


async def _pass_on(answer: httpx.Response, encoding: str, limit: int, write: Callable[[bytes], None]) -> bytes:
    """Hand the body on as it comes; returns its first bytes."""
    if encoding not in {"", "identity"}:
        raise RemoteProtocolError("the answer is encoded in a way we did not ask for", encoding[:_SHOWN])
    head = bytearray()

    def take(piece: bytes) -> None:
        head.extend(piece[: _HEAD - len(head)])
        write(piece)

    await _pour(answer, limit, take)
    return bytes(head)


async def _pour(answer: httpx.Response, limit: int, take: Callable[[bytes], None]) -> None:
    declared = answer.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise AnswerTooLarge("the answer is too large", f"{declared} bytes")
    size = 0
    async for piece in answer.stream:  # type: ignore[union-attr]
        size += len(piece)
        if size > limit:
            raise AnswerTooLarge("the answer is too large", f"over {limit} bytes")
        take(piece)


def _inflate(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo one layer of gzip or deflate that we did not ask for, never beyond the limit."""
    if encoding in {"", "identity"} or not body:
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise RemoteProtocolError("the answer is encoded in a way we did not ask for", encoding[:_SHOWN])
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        plain = inflater.decompress(body, limit)
    except zlib.error:
        raise RemoteProtocolError("the answer's compression is damaged") from None
    if inflater.unconsumed_tail:
        raise AnswerTooLarge("the answer is too large", f"over {limit} bytes inflated")
    if not inflater.eof:
        raise RemoteProtocolError("the answer's compression is damaged", "it is cut short")
    return plain


def _translate(error: httpx.TransportError | httpx.InvalidURL, progress: Progress) -> Exception:
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
            return TimedOut(progress.phase)
        case _ if progress.phase == "connect":
            return ConnectFailed(what)
        case _:
            return ConnectionLost(what, after_write=True)


@asynccontextmanager
async def open_transport(
    *, proxy: Secret | None = None, trust_env: bool = False, app: object | None = None, ca_file: str | None = None
) -> AsyncIterator[Transport]:
    """Connections for one account: through `proxy`, the environment's proxy (`trust_env`), or in process to an ASGI
    `app` (tests, virtual time). `ca_file` trusts one more authority. Raises LocalProtocolError for no proxy's address.
    """
    try:
        through = parse_proxy(proxy.reveal()) if proxy else None
    except httpx.InvalidURL as error:
        raise LocalProtocolError(str(error)) from None

    def connect() -> httpx.AsyncBaseTransport:
        if app is not None:
            served: Any = app
            return httpx.ASGITransport(app=served)
        return Pool(Connector(through, trust_env=trust_env, trust=lambda: make_trust(ca_file)))

    transport = Transport(connect, in_process=app is not None)
    try:
        yield transport
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 1.0):
            await transport.aclose()


def make_trust(ca_file: str | None) -> ssl.SSLContext:
    """The authorities of the machine, and one more."""
    context = httpx.create_ssl_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
