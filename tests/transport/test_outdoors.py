"""The door for hosts that rules name: what it refuses, whom it really connects to, and how much it reads."""

import gzip
import socket
import ssl
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from ruleswx.errors import AnswerTooLarge, ConnectFailed, HostRefused, LocalProtocolError, TimedOut
from ruleswx.protocol.wire import Request
from ruleswx.sandbox import World
from ruleswx.sandbox.certificates import make_certificates
from ruleswx.sandbox.proxy import Gateway, serve_gateway
from ruleswx.transport import Outdoors, open_outdoors
from tests.transport.servers import answer, read_request, serving

LIMIT = 4096


def ask(url: str, **more: Any) -> Request:
    return Request("GET", url, timeout=5.0, max_bytes=LIMIT, **more)


class Names(trio.abc.HostnameResolver):
    """Answers every name with these addresses, and counts how often it is asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def getaddrinfo(self, host: bytes | None, port: Any, *_: int, **__: int) -> list[tuple[Any, ...]]:
        self.asked.append((host or b"").decode())
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port))
            for a in self.addresses
        ]

    async def getnameinfo(self, sockaddr: Any, flags: int) -> tuple[str, str]:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def outdoors() -> AsyncIterator[Outdoors]:
    async with open_outdoors() as found:
        yield found


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://8.8.8.8/",
        "http://0.0.0.0/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://localhost./",
        "http://127.0.0.1./",
        "http://[::ffff:127.0.0.1]/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest",
        "https://100.64.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[ff02::1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://224.0.0.1/",
        "https://0.0.0.0/",
        # These are read by the machine's own resolver, and judged by what it makes of them.
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://0/",
    ],
)
async def test_hosts_a_rule_must_not_reach(outdoors: Outdoors, url: str) -> None:
    with pytest.raises(HostRefused) as caught:
        await outdoors.send(ask(url))
    assert caught.value.host in url
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("10.1.2.3",), ("8.8.8.8", "10.1.2.3"), ("169.254.169.254",), ("::1",), ("::ffff:10.0.0.1",),
     ("fd00:ec2::254",), ("100.100.100.200",)],
)  # fmt: skip
async def test_a_public_name_that_leads_inside_is_refused(outdoors: Outdoors, addresses: tuple[str, ...]) -> None:
    names = Names(*addresses)
    trio.socket.set_custom_hostname_resolver(names)
    with pytest.raises(HostRefused):
        await outdoors.send(ask("https://erp.example/secret-path"))
    assert names.asked == ["erp.example"]


async def test_this_machine_by_name_is_this_machine_only(outdoors: Outdoors) -> None:
    trio.socket.set_custom_hostname_resolver(Names("8.8.8.8"))
    with pytest.raises(HostRefused):
        await outdoors.send(ask("http://localhost:1/"))


async def test_a_name_is_asked_for_once_and_its_address_used() -> None:
    """A resolver that would say something else the second time is not asked a second time."""
    names = Names("127.0.0.1")
    trio.socket.set_custom_hostname_resolver(names)
    async with serving(_plain) as port, open_outdoors() as outdoors:
        assert (await outdoors.send(ask(f"http://localhost:{port}/a"))).body == b"/a localhost"
    assert names.asked == ["localhost"]


async def _plain(stream: trio.SocketStream) -> None:
    while head := await read_request(stream):
        path = head.split()[1]
        host = head.lower().split(b"host: ")[1].split(b"\r")[0].split(b":")[0]
        await stream.send_all(answer(path + b" " + host))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_this_machine_may_be_asked_in_plain_text(outdoors: Outdoors, host: str) -> None:
    async with serving(_plain) as port:
        response = await outdoors.send(ask(f"http://{host}:{port}/单 号?q=%2F"))
        assert response.body == b"/%E5%8D%95%20%E5%8F%B7?q=%2F " + host.encode()


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with trio.open_nursery() as nursery:
        yield await nursery.start(serve_gateway, World(auto=True), tmp_path)
        nursery.cancel_scope.cancel()


async def test_no_proxy_on_the_way_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with serving(_plain) as port, open_outdoors(trust_env=True) as outdoors:
        assert (await outdoors.send(ask(f"http://127.0.0.1:{port}/"))).status == 200


async def test_the_environments_proxy_gets_the_name_and_no_private_address(
    monkeypatch: pytest.MonkeyPatch, gateway: Gateway
) -> None:
    monkeypatch.setenv("https_proxy", gateway.proxy)
    async with open_outdoors(trust_env=True, ca_file=str(gateway.authority)) as outdoors:
        assert (await outdoors.send(ask("https://wx.qq.com/"))).status < 500
        with pytest.raises(HostRefused):
            await outdoors.send(ask("https://10.0.0.1/"))


async def test_a_redirect_is_an_answer(outdoors: Outdoors) -> None:
    seen: list[bytes] = []

    async def moved(stream: trio.SocketStream) -> None:
        seen.append(await read_request(stream))
        await stream.send_all(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")

    async with serving(moved) as port:
        response = await outdoors.send(ask(f"http://127.0.0.1:{port}/"))
    assert (response.status, len(seen)) == (302, 1)


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (b"x" * (LIMIT + 1), b"X: y"),
        (gzip.compress(b"x" * (LIMIT + 1), mtime=0), b"Content-Encoding: gzip"),
        (gzip.compress(b"x" * 10_000_000, mtime=0), b"Content-Encoding: gzip"),
        (zlib.compress(b"x" * 10_000_000), b"Content-Encoding: deflate"),
    ],
)
async def test_no_more_is_read_or_unpacked_than_asked_for(outdoors: Outdoors, body: bytes, header: bytes) -> None:
    async def large(stream: trio.SocketStream) -> None:
        await read_request(stream)
        await stream.send_all(answer(body, header))

    async with serving(large) as port:
        with pytest.raises(AnswerTooLarge):
            await outdoors.send(ask(f"http://127.0.0.1:{port}/"))


async def test_an_answer_that_drips_is_cut_off(autojump_clock: trio.testing.MockClock, outdoors: Outdoors) -> None:
    async def drip(stream: trio.SocketStream) -> None:
        await read_request(stream)
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            await stream.send_all(b"x")
            await trio.sleep(1)

    async with serving(drip) as port:
        with pytest.raises(TimedOut):
            await outdoors.send(ask(f"http://127.0.0.1:{port}/"))


async def test_nobody_there(outdoors: Outdoors) -> None:
    async with serving(_plain) as port:
        pass
    with pytest.raises(ConnectFailed) as caught:
        await outdoors.send(ask(f"http://127.0.0.1:{port}/secret-path"))
    assert not isinstance(caught.value, HostRefused)
    assert "secret-path" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://a b/secret",
        "https://[::1/secret",
        "https://xn--\xff/secret",
        "https:///secret",
        "https://0177.0.0.1/secret",
        "http://0177.0.0.1/secret",
    ],
)
async def test_what_is_no_address_is_said_without_its_words(outdoors: Outdoors, url: str) -> None:
    with pytest.raises((LocalProtocolError, HostRefused, ConnectFailed)) as caught:
        await outdoors.send(ask(url))
    assert "secret" not in str(caught.value)


async def test_a_header_no_wire_can_hold_is_our_mistake(outdoors: Outdoors) -> None:
    async with serving(_plain) as port:
        with pytest.raises(LocalProtocolError):
            await outdoors.send(ask(f"http://127.0.0.1:{port}/", headers={"X": "a\r\nY: b"}))


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
async def test_over_tls_the_name_is_shown_and_proved_though_an_address_was_connected(tmp_path: Path, name: str) -> None:
    made = await make_certificates(tmp_path)
    shown: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certfile, made.keyfile)
    context.sni_callback = lambda _socket, server_name, _context: shown.append(server_name)

    async def secure(stream: trio.SocketStream) -> None:
        await _plain(trio.SSLStream(stream, context, server_side=True, https_compatible=True))  # type: ignore[arg-type]

    trio.socket.set_custom_hostname_resolver(Names("127.0.0.1"))
    async with serving(secure) as port:
        async with open_outdoors(ca_file=str(made.authority)) as outdoors:
            assert (await outdoors.send(ask(f"https://{name}:{port}/x"))).body == b"/x " + name.encode()
        async with open_outdoors() as outdoors:
            with pytest.raises(ConnectFailed) as caught:
                await outdoors.send(ask(f"https://{name}:{port}/x"))
    assert "TLS" in str(caught.value)
    assert shown == (["localhost"] * 2 if name == "localhost" else [None] * 2)
