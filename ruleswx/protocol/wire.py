"""What goes over the wire, as values: requests, responses, cookies, the session, the host table.

Pure. It does not know who carries a request or when; floor 4 drives it, `transport` carries it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ruleswx.model import EMPTY
from ruleswx.redact import Secret

__all__ = ["Cookie", "Hosts", "Incoming", "Mode", "Request", "Response", "Session", "SyncKey"]

Mode = Literal["desktop", "web"]
SyncKey = tuple[tuple[int, int], ...]
"""`(Key, Val)` pairs in the server's order; opaque (protocol: webwxsync)."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie as the server set it; `expires` in Unix seconds, None for a session cookie."""

    name: str
    value: Secret
    domain: str
    path: str = "/"
    secure: bool = False
    host_only: bool = True
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class Hosts:
    """Origins (scheme://host[:port]) that play the four roles for one account."""

    login: str
    base: str
    file: str
    push: str


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `url` is complete (query included, percent-encoded); `timeout` is seconds for the whole answer;
    `max_bytes` bounds the body that is read; redirects are never followed by the carrier."""

    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    body: bytes = b""
    timeout: float = 15.0
    max_bytes: int = 4 * 1024 * 1024
    name: str = ""
    """The endpoint's name ("synccheck"), for logs and faults; the URL itself is secret."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, whole. Header names in lower case; `set_cookies` are the raw Set-Cookie lines in order."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""
    set_cookies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as it came: its id and its JSON. Stored first, read afterwards, so that a bad one harms nobody."""

    msg_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """Everything one login gave us: enough to go on after a restart without a scan (protocol section 7).

    Never printed: secrets are `Secret`. Evolve with `dataclasses.replace`.
    """

    hosts: Hosts
    mode: Mode
    uin: int
    sid: Secret
    skey: Secret
    pass_ticket: Secret
    cookies: tuple[Cookie, ...] = ()
    user_name: str = ""
    nick_name: str = ""
    sync_key: SyncKey = ()
    sync_check_key: SyncKey = ()
    invite_start_count: int = 40
