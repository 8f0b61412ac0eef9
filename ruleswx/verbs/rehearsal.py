"""Rules played through without an account: the running bot's engine over a told world, a clock that is only told.

What the bot would remember stays here for as long as it plays. Waits and schedules happen when the clock passes them,
at their time and in order. What is verified after the fact (an invitation, a removal, a 备注) counts as done at once;
web requests and programs are never carried out: whoever plays may say what came of them. It must not know where
messages come from or how any of it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Protocol

from ruleswx.model import CallHttp, Change, Effect, Message, RunCommand, State, Timer, View
from ruleswx.rules.compile import RuleSet, TimedRule
from ruleswx.rules.engine import Continuation, Decision, Limits, Outcome, continuations, decide, resume
from ruleswx.schedule import jittered, next_due

__all__ = ["MOST", "Play", "Rehearsal", "Remembering"]

MOST = 500
"""So many waits and occurrences at most happen when the clock is moved once; a week of `every: 1s` is no rehearsal."""


class Remembering(View, Protocol):
    """A view that keeps what was decided."""

    def keep(self, changes: Iterable[Change]) -> None:
        """Remember it."""

    def states(self, kind: str) -> Mapping[tuple[str, str], State]:
        """Everything remembered of one kind."""


@dataclass(frozen=True, slots=True)
class Play:
    """One decision and when it fell. `message` is the id of the message it goes back to, "" for a schedule's."""

    at: datetime
    decision: Decision
    message: str = ""


@dataclass(slots=True)
class Rehearsal:
    """One bot that only plays. `schedules`: occurrences happen too when the clock passes them."""

    ruleset: RuleSet
    world: Remembering
    now: datetime
    rng: Random
    limits: Limits
    schedules: bool = False
    overran: bool = False
    _marks: dict[str, datetime] = field(default_factory=dict)
    _woken: set[tuple[str, float]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Occurrences count from now on."""
        self._marks = {rule.name: self.now for rule in self.ruleset.schedule}

    def hear(self, message: Message) -> Iterator[Play]:
        """A message comes in now."""
        decision = decide(self.ruleset, message, self.world, now=self.now, rng=self.rng, limits=self.limits)
        yield from self._follow(decision, message.id)

    def move(self, until: datetime) -> Iterator[Play]:
        """The clock moves; whatever is due on the way happens at its time. `overran` says when that was too much."""
        self.overran = False
        for _ in range(MOST):
            waiting, occurrence = self._next_wait(until), self._next_occurrence(until)
            if waiting is None and occurrence is None:
                break
            if occurrence is None or (waiting is not None and waiting.due <= occurrence[0].timestamp()):
                assert waiting is not None  # noqa: S101 - one of the two is there
                self._woken.add((waiting.token, waiting.due))
                self.now = max(self.now, datetime.fromtimestamp(waiting.due, until.tzinfo))
                yield from self.go_on(waiting, Outcome("due"))
            else:
                self.now = max(self.now, occurrence[0])
                yield from self._fire(occurrence[1], occurrence[2])
        else:
            self.overran = True
            self._marks = dict.fromkeys(self._marks, until)  # what was overtaken never happens
        self.now = max(self.now, until)

    def go_on(self, waiting: Continuation, outcome: Outcome) -> Iterator[Play]:
        """Something that waited goes on."""
        decision = resume(
            self.ruleset, waiting, outcome, self.world, now=self.now, rng=self.rng, limits=self.limits
        )  # fmt: skip
        yield from self._follow(decision, "" if waiting.timed else waiting.message.id)

    def open_errands(self) -> tuple[Continuation, ...]:
        """Web requests and programs nobody has told the outcome of, the oldest first."""
        return tuple(c for c in self._waiting() if c.kind == "outcome")

    def _follow(self, decision: Decision, message: str) -> Iterator[Play]:
        self.world.keep(decision.changes)
        yield Play(self.now, decision, message)
        for effect in decision.effects:
            for waiting in self._settled(effect):
                yield from self.go_on(waiting, Outcome("done"))

    def _settled(self, effect: Effect) -> tuple[Continuation, ...]:
        token = getattr(effect, "token", "")
        if not token or isinstance(effect, CallHttp | RunCommand):
            return ()
        return continuations(self.world.state("wait", token, ""))

    def _waiting(self) -> Iterator[Continuation]:
        for kind in ("wait", "dialogue"):
            for state in tuple(self.world.states(kind).values()):
                yield from continuations(state)

    def _next_wait(self, until: datetime) -> Continuation | None:
        """The first that is due. An errand nobody does never ends by itself."""
        due = (
            c
            for c in self._waiting()
            if c.kind != "outcome" and c.due <= until.timestamp() and (c.token, c.due) not in self._woken
        )
        return min(due, key=lambda c: c.due, default=None)

    def _next_occurrence(self, until: datetime) -> tuple[datetime, datetime, TimedRule] | None:
        """The first that happens by then: when it happens, the time it stands for, whose it is."""
        found = []
        for rule in self.ruleset.schedule if self.schedules else ():
            due = None if rule.mode == "off" else next_due(rule.spec, self._marks[rule.name])
            if due is not None and due.timestamp() <= until.timestamp():
                found.append((jittered(rule.spec, due, rule.name), due, rule))
        first = min(found, key=lambda item: item[0].timestamp(), default=None)
        return first if first is not None and first[0].timestamp() <= until.timestamp() else None

    def _fire(self, due: datetime, rule: TimedRule) -> Iterator[Play]:
        self._marks[rule.name] = due
        event = Timer(rule.name, due)
        decision = decide(self.ruleset, event, self.world, now=self.now, rng=self.rng, limits=self.limits)
        yield from self._follow(decision, "")
