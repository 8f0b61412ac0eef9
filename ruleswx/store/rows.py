"""What the store hands out: rows as frozen values. They hold no connection and outlive the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ruleswx.model import CallHttp, Effect, RunCommand
from ruleswx.protocol.wire import Incoming
from ruleswx.ratelimit import Kind

__all__ = ["CLOSED", "InboxRow", "Incoming", "OutboxRow", "OutboxState", "Pruned", "TraceRow"]

OutboxState = Literal["queued", "sending", "sent", "failed", "unknown", "dropped"]
CLOSED: tuple[OutboxState, ...] = ("sent", "failed", "dropped")
"""Ends nobody has to look at any more. `unknown` is an end too, but a person should see it."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One stored message. `seq` is its place in the order of arrival; `attempts` how often handling it failed."""

    seq: int
    msg_id: str
    body: bytes
    received: float
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One effect on its way. `chat` is the key within which order is kept ("" without one), `kind` what the pace goes
    by, `cause` the id of the message that asked for it. Times are Unix seconds; `settled` is 0 while it is open.

    What another version queued and this one cannot read is listed as a WriteLog; it is never in the queue.
    """

    id: int
    effect: Effect
    chat: str
    kind: Kind = "text"
    state: OutboxState = "queued"
    rule: str = ""
    cause: str = ""
    created: float = 0.0
    attempts: int = 0
    client_msg_id: str = ""
    settled: float = 0.0
    msg_id: str = ""
    ret: int = 0
    reason: str = ""

    @property
    def errand(self) -> bool:
        """Whether it goes to a service or a program, not to a chat."""
        return isinstance(self.effect, CallHttp | RunCommand)


@dataclass(frozen=True, slots=True)
class TraceRow:
    """Why one event was answered or not, as JSON; `outcome` is the family within which the newest are kept."""

    id: int
    msg_id: str
    at: float
    outcome: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows a clean-up emptied or removed."""

    messages: int = 0
    traces: int = 0
    outbox: int = 0
    states: int = 0
