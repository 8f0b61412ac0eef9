"""What rules do with recorded messages, and where two sets of rules differ. Pure but for the dice it is given.

It must not know where the messages come from or how any of it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Literal

from ruleswx.config import Config
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.engine import Limits
from ruleswx.rules.trace import Done, Reason, Trace
from ruleswx.verbs.recorded import Recorded, Recording
from ruleswx.verbs.rehearsal import Rehearsal

__all__ = ["Compared", "Told", "compare", "hits", "play"]

_AFTER = timedelta(days=1)
Difference = Literal["gained", "lost", "changed"]


@dataclass(slots=True)
class Told:
    """What became of one message, its waits included: how each rule that fitted came out, and what was done."""

    gate: Reason | None = None
    rules: dict[str, str] = field(default_factory=dict)
    effects: list[Done] = field(default_factory=list)

    def add(self, trace: Trace) -> None:
        """One more decision that goes back to this message."""
        self.gate = self.gate or trace.gate
        for row in trace.rules:
            if row.outcome in {"matched", "cooldown", "dry"}:
                self.rules.setdefault(row.rule, row.outcome)
        self.effects += trace.effects

    @property
    def matched(self) -> tuple[str, ...]:
        """The rules that ran."""
        return tuple(rule for rule, outcome in self.rules.items() if outcome == "matched")

    @property
    def done(self) -> tuple[tuple[str, ...], tuple[tuple[str, str, str, tuple[str, ...]], ...]]:
        """What two sets of rules are compared by."""
        effects = tuple((d.rule, d.kind, d.to, tuple(d.what.values())) for d in self.effects)
        return self.matched, effects


@dataclass(frozen=True, slots=True)
class Compared:
    """One message on which the two sets differ."""

    kind: Difference
    item: Recorded
    before: Told
    after: Told


def play(ruleset: RuleSet, recording: Recording, config: Config) -> dict[str, Told]:
    """What these rules do with every message, by its id: each at the time it came in, with empty state at first."""
    told = {item.message.id: Told() for item in recording.messages}
    if not recording.messages:
        return told
    limits = Limits(max_age=config.max_age, breakers=not config.pace.off)
    begin = recording.messages[0].received.astimezone(config.zone)
    stage = Rehearsal(ruleset, recording.view.fresh(), begin, Random(0), limits)  # noqa: S311 - set below
    for item in recording.messages:
        # The same dice for every set of rules, so that chance is no difference.
        stage.rng = Random(item.message.id)  # noqa: S311
        for happened in stage.move(item.received.astimezone(config.zone)):
            told[happened.message].add(happened.decision.trace)
        stage.rng = Random(item.message.id)  # noqa: S311
        for happened in stage.hear(item.message):
            told[happened.message].add(happened.decision.trace)
    # What still waits after the last message belongs to it, or to one before.
    for happened in stage.move(recording.messages[-1].received.astimezone(config.zone) + _AFTER):
        told[happened.message].add(happened.decision.trace)
    return told


def compare(before: Mapping[str, Told], after: Mapping[str, Told], recording: Recording) -> tuple[Compared, ...]:
    """Every message the two answer differently, in order."""
    found = []
    for item in recording.messages:
        old, new = before[item.message.id], after[item.message.id]
        if old.done != new.done:
            kind: Difference = "gained" if not old.matched else "lost" if not new.matched else "changed"
            found.append(Compared(kind, item, old, new))
    return tuple(found)


def hits(ruleset: RuleSet, told: Mapping[str, Told]) -> dict[str, Mapping[str, int]]:
    """How often each rule matched, was silent in its cooldown, or would have acted (dry), in effective order."""
    counted: dict[str, dict[str, int]] = {}
    for one in told.values():
        for rule, outcome in one.rules.items():
            row = counted.setdefault(rule, {})
            row[outcome] = row.get(outcome, 0) + 1
    return {rule.name: counted.get(rule.name, {}) for rule in ruleset.rules}
