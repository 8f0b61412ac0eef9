"""Connections are used again while they are good, thrown away when they are not, and never counted twice."""

import ssl

import pytest
import trio
import trio.testing

from ruleswx.errors import ConnectFailed, ConnectionLost, LocalProtocolError, TimedOut
from ruleswx.protocol.wire import Request
from ruleswx.transport import Transport, open_transport
from ruleswx.transport.connect import Connector, Origin, Proxy
from ruleswx.transport.pool import CONNECTIONS, Pool
from tests.transport.servers import answer, read_request, serving


def pool(transport: Transport) -> Pool:
    carrier = transport._carrier
    assert isinstance(carrier, Pool)
    return carrier


class Server:
    """Answers every request; counts connections. `after`: how many answers until it hangs up."""

    def __init__(self, after: int = 1_000_000, *headers: bytes) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self.after = after
        self.headers = headers

    async def serve(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        for _ in range(self.after):
            request = await read_request(stream)
            if not request:
                return
            self.requests.append(request)
            await stream.send_all(answer(b"ok", *self.headers))
        await stream.aclose()


async def test_one_connection_serves_one_request_after_the_other() -> None:
    server = Server()
    async with serving(server.serve) as port, open_transport() as transport:
        for _ in range(5):
            assert (await transport.send(Request("POST", f"http://127.0.0.1:{port}/", body=b"x"))).body == b"ok"
    assert server.connections == 1
    assert len(server.requests) == 5


async def test_a_kept_connection_that_died_is_not_used_and_nothing_is_lost() -> None:
    server = Server(after=1)
    async with serving(server.serve) as port, open_transport() as transport:
        for _ in range(4):
            assert (await transport.send(Request("GET", f"http://127.0.0.1:{port}/"))).body == b"ok"
            await trio.testing.wait_all_tasks_blocked(0.005)
    assert server.connections == 4


async def test_a_kept_connection_that_dies_under_the_request_is_of_unknown_outcome() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        await read_request(stream)
        await stream.send_all(answer(b"ok"))
        await read_request(stream)
        await stream.aclose()  # after the second request was read: nobody knows whether it was acted upon

    async with serving(serve) as port, open_transport() as transport:
        request = Request("POST", f"http://127.0.0.1:{port}/", body=b"x")
        await transport.send(request)
        with pytest.raises(ConnectionLost) as caught:
            await transport.send(request)
    assert caught.value.after_write


async def test_the_server_may_ask_for_the_end() -> None:
    server = Server(1_000_000, b"Connection: close")
    async with serving(server.serve) as port, open_transport() as transport:
        for _ in range(2):
            await transport.send(Request("GET", f"http://127.0.0.1:{port}/"))
        assert not pool(transport)._open
    assert server.connections == 2


async def test_an_old_idle_connection_is_left_behind() -> None:
    server = Server()
    async with serving(server.serve) as port, open_transport() as transport:
        await transport.send(Request("GET", f"http://127.0.0.1:{port}/"))
        pool(transport)._idle[0].idle_since -= 60
        await transport.send(Request("GET", f"http://127.0.0.1:{port}/"))
        assert len(pool(transport)._open) == 1
    assert server.connections == 2


async def test_what_comes_before_the_answer_is_passed_over() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        await read_request(stream)
        await stream.send_all(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" + answer(b"ok"))

    async with serving(serve) as port, open_transport() as transport:
        assert (await transport.send(Request("GET", f"http://127.0.0.1:{port}/"))).body == b"ok"


async def test_a_cancelled_poll_closes_its_connection_and_frees_its_place() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        await read_request(stream)
        await trio.sleep_forever()

    async with serving(serve) as port, open_transport() as transport:
        for _ in range(CONNECTIONS + 5):
            with pytest.raises(TimedOut):
                await transport.send(Request("GET", f"http://127.0.0.1:{port}/", timeout=0.002))
        assert not pool(transport)._open
        assert pool(transport)._room.value == CONNECTIONS


async def test_without_room_a_request_waits_and_never_left() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        await read_request(stream)
        await trio.sleep_forever()

    async with serving(serve) as port, open_transport() as transport, trio.open_nursery() as nursery:
        for _ in range(CONNECTIONS):
            nursery.start_soon(transport.send, Request("GET", f"http://127.0.0.1:{port}/", timeout=60))
        while pool(transport)._room.value or len(pool(transport)._open) < CONNECTIONS:
            await trio.testing.wait_all_tasks_blocked(0.001)
        with pytest.raises(TimedOut) as caught:
            await transport.send(Request("GET", f"http://127.0.0.1:{port}/", timeout=0.01))
        assert caught.value.phase == "connect"
        nursery.cancel_scope.cancel()


async def test_a_large_body_that_nobody_reads_times_out_while_writing() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with serving(serve) as port, open_transport() as transport:
        with pytest.raises(TimedOut) as caught:
            await transport.send(Request("POST", f"http://127.0.0.1:{port}/", body=bytes(50_000_000), timeout=0.3))
    assert caught.value.phase == "write"


async def test_the_pool_keeps_few_idle_connections() -> None:
    server = Server()
    async with serving(server.serve) as port, open_transport() as transport:
        async with trio.open_nursery() as nursery:
            for _ in range(CONNECTIONS):
                nursery.start_soon(transport.send, Request("GET", f"http://127.0.0.1:{port}/"))
        assert len(pool(transport)._idle) == len(pool(transport)._open) <= 16


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/a b", "http://127.0.0.1:1/中", "http://127.0.0.1:1/\n", "x", ""])
async def test_an_address_no_request_line_can_hold_is_our_mistake(url: str) -> None:
    async with open_transport() as transport:
        with pytest.raises(LocalProtocolError):
            await transport.send(Request("GET", url))


@pytest.mark.parametrize(
    ("path", "target"),
    [("", b"/"), ("?a=1", b"/?a=1"), ("/a%2Fb?c=%7C|&d=%", b"/a%2Fb?c=%7C|&d=%"), ("/x#frag", b"/x")],
)
async def test_the_target_goes_out_as_it_was_built(path: str, target: bytes) -> None:
    server = Server()
    async with serving(server.serve) as port, open_transport() as transport:
        await transport.send(Request("GET", f"http://127.0.0.1:{port}{path}"))
        assert f"Host: 127.0.0.1:{port}".encode() in server.requests[0]
    assert server.requests[0].startswith(b"GET " + target + b" HTTP/1.1\r\n")


class Slow(Connector):
    """Takes its time to connect."""

    def __init__(self) -> None:
        super().__init__(None, trust_env=False, trust=ssl.create_default_context)
        self.go = trio.Event()

    async def connect(self, origin: Origin, proxy: Proxy | None) -> trio.abc.Stream:
        stream = await super().connect(origin, proxy)
        await self.go.wait()
        return stream


async def test_a_connection_being_made_when_all_are_dropped_is_dropped_too() -> None:
    connector, closed = Slow(), trio.Event()

    async def serve(stream: trio.SocketStream) -> None:
        assert not await read_request(stream)
        closed.set()

    async with serving(serve) as port:
        transport = Transport(lambda: Pool(connector), in_process=False)
        old = pool(transport)
        async with trio.open_nursery() as nursery:

            async def ask() -> None:
                with pytest.raises(ConnectFailed):
                    await transport.send(Request("GET", f"http://127.0.0.1:{port}/"))

            nursery.start_soon(ask)
            await trio.testing.wait_all_tasks_blocked(0.01)
            await transport.reset()
            connector.go.set()
        with trio.fail_after(2):
            await closed.wait()
        await transport.aclose()
    assert not old._open
