"""Connections: names that do not resolve, TLS nobody vouches for, and every kind of proxy."""

import socket
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import trio

from ruleswx.errors import ConnectFailed, LocalProtocolError
from ruleswx.protocol.wire import Request
from ruleswx.redact import Secret
from ruleswx.sandbox import World
from ruleswx.sandbox.proxy import Gateway, serve_gateway
from ruleswx.transport import open_transport
from ruleswx.transport.connect import Connector, Origin, Proxy, parse_proxy
from tests.transport.servers import Socks, answer, read_request, serving


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with trio.open_nursery() as nursery:
        yield await nursery.start(serve_gateway, World(auto=True), tmp_path)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://127.0.0.1:8080", Proxy(Origin("http", "127.0.0.1", 8080))),
        ("proxy.lan:3128", Proxy(Origin("http", "proxy.lan", 3128))),
        ("https://[::1]:9", Proxy(Origin("https", "::1", 9))),
        ("socks5://a%40b:p%3Aw@host", Proxy(Origin("socks5", "host", 1080), "a@b", Secret("p:w"))),
    ],
)
def test_a_proxy_is_read_as_people_write_it(url: str, proxy: Proxy) -> None:
    assert parse_proxy(url) == proxy
    assert "p:w" not in repr(parse_proxy(url))


@pytest.mark.parametrize("url", ["ftp://secret@x", "http://secret@:1", "http://secret@x:99999", "socks4://secret@x"])
def test_what_is_no_proxy_is_said_without_its_words(url: str) -> None:
    with pytest.raises(httpx.InvalidURL) as caught:
        parse_proxy(url)
    assert "secret" not in str(caught.value)


async def test_a_proxy_that_is_none_is_our_mistake() -> None:
    with pytest.raises(LocalProtocolError):
        async with open_transport(proxy=Secret("socks4://x")):
            pass


def test_the_environment_is_asked_only_when_wanted(clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("https_proxy", "http://one:1")
    clean_environment.setenv("all_proxy", "socks5://all:2")
    clean_environment.setenv("no_proxy", "local.lan")
    asked = Connector(None, trust_env=True, trust=ssl.create_default_context)
    assert asked.proxy(Origin("https", "wx.qq.com", 443)) == parse_proxy("http://one:1")
    assert asked.proxy(Origin("http", "wx.qq.com", 80)) == parse_proxy("socks5://all:2")
    assert asked.proxy(Origin("http", "local.lan", 80)) is None
    assert Connector(None, trust_env=False, trust=ssl.create_default_context).proxy(Origin("https", "x", 443)) is None
    own = parse_proxy("http://own:3")
    assert Connector(own, trust_env=True, trust=ssl.create_default_context).proxy(Origin("https", "x", 443)) == own


async def test_a_name_nobody_has_never_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nowhere(*_args: object, **_more: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(trio.socket, "getaddrinfo", nowhere)
    async with open_transport() as transport:
        with pytest.raises(ConnectFailed, match="not known"):
            await transport.send(Request("GET", "http://no.such.host/"))


async def test_tls_is_checked_against_the_authority_and_connections_stay(gateway: Gateway) -> None:
    async with open_transport(ca_file=str(gateway.authority)) as transport:
        for _ in range(3):
            assert (await transport.send(Request("GET", f"{gateway.secure}/"))).status in {200, 404}
        assert len(transport._carrier._open) == 1  # type: ignore[attr-defined]
    async with open_transport() as transport:
        with pytest.raises(ConnectFailed, match="CERTIFICATE_VERIFY_FAILED"):
            await transport.send(Request("GET", f"{gateway.secure}/"))


async def test_tls_with_somebody_who_speaks_none() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with serving(serve) as port, open_transport() as transport:
        with pytest.raises(ConnectFailed, match="TLS"):
            await transport.send(Request("GET", f"https://127.0.0.1:{port}/"))


@pytest.mark.parametrize("url", ["https://wx.qq.com/", "http://login.weixin.qq.com/"])
async def test_through_an_http_proxy(gateway: Gateway, url: str) -> None:
    async with open_transport(proxy=Secret(gateway.proxy), ca_file=str(gateway.authority)) as transport:
        assert (await transport.send(Request("GET", url))).status in {200, 404}


async def test_a_proxy_that_refuses_names_its_code() -> None:
    seen = []

    async def serve(stream: trio.SocketStream) -> None:
        seen.append(await read_request(stream))
        await stream.send_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    async with serving(serve) as port, open_transport(proxy=Secret(f"http://u:p@127.0.0.1:{port}")) as transport:
        with pytest.raises(ConnectFailed, match="407"):
            await transport.send(Request("GET", "https://wx.qq.com/"))
    assert seen[0].startswith(b"CONNECT wx.qq.com:443 HTTP/1.1\r\nHost: wx.qq.com:443\r\n")
    assert b"Proxy-Authorization: Basic " + b64encode(b"u:p") in seen[0]


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200", b"x" * 20_000, b"\r\n\r\n"])
async def test_a_proxy_that_talks_nonsense(sent: bytes) -> None:
    async def serve(stream: trio.SocketStream) -> None:
        await read_request(stream)
        await stream.send_all(sent)

    async with serving(serve) as port, open_transport(proxy=Secret(f"http://127.0.0.1:{port}")) as transport:
        with pytest.raises(ConnectFailed):
            await transport.send(Request("GET", "https://wx.qq.com/"))


async def echo(stream: trio.SocketStream) -> None:
    while request := await read_request(stream):
        await stream.send_all(answer(request.split(b"\r\n")[0]))


@pytest.mark.parametrize(
    ("settings", "user", "greeting"),
    [
        ({}, "", b"\x05\x01\x00"),
        ({"method": 2, "kind": 3}, "u:p@", b"\x05\x02\x00\x02"),
        ({"kind": 4}, "", b"\x05\x01\x00"),
    ],
)
async def test_through_a_socks_proxy_by_name(settings: dict[str, int], user: str, greeting: bytes) -> None:
    async with serving(echo) as port:
        socks = Socks(port, **settings)  # type: ignore[arg-type]
        async with serving(socks.serve) as door, open_transport(proxy=Secret(f"socks5://{user}127.0.0.1:{door}")) as to:
            response = await to.send(Request("GET", "http://wx.qq.com/a?b=%7C"))
    assert response.body == b"GET /a?b=%7C HTTP/1.1"
    assert socks.seen[0] == greeting
    assert socks.seen[-1] == b"\x05\x01\x00\x03\x09wx.qq.com\x00\x50"
    assert (b"\x01\x01u\x01p" in socks.seen) is bool(user)


@pytest.mark.parametrize(
    ("settings", "user", "said"),
    [
        ({"reply": 5}, "", "refused"),
        ({"reply": 99}, "", "99"),
        ({"method": 2}, "", "sign in"),
        ({"method": 255}, "", "sign in"),
        ({"method": 2, "accept": False}, "u:p@", "refused user"),
    ],
)
async def test_a_socks_proxy_that_refuses_says_why(settings: dict[str, int], user: str, said: str) -> None:
    socks = Socks(1, **settings)  # type: ignore[arg-type]
    async with serving(socks.serve) as door, open_transport(proxy=Secret(f"socks5://{user}127.0.0.1:{door}")) as to:
        with pytest.raises(ConnectFailed, match=said):
            await to.send(Request("GET", "http://wx.qq.com/"))


async def test_a_socks_proxy_that_hangs_up() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        await stream.receive_some()

    async with serving(serve) as door, open_transport(proxy=Secret(f"socks5://127.0.0.1:{door}")) as transport:
        with pytest.raises(ConnectFailed, match="hung up"):
            await transport.send(Request("GET", "http://wx.qq.com/"))


async def test_a_proxy_of_the_environment_that_cannot_be_read_is_trouble_not_a_fault(
    clean_environment: pytest.MonkeyPatch,
) -> None:
    clean_environment.setenv("http_proxy", "http://h:99999999")
    async with open_transport(trust_env=True) as transport:
        with pytest.raises(ConnectFailed, match="environment"):
            await transport.send(Request("GET", "http://127.0.0.1:9/"))
