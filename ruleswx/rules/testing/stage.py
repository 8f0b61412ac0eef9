"""Where a test plays: a told world, a clock that moves only when told, answers and failures as given.

Effects whose outcome steps wait for get it at once: what the world says, else success. It must not know expectations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ruleswx.model import CallHttp, Effect, Message, SendMedia
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.engine import Continuation, Decision, Limits, Outcome, continuations, decide, resume
from ruleswx.rules.schema import Said, Test
from ruleswx.rules.schema import World as WrittenWorld
from ruleswx.rules.testing.world import Group, World
from ruleswx.rules.trace import Trace

__all__ = ["LIMITS", "Stage", "build_world"]

LIMITS = Limits(breakers=False, thorough=True)
_MOST = 200
_PRIVATE = frozenset({"friend_request", "friend_added"})


_ACTIONS = {
    "Invite": "invite", "Kick": "kick", "AcceptFriend": "accept", "SetRemark": "remark", "RenameGroup": "rename_group",
    "CallHttp": "http", "RunCommand": "run",
}  # fmt: skip


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
    return World(me=written.me or "小助手", people=people, groups=groups, admin_names=admins)


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
        """Move the clock; what comes due on the way goes on at its time."""
        end = self.now + length
        for _ in range(_MOST):
            waiting = [c for c in self.waiting() if c.due <= end.timestamp()]
            if not waiting:
                break
            first = min(waiting, key=lambda c: c.due)
            self.now = max(self.now, datetime.fromtimestamp(first.due, end.tzinfo))
            self.follow(self.resume(first, Outcome("due")))
        self.now = end

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
        for effect in decision.effects:
            token = getattr(effect, "token", "")
            state = self.world.state("wait", token, "") if token else None
            for continuation in continuations(state):
                self.follow(self.resume(continuation, self.outcome(effect)))

    def outcome(self, effect: Effect) -> Outcome:
        """What the world says to an effect."""
        action = effect.kind if isinstance(effect, SendMedia) else _ACTIONS.get(type(effect).__name__, "")
        if self.written and action in (self.written.fails or ()):
            return Outcome("failed", reason=f"{action} fails in this world")
        if not isinstance(effect, CallHttp):
            return Outcome("done", "" if action == "run" else None)
        answers: Mapping[str, Any] = (self.written.http if self.written else None) or {}
        url = effect.url.replace(effect.mark, "")
        if url not in answers:
            return Outcome("failed", reason=f"this world has no answer for {url}")
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
        facts = {
            name: value
            for name in ("path", "title", "file_name", "url")
            if sent is not None and (value := getattr(sent, name)) is not None
        }
        text = said.say or (sent.text if sent and sent.text else "") or ""
        return self.world.message(
            who,
            text,
            self.now,
            group="" if said.event in _PRIVATE else group,
            number=self.number,
            kind=(sent.MsgType if sent else said.MsgType) or "",
            event=said.event or "",
            facts=facts,
        )
