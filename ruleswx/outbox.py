"""What the bot says, on its way: taken from the store in order, paced, sent, settled.

Theory. An entry is on disk before it is here, and it is marked `sending` (with its ClientMsgId) on disk before the
first byte leaves. From then on there are three ends: *sent* (Ret 0), *failed* (the service refused it for good, or it
never left and never can), *unknown* (it left and nobody knows: shown, never resent). What provably did not leave goes
back to `queued` under the same ClientMsgId, and what it took of the pace is given back. Within a chat one entry is
under way at a time, so order is kept; chats do not wait for each other except for the account's own pace.

A stop gives what is under way three seconds. What has not left by then waits for the next start; only what may have
left is unknown. Waits are counted on the clock that nobody sets; those of the pace are looked at once a minute.

It must not know the wire: sending is a function it is handed. It must not know the rules.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Protocol

import trio

from ruleswx.errors import (
    ConnectionLost,
    LoginRefused,
    RemoteProtocolError,
    SendFailed,
    SessionEnded,
    StoreUnavailable,
    Stumbled,
    TimedOut,
    TransportError,
)
from ruleswx.model import Receipt
from ruleswx.protocol.build import LocalIds
from ruleswx.ratelimit import Backoff, Pace, Spent
from ruleswx.store import OutboxRow, Store
from ruleswx.turns import Turns
from ruleswx.wording import reason_of

__all__ = ["Listener", "Outbox", "Send", "Statistics", "left"]

IN_FLIGHT = 8
"""Sends under way at once, over all chats: enough to hide the round trip, few enough to stay polite."""
GRACE_SECONDS = 3.0
_RETRY_SECONDS = 2.0
_NOT_YET_SECONDS = 1.0
_LONGEST_PAUSE = 60.0
"""The pace goes by the wall clock, which somebody may set while we sleep."""
_SYSTEM_ERROR = -1
_TOO_OFTEN = 1205

Send = Callable[[OutboxRow, Callable[[], None]], Awaitable[Receipt | None]]
"""Sends one entry under its ClientMsgId; None when it cannot be addressed yet. Raises what the wire may raise. It calls
the function given when the first byte of the request that counts leaves: from then on it may have been read."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """The outbox at one moment. Times are Unix seconds: `oldest` when the entry that waits longest was queued,
    `frozen_text_until` when text may go on; 0 for neither."""

    queued: int
    in_flight: int
    oldest: float
    left_today: int | None
    frozen_text_until: float


class Listener(Protocol):
    """Who hears what becomes of entries. Calls are quick and never wait."""

    def departing(self, row: OutboxRow) -> None:
        """It is about to leave."""

    def settled(self, row: OutboxRow, receipt: Receipt) -> None:
        """It has its end, on disk."""

    def frozen(self, row: OutboxRow, until: float) -> None:
        """The service said "too often"; this kind waits until then."""

    def held_up(self, error: Exception, seconds: float) -> None:
        """The network or the disk is in the way; the next try comes after so many seconds."""


class Outbox:
    """The queue of one account. `add` what a decision queued; `run` while there is a session."""

    def __init__(self, store: Store, pace: Pace, listener: Listener, *, now: Callable[[], float], rng: Random) -> None:
        """Take over what the store holds as queued. `now` reads Unix seconds."""
        self._store = store
        self._pace = pace
        self._listener = listener
        self._now = now
        self._rng = rng
        self._ids = LocalIds()
        self._turns = Turns()
        self._flights: set[trio.CancelScope] = set()
        self._grace_ends = float("inf")
        self._ending = trio.Event()
        self._resting = 0
        self._news = trio.Event()
        self._backoff = Backoff()
        self._paused_until = float("-inf")
        self._over = False
        self._owed: list[Callable[[], object]] = []
        self.add(store.queued())

    def add(self, rows: Iterable[OutboxRow]) -> None:
        """Take over rows the store holds as queued, in order; errands are not for the chats' queue."""
        for row in rows:
            if not row.errand:
                self._turns.add(row)
        self._poke()

    def remove(self, row_id: int) -> None:
        """Forget an entry that was dropped in the store and is not under way."""
        self._turns.remove(row_id)

    def statistics(self) -> Statistics:
        """How much is waiting, and what holds it up."""
        turns = self._turns
        left_today = self._pace.left_today(self._now())
        return Statistics(len(turns), turns.under_way, turns.oldest(), left_today, self._pace.frozen_until("text"))

    def unknown(self) -> int | None:
        """How many sends have an end nobody knows; None when the disk does not tell."""
        try:
            return self._store.outbox_counts().get("unknown", 0)
        except StoreUnavailable:
            return None

    async def run(self, send: Send) -> None:
        """Send until cancelled; entries under way then get a moment to learn their end. Raises SessionEnded and
        LoginRefused, with the entry back in its place."""
        self._over = False
        self._grace_ends = float("inf")
        self._ending = trio.Event()
        async with trio.open_nursery() as nursery:
            try:
                while True:
                    row, wait = self._next()
                    if row is None:
                        await self._pause(wait)
                    elif (flight := self._depart(row)) is not None:
                        nursery.start_soon(self._fly, flight, send)
            finally:
                self._grace_ends = trio.current_time() + GRACE_SECONDS
                self._ending.set()
                for scope in self._flights:
                    scope.deadline = self._grace_ends

    def _next(self) -> tuple[OutboxRow | None, float]:
        """The entry that may leave now, or how long until one may (for ever when only news can change that)."""
        if self._over:
            return None, float("inf")
        if self._owed and not self._pay():
            return None, _NOT_YET_SECONDS
        if self._turns.under_way - min(self._resting, IN_FLIGHT) >= IN_FLIGHT:
            return None, float("inf")
        paused = self._paused_until - trio.current_time()
        if paused > 0:
            return None, paused
        now = self._now()
        return self._turns.next(partial(self._pace.kind_delay, now), partial(self._pace.chat_delay, now))

    async def _pause(self, seconds: float) -> None:
        with trio.move_on_after(min(seconds, _LONGEST_PAUSE)):
            await self._news.wait()
        self._news = trio.Event()

    def _poke(self) -> None:
        self._news.set()

    def _depart(self, row: OutboxRow) -> _Flight | None:
        """Put the intent on disk before the wire sees it; None when that is not possible (any more)."""
        client_msg_id = row.client_msg_id or self._ids.next(self._now(), self._rng)
        flight = _Flight(
            replace(row, client_msg_id=client_msg_id), self._pace.spend(self._now(), row.chat, row.kind, self._rng)
        )
        try:
            leaves = self._store.sending(row.id, client_msg_id, self._pace_state())
        except StoreUnavailable as error:
            self._pace.refund(flight.spent)
            self._hold_up(error)
            return None
        self._turns.depart(flight.row)
        if not leaves:
            self._pace.refund(flight.spent)
            self._turns.done(flight.row)
            return None
        self._listener.departing(flight.row)
        return flight

    def _pace_state(self) -> bytes | None:
        return None if self._pace.profile.off else self._pace.dump()

    async def _fly(self, flight: _Flight, send: Send) -> None:
        # Shielded: a stop must not turn a send that is about to succeed into one of unknown outcome.
        with trio.CancelScope(shield=True, deadline=self._grace_ends) as scope:
            self._flights.add(scope)
            receipt: Receipt | None = Receipt("unknown", reason="stopped")
            try:
                receipt = await self._attempt(flight, send)
            except trio.Cancelled:
                if not flight.left:
                    receipt = None
                raise
            except (SessionEnded, LoginRefused):
                self._over = True  # nothing more leaves before the nursery hears of it
                receipt = None
                raise
            finally:
                self._flights.discard(scope)
                self._arrive(flight, receipt)
                self._poke()

    async def _attempt(self, flight: _Flight, send: Send) -> Receipt | None:
        """One send; None when it is not to be seen anywhere and stays queued."""
        tries = 0
        while True:
            tries += 1
            if self._grace_ends < float("inf"):
                return None
            try:
                receipt = await send(flight.row, flight.leaves)
            except SendFailed as error:
                flight.left, flight.answered = False, True
                if error.ret == _SYSTEM_ERROR and tries == 1:
                    await self._rest(_RETRY_SECONDS)
                    continue
                if error.ret == _TOO_OFTEN:
                    self._freeze(flight.row)
                    return None
                return Receipt("failed", ret=error.ret, reason=error.message)
            except Stumbled as error:
                seconds = flight.backoff.failed(self._rng)
                self._listener.held_up(error, seconds)
                await self._rest(seconds)
                continue
            except TransportError as error:
                if flight.left or left(error):
                    return Receipt("unknown", reason=reason_of(error))
                self._hold_up(error)
                return None
            except RemoteProtocolError as error:
                return Receipt("unknown", reason=reason_of(error))
            if receipt is None:
                self._paused_until = trio.current_time() + _NOT_YET_SECONDS
            else:
                self._backoff.worked()
            return receipt

    async def _rest(self, seconds: float) -> None:
        """Wait within a flight, without being in the way of others or of a stop."""
        self._resting += 1
        self._poke()
        try:
            with trio.move_on_after(seconds):
                await self._ending.wait()
        finally:
            self._resting -= 1

    def _freeze(self, row: OutboxRow) -> None:
        until = self._pace.freeze(self._now(), row.kind)
        self._write(partial(self._store.save_pace, self._pace.dump()))
        self._listener.frozen(row, until)

    def _hold_up(self, error: Exception) -> None:
        seconds = self._backoff.failed(self._rng)
        self._paused_until = trio.current_time() + seconds
        self._listener.held_up(error, seconds)

    def _arrive(self, flight: _Flight, receipt: Receipt | None) -> None:
        row = flight.row
        if receipt is None:
            if not (flight.left or flight.answered):
                self._pace.refund(flight.spent)
            self._turns.back(row)
            self._write(partial(self._store.requeue, row.id, self._pace_state()))
            return
        self._turns.done(row)
        self._write(partial(self._store.settle, row.id, receipt, self._now()))
        self._listener.settled(row, receipt)

    def _write(self, step: Callable[[], object]) -> None:
        """Write now, or as soon as the disk takes it again; until then nothing more leaves."""
        self._owed.append(step)
        self._pay()

    def _pay(self) -> bool:
        while self._owed:
            try:
                self._owed[0]()
            except StoreUnavailable as error:
                self._hold_up(error)
                return False
            del self._owed[0]
        return True


@dataclass(slots=True)
class _Flight:
    """One entry under way. `left`: the request that counts may have been read, and nothing came back yet; `answered`:
    the service said no to it, which counts as well."""

    row: OutboxRow
    spent: Spent
    left: bool = False
    answered: bool = False
    backoff: Backoff = field(default_factory=Backoff)

    def leaves(self) -> None:
        """The first byte of what counts goes out."""
        self.left = True


def left(error: TransportError) -> bool:
    """Whether the request may have been acted upon."""
    if isinstance(error, TimedOut):
        return error.phase != "connect"
    return isinstance(error, ConnectionLost) and error.after_write
