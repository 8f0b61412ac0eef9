"""`resume`: a stored wait goes on, because its time has come or its effect has an outcome. As pure as `decide`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

from ruleswx.model import Json, View
from ruleswx.rules.actions import Arrival, steps_at
from ruleswx.rules.compile import Rule, RuleSet, TimedRule
from ruleswx.rules.conditions import Context
from ruleswx.rules.engine.breaker import brake, hush
from ruleswx.rules.engine.continuation import Continuation
from ruleswx.rules.engine.decide import context_of, finish, hear
from ruleswx.rules.engine.decision import Decision, Limits, Outcome
from ruleswx.rules.engine.dialogue import end_dialogue
from ruleswx.rules.engine.running import Desk, Start, end_wait, open_dialogues, run_rule
from ruleswx.rules.trace import Heard, Reason, RuleTrace, Trace

__all__ = ["resume"]

_LIMITS = Limits()


def resume(
    ruleset: RuleSet,
    continuation: Continuation | Json,
    outcome: Outcome,
    view: View,
    *,
    now: datetime,
    rng: Random,
    limits: Limits = _LIMITS,
) -> Decision:
    """What follows once a wait is over. Never raises: what cannot go on ends, with its reason in the trace.

    What is said in the chat counts for the brakes as if it had been said at once, and a paused chat stays silent.
    """
    if not isinstance(continuation, Continuation):
        try:
            continuation = Continuation.from_json(continuation)
        except ValueError:
            return Decision((), (), Trace(Heard("wait"), Reason("step.gone")))
    desk = Desk.over(ruleset, view, now.astimezone(ruleset.options.zone))
    context = context_of(desk, continuation.message, rng)
    heard = replace(hear(context), goes_on=continuation.message.id)
    if continuation.timed:
        heard = Heard("timer", timer=continuation.rule)
    if not _open(desk, continuation):
        return Decision((), (), Trace(heard, Reason("step.gone"), judged=len(ruleset.rules)))
    if continuation.kind == "dialogue":
        end_dialogue(desk, context, continuation)
    else:
        end_wait(desk, continuation)
    desk.rows.append(_go_on(desk, continuation, outcome, rng))
    return finish(desk, heard, None if continuation.timed else _held(desk, context, limits))


def _held(desk: Desk, context: Context, limits: Limits) -> Reason | None:
    """Why something was held back that would have been said."""
    why = hush(desk, context)
    return why or (brake(desk, context, limits) if limits.breakers else None)


def _open(desk: Desk, continuation: Continuation) -> bool:
    """Whether this is still waited for: an outcome may come twice, a timer after the answer."""
    if continuation.kind != "dialogue":
        return desk.overlay.state("wait", continuation.token, "") is not None
    here = open_dialogues(desk.overlay, continuation.message)
    return any((c.token, c.path, c.due) == (continuation.token, continuation.path, continuation.due) for c in here)


def _go_on(desk: Desk, kept: Continuation, outcome: Outcome, rng: Random) -> RuleTrace:
    rule: Rule | TimedRule | None = desk.ruleset.find(kept.rule)
    step = steps_at(rule.steps, kept.path) if rule is not None else None
    if rule is None or step is None or rule.mode == "off" or not _same_kind(step.name, kept.kind):
        section = rule.section if rule else "reply"
        return RuleTrace(kept.rule, section, "skipped", Reason("step.gone"))
    row = RuleTrace(rule.name, rule.section, "matched", _because(kept, outcome, step.name), rule.place)
    context = context_of(desk, kept.message, rng)
    if kept.kind == "dialogue":
        start = Start((*kept.path, "on_timeout", 0), None, kept.values, kept.kept, kept.timed)
    else:
        start = Start(kept.path, _arrival(kept, outcome), kept.values, kept.kept, kept.timed)
    return run_rule(desk, rule, context, row, start)


def _same_kind(action: str, kind: str) -> bool:
    """Whether the step at that place still is one that waits so: the rule may have been edited meanwhile."""
    if kind == "wait":
        return action == "wait"
    if kind == "dialogue":
        return action == "ask"
    return action in {
        "image",
        "file",
        "video",
        "emoticon",
        "http",
        "run",
        "invite",
        "kick",
        "accept",
        "remark",
        "rename_group",
        "recall",
    }


def _because(kept: Continuation, outcome: Outcome, action: str) -> Reason:
    if kept.kind == "dialogue":
        return Reason("step.timeout")
    if kept.kind == "wait":
        return Reason("step.waited")
    if outcome.kind == "done":
        return Reason("step.done", {"action": action})
    return Reason("step.failed", {"action": action}, (_failure(outcome),))


def _failure(outcome: Outcome) -> Reason:
    if outcome.kind == "due":
        return Reason("fail.lost")
    return outcome.because or Reason("fail.outcome", {"why": outcome.reason or "?"})


def _arrival(kept: Continuation, outcome: Outcome) -> Arrival:
    if kept.kind == "wait" or outcome.kind == "done":
        return Arrival(outcome.value)
    return Arrival(failed=_failure(outcome))
