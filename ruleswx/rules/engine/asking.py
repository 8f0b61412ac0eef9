"""How every rule judges one message, for people who ask: nothing is skipped over, the closest miss is measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

from ruleswx.model import Message, View
from ruleswx.rules.compile import Rule, RuleSet
from ruleswx.rules.conditions import Condition, Context, cost_of
from ruleswx.rules.conditions.base import EVENT, HISTORY, TEXT, WHERE
from ruleswx.rules.engine.decide import context_of, decide
from ruleswx.rules.engine.decision import Limits
from ruleswx.rules.engine.running import Desk
from ruleswx.rules.trace import RuleTrace, Trace

__all__ = ["judge_all", "nearest"]

_HALF = 0.5
_COSTS = {WHERE: 20.0, EVENT: 3.0, TEXT: 6.0, HISTORY: 2.0}
"""How far away a rule is for a line that does not hold; a text that is nearly right counts its wrong characters."""
_UNASKED = 5.0


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


def nearest(ruleset: RuleSet, message: Message, view: View, now: datetime, trace: Trace) -> RuleTrace | None:
    """The row of the rule that needed least to match, of a trace that has them all; None when there are no rules."""
    context = context_of(Desk.over(ruleset, view, now), message, Random(0))  # noqa: S311 - chance is no distance
    rows = {row.rule: row for row in trace.rules}
    known = [rule for rule in ruleset.rules if rule.name in rows]
    best = min(known, key=lambda rule: (_away(rule, context), rule.position), default=None)
    return None if best is None else rows[best.name]


def _away(rule: Rule, context: Context) -> float:
    """How much of a rule does not hold. An exception or `mode: off` is nearest: all its lines hold."""
    asks = any(cost_of(line) == TEXT for line in rule.when)
    wrong = sum(_cost(line, context, asks_text=asks) for line in rule.when if not line.check(context).matched)
    return wrong + (_HALF if any(line.check(context).matched for line in rule.unless) else 0)


def _cost(line: Condition, context: Context, *, asks_text: bool) -> float:
    near = line.near(context)
    if near is not None:
        return min(float(near.away), _COSTS[TEXT])
    cost = cost_of(line)
    # A count alone fails for nearly every message: that is not near.
    return _UNASKED if cost == HISTORY and not asks_text else _COSTS.get(cost, 1.0)
