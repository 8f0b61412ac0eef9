"""The schedules of a running bot: what is due is decided and stored, each occurrence once.

`scheduler` waits and emits Timers; here they are taken in, one after the other, and handed on until the disk has taken
what they lead to. The occurrence dealt with is remembered in the same transaction, so neither a kill nor a restart
repeats one. When nobody waited (no session, the bot was off) the next start judges what is late by `missed`.

It must not know the engine or how anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

import trio

from ruleswx import scheduler
from ruleswx.errors import StoreUnavailable
from ruleswx.model import Change, Timer
from ruleswx.schedule import MARK, SINCE, Occurrence, Spec, make_mark, make_since, read_mark, read_since
from ruleswx.store import Store

__all__ = ["Clerk", "Timetable"]

_RETRY_SECONDS = 1.0


class Clerk(Protocol):
    """Who hears of schedules. Calls are quick and never wait."""

    def passed(self, rule: str, lost: Sequence[Occurrence]) -> None:
        """These occurrences will not happen."""

    def disk_trouble(self, error: Exception) -> None:
        """The disk takes nothing just now."""


class Timetable:
    """The schedules in force. `run` it while the bot can act; `poke` it when they may have changed."""

    def __init__(
        self,
        store: Store,
        specs: Callable[[], Mapping[str, Spec]],
        go_off: Callable[[Timer], None],
        clerk: Clerk,
        *,
        now: Callable[[], datetime],
        dry: bool = False,
    ) -> None:
        """`specs` tells the schedules in force, another mapping when they are others; `go_off` decides about a Timer
        and stores it, it may raise StoreUnavailable. A `dry` one leaves no trace."""
        self._store = store
        self._specs = specs
        self._go_off = go_off
        self._clerk = clerk
        self._now = now
        self._dry = dry
        self._news = trio.Event()
        self._seen: Mapping[str, Spec] | None = None

    def poke(self) -> None:
        """The schedules may be others now."""
        self._news.set()

    async def run(self) -> None:
        """Let what is due happen, until cancelled."""
        timers, receive = trio.open_memory_channel[Timer](0)
        async with trio.open_nursery() as nursery, receive:
            wait = partial(scheduler.run, changed=self._changed, passed=self._passed)
            nursery.start_soon(wait, self._in_force, self._mark, self._now, timers)
            async for timer in receive:
                await self._take(timer)

    async def _take(self, timer: Timer) -> None:
        while True:
            try:
                self._go_off(timer)
            except StoreUnavailable as error:
                self._clerk.disk_trouble(error)
                await trio.sleep(_RETRY_SECONDS)
            else:
                return

    async def _changed(self) -> None:
        await self._news.wait()
        self._news = trio.Event()

    def _in_force(self) -> Mapping[str, Spec]:
        """The schedules in force; one that is not any more is forgotten, so that it begins anew when it comes back."""
        specs = self._specs()
        if specs is not self._seen:
            gone = [name for name, _ in self._store.states(SINCE) if name not in specs]
            self._remember([Change(SINCE, name, "", None) for name in gone])
            self._seen = specs
        return specs

    def _mark(self, rule: str) -> datetime | None:
        """The newest occurrence dealt with, or when the schedule came into force if that was later."""
        now, spec = self._now(), self._specs()[rule]
        mark = read_mark(self._store.state(MARK, rule, ""))
        since = read_since(self._store.state(SINCE, rule, ""), spec)
        if since is None or since > now:
            # New or edited (or the clock was wrong): nothing of the past counts, but what comes is waited for.
            self._remember([make_since(rule, spec, now)])
            return mark if mark is not None and mark > now else None
        return since if mark is None or mark < since else mark

    def _passed(self, rule: str, lost: Sequence[Occurrence]) -> None:
        self._remember([make_mark(rule, lost[-1].due)])
        self._clerk.passed(rule, lost)

    def _remember(self, changes: Sequence[Change]) -> None:
        """What is not kept now is only told, or looked at, once more after a restart."""
        if self._dry or not changes:
            return
        try:
            self._store.commit(None, (), changes, b"", "", self._now().timestamp())
        except StoreUnavailable as error:
            self._clerk.disk_trouble(error)
