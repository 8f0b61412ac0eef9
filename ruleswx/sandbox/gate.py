"""The life of one QR code.

    NEW ── scan ──► SCANNED ── confirm ──► CONFIRMED
                       └────── cancel ───► CANCELLED
    any of them ── end of life, or `expire` ──► EXPIRED

A poll is held until the state has something to tell. `tip=1` on a scanned code is
answered at once each time; `tip=0` hears of the scan once and then waits for the
confirmation. A confirmed code can be redeemed for 300 seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .cast import Account
from .errors import SandboxError

__all__ = ["REDEEM_SECONDS", "Gate", "State"]

REDEEM_SECONDS = 300


class State(Enum):
    """Where a QR code stands."""

    NEW = "new"
    SCANNED = "scanned"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


_MOVES = {
    "scan": ((State.NEW,), State.SCANNED),
    "confirm": ((State.SCANNED,), State.CONFIRMED),
    "cancel": ((State.SCANNED,), State.CANCELLED),
    "expire": ((State.NEW, State.SCANNED, State.CONFIRMED), State.EXPIRED),
}


@dataclass(slots=True)
class Gate:
    """One uuid and what has become of it."""

    uuid: str
    born: float
    dies: float
    ticket: str
    account: Account | None = None
    uvid: str = ""  # the known device of a push login
    state: State = State.NEW
    told: bool = False  # the client has heard of the scan
    confirmed: float = 0.0
    first_tip: bool = True  # the first poll has not come yet
    quick: int = 0  # polls with tip=1 after the scan was told

    def move(self, verb: str, now: float) -> None:
        """Carry out scan, confirm, cancel or expire; raises SandboxError when it cannot be."""
        origins, target = _MOVES[verb]
        self.age(now)
        if self.state not in origins:
            states = " or ".join(state.value for state in origins)
            raise SandboxError(f"cannot {verb}: this code is {self.state.value}, it would have to be {states}.")
        self.state = target
        if target is State.CONFIRMED:
            self.confirmed = now

    def age(self, now: float) -> None:
        """Let the code die of old age."""
        if self.state in (State.NEW, State.SCANNED) and now >= self.dies:
            self.state = State.EXPIRED

    def reply(self, tip: str) -> int:
        """Return the code a poll is answered with now, or 0 while it has to be held."""
        if self.state is State.EXPIRED:
            return 400
        if self.state is State.CANCELLED:
            return 202
        if self.state is State.NEW:
            return 0
        if not self.told:
            self.told = True
            return 201
        if self.state is State.CONFIRMED:
            return 200
        return 201 if tip == "1" else 0

    def redeemable(self, ticket: str, now: float) -> bool:
        """Tell whether the redirect of this code still gives a session."""
        fresh = now < self.confirmed + REDEEM_SECONDS
        return self.state is State.CONFIRMED and ticket == self.ticket and fresh
