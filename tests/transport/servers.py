"""Small servers on loopback: one that answers as a test wants, and a SOCKS5 proxy that leads everything to it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import trio

Handler = Callable[[trio.SocketStream, bytes], Awaitable[None]]


async def read_request(stream: trio.abc.ReceiveStream) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = await stream.receive_some()
        if not more:
            return b""
        data += more
    return data


def answer(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers]) + b"\r\n\r\n" + body


@asynccontextmanager
async def serving(serve: Callable[[trio.SocketStream], Awaitable[None]]) -> AsyncIterator[int]:
    async def guarded(stream: trio.SocketStream) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await serve(stream)

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, guarded, [listener])
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


class Socks:
    """A SOCKS5 proxy for one server. `reply` other than 0 refuses; `method` is the way to sign in it takes."""

    def __init__(self, port: int, *, method: int = 0, accept: bool = True, reply: int = 0, kind: int = 1) -> None:
        self.port = port
        self.method, self.accept, self.reply, self.kind = method, accept, reply, kind
        self.seen: list[bytes] = []

    async def serve(self, stream: trio.SocketStream) -> None:
        self.seen.append(await stream.receive_some())
        await stream.send_all(bytes([5, self.method]))
        if self.method == 2:
            self.seen.append(await stream.receive_some())
            await stream.send_all(bytes([1, 0 if self.accept else 1]))
        self.seen.append(await stream.receive_some())
        bound = {1: b"\x01" + bytes(4), 3: b"\x03\x05proxy", 4: b"\x04" + bytes(16)}[self.kind] + bytes(2)
        await stream.send_all(bytes([5, self.reply, 0]) + bound)
        if self.reply:
            return
        server = await trio.open_tcp_stream("127.0.0.1", self.port)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pipe, stream, server)
            nursery.start_soon(pipe, server, stream)


async def pipe(source: trio.SocketStream, target: trio.SocketStream) -> None:
    async for data in source:
        await target.send_all(data)
    await target.aclose()
