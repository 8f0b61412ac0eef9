"""Waits for schedules: sleeps until the next one is due, and emits a Timer for each occurrence that is to fire.

Theory. The plan of a rule is its schedule, the newest occurrence dealt with, and the wall time of the next one, jitter
included. The plan follows from the mark alone, so a clock set back changes nothing in it, and a clock set forward or a
host that slept is noticed when the clock is looked at again: at least every minute, for the wall clock may do what it
likes while the other one, by which trio sleeps, goes on. What is then late is judged by `due_now`.

There is one owner: the plans live in `run`. When rules are loaded anew, a rule whose times are unchanged keeps its
plan, also the delay it is waiting out; one whose times changed begins anew from now, so that an edit neither repeats
nor catches up on anything; one that is gone is forgotten.

It must not know the engine or the store: marks are read through a function, and whoever receives a Timer stores its
mark together with the decision (see `ruleswx.schedule`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import trio

from ruleswx.model import Timer
from ruleswx.schedule import Occurrence, Spec, due_now, jittered, next_due

__all__ = ["LOOK_SECONDS", "run"]

LOOK_SECONDS = 60.0
"""The clock is looked at this often at least."""
_FAR = timedelta(days=1)

Marks = Callable[[str], "datetime | None"]
Told = Callable[[str, "tuple[Occurrence, ...]"], None]


@dataclass(slots=True)
class _Plan:
    """One rule's. `since`: when the wait for it began. `fresh`: no mark yet, `mark` is only where we came in.

    All in UTC, for aware times of one zone compare as wall times, an hour off when the clock changes.
    """

    spec: Spec
    mark: datetime
    since: datetime
    fresh: bool
    wake: datetime


class _Plans:
    """Every rule's plan, kept in step with the rules in force."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._plans: dict[str, _Plan] = {}

    def follow(self, specs: Mapping[str, Spec], now: datetime) -> None:
        """Take over the schedules in force, and put up with a clock that was set back."""
        self._plans = {rule: self._kept(rule, spec, now) for rule, spec in specs.items()}

    def _kept(self, rule: str, spec: Spec, now: datetime) -> _Plan:
        plan = self._plans.get(rule)
        if plan is None:
            return self._begun(rule, spec, now, self._mark(rule))
        edited = plan.spec != spec
        if (edited and plan.spec.beat != spec.beat) or (plan.fresh and now < plan.mark):
            mark = self._mark(rule)
            return self._begun(rule, spec, now, mark if mark and mark > now else None)
        if edited:
            plan.spec = spec
            self._aim(rule, plan, now)
        return plan

    def _mark(self, rule: str) -> datetime | None:
        mark = self._marks(rule)
        return mark and mark.astimezone(UTC)

    def _begun(self, rule: str, spec: Spec, now: datetime, mark: datetime | None) -> _Plan:
        plan = _Plan(spec, mark or now, now, mark is None, now)
        self._aim(rule, plan, now)
        return plan

    def _aim(self, rule: str, plan: _Plan, now: datetime) -> None:
        due = next_due(plan.spec, plan.mark)
        plan.wake = now + _FAR if due is None else jittered(plan.spec, due, rule).astimezone(UTC)

    def first(self) -> tuple[str, datetime] | None:
        """Whose turn is next, and when."""
        rule = min(self._plans, key=lambda name: self._plans[name].wake, default=None)
        return None if rule is None else (rule, self._plans[rule].wake)

    def take(self, rule: str, now: datetime) -> tuple[Occurrence, ...]:
        """What has become due of this rule; it is dealt with from here on."""
        plan = self._plans[rule]
        found = due_now(plan.spec, plan.mark, now, rule, plan.since)
        if found:
            plan.mark, plan.fresh = found[-1].due.astimezone(UTC), False
        else:  # it lies further back than anybody looks
            plan.mark = max(plan.mark, now)
        self._aim(rule, plan, now)
        return found


async def run(
    specs: Callable[[], Mapping[str, Spec]],
    marks: Marks,
    now: Callable[[], datetime],
    send: trio.MemorySendChannel[Timer],
    *,
    changed: Callable[[], Awaitable[object]],
    passed: Told,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Emit Timers until cancelled; closes `send` then.

    `specs` tells the schedules in force by rule, another mapping when they are others; `marks` the newest occurrence
    of a rule that was dealt with (None: none ever), `now` the aware wall time. `changed` returns when the schedules in
    force may have changed since it was called; it must notice a change from the moment of the call. `passed` hears, at
    once and without waiting, which occurrences of a rule will not fire, so that they can be logged; storing their mark
    spares the next start from telling them again. At most one Timer is on its way: a slow receiver delays, and what a
    delay made late is judged when its turn comes. Raises trio.BrokenResourceError when nobody receives any more.
    """
    plans = _Plans(marks)
    followed: Mapping[str, Spec] | None = None
    async with send:
        task_status.started()
        while True:
            moment = now().astimezone(UTC)
            if (current := specs()) is not followed:
                plans.follow(current, moment)
                followed = current
            first = plans.first()
            wait = LOOK_SECONDS if first is None else (first[1] - moment).total_seconds()
            if first is not None and wait <= 0:
                await _deal(first[0], plans.take(first[0], moment), send, passed)
                continue
            with trio.move_on_after(min(wait, LOOK_SECONDS)):
                await changed()
            followed = None  # look at everything again, for the clock may have been set


async def _deal(rule: str, found: tuple[Occurrence, ...], send: trio.MemorySendChannel[Timer], passed: Told) -> None:
    lost = tuple(occurrence for occurrence in found if occurrence.verdict != "fire")
    if lost:
        passed(rule, lost)
    if len(lost) < len(found):
        await send.send(Timer(rule, found[-1].due))
