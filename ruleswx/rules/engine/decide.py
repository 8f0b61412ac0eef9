"""`decide`: gate, dialogue, guard, reply, watch. Pure, total, the same for the same arguments.

Theory. guard: the first rule that matches ends the message, so that nothing dodges moderation. reply: the first rule
that matches answers. watch: every rule that matches runs, unless something said stop. A rule in its cooldown counts as
matched: else the next one would answer in its place. A dry rule is told of and changes nothing. Only rules the index
names are judged, in order; the others need something this message has not got.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from random import Random

from ruleswx.fold import READ
from ruleswx.model import Change, Chat, Event, Json, Message, Person, State, Timer, View
from ruleswx.rules.compile import Rule, RuleSet, TimedRule
from ruleswx.rules.conditions import Context, sender_of
from ruleswx.rules.engine.breaker import brake
from ruleswx.rules.engine.decision import Decision, Limits
from ruleswx.rules.engine.dialogue import answer_dialogue
from ruleswx.rules.engine.gate import echoes, gate
from ruleswx.rules.engine.judging import Judged, judge_rule, skipped, switched_off
from ruleswx.rules.engine.running import Desk, Start, count_failure, run_rule
from ruleswx.rules.index import Place
from ruleswx.rules.trace import Heard, Reason, RuleTrace, Trace
from ruleswx.schedule import make_mark, read_mark
from ruleswx.schedule.marks import MARK

__all__ = ["context_of", "decide", "finish", "hear", "timer_message"]

_LIMITS = Limits()


def decide(
    ruleset: RuleSet, event: Event, view: View, *, now: datetime, rng: Random, limits: Limits = _LIMITS
) -> Decision:
    """What one event leads to. Never raises; equal arguments give equal decisions."""
    now = now.astimezone(ruleset.options.zone)
    desk = Desk.over(ruleset, view, now)
    if isinstance(event, Timer):
        return _timed(desk, event, rng)
    why = gate(ruleset, event, view, now, limits)
    context = context_of(desk, event, rng)
    if why is not None:
        return Decision((), (), Trace(hear(context), why, judged=len(ruleset.rules)))
    _remember(desk, context)
    _Search(desk, context, limits).run()
    held = brake(desk, context, limits) if limits.breakers else None
    return finish(desk, hear(context), held)


def context_of(desk: Desk, message: Message, rng: Random) -> Context:
    """A message ready to be judged."""
    ruleset = desk.ruleset
    return Context(message, desk.overlay, desk.now, rng, variables=ruleset.variables, counters=ruleset.counters)


def finish(desk: Desk, heard: Heard, held: Reason | None = None) -> Decision:
    """Close the desk: what was said is remembered, and the story told; `held` says why an answer was held back."""
    for change in tuple(echoes(desk.effects, desk.overlay, desk.now)):
        desk.change(change)
    trace = Trace(heard, held, tuple(desk.rows), tuple(desk.done), len(desk.ruleset.rules))
    return Decision(tuple(desk.effects), _last(desk.changes), trace)


def _last(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Of several changes to one value the last is the one to keep."""
    return tuple({(c.kind, c.name, c.scope): c for c in changes}.values())


def hear(context: Context) -> Heard:
    """The message as rules saw it."""
    message = context.message
    group = message.chat.kind == "group"
    return Heard(
        kind=message.kind,
        sender=sender_of(message.chat.kind),
        chat=message.chat.name,
        member=context.speaker_name if group else "",
        person="" if group else message.chat.name or message.sender.name,
        text=context.text[:READ],
        folded=context.folds.get("normal").text,
        event=message.event,
        mentions=context.mentions.word,
    )


def _remember(desk: Desk, context: Context) -> None:
    """What flood and repeat lines will ask of the next messages. This message itself is counted by them."""
    memory = desk.ruleset.memory
    if not memory.messages or not context.speaker.key or context.message.event:
        return
    since = (desk.now - memory.within).timestamp()
    rows: list[Json] = [[at, mark] for at, mark in context.said[-memory.messages :] if at > since]
    rows.append([desk.now.timestamp(), context.text_mark])
    # Not laid over the view: the lines count this message themselves.
    desk.changes.append(Change("history", "", context.speaker_scope, State(rows, desk.now + memory.within)))


class _Search:
    """One walk through the sections."""

    def __init__(self, desk: Desk, context: Context, limits: Limits) -> None:
        self.desk = desk
        self.context = context
        self.thorough = limits.thorough
        self.judged: dict[int, Judged] = {}

    def run(self) -> None:
        """guard, then an open dialogue or reply, then watch."""
        wanted = self._candidates()
        guard, reply, watch = (
            [rule for rule in wanted if rule.section == section] for section in ("guard", "reply", "watch")
        )
        ended = self._first(guard, ends=True)
        if ended is None and not answer_dialogue(self.desk, self.context, lambda: self._starter(reply)):
            ended = self._first(reply, ends=False)
        elif ended is not None:
            self._skip(reply, ended)
        if ended is not None and (ended.section == "guard" or ended.then == "stop"):
            self._skip(watch, ended)
            return
        self._watch(watch)

    def _candidates(self) -> list[Rule]:
        ruleset, message = self.desk.ruleset, self.context.message
        if self.thorough:
            return list(ruleset.rules)
        place = Place(message.kind, message.event, message.chat.kind, self.context.group_names)
        return [ruleset.rules[position] for position in ruleset.index.candidates(place, self.context.folds)]

    def _judge(self, rule: Rule) -> Judged:
        if rule.position not in self.judged:
            judged = self.judged[rule.position] = judge_rule(rule, self.context, near=self.thorough)
            if judged.error is not None:
                count_failure(self.desk, rule)
        return self.judged[rule.position]

    def _first(self, rules: list[Rule], *, ends: bool) -> Rule | None:
        """Run the first rule that matches; returns it when it ended the search (of the message, or of this section)."""
        for number, rule in enumerate(rules):
            judged = self._judge(rule)
            self._act(rule, judged)
            if judged.ends and (ends or rule.then != "continue"):
                self._skip(rules[number + 1 :], rule)
                return rule if ends or rule.then == "stop" else None
        return None

    def _watch(self, rules: list[Rule]) -> None:
        for number, rule in enumerate(rules):
            judged = self._judge(rule)
            self._act(rule, judged)
            if judged.row.outcome == "matched" and rule.then == "stop":
                self._skip(rules[number + 1 :], rule)
                return

    def _act(self, rule: Rule, judged: Judged) -> None:
        row = judged.row
        if row.outcome in {"matched", "dry"}:
            row = run_rule(self.desk, rule, self.context, row)
        self.desk.rows.append(row)

    def _starter(self, rules: list[Rule]) -> Rule | None:
        return next((rule for rule in rules if self._judge(rule).ends), None)

    def _skip(self, rules: Iterable[Rule], by: Rule) -> None:
        """Rules that were not reached are told of only when every rule is."""
        if self.thorough:
            because = Reason("ended", {"rule": by.name})
            self.desk.rows += [skipped(rule, because) for rule in rules]


def timer_message(timer: Timer) -> Message:
    """What stands for the message when a schedule is due: nothing was said, by nobody, nowhere."""
    return Message(
        f"timer:{timer.rule}:{timer.due.isoformat()}", "timer", Chat("", "person"), Person(""), "", timer.due
    )


def _timed(desk: Desk, timer: Timer, rng: Random) -> Decision:
    """Run a schedule's steps."""
    message = timer_message(timer)
    context = context_of(desk, message, rng)
    rule = desk.ruleset.find(timer.rule)
    heard = Heard("timer", timer=timer.rule)
    if not isinstance(rule, TimedRule) or rule.mode == "off":
        desk.rows.append(RuleTrace(timer.rule, "schedule", "skipped", Reason("step.gone" if rule is None else "off")))
        return finish(desk, heard)
    mark = read_mark(desk.overlay.state(MARK, rule.name, ""))
    if mark is not None and timer.due.timestamp() <= mark.timestamp():
        desk.rows.append(RuleTrace(rule.name, "schedule", "skipped", Reason("done_already"), rule.place))
        return finish(desk, heard)
    desk.change(make_mark(rule.name, timer.due))
    if (off := switched_off(rule, desk.overlay)) is not None:
        desk.rows.append(RuleTrace(rule.name, "schedule", "skipped", off, rule.place))
        return finish(desk, heard)
    because = Reason("due", {"at": f"{timer.due.astimezone(desk.now.tzinfo):%Y-%m-%d %H:%M}"})
    row = RuleTrace(rule.name, "schedule", "dry" if rule.mode == "dry" else "matched", because, rule.place)
    desk.rows.append(run_rule(desk, rule, context, row, Start(timed=True)))
    return finish(desk, heard)
