"""What came in: its kind, the event it reports, who is mentioned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ruleswx.rules.conditions.base import EVENT, Condition, no, yes
from ruleswx.rules.conditions.context import Context
from ruleswx.rules.trace import Verdict

__all__ = ["UNSAID", "EventIs", "KindIs", "Mention", "Said"]

UNSAID = frozenset({"system", "recalled", "friend_request"})
"""Kinds nobody says: a rule that names neither kind nor event does not look at them."""


@dataclass(frozen=True, slots=True)
class KindIs(Condition):
    """`MsgType`: by name, or by the raw numbers (code, app code or -1 for any)."""

    cost: ClassVar[int] = EVENT
    names: frozenset[str]
    codes: frozenset[tuple[int, int]] = frozenset()

    def check(self, context: Context) -> Verdict:
        """Compare name and numbers."""
        message = context.message
        if self.fits(message.kind, message.code, message.app_code):
            return yes("kind.yes", kind=message.kind)
        return no("kind.no", kind=message.kind, wanted=self.shown)

    def fits(self, kind: str, code: int, app_code: int) -> bool:
        """Whether a message of this kind is wanted."""
        return kind in self.names or (code, -1) in self.codes or (code, app_code) in self.codes

    @property
    def shown(self) -> str:
        """The kinds as rules write them."""
        codes = (str(code) if app < 0 else f"{code}/{app}" for code, app in sorted(self.codes))
        return ", ".join([*sorted(self.names), *codes])


@dataclass(frozen=True, slots=True)
class Said(Condition):
    """What a rule without kind and event wants: something somebody said or sent."""

    cost: ClassVar[int] = EVENT

    def check(self, context: Context) -> Verdict:
        """Refuse system lines, recalls and friend requests."""
        kind = context.message.kind
        return no("kind.spoken") if kind in UNSAID else yes("kind.yes", kind=kind)


@dataclass(frozen=True, slots=True)
class EventIs(Condition):
    """`event`: what a system line reports."""

    cost: ClassVar[int] = EVENT
    wanted: frozenset[str]

    def check(self, context: Context) -> Verdict:
        """Compare the event."""
        event = context.message.event
        if not event:
            return no("event.none")
        if event in self.wanted or (event == "pat_me" and "pat" in self.wanted):
            return yes("event.yes", event=event)
        return no("event.no", event=event, wanted=", ".join(sorted(self.wanted)))


@dataclass(frozen=True, slots=True)
class Mention(Condition):
    """`mention`: me, all, anyone or none."""

    cost: ClassVar[int] = EVENT
    wanted: str

    def check(self, context: Context) -> Verdict:
        """Look at what was found before folding."""
        found = context.mentions
        holds = {"me": found.me, "all": found.all, "anyone": found.anyone, "none": not found.anyone}[self.wanted]
        return yes("mention.yes", wanted=self.wanted) if holds else no(f"mention.{self.wanted}_no")
