"""One connection to a server: TCP, TLS, and the proxies in between (HTTP, HTTPS, SOCKS5).

Whatever goes wrong here, the request has not left yet: everything is an httpx.ConnectError or ProxyError. A proxy is
given names, not addresses, so that it resolves them. It must not know what is asked over the connection.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import trio

from ruleswx.redact import Secret

__all__ = ["CONNECT_SECONDS", "Connector", "Origin", "Proxy", "parse_proxy"]

CONNECT_SECONDS = 10.0
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_LONGEST_HEAD = 16 * 1024
_SOCKS_REPLIES = (
    "", "failed", "not allowed", "network unreachable", "host unreachable", "refused", "too slow", "command unknown",
    "address type unknown",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is to be spoken to."""

    scheme: str
    host: str
    port: int

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken."""
        return self.scheme == "https"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Whom to go through. The password does not print."""

    origin: Origin
    user: str = ""
    password: Secret = field(default_factory=Secret)

    @property
    def forwards(self) -> bool:
        """Whether it is an HTTP proxy, which takes plain requests as they are."""
        return self.origin.scheme in {"http", "https"}

    @property
    def authorization(self) -> str:
        """The value of Proxy-Authorization, "" without a user."""
        pair = f"{self.user}:{self.password.reveal()}"
        return f"Basic {b64encode(pair.encode()).decode()}" if self.user else ""


def parse_proxy(url: str) -> Proxy:
    """A proxy as people write it. Raises httpx.InvalidURL, whose text holds no password."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise httpx.InvalidURL("the proxy's address cannot be read") from None
    if not parts.hostname:
        raise httpx.InvalidURL("the proxy's address names no host")
    origin = Origin(parts.scheme, parts.hostname, port)
    return Proxy(origin, unquote(parts.username or ""), Secret(unquote(parts.password or "")))


class Connector:
    """Makes connections, always the same way: through one proxy, the environment's, or none."""

    def __init__(self, proxy: Proxy | None, *, trust_env: bool, trust: Callable[[], ssl.SSLContext]) -> None:
        """`trust` makes the TLS settings when they are first needed: reading the authorities takes a moment."""
        self._proxy = proxy
        self._trust_env = trust_env
        self._make_trust = trust

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return self._make_trust()

    def proxy(self, origin: Origin) -> Proxy | None:
        """Whom a request to this origin goes through. Raises httpx.ProxyError when what the environment names cannot
        be read."""
        if self._proxy is not None or not self._trust_env:
            return self._proxy
        if proxy_bypass(f"{origin.host}:{origin.port}"):
            return None
        found = getproxies()
        url = found.get(origin.scheme) or found.get("all")
        try:
            return parse_proxy(url) if url else None
        except httpx.InvalidURL as error:
            raise httpx.ProxyError(f"{error} (it comes from the environment)") from None

    async def connect(self, origin: Origin, proxy: Proxy | None) -> trio.abc.Stream:
        """A stream on which HTTP may be spoken. Raises httpx.ConnectTimeout, ConnectError or ProxyError."""
        with trio.move_on_after(CONNECT_SECONDS):
            return await self._connect(origin, proxy)
        raise httpx.ConnectTimeout(f"no connection in {CONNECT_SECONDS:.0f} s")

    async def _connect(self, origin: Origin, proxy: Proxy | None) -> trio.abc.Stream:
        nearest = proxy.origin if proxy else origin
        stream: trio.abc.Stream = await (_open(nearest) if proxy else self.reach(origin))
        try:
            if proxy and proxy.origin.secure:
                stream = await self._encrypt(stream, proxy.origin)
            if proxy and not proxy.forwards:
                await _through_socks(stream, origin, proxy)
            elif proxy and origin.secure:
                await _through_tunnel(stream, origin, proxy)
            return await self._encrypt(stream, origin) if origin.secure else stream
        except BaseException:
            await trio.aclose_forcefully(stream)
            raise

    async def reach(self, origin: Origin) -> trio.SocketStream:
        """A plain stream to the server itself. Raises httpx.ConnectError."""
        return await _open(origin)

    async def _encrypt(self, stream: trio.abc.Stream, origin: Origin) -> trio.abc.Stream:
        secure = trio.SSLStream(stream, self._trust, server_hostname=origin.host, https_compatible=True)
        try:
            await secure.do_handshake()
        except (trio.BrokenResourceError, ssl.SSLError) as error:
            cause = error.__cause__ or error
            raise httpx.ConnectError(f"TLS with {origin.host}: {cause}") from error
        return secure


async def _open(origin: Origin) -> trio.SocketStream:
    try:
        return await trio.open_tcp_stream(origin.host, origin.port)
    except OSError as error:
        raise httpx.ConnectError(f"{origin.host}:{origin.port}: {error.strerror or error}") from error
    except (ValueError, UnicodeError) as error:
        raise httpx.ConnectError(f"{origin.host} is no host: {error}") from error


async def _through_tunnel(stream: trio.abc.Stream, origin: Origin, proxy: Proxy) -> None:
    """Ask an HTTP proxy for a pipe to the server (CONNECT, RFC 9110)."""
    where = f"[{origin.host}]:{origin.port}" if ":" in origin.host else f"{origin.host}:{origin.port}"
    lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    head = await _ask(stream, ("\r\n".join(lines) + "\r\n\r\n").encode())
    words = head.split(None, 2)
    if len(words) < 2 or not words[1].startswith(b"2"):
        raise httpx.ProxyError(f"the proxy refused: {words[1][:3].decode('ascii', 'replace') if words[1:] else '?'}")


async def _ask(stream: trio.abc.Stream, question: bytes) -> bytes:
    """Send it and read the head of an answer, not a byte more: what follows belongs to the server behind."""
    try:
        await stream.send_all(question)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = await stream.receive_some(1)
            head += byte
            if not byte or len(head) > _LONGEST_HEAD:
                raise httpx.ProxyError("the proxy's answer is none")
    except trio.BrokenResourceError as error:
        raise httpx.ProxyError("the proxy hung up") from error
    return head


async def _through_socks(stream: trio.abc.Stream, origin: Origin, proxy: Proxy) -> None:
    """Ask a SOCKS5 proxy for a pipe to the server by its name (RFC 1928; user and password by RFC 1929)."""
    try:
        await stream.send_all(b"\x05\x02\x00\x02" if proxy.user else b"\x05\x01\x00")
        version, method = await _exactly(stream, 2)
        if version != 5 or method not in {0, 2} or (method == 2 and not proxy.user):
            raise httpx.ProxyError("the SOCKS proxy takes none of our ways to sign in")
        if method == 2:
            await stream.send_all(b"\x01" + _counted(proxy.user) + _counted(proxy.password.reveal()))
            if (await _exactly(stream, 2))[1]:
                raise httpx.ProxyError("the SOCKS proxy refused user and password")
        await stream.send_all(b"\x05\x01\x00\x03" + _counted(origin.host) + origin.port.to_bytes(2, "big"))
        _version, reply, _, kind = await _exactly(stream, 4)
        if reply:
            why = _SOCKS_REPLIES[reply] if reply < len(_SOCKS_REPLIES) else str(reply)
            raise httpx.ProxyError(f"the SOCKS proxy could not reach {origin.host}: {why}")
        length = {1: 4, 4: 16}.get(kind) or (await _exactly(stream, 1))[0]
        await _exactly(stream, length + 2)
    except trio.BrokenResourceError as error:
        raise httpx.ProxyError("the SOCKS proxy hung up") from error


def _counted(text: str) -> bytes:
    data = text.encode()
    if len(data) > 255:
        raise httpx.ProxyError("too long for a SOCKS proxy")
    return bytes([len(data)]) + data


async def _exactly(stream: trio.abc.Stream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await stream.receive_some(count - len(data))
        if not more:
            raise httpx.ProxyError("the SOCKS proxy hung up")
        data += more
    return data
