"""One message under judgement: what every condition may look at, worked out once and only when asked for.

`Context` is local to one decision and never leaves it. It must not know rules or steps.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from random import Random
from types import MappingProxyType
from typing import Any

from ruleswx.fold import Folds, fold_key
from ruleswx.model import Chat, Json, Message, Person, State, View
from ruleswx.rules.conditions.mention import Mentions, find_mentions

__all__ = ["NO_VARS", "Context", "VarDef", "folded_name", "member_scope", "stored_rows"]

ME = "me"


@dataclass(frozen=True, slots=True)
class VarDef:
    """A variable of the rules: its type, one value per what, what it begins with, when it begins anew."""

    name: str
    type: str
    per: str
    start: Json = None
    expires: timedelta | None = None


NO_VARS: Mapping[str, VarDef] = MappingProxyType({})
NO_COUNTERS: Mapping[str, str] = MappingProxyType({})


class Context:
    """A message, the world it came into, and what was worked out about it so far.

    `now` is local time in the zone of the rules. In a `trial` only the text is real: examples are tried so.
    """

    def __init__(
        self,
        message: Message,
        view: View,
        now: datetime,
        rng: Random,
        *,
        variables: Mapping[str, VarDef] = NO_VARS,
        counters: Mapping[str, str] = NO_COUNTERS,
        trial: bool = False,
    ) -> None:
        self.message = message
        self.view = view
        self.now = now
        self.rng = rng
        self.variables = variables
        self.counters = counters
        self.trial = trial

    @cached_property
    def mentions(self) -> Mentions:
        """Who is mentioned; in private nobody is, for there is nobody else."""
        if self.message.chat.kind != "group":
            return Mentions(False, False, False, self.message.text)
        return find_mentions(self.message.text, self.message.me)

    @property
    def text(self) -> str:
        """The text rules look at: as sent, without a mention of the bot."""
        return self.mentions.text

    @cached_property
    def folds(self) -> Folds:
        """That text, folded at most once a mode."""
        return Folds(self.text)

    @cached_property
    def group_names(self) -> tuple[str, ...]:
        """The group's names as they are compared; none in private."""
        chat = self.message.chat
        return tuple(map(folded_name, chat.names)) if chat.kind == "group" else ()

    @property
    def speaker(self) -> Person:
        """Who said it."""
        return self.message.sender

    @cached_property
    def speaker_scope(self) -> str:
        """The key under which things about this speaker in this chat are remembered."""
        return member_scope(self.message.chat, self.speaker)

    @property
    def speaker_name(self) -> str:
        """The speaker as people here see them."""
        group = self.message.chat.kind == "group"
        return (self.speaker.member_name if group else self.speaker.name) or self.message.chat.name

    @cached_property
    def text_mark(self) -> int:
        """A number that is the same for the same text, folded."""
        return zlib.crc32(self.folds.get("normal").text.strip().encode("utf-8", "replace"))

    @cached_property
    def said(self) -> tuple[tuple[float, int], ...]:
        """When this speaker spoke here before, newest last, with the mark of each text."""
        state = self.view.state("history", "", self.speaker_scope)
        return tuple((float(when), int(mark)) for when, mark in stored_rows(state, 2))

    def scope(self, per: str) -> str:
        """The key of state kept per rule, bot, chat, group, person or member."""
        if per in {"rule", "bot"}:
            return ""
        if per in {"chat", "group"}:
            return self.message.chat.key
        if per == "person":
            return self.speaker.key or self.message.chat.key
        return self.speaker_scope

    def state(self, kind: str, name: str, scope: str) -> State | None:
        """A remembered value that has not expired."""
        state = self.view.state(kind, name, scope)
        return None if state is None or (state.until is not None and state.until <= self.now) else state

    def strikes(self, counter: str) -> tuple[tuple[float, float], ...]:
        """The strikes of the speaker as (when, until), expired ones included as far as remembered."""
        state = self.view.state("strike", counter, self.scope(self.counters.get(counter, "member")))
        return tuple((float(when), float(until)) for when, until in stored_rows(state, 2))

    def strike_count(self, counter: str) -> int:
        """How many strikes count today."""
        now = self.now.timestamp()
        return sum(until > now for _, until in self.strikes(counter))

    def variable(self, name: str) -> Json:
        """The value of a variable here and now; what it starts with when nothing is remembered."""
        made = self.variables.get(name)
        if made is None:
            return None
        state = self.state("var", name, self.scope(made.per))
        return made.start if state is None else state.value


def stored_rows(state: State | None, width: int) -> list[list[Any]]:
    """The rows of a remembered list that have this many columns; what another version kept is left out."""
    rows = state.value if state and isinstance(state.value, list) else []
    return [row for row in rows if isinstance(row, list) and len(row) == width]


def member_scope(chat: Chat, person: Person) -> str:
    """The key of a person in a chat."""
    return f"{chat.key}/{person.key}"


@lru_cache(maxsize=8192)
def folded_name(name: str) -> str:
    """A name as names are compared."""
    return fold_key(name, "normal")
