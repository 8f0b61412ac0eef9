"""Where a test plays: a told world, a clock that moves only when told, answers and failures as given.

Effects whose outcome steps wait for get it at once: what the world says, else success. It must not know expectations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ruleswx.diagnostics import Lang
from ruleswx.fold import fold_key
from ruleswx.model import CallHttp, Effect, Kick, Message, Notify, Timer
from ruleswx.rules.compile import RuleSet, TimedRule
from ruleswx.rules.engine import Continuation, Decision, Limits, Outcome, continuations, decide, report_failure, resume
from ruleswx.rules.schema import Said, Test
from ruleswx.rules.schema import World as WrittenWorld
from ruleswx.rules.testing.wording import phrase
from ruleswx.rules.testing.world import Group, World
from ruleswx.rules.trace import Done, Reason, Trace
from ruleswx.schedule import next_due

__all__ = ["LIMITS", "MOST", "Stage", "build_world"]

LIMITS = Limits(breakers=False, thorough=True)
MOST = 5000
"""So many waits and occurrences at most within one step."""
_NEWCOMERS = frozenset({"friend_request", "friend_added", "member_join"})


def build_world(written: WrittenWorld | None, admins: frozenset[str] = frozenset()) -> World:
    """The world of a test file."""
    if written is None:
        return World(admin_names=admins, trusting=True)
    people = {
        name: "official" if told.official else told.role or "friend" for name, told in (written.people or {}).items()
    }
    groups = {
        name: Group(name, told.owner or "", told.members or (), bool(told.muted))
        for name, told in (written.groups or {}).items()
    }
    remarks = {name: told.remark for name, told in (written.people or {}).items() if told.remark}
    return World(me=written.me or "小助手", people=people, remarks=remarks, groups=groups, admin_names=admins)


@dataclass(slots=True)
class Stage:
    """Where one test plays: its world, its clock, the traces of its decisions."""

    ruleset: RuleSet
    world: World
    written: WrittenWorld | None
    now: datetime
    rng: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - fixed, so that tests repeat
    traces: list[Trace] = field(default_factory=list)
    number: int = 0
    overran: bool = False
    joined: dict[str, set[str]] = field(default_factory=dict)
    _due: dict[str, datetime | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Occurrences count from now on."""
        self._due = {rule.name: next_due(rule.spec, self.now) for rule in self.ruleset.schedule if rule.mode != "off"}

    @property
    def admins(self) -> frozenset[str]:
        """Every name the admins go by."""
        told = {name for name, role in self.world.people.items() if role == "admin"}
        return frozenset({*self.world.admin_names, *told, *(self.world.remarks.get(name, name) for name in told)})

    def play(self, said: Said, test: Test) -> tuple[Trace, ...]:
        """Let time pass, then let it happen; returns the traces of both."""
        before = len(self.traces)
        if said.after is not None:
            self.pass_time(said.after)
        if said.say is not None or said.send is not None or said.event is not None or said.MsgType is not None:
            message = self.message(said, test)
            self.follow(decide(self.ruleset, message, self.world, now=self.now, rng=self.rng, limits=LIMITS))
        return tuple(self.traces[before:])

    def pass_time(self, length: timedelta) -> None:
        """Move the clock; what comes due on the way, waits and schedules, happens at its time. `overran`: that was too
        much."""
        end = self.now + length
        for _ in range(MOST):
            waiting = min((c for c in self.waiting() if c.due <= end.timestamp()), key=lambda c: c.due, default=None)
            timed = min(((due.timestamp(), name) for name, due in self._due.items() if due), default=None)
            if timed is not None and timed[0] > end.timestamp():
                timed = None
            if waiting is not None and (timed is None or waiting.due <= timed[0]):
                self.now = max(self.now, datetime.fromtimestamp(waiting.due, end.tzinfo))
                self.follow(self.resume(waiting, Outcome("due")))
            elif timed is not None:
                self.fire(timed[1])
            else:
                break
        else:
            self.overran = True
        self.now = end

    def fire(self, name: str) -> None:
        """A schedule's next occurrence."""
        due = self._due[name]
        rule = self.ruleset.find(name)
        if due is None or not isinstance(rule, TimedRule):
            return
        self._due[name] = next_due(rule.spec, due)
        self.now = max(self.now, due.astimezone(self.now.tzinfo))
        self.follow(
            decide(self.ruleset, Timer(name, due), self.world, now=self.now, rng=self.rng, limits=LIMITS)
        )  # fmt: skip

    def waiting(self) -> Iterator[Continuation]:
        """Everything that waits."""
        for kind in ("wait", "dialogue"):
            for state in self.world.states(kind).values():
                yield from continuations(state)

    def resume(self, continuation: Continuation, outcome: Outcome) -> Decision:
        """Go on with a wait."""
        return resume(self.ruleset, continuation, outcome, self.world, now=self.now, rng=self.rng, limits=LIMITS)

    def follow(self, decision: Decision) -> None:
        """Keep what a decision changed, and give its effects their outcomes."""
        self.world.keep(decision.changes)
        self.traces.append(decision.trace)
        for effect, done in zip(decision.effects, decision.trace.effects, strict=True):
            token = getattr(effect, "token", "")
            if not token:
                self.refuse(done)
                continue
            for continuation in continuations(self.world.state("wait", token, "")):
                self.follow(self.resume(continuation, self.outcome(effect, done.kind)))

    def refuse(self, done: Done) -> None:
        """Something no step waits for cannot be done: the admins are told, as by the running bot."""
        if done.rule and self.fails(done.kind):
            reason = Reason("step.failed", {"action": done.kind}, (Reason("fail.world", {"action": done.kind}),))
            decision = report_failure(self.ruleset, done.rule, reason, self.world, self.now)
            self.follow(replace(decision, trace=replace(decision.trace, gate=None, effects=_told(decision))))

    def fails(self, action: str) -> bool:
        """Whether this world lets that action fail."""
        return bool(self.written and action in (self.written.fails or ()))

    def outcome(self, effect: Effect, action: str) -> Outcome:
        """What the world says to an effect."""
        if self.fails(action):
            return Outcome("failed", because=Reason("fail.world", {"action": action}))
        if isinstance(effect, Kick) and effect.to.owner_key and not effect.to.owned:
            told = self.world.groups[effect.to.name].owner
            return Outcome("failed", because=Reason("fail.not_owner", {"group": effect.to.name, "owner": told}))
        if not isinstance(effect, CallHttp):
            return Outcome("done", "" if action == "run" else None)
        answers: Mapping[str, Any] = (self.written.http if self.written else None) or {}
        url = effect.url.replace(effect.mark, "")
        if url not in answers:
            return Outcome("failed", because=Reason("fail.no_answer", {"url": url}))
        answer = answers[url]
        if isinstance(answer, Mapping) and set(answer) == {"error"}:
            return Outcome("failed", reason=str(answer["error"]))
        return Outcome("done", answer)

    def message(self, said: Said, test: Test) -> Message:
        """What a step says, as it would come in."""
        self.number += 1
        who = said.from_ or test.from_ or "某人"
        group = said.in_ or test.in_ or ""
        sent = said.send
        event = said.event or ""
        facts = {
            name: value
            for name in ("path", "title", "file_name", "url")
            if sent is not None and (value := getattr(sent, name)) is not None
        }
        text = said.say or (sent.text if sent and sent.text else "") or ""
        kind = (sent.MsgType if sent else said.MsgType) or ""
        if event == "member_join" and group:
            self.joined.setdefault(group, set()).add(fold_key(who))
        return self.world.message(
            who,
            text,
            self.now,
            group=group,
            number=self.number,
            kind=kind,
            event=event,
            facts=facts,
        )

    def strange(self, said: Said, test: Test, lang: Lang) -> tuple[str, str] | None:
        """Who speaks, or where, that this world does not have: what was expected, and what there is. Who asks to be a
        friend or joins a group is new and need not be told of."""
        if self.written is None or said.event in _NEWCOMERS:
            return None
        who, where = said.from_ or test.from_, said.in_ or test.in_
        groups = {fold_key(name): told for name, told in self.world.groups.items()}
        if where and groups and fold_key(where) not in groups:
            return phrase(lang, "in_known", name=where), _only(self.world.groups, lang)
        if not who or who in {"phone", "bot"}:
            return None
        known = {*self.world.people, *self.world.remarks.values()}
        for told in groups.values():
            known |= {*told.members, *filter(None, (told.owner,))}
        if self.world.people and fold_key(who) not in set(map(fold_key, known)):
            return phrase(lang, "from_known", name=who), _only(self.world.people, lang)
        group = groups.get(fold_key(where)) if where else None
        if group is None or not group.members:
            return None
        inside = {*map(fold_key, group.members), fold_key(group.owner), *self.joined.get(group.name, ())}
        if {fold_key(who), fold_key(self.world.called(who))} & inside:
            return None
        return phrase(lang, "member_of", name=who, group=group.name), _only(group.members, lang)


def _only(names: Iterable[str], lang: Lang) -> str:
    shown = ", ".join(names)
    return phrase(lang, "only", names=shown) if shown else phrase(lang, "nobody")


def _told(decision: Decision) -> tuple[Done, ...]:
    """What a report of a failure does, as a trace tells it."""
    notices = (effect for effect in decision.effects if isinstance(effect, Notify))
    return tuple(Done("notify", "admins", {"text": notice.text}, "") for notice in notices)
