"""Connections kept open, and HTTP/1.1 spoken on them by h11; behind httpx's own transport interface.

The bot asks the same few hosts thousands of times, one small request at a time, so the way is short: one write, one
parser, no middle layers. Every request says in `extensions["progress"]` how far it got: nothing left yet ("connect"),
being written, or written. It repeats nothing by itself: whether that is allowed is protocol knowledge.
"""

from __future__ import annotations

import select
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

import h11
import httpx
import trio

from ruleswx.transport.connect import Connector, Origin, Proxy

__all__ = ["CONNECTIONS", "Pool", "Progress"]

CONNECTIONS = 32
"""All at once. A long poll holds one for half a minute, so the bound is far above what one account needs."""
_IDLE_SECONDS = 55.0
_KEPT = 16
_CHUNK = 64 * 1024
_LONGEST_HEAD = 64 * 1024


@dataclass(slots=True)
class Progress:
    """How far one request got; `leaves` hears of it when the first byte goes out."""

    phase: Literal["connect", "write", "read"] = "connect"
    leaves: Callable[[], None] | None = None

    def leave(self) -> None:
        """From here on the request may be read."""
        self.phase = "write"
        if self.leaves is not None:
            self.leaves()


class _Connection:
    """One stream and its parser. `busy` until its answer was read to the end."""

    def __init__(self, stream: trio.abc.Stream, origin: Origin, proxy: Proxy | None) -> None:
        self.stream = stream
        self.origin = origin
        self.forwarded = proxy is not None and proxy.forwards and not origin.secure
        self.authorization = proxy.authorization if proxy and self.forwarded else ""
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        self.idle_since = 0.0

    @property
    def alive(self) -> bool:
        """Whether an idle connection may be used: a readable one was closed by the server, or has lost its step."""
        inner = self.stream
        while isinstance(inner, trio.SSLStream):
            inner = inner.transport_stream
        if not isinstance(inner, trio.SocketStream):
            return True
        poll = select.poll()
        poll.register(inner.socket.fileno(), select.POLLIN)
        return trio.current_time() - self.idle_since < _IDLE_SECONDS and not poll.poll(0)

    async def send(self, request: httpx.Request, progress: Progress) -> None:
        """Write one request whole."""
        target = request.extensions.get("target", request.url.raw_path)
        headers = list(request.headers.raw)
        if self.forwarded:
            target = f"{self.origin.scheme}://{request.url.netloc.decode()}".encode() + target
            if self.authorization:
                headers.append((b"Proxy-Authorization", self.authorization.encode()))
        try:
            event = h11.Request(method=request.method, target=target, headers=headers)
            data = self.http.send(event) or b""
            if body := request.read():
                data += self.http.send(h11.Data(data=body)) or b""
            data += self.http.send(h11.EndOfMessage()) or b""
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error)) from error
        progress.leave()
        try:
            await self.stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise httpx.WriteError(f"the connection broke: {error.__cause__ or error}") from error
        progress.phase = "read"

    async def receive(self) -> type[h11.NEED_DATA | h11.PAUSED] | h11.Event:
        """The next event of the answer."""
        try:
            while (event := self.http.next_event()) is h11.NEED_DATA:
                self.http.receive_data(bytes(await self.stream.receive_some(_CHUNK)))
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise httpx.ReadError(f"the connection broke: {error.__cause__ or error}") from error
        if isinstance(event, h11.ConnectionClosed):
            raise httpx.RemoteProtocolError("the server hung up without an answer")
        return event

    async def answer(self) -> h11.Response:
        """The head of the answer; what comes before it (100 Continue) is passed over."""
        while not isinstance(event := await self.receive(), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise httpx.RemoteProtocolError("the answer has no head")
        return event

    def reuse(self) -> bool:
        """Whether it may carry another request."""
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
            self.idle_since = trio.current_time()
            return True
        return False


class _Body(httpx.AsyncByteStream):
    """The body as it comes. An iterator, not a generator, so that nothing is left to the collector."""

    def __init__(self, pool: Pool, connection: _Connection) -> None:
        self._pool = pool
        self._connection: _Connection | None = connection

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._connection is None:
            raise StopAsyncIteration
        event = await self._connection.receive()
        if isinstance(event, h11.Data):
            return bytes(event.data)
        await self._end()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Give the connection back, or close it when the answer was not read to its end."""
        await self._end()

    async def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._pool.give_back(connection)


class Pool(httpx.AsyncBaseTransport):
    """The connections of one account."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self._closed = False
        self._room = trio.Semaphore(CONNECTIONS, max_value=CONNECTIONS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request; the answer's body is read by whoever has it. Raises httpx.TransportError."""
        progress: Progress = request.extensions.get("progress") or Progress()
        connection = await self._take(_origin(request.url))
        try:
            await connection.send(request, progress)
            head = await connection.answer()
        except BaseException:
            await self.give_back(connection)
            raise
        return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=_Body(self, connection))

    async def _take(self, origin: Origin) -> _Connection:
        await self._room.acquire()
        try:
            for connection in reversed(self._idle):
                if connection.origin == origin:
                    self._idle.remove(connection)
                    if connection.alive:
                        return connection
                    await self._close(connection)
            proxy = self._connector.proxy(origin)
            connection = _Connection(await self._connector.connect(origin, proxy), origin, proxy)
            if self._closed:
                await self._close(connection)
                raise httpx.ConnectError("the connections were closed while this one was being made")
        except BaseException:
            self._room.release()
            raise
        self._open.add(connection)
        return connection

    async def give_back(self, connection: _Connection) -> None:
        """Keep the connection for the next request if it may carry one, close it otherwise."""
        self._room.release()
        if connection in self._open and connection.reuse():
            self._idle.append(connection)
            if len(self._idle) <= _KEPT:
                return
            connection = self._idle.pop(0)
        await self._close(connection)

    async def _close(self, connection: _Connection) -> None:
        self._open.discard(connection)
        await trio.aclose_forcefully(connection.stream)

    async def aclose(self) -> None:
        """Close every connection, those being made as well; requests under way fail."""
        self._closed = True
        self._idle.clear()
        for connection in tuple(self._open):
            await self._close(connection)


def _origin(url: httpx.URL) -> Origin:
    if url.scheme not in {"http", "https"} or not url.host:
        raise httpx.UnsupportedProtocol(f"{url.scheme or 'nothing'} is not spoken here")
    return Origin(url.scheme, url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80))
