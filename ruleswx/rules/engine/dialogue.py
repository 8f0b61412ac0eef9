"""An open question: whether a message is its answer, a wrong answer, a way out, or the start of something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ruleswx.fold import fold_key
from ruleswx.model import Change, Json, SendText, State
from ruleswx.rules.actions import Arrival, Ask, Reply, Run, StepFailed, show_path, steps_at
from ruleswx.rules.compile import Rule
from ruleswx.rules.conditions import UNSAID, Context, judge
from ruleswx.rules.engine.continuation import Continuation
from ruleswx.rules.engine.running import Desk, Start, open_dialogues, run_rule
from ruleswx.rules.trace import Done, Reason, RuleTrace, StepTrace, Verdict
from ruleswx.templates import RenderFailed

__all__ = ["answer_dialogue", "end_dialogue"]

_CANCEL = frozenset({"取消", "退出", "cancel", "quit"})
_BUSY = {
    "zh": "上一件事还没完：请先回答，或者回复“取消”。",
    "en": "One thing at a time: please answer the last question, or reply “cancel”.",
}


def answer_dialogue(desk: Desk, context: Context, starts: Callable[[], Rule | None]) -> bool:
    """Deal with the message if a question is open here; False when reply rules should look at it.

    `starts` finds the reply rule that would match.
    """
    message = context.message
    if message.kind in UNSAID or message.event or not message.sender.key:
        return False
    opened = open_dialogues(desk.overlay, message)
    if not opened:
        return False
    top = opened[-1]
    rule = desk.ruleset.find(top.rule)
    step = steps_at(rule.steps, top.path) if isinstance(rule, Rule) else None
    if not isinstance(rule, Rule) or not isinstance(step, Ask) or rule.mode == "off":
        end_dialogue(desk, context, top)
        desk.rows.append(RuleTrace(top.rule, "reply", "skipped", Reason("step.gone")))
        return False
    if top.due <= desk.now.timestamp():
        return False  # its time is up; the timer tells it
    return _Question(desk, context, rule, step, top).hear(starts)


@dataclass(frozen=True, slots=True)
class _Question:
    """The open question of one speaker, and a message that may answer it."""

    desk: Desk
    context: Context
    rule: Rule
    step: Ask
    top: Continuation

    def hear(self, starts: Callable[[], Rule | None]) -> bool:
        if fold_key(self.context.text, "normal") in _CANCEL:
            self.leave("on_cancel", Reason("dialogue.cancel", {"rule": self.rule.name}))
            return True
        verdict, _ = judge(self.step.expect, self.context)
        if verdict.matched:
            self.take(verdict)
            return True
        started = starts()
        if started is not None and started.asks:
            return self.interrupted(started)
        self.wrong(Reason("dialogue.wrong", {"rule": self.rule.name}, (verdict.because,)))
        return True

    def take(self, verdict: Verdict) -> None:
        """The answer: save it and go on."""
        end_dialogue(self.desk, self.context, self.top)
        message, text = self.context.message, self.context.text
        values: dict[str, Json] = {**self.top.values, **verdict.captures}
        kept = dict(self.top.kept)
        if self.step.save:
            values[self.step.save] = text or f"[{message.kind}]"
            kept[self.step.save] = {"id": message.id, "kind": message.kind, "text": text}
        row = replace(self.row(Reason("dialogue.answer", {"rule": self.rule.name})), matched=verdict.span)
        row = replace(row, captures=verdict.captures)
        self.run(row, Start(self.top.path, Arrival(), values, kept))

    def interrupted(self, started: Rule) -> bool:
        """Another dialogue wants to begin: `again` of its rule decides."""
        if started.again == "ignore":
            text, chat = _BUSY[self.desk.ruleset.options.speaks], self.context.message.chat
            self.desk.effects.append(SendText(chat, text, self.rule.name))
            self.desk.done.append(Done("reply", chat.name, {"text": text}, self.rule.name))
            self.desk.rows.append(self.row(Reason("dialogue.open", {"rule": self.rule.name})))
            return True
        if started.again == "restart":
            end_dialogue(self.desk, self.context, self.top)
        return False

    def wrong(self, why: Reason) -> None:
        """Ask the same once more, if that is still allowed; the clock starts anew, because somebody is there."""
        left = self.top.more.get("left")
        if left == 0:
            self.leave("on_timeout", why)
            return
        run = Run(self.rule, self.context, self.desk.overlay, values=self.top.values)
        told = StepTrace(show_path((*self.top.path, "retry")), "ask", Reason("step.ask"))
        self.desk.rows.append(replace(self.row(why), steps=(told,)))
        try:
            Reply(self.step.msg).act(run)
        except (StepFailed, RenderFailed):
            return  # it could be asked once; the dialogue stays as it is
        self.desk.effects += run.effects
        self.desk.done += run.done
        due = (self.desk.now + self.step.timeout).timestamp()
        more = {"left": left - 1 if isinstance(left, int) and left > 0 else -1}
        end_dialogue(self.desk, self.context, self.top)
        kept = open_dialogues(self.desk.overlay, self.context.message)
        _write(self.desk, self.context, (*kept, replace(self.top, due=due, more=more)))

    def leave(self, block: str, why: Reason) -> None:
        """End the dialogue with the steps kept for that."""
        end_dialogue(self.desk, self.context, self.top)
        self.run(self.row(why), Start((*self.top.path, block, 0), None, self.top.values, self.top.kept))

    def row(self, why: Reason) -> RuleTrace:
        return RuleTrace(self.rule.name, self.rule.section, "matched", why, self.rule.place)

    def run(self, row: RuleTrace, start: Start) -> None:
        self.desk.rows.append(run_rule(self.desk, self.rule, self.context, row, start))


def end_dialogue(desk: Desk, context: Context, gone: Continuation) -> None:
    """Take one dialogue off the pile."""
    opened = open_dialogues(desk.overlay, context.message)
    _write(desk, context, tuple(c for c in opened if (c.token, c.path) != (gone.token, gone.path)))


def _write(desk: Desk, context: Context, dialogues: tuple[Continuation, ...]) -> None:
    state = State([c.to_json() for c in dialogues]) if dialogues else None
    desk.change(Change("dialogue", "", context.speaker_scope, state))
