"""A request as the endpoints see it, and what they answer.

Neither knows how bytes travel. An endpoint returns an `Answer`, or, for a long
poll, a `Look`: a function that is asked again after every change of the world and
one last time when the poll has been held long enough.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from .world import World

__all__ = ["Answer", "Asked", "Cookie", "Endpoint", "Look", "html", "reply", "script"]


@dataclass(frozen=True, slots=True)
class Cookie:
    """One Set-Cookie. `domain` "" leaves the attribute out; a `life` of 0 takes it back."""

    name: str
    value: str
    domain: str = ""
    life: int = 0
    expires: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/plain"
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    scheme: str
    host: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def endpoint(self) -> str:
        """The last word of the path, which is how the service's endpoints are called."""
        return self.path.rstrip("/").rpartition("/")[2] or "/"

    @cached_property
    def query(self) -> dict[str, str]:
        """The query, decoded; of a repeated name the first counts."""
        pairs = parse_qsl(self.query_string, keep_blank_values=True)
        return dict(reversed(pairs))

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies sent."""
        pairs = (part.strip().partition("=") for part in self.headers.get("cookie", "").split(";"))
        return {name: value.strip('"') for name, _, value in pairs if name}

    @cached_property
    def hostname(self) -> str:
        """The host without its port."""
        if self.host.startswith("["):
            return self.host[1:].partition("]")[0]
        return self.host.partition(":")[0].lower()


Look = Callable[[bool], Answer | None]
"""Asked again after each change; with True it has to answer."""

Endpoint = Callable[["World", Asked], Answer | Look]


def reply(payload: Mapping[str, Any]) -> Answer:
    """Return JSON as the service writes it: UTF-8, a line feed after each member, text/plain."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",\n", ": "))
    return Answer(text.encode("utf-8", "replace"))


def script(text: str) -> Answer:
    """Return a line of JavaScript, as the login and synccheck do."""
    return Answer(text.encode(), kind="text/javascript")


def html(text: str, status: int = 200) -> Answer:
    """Return a page."""
    page = f"<!DOCTYPE html><html><head><title>微信网页版</title></head><body>{text}</body></html>"
    return Answer(page.encode(), status, "text/html; charset=utf-8")
