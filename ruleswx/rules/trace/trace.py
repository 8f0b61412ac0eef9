"""Why a message was answered or not, as a value: the gate, every rule with its first false line, what was done.

`to_json` is what machines read, `to_record` what the store keeps, so that `why` can tell the story later in any
language. This module must not know conditions or rules, only what they answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruleswx.diagnostics import NOWHERE, Lang, Place
from ruleswx.model import EMPTY, Json
from ruleswx.rules.trace.verdict import Near, Outcome, Reason, Span
from ruleswx.rules.trace.words import say

__all__ = ["Done", "Heard", "RuleTrace", "StepTrace", "Trace"]


@dataclass(frozen=True, slots=True)
class Heard:
    """The event as rules saw it. `sender` is the conversation's prefix, `member` who spoke in a group, `person` in
    private; `text` is what is left after a mention of the bot was cut. `timer` names a schedule's rule; `goes_on` is
    the id of the message that something which had to wait goes back to."""

    kind: str
    sender: str = ""
    chat: str = ""
    member: str = ""
    person: str = ""
    text: str = ""
    folded: str = ""
    event: str = ""
    mentions: str = ""
    timer: str = ""
    goes_on: str = ""


@dataclass(frozen=True, slots=True)
class StepTrace:
    """One step that was reached: where it stands among the rule's steps (`0`, `0/ladder/2/1`), and what came of it."""

    path: str
    action: str
    because: Reason
    ok: bool = True


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """How one rule judged the message."""

    rule: str
    section: str
    outcome: Outcome
    because: Reason
    place: Place = NOWHERE
    matched: Span | None = None
    captures: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    steps: tuple[StepTrace, ...] = ()
    near: Near | None = None

    @property
    def failed(self) -> bool:
        """Whether a step of it failed, or judging it did."""
        return self.because.code == "raised" or any(not step.ok for step in self.steps)

    def to_json(self, lang: Lang = "en") -> dict[str, Json]:
        """What `--json` prints of a rule."""
        return _rule_json(self, lang)


@dataclass(frozen=True, slots=True)
class Done:
    """One effect in the author's words: the action's key, to whom, and what else it says (`text`, `path` …)."""

    kind: str
    to: str = ""
    what: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole story of one event. `judged`: how many rules there were; only those worth telling have a row."""

    heard: Heard
    gate: Reason | None = None
    rules: tuple[RuleTrace, ...] = ()
    effects: tuple[Done, ...] = ()
    judged: int = 0

    @property
    def answered_by(self) -> str:
        """The guard or reply rule (or schedule) that matched and acted, or ""."""
        for row in self.rules:
            if row.section != "watch" and row.outcome == "matched":
                return row.rule
        return ""

    @property
    def outcome(self) -> str:
        """The family within which traces are kept: gate, matched, failed, cooldown, exempt or missed."""
        if self.gate is not None:
            return "gate"
        if any(row.failed for row in self.rules):
            return "failed"
        there = {row.outcome for row in self.rules}
        return next((o for o in ("matched", "cooldown", "exempt", "dry") if o in there), "missed")

    def to_json(self, lang: Lang = "en") -> dict[str, Json]:
        """What `explain --json` prints: message, gate, rules, effects."""
        heard = self.heard
        return {
            "message": {
                "MsgType": heard.kind,
                "sender": heard.sender,
                "chat": heard.chat,
                "member": heard.member or heard.person,
                "text": heard.text,
                "folded": heard.folded,
            },
            "gate": None if self.gate is None else say(self.gate, lang),
            "rules": [_rule_json(row, lang) for row in self.rules],
            "effects": [{"kind": d.kind, "to": d.to, **d.what, "rule": d.rule} for d in self.effects],
        }

    def to_record(self) -> dict[str, Json]:
        """Everything, with reasons as codes, for the store; `from_record` reads it again."""
        return {
            "heard": {name: getattr(self.heard, name) for name in Heard.__slots__ if getattr(self.heard, name)},
            "gate": _reason_record(self.gate) if self.gate else None,
            "rules": [_rule_record(row) for row in self.rules],
            "effects": [{"kind": d.kind, "to": d.to, "what": dict(d.what), "rule": d.rule} for d in self.effects],
            "judged": self.judged,
        }

    @staticmethod
    def from_record(record: Mapping[str, Json]) -> Trace:
        """The trace of `to_record`. Raises ValueError for anything else."""
        try:
            return _trace(record)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no trace: {error}") from error


def _rule_json(row: RuleTrace, lang: Lang) -> dict[str, Json]:
    return {
        "rule": row.rule,
        "section": row.section,
        "outcome": row.outcome,
        "because": say(row.because, lang),
        "path": row.place.path,
        "line": row.place.line,
        "matched": list(row.matched) if row.matched else None,
        "captures": dict(row.captures),
        **({"near": {"away": row.near.away, "wanted": row.near.wanted}} if row.near else {}),
        **({"steps": [_step_json(step, lang) for step in row.steps]} if row.steps else {}),
    }


def _step_json(step: StepTrace, lang: Lang) -> Json:
    return {"step": step.path, "action": step.action, "because": say(step.because, lang), "ok": step.ok}


def _reason_record(reason: Reason) -> Json:
    return [reason.code, dict(reason.args), [_reason_record(part) for part in reason.parts]]


def _rule_record(row: RuleTrace) -> Json:
    return {
        "rule": row.rule,
        "section": row.section,
        "outcome": row.outcome,
        "because": _reason_record(row.because),
        "place": [row.place.path, row.place.line, row.place.column],
        "matched": list(row.matched) if row.matched else None,
        "captures": dict(row.captures),
        "steps": [[s.path, s.action, _reason_record(s.because), s.ok] for s in row.steps],
        "near": [row.near.away, row.near.wanted] if row.near else None,
    }


def _reason(record: Any) -> Reason:
    code, args, parts = record
    return Reason(code, args, tuple(_reason(part) for part in parts))


def _rule(r: Any) -> RuleTrace:
    path, line, column = r["place"]
    return RuleTrace(
        rule=r["rule"],
        section=r["section"],
        outcome=r["outcome"],
        because=_reason(r["because"]),
        place=Place(path, line, column),
        matched=(r["matched"][0], r["matched"][1]) if r["matched"] else None,
        captures=r["captures"],
        steps=tuple(StepTrace(p, a, _reason(b), ok) for p, a, b, ok in r["steps"]),
        near=Near(*r["near"]) if r["near"] else None,
    )


def _trace(r: Any) -> Trace:
    return Trace(
        heard=Heard(**r["heard"]),
        gate=_reason(r["gate"]) if r["gate"] else None,
        rules=tuple(_rule(row) for row in r["rules"]),
        effects=tuple(Done(d["kind"], d["to"], d["what"], d["rule"]) for d in r["effects"]),
        judged=int(r["judged"]),
    )
