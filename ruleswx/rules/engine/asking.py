"""How every rule judges one message, for people who ask: nothing is skipped over, the closest miss is measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

from ruleswx.model import Message, View
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.engine.decide import decide
from ruleswx.rules.engine.decision import Limits
from ruleswx.rules.trace import RuleTrace, Trace

__all__ = ["judge_all"]


def judge_all(
    ruleset: RuleSet, message: Message, view: View, now: datetime, rng: Random, *, limits: Limits | None = None
) -> Trace:
    """The trace with a row for every rule, in effective order."""
    thorough = replace(limits or Limits(breakers=False), thorough=True)
    trace = decide(ruleset, message, view, now=now, rng=rng, limits=thorough).trace
    order = {rule.name: rule.position for rule in ruleset.rules}

    def place(row: RuleTrace) -> int:
        return order.get(row.rule, len(order))

    return replace(trace, rules=tuple(sorted(trace.rules, key=place)))
