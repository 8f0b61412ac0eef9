"""Wakes what had to wait: steps whose time has come, questions nobody answered, errands whose outcome is known.

What waits is in the store, so it survives restarts and reloads; here is only the alarm clock. Everything that is due is
handed on once; what it leads to is the engine's business.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import trio

from ruleswx.errors import StoreUnavailable
from ruleswx.model import Effect, Receipt
from ruleswx.rules.engine import Continuation, Outcome, continuations, due_before
from ruleswx.rules.trace import Reason
from ruleswx.store import OutboxRow, Store

__all__ = ["Waits"]

_RETRY_SECONDS = 1.0
_LONGEST_SLEEP = 60.0
"""Times are the wall clock's, which may be set, or run on while the host sleeps."""
_MOST_TRIED = 10_000


class Waits:
    """The alarm clock of one bot. `poke` it when something new may wait."""

    def __init__(
        self, store: Store, go_on: Callable[[Continuation, Outcome], None], *, now: Callable[[], float]
    ) -> None:
        """`go_on` decides what follows and stores it; it may raise StoreUnavailable."""
        self._store = store
        self._go_on = go_on
        self._now = now
        self._news = trio.Event()
        self._owed: list[Callable[[], None]] = []
        self._woken: dict[tuple[str, float], None] = {}

    def poke(self) -> None:
        """Something was stored that may have to be woken."""
        self._news.set()

    def settled(self, effect: Effect, receipt: Receipt) -> None:
        """An effect has its end; whoever waits for it hears of it."""
        token = getattr(effect, "token", "")
        if not token:
            return
        done = receipt.outcome == "sent"
        self.tell(token, Outcome("done" if done else "failed", receipt.reason or None, receipt.reason))

    def dropped(self, row: OutboxRow) -> None:
        """Somebody took an entry back; whoever waits for it hears that it will never be."""
        self.tell(getattr(row.effect, "token", ""), Outcome("failed", because=Reason("fail.dropped")))

    def tell(self, token: str, outcome: Outcome) -> None:
        """What came of something; whoever waits for it under this token goes on."""
        for waiting in continuations(self._store.state("wait", token, "")):
            self._owed.append(partial(self._hear, waiting, outcome))
        self.poke()

    def _hear(self, waiting: Continuation, outcome: Outcome) -> None:
        if waiting in continuations(self._store.state("wait", waiting.token, "")):  # told twice, it goes on once
            self._go_on(waiting, outcome)

    async def run(self) -> None:
        """Wake what is due, until cancelled."""
        while True:
            try:
                self._pay()
                soonest = self._wake()
            except StoreUnavailable:
                await trio.sleep(_RETRY_SECONDS)
                continue
            with trio.move_on_after(min(max(0.0, soonest - self._now()), _LONGEST_SLEEP)):
                await self._news.wait()
            self._news = trio.Event()

    def _pay(self) -> None:
        while self._owed:
            self._owed[0]()
            del self._owed[0]

    def _wake(self) -> float:
        """Hand on everything due; returns when the next is."""
        soonest, now = float("inf"), self._now()
        due: list[Continuation] = []
        for kind in ("wait", "dialogue"):
            for state in self._store.states(kind).values():
                ripe, later = due_before(state, now)
                soonest = min(soonest, later)
                due += (waiting for waiting in ripe if (waiting.token, waiting.due) not in self._woken)
        queued = self._queued() if any(waiting.kind == "outcome" for waiting in due) else frozenset()
        for waiting in due:
            if waiting.token in queued:
                soonest = min(soonest, now + _LONGEST_SLEEP)
                continue
            # Once is enough even if it stays: what cannot end must not become a spin.
            self._go_on(waiting, Outcome("due"))
            self._woken[waiting.token, waiting.due] = None
        while len(self._woken) > _MOST_TRIED:
            del self._woken[next(iter(self._woken))]
        return soonest

    def _queued(self) -> frozenset[str]:
        """Tokens of what still waits for its turn to go out: that is late, not lost. (What is asked of others than the
        chat is not begun any more once the rule gave up.)"""
        rows = self._store.outbox(("queued", "sending"))
        return frozenset(getattr(row.effect, "token", "") for row in rows if not row.errand) - {""}
