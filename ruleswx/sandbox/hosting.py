"""Running the app on a port with hypercorn, on trio.

Keeps each connection's stream within reach of the request it carries, because some
faults have to break the connection itself. Cancelling is the way to stop: open long
polls end at once.
"""

from __future__ import annotations

import ssl
import struct
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, cast

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState

__all__ = ["close", "serve_app", "wire"]

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]

_connection: ContextVar[Stream | None] = ContextVar("sandbox connection", default=None)


def wire() -> Stream | None:
    """Return the connection of the present request, or None in process."""
    return _connection.get()


async def close(stream: Stream, *, reset: bool) -> None:
    """Close a connection; with `reset` so that the peer sees it broken."""
    socket = stream.transport_stream if isinstance(stream, trio.SSLStream) else stream
    if reset:
        socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, struct.pack("ii", 1, 0))
    await trio.aclose_forcefully(socket)


async def serve_app(
    app: Callable[..., Any],
    host: str,
    port: int,
    *,
    certfile: str | None,
    keyfile: str | None,
    task_status: trio.TaskStatus[str],
) -> None:
    """Serve an ASGI app until cancelled; reports the origin it answers at."""
    config = Config()
    config.errorlog = config.accesslog = None
    config.include_server_header = False
    config.keep_alive_timeout = 75
    context = WorkerContext(None)
    wrapped = ASGIWrapper(app)

    async def connect(stream: Stream) -> None:
        _connection.set(stream)
        secure = cast("trio.SSLStream[trio.SocketStream]", stream)  # hypercorn takes either
        await TCPServer(wrapped, config, context, ConnectionState({}), secure)

    listeners: list[Any] = await trio.open_tcp_listeners(port, host=host)
    scheme = "http"
    if certfile is not None:
        scheme = "https"
        secrets = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        secrets.load_cert_chain(certfile, keyfile)
        listeners = [trio.SSLListener(each, secrets, https_compatible=True) for each in listeners]
    bound = _bound_port(listeners[0])
    shown = f"[{host}]" if ":" in host else host
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, connect, listeners)
        task_status.started(f"{scheme}://{shown}:{bound}")
        await trio.sleep_forever()


def _bound_port(listener: Any) -> int:
    while hasattr(listener, "transport_listener"):
        listener = listener.transport_listener
    return int(listener.socket.getsockname()[1])
