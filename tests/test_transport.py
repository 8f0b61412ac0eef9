"""The transport against servers that delay, drop, cut, lie and bomb, on loopback."""

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from ruleswx.errors import ConnectFailed, ConnectionLost, LocalProtocolError, RemoteProtocolError, TimedOut
from ruleswx.protocol.wire import Request, Response
from ruleswx.redact import Secret
from ruleswx.transport import open_transport

Handler = Callable[[trio.SocketStream, bytes], Awaitable[None]]


async def read_request(stream: trio.SocketStream) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = await stream.receive_some()
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += await stream.receive_some()
    return head + b"\r\n\r\n" + body


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    async def serve(stream: trio.SocketStream) -> None:
        try:
            while request := await read_request(stream):
                await handler(stream, request)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, [listener])
        yield f"http://127.0.0.1:{listener.socket.getsockname()[1]}"
        nursery.cancel_scope.cancel()


async def fetch(base: str, **kwargs: object) -> Response:
    async with open_transport() as transport:
        return await transport.send(Request("GET", f"{base}/x?skey=@crypt_1_2", **kwargs))  # type: ignore[arg-type]


def answer(body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    head = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % (len(body) if length is None else length), *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


async def test_a_request_goes_out_as_it_is_and_comes_back_whole() -> None:
    seen: list[bytes] = []

    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        seen.append(request)
        await stream.send_all(answer("你好".encode(), b"Set-Cookie: a=1; Path=/", b"Set-Cookie: b=2", b"X-Y: z"))

    async with serving(handler) as base, open_transport() as transport:
        request = Request("POST", f"{base}/p?a=%2B", headers={"Cookie": "c=3"}, body=b"{}")
        response = await transport.send(request)
        assert (await transport.send(request)).status == 200
    assert response.body.decode() == "你好"
    assert response.headers["x-y"] == "z"
    assert response.set_cookies == ("a=1; Path=/", "b=2")
    head = seen[1].lower()
    assert seen[0].startswith(b"POST /p?a=%2B HTTP/1.1")
    assert b"accept-encoding: identity" in head
    assert b"a=1" not in head, "it must keep no cookies of its own"
    assert b"cookie: c=3" in head


async def test_redirects_are_answers() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.send_all(b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nhi")

    async with serving(handler) as base:
        response = await fetch(base)
    assert (response.status, response.body) == (301, b"hi")


async def test_nobody_there_means_nothing_left() -> None:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    with pytest.raises(ConnectFailed):
        await fetch(f"http://127.0.0.1:{port}")


async def test_cut_after_the_request_was_written_is_unknown() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.aclose()

    async with serving(handler) as base:
        with pytest.raises(ConnectionLost) as caught:
            await fetch(base)
    assert caught.value.after_write
    assert "crypt" not in str(caught.value)


@pytest.mark.parametrize("sent", [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", b"HTTP/1.1 200"])
async def test_cut_in_the_middle_of_the_answer_is_unknown(sent: bytes) -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.send_all(sent)
        await stream.aclose()

    async with serving(handler) as base:
        with pytest.raises(ConnectionLost) as caught:
            await fetch(base)
    assert caught.value.after_write


async def test_an_answer_that_is_no_http_is_not_readable() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.send_all(b"hello there\r\n\r\n")

    async with serving(handler) as base:
        with pytest.raises(ConnectionLost) as caught:
            await fetch(base)
    assert caught.value.after_write


async def test_a_stalled_answer_times_out_in_the_read_phase() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
        await trio.sleep_forever()

    async with serving(handler) as base:
        with pytest.raises(TimedOut) as caught:
            await fetch(base, timeout=0.05)
    assert caught.value.phase == "read"


async def test_single_byte_slices_are_put_together() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        for byte in answer(b"slowly"):
            await stream.send_all(bytes([byte]))

    async with serving(handler) as base:
        assert (await fetch(base)).body == b"slowly"


async def test_a_body_over_the_limit_is_refused_by_its_length() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.send_all(answer(b"x" * 11))

    async with serving(handler) as base:
        with pytest.raises(RemoteProtocolError, match="too large"):
            await fetch(base, max_bytes=10)


async def test_a_body_without_length_is_refused_while_it_comes() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            await stream.send_all(b"400\r\n" + b"x" * 1024 + b"\r\n")

    async with serving(handler) as base:
        with pytest.raises(RemoteProtocolError, match="too large"):
            await fetch(base, max_bytes=100_000)


async def test_gzip_that_nobody_asked_for_is_read_within_the_limit() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.send_all(answer(gzip.compress(b"0" * 10_000_000, mtime=0), b"Content-Encoding: gzip"))

    async with serving(handler) as base:
        assert len((await fetch(base, max_bytes=10_000_000)).body) == 10_000_000
        with pytest.raises(RemoteProtocolError, match="too large"):
            await fetch(base, max_bytes=100_000)


async def test_an_empty_body_needs_no_unpacking() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.send_all(answer(b"", b"Content-Encoding: gzip"))

    async with serving(handler) as base:
        assert (await fetch(base)).body == b""


@pytest.mark.parametrize("encoding", [b"br", b"gzip, gzip"])
async def test_other_encodings_are_refused(encoding: bytes) -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.send_all(answer(b"????", b"Content-Encoding: " + encoding))

    async with serving(handler) as base:
        with pytest.raises(RemoteProtocolError, match="encoded"):
            await fetch(base)


@pytest.mark.parametrize("sent", [b"not gzip", gzip.compress(b"cut short", mtime=0)[:-9]])
async def test_damaged_gzip_is_said(sent: bytes) -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.send_all(answer(sent, b"Content-Encoding: gzip"))

    async with serving(handler) as base:
        with pytest.raises(RemoteProtocolError, match="damaged"):
            await fetch(base)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://[::1"])
async def test_a_request_of_ours_that_is_none_is_our_bug(url: str) -> None:
    async with open_transport() as transport:
        with pytest.raises(LocalProtocolError):
            await transport.send(Request("GET", url))


async def test_a_header_cannot_be_smuggled_in() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        await stream.send_all(answer(b""))

    async with serving(handler) as base:
        with pytest.raises(LocalProtocolError):
            await fetch(base, headers={"Referer": "a\r\nX-Evil: 1"})


async def test_a_long_poll_does_not_hold_up_other_requests() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        if request.startswith(b"GET /poll"):
            await trio.sleep_forever()
        await stream.send_all(answer(b"ok"))

    async with serving(handler) as base, open_transport() as transport, trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(transport.send, Request("GET", f"{base}/poll", timeout=60))
        await trio.testing.wait_all_tasks_blocked(0.01)
        with trio.fail_after(5):
            assert (await transport.send(Request("GET", f"{base}/quick"))).body == b"ok"
        nursery.cancel_scope.cancel()


async def test_reset_ends_what_is_under_way_and_goes_on_with_new_connections() -> None:
    calls = 0

    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            await trio.sleep_forever()
        await stream.send_all(answer(b"again"))

    async with serving(handler) as base, open_transport() as transport:
        lost = trio.Event()

        async def poll() -> None:
            with pytest.raises(ConnectionLost):
                await transport.send(Request("GET", f"{base}/", timeout=60))
            lost.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(poll)
            while not calls:
                await trio.lowlevel.checkpoint()
            await transport.reset()
            with trio.fail_after(5):
                await lost.wait()
        assert (await transport.send(Request("GET", f"{base}/"))).body == b"again"


async def test_a_proxy_is_used_and_its_password_never_shows() -> None:
    seen: list[bytes] = []

    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        seen.append(request)
        await stream.send_all(answer(b"via"))

    async with serving(handler) as base:
        proxy = Secret(base.replace("http://", "http://user:pa55@"))
        async with open_transport(proxy=proxy) as transport:
            assert (await transport.send(Request("GET", "http://wx.example/x"))).body == b"via"
    assert seen[0].startswith(b"GET http://wx.example/x")


async def test_in_process_an_endless_answer_ends_at_the_deadline(autojump_clock: trio.testing.MockClock) -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        await trio.sleep(1000)

    async with open_transport(app=app) as transport:
        with pytest.raises(TimedOut):
            await transport.send(Request("GET", "http://sandbox/", timeout=25))
    assert 25 <= trio.current_time() < 27


async def test_it_tells_when_the_first_byte_leaves_and_not_before() -> None:
    heard: list[bytes] = []
    left: list[int] = []

    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        heard.append(request)
        await stream.send_all(answer(b"ok"))

    async with serving(handler) as base, open_transport() as transport:
        await transport.send(Request("GET", f"{base}/x"), lambda: left.append(len(heard)))
        assert left == [0]
    async with open_transport() as transport:
        with pytest.raises(ConnectFailed):
            await transport.send(Request("GET", f"{base}/x"), lambda: left.append(len(heard)))
    assert left == [0], "nobody listened, nothing left"


async def test_a_body_can_go_elsewhere_as_it_comes_and_errors_come_whole() -> None:
    async def handler(stream: trio.SocketStream, request: bytes) -> None:
        if b"/missing" in request:
            await stream.send_all(answer(b"<html>gone").replace(b"200 OK", b"404 Not Found"))
        elif b"/gzip" in request:
            await stream.send_all(answer(gzip.compress(b"x", mtime=0), b"Content-Encoding: gzip"))
        else:
            await stream.send_all(answer(bytes(300_000)))

    async with serving(handler) as base, open_transport() as transport:
        pieces: list[int] = []
        whole = await transport.send(Request("GET", f"{base}/x"), write=lambda piece: pieces.append(len(piece)))
        assert (sum(pieces), len(whole.body)) == (300_000, 512)
        assert max(pieces) <= 65536
        told = await transport.send(Request("GET", f"{base}/missing"), write=lambda _: pieces.append(-1))
        assert (told.status, told.body) == (404, b"<html>gone")
        with pytest.raises(RemoteProtocolError):
            await transport.send(Request("GET", f"{base}/gzip"), write=lambda _: pieces.append(-1))
        with pytest.raises(RemoteProtocolError):
            await transport.send(Request("GET", f"{base}/x", max_bytes=299_999), write=lambda _: pieces.append(-1))
        assert -1 not in pieces

        def full(_: bytes) -> None:
            raise OSError(28, "No space left on device")

        with pytest.raises(OSError, match="No space"):
            await transport.send(Request("GET", f"{base}/x"), write=full)
        assert (await transport.send(Request("GET", f"{base}/x"))).body == bytes(300_000)
