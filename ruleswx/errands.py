"""What rules ask of others than the chat: a web service, a program of this machine. Done once each, several at a time.

Theory. An errand is on disk before it begins (`queued`), and marked there (`sending`) before anything leaves. When it
has its end, whoever waits for it under its token hears of it, a value or why there is none. One that was under way
when the process died has an unknown end: fetching (GET) is done again, twice at most; anything else is never repeated,
and the rule hears that nobody knows. What the rule does not wait for any more is not begun. Errands have no part in
the pace of the chats, and no chat waits for one.

It must not know how a service is called or a program run, nor what follows from it.
"""

from __future__ import annotations

import os
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Protocol

import trio

from ruleswx.calls import Send, call
from ruleswx.config import Config
from ruleswx.errors import StoreUnavailable
from ruleswx.model import CallHttp, Effect, Receipt, RunCommand
from ruleswx.programs import run_program
from ruleswx.rules.engine import Continuation, Outcome, continuations
from ruleswx.rules.trace import Reason
from ruleswx.store import OutboxRow, Store
from ruleswx.transport import open_outdoors

__all__ = ["AT_ONCE", "Errands", "Listener", "run_errands"]

AT_ONCE = 8
_RETRY_SECONDS = 1.0
_MOST_TRIES = 3

Carry = Callable[[Effect], Awaitable[Outcome]]
"""Does one errand to its end. Raises nothing of what services and programs do."""


def _hands(config: Config, send: Send) -> Carry:
    """What does errands: `send` carries requests; programs are those the configuration names."""

    async def carry(effect: Effect) -> Outcome:
        match effect:
            case CallHttp():
                return await call(effect, send, config.secrets)
            case RunCommand():
                return await run_program(effect, config.commands, config.folder, os.environ)
            case other:
                raise TypeError(f"{type(other).__name__} is no errand")

    return carry


class Listener(Protocol):
    """Who hears of errands. Calls are quick and never wait."""

    def errand_done(self, row: OutboxRow) -> None:
        """It has an answer."""

    def errand_failed(self, row: OutboxRow, why: Reason) -> str:
        """It has none; returns why in words, for the store."""

    def disk_trouble(self, error: Exception) -> None:
        """The store does not take anything just now."""


class Errands:
    """The errands of one bot. `add` what a decision queued, `run` until the bot stops."""

    def __init__(
        self,
        store: Store,
        tell: Callable[[str, Outcome], None],
        listener: Listener,
        *,
        now: Callable[[], float],
    ) -> None:
        """`tell` hands an outcome to whoever waits under a token. `now` reads Unix seconds."""
        self._store = store
        self._tell = tell
        self._listener = listener
        self._now = now
        self._waiting: deque[OutboxRow] = deque()
        self._under_way = 0
        self._owed: list[Callable[[], object]] = []
        self._repeated: set[int] = set()
        self._news = trio.Event()
        self._left_over: frozenset[str] | None = frozenset(wait.token for wait in self._waits())
        self.add(store.queued())

    def add(self, rows: Iterable[OutboxRow]) -> None:
        """Take over rows the store holds as queued; those that are no errands are somebody else's."""
        self._waiting += (row for row in rows if row.errand)
        self._news.set()

    def remove(self, row_id: int) -> None:
        """Forget one that was dropped in the store and is not under way."""
        self._waiting = deque(row for row in self._waiting if row.id != row_id)

    def _recover(self) -> None:
        """Tell every rule that waits for something the last run did not see to its end. Raises StoreUnavailable."""
        if self._left_over is None:
            return
        rows = {getattr(row.effect, "token", ""): row for row in self._store.outbox()} if self._left_over else {}
        for token in sorted(self._left_over):
            row = rows.get(token)
            if row is not None and self._repeatable(row) and (again := self._store.retry(row.id)) is not None:
                self._repeated.add(again.id)
                self.add([again])
            elif row is None or row.state != "queued":
                self._tell(token, _end_of(row))
        for row in self._store.recover():
            if row.errand and row.id not in self._repeated:
                # Its rule was told; there is nothing left for a person to decide.
                self._listener.errand_failed(row, Reason("fail.forgotten"))
                self._store.drop(row.id, self._now())
        self._left_over = None

    def _waits(self) -> Iterable[Continuation]:
        for state in self._store.states("wait").values():
            yield from (wait for wait in continuations(state) if wait.kind == "outcome")

    @staticmethod
    def _repeatable(row: OutboxRow) -> bool:
        asked = isinstance(row.effect, CallHttp) and row.effect.method == "GET"
        return asked and row.state == "unknown" and row.attempts < _MOST_TRIES

    async def run(self, carry: Carry) -> None:
        """Do them until cancelled. What is under way then is marked on disk as such."""
        async with trio.open_nursery() as nursery:
            while True:
                try:
                    self._recover()
                    self._pay()
                    while self._waiting and self._under_way < AT_ONCE:
                        if self._depart(self._waiting[0]):
                            self._under_way += 1
                            nursery.start_soon(self._do, self._waiting[0], carry)
                        self._waiting.popleft()
                except StoreUnavailable as error:
                    self._listener.disk_trouble(error)
                    await trio.sleep(_RETRY_SECONDS)
                    continue
                await self._news.wait()
                self._news = trio.Event()

    def _depart(self, row: OutboxRow) -> bool:
        """Mark it on disk; False when nobody waits for it or it is not queued any more."""
        token = getattr(row.effect, "token", "")
        waits = continuations(self._store.state("wait", token, ""))
        if not any(wait.due > self._now() for wait in waits):
            why = self._listener.errand_failed(row, Reason("fail.unwanted"))
            self._store.settle(row.id, Receipt("failed", reason=why), self._now())
            return False
        return self._store.sending(row.id, f"errand-{row.id}")

    async def _do(self, row: OutboxRow, carry: Carry) -> None:
        try:
            outcome = await carry(row.effect)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one errand must not stop the others
            outcome = Outcome("failed", because=Reason("raised", {"error": _where(error)}))
        self._arrive(row, outcome)
        self._under_way -= 1
        self._news.set()

    def _arrive(self, row: OutboxRow, outcome: Outcome) -> None:
        if outcome.kind == "done":
            receipt = Receipt("sent")
            self._listener.errand_done(row)
        else:
            why = outcome.because or Reason("fail.outcome", {"why": outcome.reason or "?"})
            receipt = Receipt("failed", reason=self._listener.errand_failed(row, why))
        self._tell(getattr(row.effect, "token", ""), outcome)
        self._owed.append(partial(self._store.settle, row.id, receipt, self._now()))
        try:
            self._pay()
        except StoreUnavailable as error:
            self._listener.disk_trouble(error)

    def _pay(self) -> None:
        while self._owed:
            self._owed[0]()
            del self._owed[0]


async def run_errands(errands: Errands, config: Config, app: object | None = None) -> None:
    """Call services and run programs for rules until cancelled, with or without a session; `app` stands for all
    services (tests)."""
    async with open_outdoors(trust_env=config.trust_env, app=app) as outdoors:
        await errands.run(_hands(config, outdoors.send))


def _where(error: Exception) -> str:
    """What was raised, and where; not its text, which may quote a header."""
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} ({Path(last.filename).name}:{last.lineno})"


def _end_of(row: OutboxRow | None) -> Outcome:
    """What is known of something the last run did not see to its end. An answer is kept nowhere but with its rule."""
    if row is None or row.state in {"unknown", "sending"} or (row.errand and row.state == "sent"):
        return Outcome("failed", because=Reason("fail.forgotten"))
    if row.state == "sent":
        return Outcome("done", row.reason or None)
    if row.state == "dropped":
        return Outcome("failed", because=Reason("fail.dropped"))
    return Outcome("failed", reason=row.reason)
