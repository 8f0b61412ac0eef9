"""One run of a rule's steps: what they know, what they asked for so far.

Local to one decision, never shared, never kept. Changes made by earlier steps are seen by later ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from random import Random
from types import MappingProxyType
from typing import Protocol

from ruleswx.model import Change, Chat, Effect, Json, Message, State, View
from ruleswx.rules.actions.step import Path, Steps, show_path
from ruleswx.rules.actions.texts import Text
from ruleswx.rules.actions.vocabulary import Vocabulary
from ruleswx.rules.conditions import Condition, Context, FloodOf, RepeatOf
from ruleswx.rules.trace import Done, Reason, StepTrace
from ruleswx.wording import show_span

__all__ = ["Acting", "Overlay", "Run"]

NO_SECRETS: Mapping[str, str] = MappingProxyType({})
MOST_STEPS = 500


class Acting(Protocol):
    """What steps need to know of their rule."""

    @property
    def name(self) -> str:
        """The rule's name."""
        ...

    @property
    def steps(self) -> Steps:
        """All its steps."""
        ...

    @property
    def counting(self) -> tuple[Condition, ...]:
        """Its flood and repeat lines, for `{{ flood.messages }}`."""
        ...

    @property
    def counter(self) -> str:
        """The strike counter it speaks of, "" for none."""
        ...


class Overlay:
    """A view with changes laid over it: what would be remembered if they were kept."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._changed: dict[tuple[str, str, str], State | None] = {}

    @property
    def admins(self) -> frozenset[str]:
        """As below."""
        return self._view.admins

    def find(self, name: str) -> tuple[Chat, ...]:
        """As below."""
        return self._view.find(name)

    def chats(self) -> Iterable[Chat]:
        """As below."""
        return self._view.chats()

    def state(self, kind: str, name: str, scope: str) -> State | None:
        """The changed value if it changed, else the one below."""
        key = (kind, name, scope)
        return self._changed[key] if key in self._changed else self._view.state(kind, name, scope)

    def change(self, change: Change) -> None:
        """Lay one more over it."""
        self._changed[change.kind, change.name, change.scope] = change.state


class Run:
    """The workspace of one rule's steps."""

    def __init__(
        self,
        rule: Acting,
        context: Context,
        overlay: Overlay,
        *,
        values: Mapping[str, Json] | None = None,
        timed: bool = False,
    ) -> None:
        self.rule = rule
        self.context: Context = context
        self.view = overlay
        self.timed = timed
        self.values: dict[str, Json] = dict(values or {})
        self.kept: dict[str, Json] = {}
        self.secrets: Mapping[str, str] = NO_SECRETS
        self.effects: list[Effect] = []
        self.changes: list[Change] = []
        self.done: list[Done] = []
        self.steps: list[StepTrace] = []
        self.public = context.message.chat.kind == "group"
        self.names = Vocabulary(self)
        self.budget = MOST_STEPS
        self.chosen: int | None = None
        self.here: Path = ()

    @property
    def message(self) -> Message:
        """The message the steps are about."""
        return self.context.message

    @property
    def now(self) -> datetime:
        """Local time of this decision."""
        return self.context.now

    @property
    def rng(self) -> Random:
        """The dice."""
        return self.context.rng

    def say(self, text: Text, *, public: bool | None = None) -> str:
        """A template rendered. Raises RenderFailed.

        `public`: a group will read it, and nobody in it goes by the 备注 this account gave them; by default so when
        the message came from a group.
        """
        before = self.public
        self.public = before if public is None else public
        try:
            return text.render(self.names, self.rng)
        finally:
            self.public = before

    def emit(self, effect: Effect, kind: str, to: str = "", **what: str) -> None:
        """Ask for an effect, and tell it in the author's words."""
        self.effects.append(effect)
        self.done.append(Done(kind, to, what, self.rule.name))

    def change(self, kind: str, name: str, scope: str, state: State | None) -> None:
        """Remember something; later steps see it."""
        change = Change(kind, name, scope, state)
        self.changes.append(change)
        self.view.change(change)

    def note(self, action: str, because: Reason, *, ok: bool = True) -> None:
        """Write the step at hand into the trace."""
        self.steps.append(StepTrace(show_path(self.here), action, because, ok))

    def token(self) -> str:
        """The name of a wait: the same for the same step on the same message, whoever computes it."""
        return f"{self.message.id}|{self.rule.name}|{show_path(self.here)}"

    def counted(self, what: str) -> dict[str, str | int]:
        """What `flood` or `repeat` of this rule counted."""
        for line in self.rule.counting:
            if what == "flood" and isinstance(line, FloodOf):
                return {"messages": line.count(self.context), "within": show_span(line.within)}
            if what == "repeat" and isinstance(line, RepeatOf):
                return {"same": line.count(self.context), "within": show_span(line.within)}
        return {}

    def strikes(self) -> int:
        """How many strikes of the rule's counter the speaker has, those of this run included."""
        return self.context.strike_count(self.rule.counter) if self.rule.counter else 0
