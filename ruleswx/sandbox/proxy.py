"""Letting unmodified clients reach the sandbox under the service's own host names.

A loopback proxy that leads every host name of the service to the sandbox and
refuses all others, so that nothing of the client under test leaves the machine:

    HTTPS_PROXY=http://127.0.0.1:PORT REQUESTS_CA_BUNDLE=…/ca.pem python bot.py
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import trio

from .certificates import HOSTS, make_certificates
from .server import serve
from .world import World

__all__ = ["Gateway", "serve_gateway", "serve_proxy"]

_HEAD_LIMIT = 64 * 1024
_PIECE = 64 * 1024
_CONNECT = re.compile(rb"CONNECT ([^\s:]+):(\d+) HTTP/1\.[01]\r\n")
_ABSOLUTE = re.compile(rb"([A-Z]+) https?://([^\s/:]+)(?::\d+)?(/\S*)? (HTTP/1\.[01])\r\n")
_HOP = re.compile(rb"(?i)^(?:proxy-connection|connection):[^\r]*\r\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where everything is: control and plain HTTP, HTTPS, the proxy, the authority to trust."""

    address: str
    secure: str
    proxy: str
    authority: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead Python, Node and Go clients here."""
        authority = str(self.authority)
        return {
            "HTTPS_PROXY": self.proxy,
            "https_proxy": self.proxy,
            "HTTP_PROXY": self.proxy,
            "http_proxy": self.proxy,
            "NO_PROXY": "",
            "no_proxy": "",
            "REQUESTS_CA_BUNDLE": authority,
            "NODE_EXTRA_CA_CERTS": authority,
            "SSL_CERT_FILE": authority,
        }


async def serve_gateway(
    world: World,
    folder: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    task_status: trio.TaskStatus[Gateway] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve a world on plain HTTP, on HTTPS and through a proxy; certificates go to `folder`."""
    made = await make_certificates(folder)
    files = {"certfile": str(made.certfile), "keyfile": str(made.keyfile)}

    async def encrypted(*, task_status: trio.TaskStatus[str]) -> None:
        await serve(world, host, 0, **files, task_status=task_status)

    async with trio.open_nursery() as nursery:
        address: str = await nursery.start(serve, world, host, port)
        secure: str = await nursery.start(encrypted)
        proxy: str = await nursery.start(serve_proxy, _port(address), _port(secure), host)
        task_status.started(Gateway(address, secure, proxy, made.authority))


async def serve_proxy(
    plain: int,
    secure: int,
    host: str = "127.0.0.1",
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run the proxy until cancelled: tunnels go to the port `secure`, plain requests to `plain`."""

    async def connect(client: trio.SocketStream) -> None:
        try:
            await _lead(client, host, plain, secure)
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            return  # either side went away; there is nobody left to tell

    listeners = await trio.open_tcp_listeners(0, host=host)
    port = listeners[0].socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, connect, listeners)
        task_status.started(f"http://{host}:{port}")


async def _lead(client: trio.SocketStream, host: str, plain: int, secure: int) -> None:
    head = await _read_head(client)
    tunnel, absolute = _CONNECT.match(head), _ABSOLUTE.match(head)
    found = tunnel or absolute
    name = found[1 if tunnel else 2].decode("ascii", "replace") if found else ""
    if found is None or name.lower() not in HOSTS:
        await client.send_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        return
    server = await trio.open_tcp_stream(host, secure if tunnel else plain)
    async with server:
        if tunnel:
            await client.send_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            await server.send_all(_relative(found, head))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_pump, client, server)
            nursery.start_soon(_pump, server, client)


def _relative(found: re.Match[bytes], head: bytes) -> bytes:
    """Turn `GET http://host/path` into what a server reads, one request per connection."""
    method, _, path, version = found.groups()
    rest = _HOP.sub(b"", head[found.end() :])
    return b"%s %s %s\r\nConnection: close\r\n%s" % (method, path or b"/", version, rest)


async def _read_head(client: trio.SocketStream) -> bytes:
    head = bytearray()
    while b"\r\n\r\n" not in head and len(head) < _HEAD_LIMIT:
        piece = await client.receive_some(_PIECE)
        if not piece:
            break
        head += piece
    return bytes(head)


async def _pump(source: trio.SocketStream, target: trio.SocketStream) -> None:
    try:
        while piece := await source.receive_some(_PIECE):
            await target.send_all(piece)
        await target.send_eof()
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        await trio.aclose_forcefully(target)  # one side broke off: let the other see it


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])
