"""The way out to hosts that rules name: the public internet over TLS, and this machine when the rule says so itself.

A name is resolved once, every address it has is judged, and the connection goes to a judged address, so that a name
that changes its mind between looking and connecting gains nothing. No redirect is followed: an answer that points
elsewhere is only an answer. Connections, and a proxy of the environment if there is one, are its own; a proxy is given
the name, and resolves it where it stands. It must not know rules or secrets.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import trio

from ruleswx.errors import HostRefused, LocalProtocolError
from ruleswx.protocol.wire import Request, Response
from ruleswx.reach import is_literal, is_public, names_this_machine
from ruleswx.transport.connect import Connector, Origin, Proxy
from ruleswx.transport.pool import Pool
from ruleswx.transport.transport import Transport, make_trust

__all__ = ["Outdoors", "open_outdoors"]

_MOST_ADDRESSES = 4
_ADDRESS_SECONDS = 3.0


class Outdoors:
    """Carries requests to hosts that rules name. Open it with `open_outdoors`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(self, request: Request) -> Response:
        """Carry one request, as `Transport.send` does; characters an address cannot hold are escaped.

        Raises HostRefused too, for a host rules must not reach and for plain http to another machine. No text of an
        error holds more of the address than its host.
        """
        try:
            url = httpx.URL(request.url)
        except (httpx.InvalidURL, UnicodeError):
            raise LocalProtocolError("the address cannot be read") from None
        host = url.raw_host.decode("ascii")
        if not names_this_machine(host) and (url.scheme != "https" or (is_literal(host) and not is_public(host))):
            raise HostRefused(host)
        try:
            return await self._transport.send(replace(request, url=str(url)))
        except _Refused as error:
            raise HostRefused(error.host) from None


class _Refused(Exception):
    """Passes by httpx's names, which the transport would make an ordinary failure of."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(host)


class _Judging(Connector):
    """Makes connections to judged addresses only."""

    def proxy(self, origin: Origin) -> Proxy | None:
        """The environment's, but not on the way to this machine."""
        return None if names_this_machine(origin.host) else super().proxy(origin)

    async def reach(self, origin: Origin) -> trio.SocketStream:
        """A stream to one of the addresses of a host, if all of them may be reached."""
        addresses = await _resolve(origin)
        judge = names_this_machine if names_this_machine(origin.host) else is_public
        if not all(map(judge, addresses)):
            raise _Refused(origin.host)
        return await _open_first(addresses[:_MOST_ADDRESSES], origin)


async def _resolve(origin: Origin) -> list[str]:
    try:
        found = await trio.socket.getaddrinfo(origin.host, origin.port, type=trio.socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"{origin.host}: {getattr(error, 'strerror', None) or error}") from error
    addresses = list(dict.fromkeys(str(where[0]) for *_, where in found))
    if not addresses:
        raise httpx.ConnectError(f"{origin.host} has no address")
    return addresses


async def _open_first(addresses: list[str], origin: Origin) -> trio.SocketStream:
    """One after the other; each but the last has a moment only."""
    why: OSError | None = None
    for number, address in enumerate(addresses, 1):
        with trio.move_on_after(_ADDRESS_SECONDS if number < len(addresses) else float("inf")):
            try:
                return await trio.open_tcp_stream(address, origin.port)
            except OSError as error:
                why = error
    raise httpx.ConnectError(f"{origin.host}:{origin.port}: {_reason(why)}")


def _reason(error: BaseException | None) -> str:
    """What the system said; trio puts it behind a sentence of its own."""
    while isinstance(error, ExceptionGroup) or (isinstance(error, OSError) and not error.errno and error.__cause__):
        error = error.exceptions[-1] if isinstance(error, ExceptionGroup) else error.__cause__
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error or "no answer")


@asynccontextmanager
async def open_outdoors(
    *, trust_env: bool = False, app: object | None = None, ca_file: str | None = None
) -> AsyncIterator[Outdoors]:
    """Connections for rules: direct, through the environment's proxy (`trust_env`), or in process to an ASGI `app`
    (tests, virtual time). `ca_file` trusts one more authority."""

    def connect() -> httpx.AsyncBaseTransport:
        if app is not None:
            served: Any = app
            return httpx.ASGITransport(app=served)
        return Pool(_Judging(None, trust_env=trust_env, trust=lambda: make_trust(ca_file)))

    transport = Transport(connect, in_process=app is not None)
    try:
        yield Outdoors(transport)
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 1.0):
            await transport.aclose()
