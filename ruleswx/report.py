"""The state of a running bot in a few facts, for `status`, `health` and whatever watches them. Pure.

Three questions are kept apart: does it work, does it limp, and does it need a person. A person wanted (a scan, a
confirmation) is degraded, not down: a supervisor that restarts the bot would only ask for another code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Facts", "Level", "Moving", "Progress", "health", "status"]

_POLL_SECONDS = 90.0
_QUEUE_SECONDS = 600.0
Level = Literal["healthy", "degraded", "down"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One broadcast at one moment, in chats. `sent` arrived, `failed` did not or may not have."""

    rule: str
    sent: int
    failed: int
    of: int

    @property
    def over(self) -> bool:
        """Whether nothing is left to be sent."""
        return self.sent + self.failed >= self.of


@dataclass(frozen=True, slots=True)
class Moving:
    """One file on its way to a chat: `done` of `size` bytes have arrived."""

    chat: str
    file: str
    done: int
    size: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at one moment. Times are Unix seconds, 0 for never; ages seconds; `unknown` None: the disk does
    not tell."""

    now: float
    started: float
    phase: str
    name: str
    last_poll: float
    last_message: float
    waiting: int
    queued: int
    oldest_queued: float
    in_flight: int
    unknown: int | None
    left_today: int | None
    frozen_until: float
    generation: int
    rules: int
    broken: str
    dry: bool
    broadcasts: tuple[Progress, ...] = ()
    uploads: tuple[Moving, ...] = ()
    heard: Mapping[str, int] = field(default_factory=dict)
    ends: Mapping[str, int] = field(default_factory=dict)


def status(facts: Facts) -> dict[str, Any]:
    """Everything worth knowing, as one JSON object."""
    level, reasons = health(facts)
    return {
        "health": level,
        "reasons": reasons,
        "account": {
            "state": facts.phase,
            "name": facts.name,
            "last_poll_seconds": _age(facts.now, facts.last_poll),
            "last_message_seconds": _age(facts.now, facts.last_message),
        },
        "rules": {"generation": facts.generation, "rules": facts.rules, "broken": facts.broken or None},
        "outbox": {
            "queued": facts.queued,
            "in_flight": facts.in_flight,
            "oldest_seconds": _age(facts.now, facts.oldest_queued),
            "unknown": facts.unknown or 0,
            "left_today": facts.left_today,
            "frozen_seconds": max(0, round(facts.frozen_until - facts.now)),
        },
        "broadcasts": [{"rule": p.rule, "sent": p.sent, "failed": p.failed, "of": p.of} for p in facts.broadcasts],
        "uploads": [{"chat": m.chat, "file": m.file, "bytes": m.done, "of": m.size} for m in facts.uploads],
        "inbox": {"waiting": facts.waiting, "heard": dict(facts.heard)},
        "sends": dict(facts.ends),
        "dry": facts.dry,
        "uptime_seconds": round(facts.now - facts.started),
    }


def health(facts: Facts) -> tuple[Level, list[str]]:
    """One word and every reason for it."""
    if facts.phase == "refused":
        return "down", ["refused"]
    reasons = []
    if facts.phase in {"code wanted", "confirm wanted"}:
        reasons.append("needs a person: " + facts.phase)
    elif facts.phase == "logged in" and facts.now - facts.last_poll > _POLL_SECONDS:
        reasons.append("the service does not answer polls")
    elif facts.phase == "starting":
        reasons.append("logging in")
    if facts.broken:
        reasons.append("the rules have mistakes, the last good ones run")
    if facts.oldest_queued and facts.now - facts.oldest_queued > _QUEUE_SECONDS:
        reasons.append("something has waited over ten minutes to be sent")
    if facts.unknown is None:
        reasons.append("the state folder cannot be read just now")
    if facts.unknown:
        reasons.append("some sends have an unknown end")
    if facts.frozen_until > facts.now:
        reasons.append("the service said too often; sending rests")
    return ("degraded" if reasons else "healthy"), reasons


def _age(now: float, then: float) -> int | None:
    return round(now - then) if then else None
