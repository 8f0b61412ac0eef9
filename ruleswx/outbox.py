"""What the bot says, on its way: taken from the store in order, paced, sent, settled.

Theory. An entry is on disk before it is here, and it is marked `sending` (with its ClientMsgId) on disk before the
first byte leaves. From then on there are three ends: *sent* (Ret 0), *failed* (the service refused it for good, or it
never left and never can), *unknown* (it left and nobody knows: shown, never resent). What provably did not leave goes
back to `queued` under the same ClientMsgId. Within a chat one entry is under way at a time, so order is kept; chats do
not wait for each other except for the account's own pace.

It must not know the wire: sending is a function it is handed. It must not know the rules.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
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
    TimedOut,
    TransportError,
)
from ruleswx.model import Receipt
from ruleswx.protocol.build import LocalIds
from ruleswx.ratelimit import Backoff, Pace
from ruleswx.store import OutboxRow, Store

__all__ = ["Listener", "Outbox", "Send", "Statistics", "left"]

IN_FLIGHT = 8
"""Sends under way at once, over all chats: enough to hide the round trip, few enough to stay polite."""
GRACE_SECONDS = 3.0
_RETRY_SECONDS = 2.0
_NOT_YET_SECONDS = 1.0
_SYSTEM_ERROR = -1
_TOO_OFTEN = 1205

Send = Callable[[OutboxRow], Awaitable[Receipt | None]]
"""Sends one entry under its ClientMsgId; None when it cannot be addressed yet. Raises what the wire may raise."""


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
        self._chats: dict[str, deque[OutboxRow]] = {}
        self._later: list[tuple[float, int, OutboxRow]] = []
        self._busy: set[str] = set()
        self._flights: set[trio.CancelScope] = set()
        self._news = trio.Event()
        self._backoff = Backoff()
        self._paused_until = 0.0
        self._over = False
        self._owed: list[Callable[[], object]] = []
        self.add(store.queued())

    def add(self, rows: Iterable[OutboxRow]) -> None:
        """Take over rows the store holds as queued, in order."""
        now = self._now()
        for row in rows:
            if row.not_before > now:
                heapq.heappush(self._later, (row.not_before, row.id, row))
            else:
                self._chats.setdefault(_lane(row), deque()).append(row)
        self._poke()

    def remove(self, row_id: int) -> None:
        """Forget an entry that was dropped in the store and is not under way."""
        for lane, rows in list(self._chats.items()):
            kept = deque(r for r in rows if r.id != row_id)
            if kept:
                self._chats[lane] = kept
            else:
                del self._chats[lane]
        self._later = [entry for entry in self._later if entry[1] != row_id]
        heapq.heapify(self._later)

    def statistics(self) -> Statistics:
        """How much is waiting, and what holds it up."""
        queued = sum(len(rows) for rows in self._chats.values()) + len(self._later) - len(self._busy)
        oldest = min((rows[0].created for rows in self._chats.values()), default=0.0)
        left_today = self._pace.left_today(self._now())
        return Statistics(queued, len(self._busy), oldest, left_today, self._pace.frozen_until("text"))

    async def run(self, send: Send) -> None:
        """Send until cancelled; entries under way then get a moment to learn their end. Raises SessionEnded and
        LoginRefused, with the entry back in its place."""
        self._over = False
        async with trio.open_nursery() as nursery:
            try:
                while True:
                    row, wait = self._next()
                    if row is None:
                        await self._pause(wait)
                    elif self._depart(row):
                        nursery.start_soon(self._fly, row, send)
            finally:
                for scope in self._flights:
                    scope.deadline = trio.current_time() + GRACE_SECONDS

    def _next(self) -> tuple[OutboxRow | None, float]:
        """The entry that may leave now, or how long until one may (for ever when only news can change that)."""
        if self._over:
            return None, float("inf")
        now = self._now()
        self._promote(now)
        if self._owed and not self._pay():
            return None, _NOT_YET_SECONDS
        if len(self._busy) >= IN_FLIGHT:
            return None, float("inf")
        if self._paused_until > now:
            return None, self._paused_until - now
        soonest = self._later[0][0] - now if self._later else float("inf")
        for lane, rows in self._chats.items():
            if lane in self._busy:
                continue
            delay = self._pace.delay(now, rows[0].chat, rows[0].kind)
            if delay <= 0:
                return rows[0], 0.0
            soonest = min(soonest, delay)
        return None, soonest

    def _promote(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            row = heapq.heappop(self._later)[2]
            self._chats.setdefault(_lane(row), deque()).append(row)

    async def _pause(self, seconds: float) -> None:
        with trio.move_on_after(seconds):
            await self._news.wait()
        self._news = trio.Event()

    def _poke(self) -> None:
        self._news.set()

    def _depart(self, row: OutboxRow) -> bool:
        """Put the intent on disk before the wire sees it; False when that is not possible (any more)."""
        client_msg_id = row.client_msg_id or self._ids.next(self._now(), self._rng)
        self._pace.spend(self._now(), row.chat, row.kind, self._rng)
        pace = None if self._pace.profile.off else self._pace.dump()
        try:
            leaves = self._store.sending(row.id, client_msg_id, pace)
        except StoreUnavailable as error:
            self._hold_up(error)
            return False
        if not leaves:
            self._done(row)
            return False
        self._chats[_lane(row)][0] = replace(row, client_msg_id=client_msg_id)
        self._busy.add(_lane(row))
        self._listener.departing(row)
        return True

    async def _fly(self, row: OutboxRow, send: Send) -> None:
        row = self._chats[_lane(row)][0]
        receipt: Receipt | None = Receipt("unknown", reason="stopped")
        # Shielded: a stop must not turn a send that is about to succeed into one of unknown outcome.
        with trio.CancelScope(shield=True) as scope:
            self._flights.add(scope)
            try:
                receipt = await self._attempt(row, send)
            except (SessionEnded, LoginRefused):
                self._over = True  # nothing more leaves before the nursery hears of it
                receipt = None
                raise
            finally:
                self._flights.discard(scope)
                self._busy.discard(_lane(row))
                self._arrive(row, receipt)
                self._poke()

    async def _attempt(self, row: OutboxRow, send: Send) -> Receipt | None:
        """One send; None when it provably did not happen and stays queued."""
        tries = 0
        while True:
            tries += 1
            try:
                receipt = await send(row)
            except SendFailed as error:
                if error.ret == _SYSTEM_ERROR and tries == 1:
                    await trio.sleep(_RETRY_SECONDS)
                    continue
                if error.ret == _TOO_OFTEN:
                    self._freeze(row)
                    return None
                return Receipt("failed", ret=error.ret, reason=error.message)
            except TransportError as error:
                if left(error):
                    return Receipt("unknown", reason=str(error))
                self._hold_up(error)
                return None
            except RemoteProtocolError as error:
                return Receipt("unknown", reason=str(error))
            if receipt is None:
                self._paused_until = self._now() + _NOT_YET_SECONDS
            else:
                self._backoff.worked()
            return receipt

    def _freeze(self, row: OutboxRow) -> None:
        until = self._pace.freeze(self._now(), row.kind)
        self._write(partial(self._store.save_pace, self._pace.dump()))
        self._listener.frozen(row, until)

    def _hold_up(self, error: Exception) -> None:
        seconds = self._backoff.failed(self._rng)
        self._paused_until = self._now() + seconds
        self._listener.held_up(error, seconds)

    def _arrive(self, row: OutboxRow, receipt: Receipt | None) -> None:
        if receipt is None:
            self._write(partial(self._store.requeue, row.id))
            return
        self._done(row)
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

    def _done(self, row: OutboxRow) -> None:
        rows = self._chats.pop(_lane(row))
        rows.popleft()
        if rows:
            self._chats[_lane(row)] = rows  # to the end: chats take turns


def left(error: TransportError) -> bool:
    """Whether the request may have been acted upon."""
    if isinstance(error, TimedOut):
        return error.phase != "connect"
    return isinstance(error, ConnectionLost) and error.after_write


def _lane(row: OutboxRow) -> str:
    """What keeps order: the chat; effects without one each have a lane of their own. A broadcast may wait for its turn
    for an hour, and an answer in the same chat does not wait behind it."""
    if not row.chat:
        return f"#{row.id}"
    return f"{row.chat} broadcast" if row.kind == "broadcast" else row.chat
