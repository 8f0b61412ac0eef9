"""Faults on order: which request goes wrong, how, and how often.

A plan is a list of orders; each names an endpoint (or `*`), a kind, and how many
times. Chance comes from a seeded generator. Carrying a fault out is the server's
work; this module only decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .errors import SandboxError, did_you_mean

__all__ = ["KINDS", "Fault", "Faults"]

KINDS: dict[str, str] = {
    "http": "an HTTP error; `status` (default 502), empty body; not carried out",
    "html": "200 with an HTML page; not carried out",
    "empty": "200 with nothing; not carried out",
    "garbage": "200 with random bytes; not carried out",
    "drop": "the connection closes without an answer; not carried out",
    "stall": "no answer for `seconds` (default 900), then it closes; not carried out",
    "redirect": "302 to `location`; not carried out",
    "ret": "answered with the code `code`; not carried out",
    "no_base": "a reply without BaseResponse; not carried out",
    "no_effect": "Ret 0, and nothing happens",
    "selector": "synccheck says `selector` (default 7) at once, news or not",
    "retcode": "synccheck says `retcode` (default 1) at once",
    "kick": "the session ends with `code` (default 1101), then the request is answered",
    "expire": "every QR code dies, then the request is answered",
    "slow": "carried out, answered `seconds` (default 5) later",
    "lost": "carried out, but the connection closes without an answer",
    "late": "carried out, then no answer for `seconds` (default 900)",
    "truncate": "carried out; half of the body, correctly framed",
    "reset": "carried out; the connection is reset in the middle of the body",
    "long": "carried out; the announced length is larger than the body",
    "extra": "carried out; more bytes follow than were announced",
    "bad_utf8": "carried out; the body holds bytes that are no UTF-8",
    "lose_cookies": "carried out; the reply expires the session cookies",
    "empty_key": "webwxsync: SyncKey and SyncCheckKey of Count 0",
    "old_key": "webwxsync: the keys of the request come back, so the events come again",
    "duplicate": "webwxsync: every message stands in the list twice",
}
"""Every kind of fault and what it does."""


@dataclass(slots=True)
class Fault:
    """One order. `left` counts down; `skip` requests pass before the first."""

    endpoint: str
    kind: str
    left: int = 1
    chance: float = 1.0
    skip: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)

    def number(self, name: str, default: float) -> float:
        """Return a numeric detail; raises SandboxError when it is no number."""
        value = self.details.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise SandboxError(f"fault: `{name}` must be a number, got {value!r}.")
        return value


class Faults:
    """The plan of a world."""

    __slots__ = ("done", "plan", "rng")

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.plan: list[Fault] = []
        self.done: list[dict[str, str]] = []

    def add(
        self,
        endpoint: str,
        kind: str,
        times: int = 1,
        *,
        chance: float = 1.0,
        skip: int = 0,
        **details: Any,
    ) -> Fault:
        """Order a fault; raises SandboxError for an unknown kind."""
        if kind.isdigit() and len(kind) == 3:
            kind, details = "http", {**details, "status": int(kind)}
        elif kind.lstrip("-").isdigit():
            kind, details = "ret", {**details, "code": int(kind)}
        if kind not in KINDS:
            raise SandboxError(f"unknown fault {kind!r}.{did_you_mean(kind, KINDS)}")
        fault = Fault(endpoint, kind, times, chance, skip, details)
        for name in ("status", "seconds", "code", "selector", "retcode"):
            fault.number(name, 0)
        self.plan.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all orders."""
        self.plan.clear()

    def pick(self, endpoint: str) -> Fault | None:
        """Return the fault this request has to suffer, if any, and count it."""
        for fault in self.plan:
            if fault.endpoint not in ("*", endpoint):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.chance < 1.0 and self.rng.random() >= fault.chance:
                continue
            return self._take(fault, endpoint)
        return None

    def _take(self, fault: Fault, endpoint: str) -> Fault:
        fault.left -= 1
        if fault.left <= 0:
            self.plan.remove(fault)
        self.done.append({"endpoint": endpoint, "kind": fault.kind})
        del self.done[:-1000]
        return fault
