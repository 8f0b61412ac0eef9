"""Running a rule's steps inside a decision: cooldowns, pauses kept as data, failures told and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ruleswx.model import Change, Effect, Json, Message, Notify, State, View
from ruleswx.rules.actions import Arrival, Overlay, Path, Pause, Run, Stopped, run_from
from ruleswx.rules.compile import Rule, RuleSet, TimedRule
from ruleswx.rules.conditions import Context, member_scope
from ruleswx.rules.engine.again import BUSY, busy_scope, busy_state, waits_of
from ruleswx.rules.engine.continuation import Continuation, continuations
from ruleswx.rules.engine.decision import Decision
from ruleswx.rules.trace import Done, Heard, Reason, RuleTrace, StepTrace, Trace, say

__all__ = ["Desk", "end_wait", "report_failure", "run_rule"]

_HOUR = timedelta(hours=1)
_LATE = timedelta(days=7)
"""So long after its time a wait may still go on, when the bot was stopped or something waits for its turn."""
_FAILURES = 3
_NOT_ITS_FAULT = frozenset(
    {"step.gone", "fail.original", "fail.lost", "fail.forgotten", "fail.dropped", "fail.unwanted"}
)
"""Nothing about the rule failed: it was edited, the bot stopped, somebody took it back, the original is not kept."""


@dataclass(slots=True)
class Desk:
    """What one decision has gathered so far. Local to the decision."""

    ruleset: RuleSet
    overlay: Overlay
    now: datetime
    effects: list[Effect] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    rows: list[RuleTrace] = field(default_factory=list)

    @staticmethod
    def over(ruleset: RuleSet, view: View, now: datetime) -> Desk:
        """An empty desk over a view."""
        return Desk(ruleset, Overlay(view), now)

    def change(self, change: Change) -> None:
        """Remember something; what follows sees it."""
        self.changes.append(change)
        self.overlay.change(change)

    def hold_back(self, which: Callable[[Effect], bool]) -> bool:
        """Take effects back with what the trace tells of them, for the two lists go side by side; whether there were
        any."""
        kept = [pair for pair in zip(self.effects, self.done, strict=True) if not which(pair[0])]
        before = len(self.effects)
        self.effects = [effect for effect, _ in kept]
        self.done = [done for _, done in kept]
        return len(kept) < before

    def tell_admins(self, text: str, rule: str) -> None:
        """A notice of our own."""
        self.effects.append(Notify(text, rule))
        self.done.append(Done("notify", "admins", {"text": text}, rule))


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin, and with what."""

    path: Path = ()
    arrival: Arrival | None = None
    values: Mapping[str, Json] = field(default_factory=dict)
    kept: Mapping[str, Json] = field(default_factory=dict)
    timed: bool = False


def run_rule(
    desk: Desk, rule: Rule | TimedRule, context: Context, row: RuleTrace, start: Start | None = None
) -> RuleTrace:
    """Run a rule's steps and gather what they ask for; returns its row with the steps told.

    Steps of a dry rule are told and thrown away.
    """
    dry = rule.mode == "dry"
    if start is None and not dry:
        row = _begin_anew(desk, rule, context.message, row)
    start = start or Start(values=dict(row.captures))
    overlay = Overlay(desk.overlay) if dry else desk.overlay
    context.view = overlay
    run = Run(rule, context, overlay, values=start.values, timed=start.timed)
    run.kept.update(start.kept)
    try:
        stopped = _go(run, start)
    finally:
        context.view = desk.overlay
    if dry:
        return replace(row, steps=(*row.steps, *_would(run)))
    if isinstance(rule, Rule) and not start.path:
        _cool(run, rule)
    desk.effects += run.effects
    desk.changes += run.changes
    desk.done += run.done
    if stopped is not None:
        _keep(desk, rule, run, stopped)
    return replace(row, steps=(*row.steps, *run.steps))


def _begin_anew(desk: Desk, rule: Rule | TimedRule, message: Message, row: RuleTrace) -> RuleTrace:
    """`again: restart`: what an earlier start left waiting is dropped."""
    if not isinstance(rule, Rule) or rule.again != "restart":
        return row
    tokens = waits_of(desk.overlay, rule.name, message)
    if not tokens:
        return row
    for token in tokens:
        desk.change(Change("wait", token, "", None))
    desk.change(Change(BUSY, rule.name, busy_scope(message), None))
    return replace(row, steps=(*row.steps, StepTrace("", "again", Reason("step.restart"))))


def end_wait(desk: Desk, gone: Continuation) -> None:
    """A wait is over; its rule is no longer busy with it."""
    desk.change(Change("wait", gone.token, "", None))
    scope = busy_scope(gone.message)
    if not gone.timed and (busy := desk.overlay.state(BUSY, gone.rule, scope)) is not None:
        left = waits_of(desk.overlay, gone.rule, gone.message)
        desk.change(Change(BUSY, gone.rule, scope, busy_state(left, busy.until)))


def _go(run: Run, start: Start) -> Stopped | None:
    """Run; an error of ours in a step is a failure of that rule, and of nothing else."""
    try:
        return run_from(run, run.rule.steps, start.path, start.arrival)
    except Exception as error:  # noqa: BLE001 - a rule that raises fails alone; it is told, counted and switched off
        reason = Reason("raised", {"error": f"{type(error).__name__}: {error}"[:200]})
        run.note("", reason, ok=False)
        return Stopped(run.here, reason=reason)


def _would(run: Run) -> list[StepTrace]:
    told = [StepTrace("", done.kind, Reason("step.would", {"what": _shown(done)})) for done in run.done]
    return [*told, *(step for step in run.steps if step.because.code != "done")]


def _shown(done: Done) -> str:
    return " ".join(part for part in (done.kind, *done.what.values(), f"→ {done.to}" if done.to else "") if part)


def _cool(run: Run, rule: Rule) -> None:
    if rule.cooldown is None:
        return
    scope = run.context.scope(rule.cooldown.per)
    state = State({"by": run.context.speaker_name}, run.now + rule.cooldown.length)
    run.change("cooldown", rule.name, scope, state)


def _keep(desk: Desk, rule: Rule | TimedRule, run: Run, stopped: Stopped) -> None:
    if stopped.pause is not None:
        _store(desk, run, stopped.path, stopped.pause)
    elif stopped.reason is not None:
        _failed(desk, rule, stopped.reason)


def _store(desk: Desk, run: Run, path: Path, pause: Pause) -> None:
    kept = Continuation(
        pause.kind,
        run.rule.name,
        path,
        pause.due.timestamp(),
        run.token(),
        run.message,
        run.values,
        run.kept,
        pause.more,
        run.timed,
    )
    if pause.kind == "dialogue":
        # One dialogue a person and chat: a new question takes the place of the one before.
        scope = member_scope(run.message.chat, run.message.sender)
        desk.change(Change("dialogue", "", scope, State([kept.to_json()])))
        return
    desk.change(Change("wait", kept.token, "", State(kept.to_json())))
    if isinstance(run.rule, Rule):
        tokens = (*waits_of(desk.overlay, run.rule.name, run.message), kept.token)
        scope = busy_scope(run.message)
        before = desk.overlay.state(BUSY, run.rule.name, scope)
        until = max(pause.due + _LATE, before.until if before and before.until else pause.due)
        desk.change(Change(BUSY, run.rule.name, scope, busy_state(tuple(dict.fromkeys(tokens)), until)))


def open_dialogues(view: View, message: Message) -> tuple[Continuation, ...]:
    """The dialogues of this speaker in this chat, the open one last."""
    return continuations(view.state("dialogue", "", member_scope(message.chat, message.sender)))


def report_failure(
    ruleset: RuleSet, rule: str, reason: Reason, view: View, now: datetime, *, counts: bool = False
) -> Decision:
    """What is to be done when something a rule asked for failed and none of its steps waits for it; with `counts` it is
    one of the failures that switch a rule off."""
    desk = Desk.over(ruleset, view, now.astimezone(ruleset.options.zone))
    _tell_failure(desk, rule, reason)
    if counts and (found := ruleset.find(rule)) is not None:
        count_failure(desk, found)
    return Decision(tuple(desk.effects), tuple(desk.changes), Trace(Heard("wait"), reason))


def _tell_failure(desk: Desk, name: str, reason: Reason) -> None:
    """Tell the admins, at most once an hour a rule."""
    if desk.overlay.state("told", name, "") is None or _expired(desk, "told", name):
        lang = desk.ruleset.options.speaks
        text = {"zh": f"规则“{name}”出错：", "en": f"Rule {name} failed: "}[lang] + say(reason, lang)
        desk.tell_admins(text, name)
        desk.change(Change("told", name, "", State(True, desk.now + _HOUR)))


def _failed(desk: Desk, rule: Rule | TimedRule, reason: Reason) -> None:
    """Tell the admins, and count it: a failure some `on_error` dealt with does not come here."""
    _tell_failure(desk, rule.name, reason)
    if reason.code not in _NOT_ITS_FAULT:
        count_failure(desk, rule)


def _expired(desk: Desk, kind: str, name: str) -> bool:
    state = desk.overlay.state(kind, name, "")
    return state is not None and state.until is not None and state.until <= desk.now


def count_failure(desk: Desk, rule: Rule | TimedRule) -> None:
    """Three failures in an hour switch a rule off until it is edited."""
    state = desk.overlay.state("broken", rule.name, "")
    value = state.value if state and isinstance(state.value, dict) else {}
    mark = rule.fingerprint
    times: Sequence[Json] = ()
    if value.get("mark") == mark and isinstance(value.get("times"), list):
        times = value["times"]  # type: ignore[assignment]
    since = (desk.now - _HOUR).timestamp()
    recent: list[Json] = [t for t in times if isinstance(t, int | float) and t > since]
    recent.append(desk.now.timestamp())
    off = len(recent) >= _FAILURES
    desk.change(Change("broken", rule.name, "", State({"mark": mark, "times": recent[-_FAILURES:], "off": off})))
    if off:
        lang = desk.ruleset.options.speaks
        words = {
            "zh": f"规则“{rule.name}”一小时内出错 {_FAILURES} 次，已停用；改过并存盘后恢复。",
            "en": f"Rule {rule.name} failed {_FAILURES} times within an hour and is off until it is edited.",
        }
        desk.tell_admins(words[lang], rule.name)
