"""How one rule judges one message: its lines, its exceptions, who is exempt, its cooldown.

Nothing is changed here. A rule that raises is missed with the error as its reason; the others go on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ruleswx.model import Person, State, View
from ruleswx.rules.compile import Exempt, Rule, TimedRule
from ruleswx.rules.conditions import Condition, Context, judge, refusal
from ruleswx.rules.conditions.base import WHERE
from ruleswx.rules.engine.again import waits_of
from ruleswx.rules.engine.gate import said_by, text_mark
from ruleswx.rules.schema import Cooldown
from ruleswx.rules.trace import Outcome, Reason, RuleTrace, Verdict
from ruleswx.wording import show_span

__all__ = ["Judged", "judge_rule", "skipped", "switched_off"]

_ECHOES = 2


@dataclass(frozen=True, slots=True)
class Judged:
    """A row of the trace, and the verdict behind it. `error`: judging raised."""

    row: RuleTrace
    verdict: Verdict
    error: Exception | None = None

    @property
    def ends(self) -> bool:
        """Whether the search ends here unless the rule says otherwise."""
        return self.row.outcome in {"matched", "cooldown"}


def skipped(rule: Rule, because: Reason) -> RuleTrace:
    """The row of a rule that was not judged."""
    return RuleTrace(rule.name, rule.section, "skipped", because, rule.place)


def judge_rule(rule: Rule, context: Context, *, near: bool = False) -> Judged:
    """Judge a message by one rule. Never raises."""
    try:
        return _judge(rule, context, near=near)
    except Exception as error:  # noqa: BLE001 - a rule that raises fails alone; it is told, counted and switched off
        reason = Reason("raised", {"error": f"{type(error).__name__}: {error}"[:200]})
        return Judged(_row(rule, "missed", reason), Verdict(False, reason), error)


def _row(rule: Rule, outcome: Outcome, because: Reason, verdict: Verdict | None = None) -> RuleTrace:
    if verdict is None:
        return RuleTrace(rule.name, rule.section, outcome, because, rule.place)
    return RuleTrace(rule.name, rule.section, outcome, because, rule.place, verdict.span, verdict.captures)


def _judge(rule: Rule, context: Context, *, near: bool) -> Judged:
    if rule.mode == "off":
        return _stopped(rule, "skipped", Reason("off"))
    verdict, failed = judge(rule.when, context)
    if failed is not None:
        return _missed(rule, context, verdict, failed, near=near)
    cancelled = refusal(rule.unless, context)
    if cancelled is not None:
        return Judged(_row(rule, "missed", cancelled.because), cancelled)
    for outcome, because in (_exempt(rule, context), _broken(rule, context), _echo(rule, context)):
        if because is not None:
            return Judged(_row(rule, outcome, because, verdict), verdict)
    if rule.mode == "dry":
        return Judged(_row(rule, "dry", Reason("dry", parts=(verdict.because,)), verdict), verdict)
    cold = _cooldown(rule, context)
    if cold is not None:
        return Judged(_row(rule, "cooldown", cold, verdict), verdict)
    if rule.again == "ignore" and waits_of(context.view, rule.name, context.message):
        return Judged(_row(rule, "cooldown", Reason("again.ignore"), verdict), verdict)
    return Judged(_row(rule, "matched", verdict.because, verdict), verdict)


def _stopped(rule: Rule, outcome: Outcome, because: Reason) -> Judged:
    return Judged(_row(rule, outcome, because), Verdict(False, because))


def _missed(rule: Rule, context: Context, verdict: Verdict, failed: Condition, *, near: bool) -> Judged:
    outcome: Outcome = "skipped" if failed.cost == WHERE else "missed"
    row = _row(rule, outcome, verdict.because)
    if near and outcome == "missed":
        row = replace(row, near=failed.near(context))
    return Judged(row, verdict)


def _exempt(rule: Rule, context: Context) -> tuple[Outcome, Reason | None]:
    who = context.speaker
    if rule.exempt.admins and who.key and who.key in context.view.admins:
        return "exempt", Reason("exempt.admin", {"name": context.speaker_name})
    if _is_named(rule.exempt, who):
        return "exempt", Reason("exempt", {"name": context.speaker_name})
    return "exempt", None


def _is_named(exempt: Exempt, who: Person) -> bool:
    """By 备注 or 微信号 of a friend only: any member can take another's nickname."""
    if exempt.names is None or not who.friend:
        return False
    sure = [name for name in (who.remark, who.alias) if name]
    return bool(sure) and exempt.names.find(sure) is not None


def _broken(rule: Rule, context: Context) -> tuple[Outcome, Reason | None]:
    return "skipped", switched_off(rule, context.view)


def switched_off(rule: Rule | TimedRule, view: View) -> Reason | None:
    """Why a rule does nothing after its failures. Most never fail, and then their mark need not be worked out."""
    state = view.state("broken", rule.name, "")
    value = state.value if state and isinstance(state.value, dict) else {}
    off = value.get("off") is True and value.get("mark") == rule.fingerprint
    return Reason("broken") if off else None


def _echo(rule: Rule, context: Context) -> tuple[Outcome, Reason | None]:
    """A rule that hears its own words again and again is talking to another bot."""
    said = said_by(context.view, context.message.chat.key, context.now)
    own = [mark for _, mark, name in said if name == rule.name]
    if len(own) < _ECHOES:
        return "missed", None
    mark = text_mark(context.message.text)
    return "missed", Reason("echo") if own.count(mark) >= _ECHOES else None


def _cooldown(rule: Rule, context: Context) -> Reason | None:
    if rule.cooldown is None:
        return None
    state = context.state("cooldown", rule.name, context.scope(rule.cooldown.per))
    if state is None or state.until is None:
        return None
    return _cold(rule.cooldown, state, context.now)


def _cold(cooldown: Cooldown, state: State, now: datetime) -> Reason:
    value = state.value if isinstance(state.value, dict) else {}
    until = state.until or now
    fired = until - cooldown.length
    return Reason(
        "cooldown",
        {
            "length": show_span(cooldown.length).replace(" ", ""),
            "per": cooldown.per,
            "left": show_span(until - now),
            "at": f"{fired.astimezone(now.tzinfo):%H:%M:%S}",
            "by": str(value.get("by") or "?"),
        },
    )
