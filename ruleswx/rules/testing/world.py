"""A world that is only told: people and groups by name, state in a dict. What explain, try and tests judge against.

It must not know files or the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from ruleswx.fold import fold_key
from ruleswx.model import Change, Chat, Message, Person, State
from ruleswx.protocol.kinds import codes_of, kind_name

__all__ = ["Group", "World"]

ME = "me"
_COMES_AS = {"friend_request": "friend_request", "recall": "recalled", "red_packet": "red_packet"}
"""The kind of message that tells of an event, where it is not a grey line."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group as a test tells it: its owner and members by name."""

    name: str
    owner: str = ""
    members: tuple[str, ...] = ()
    muted: bool = False


@dataclass(slots=True)
class World:
    """Everybody known by name. `trusting`: a name nobody told is taken as given, as a group; else nobody has it."""

    me: str = "小助手"
    people: dict[str, str] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    admin_names: frozenset[str] = frozenset()
    trusting: bool = False
    patterns: tuple[str, ...] = ()
    remembered: dict[tuple[str, str, str], State] = field(default_factory=dict)

    @property
    def admins(self) -> frozenset[str]:
        """The keys of people who are admins: by role, or by a name of the configuration."""
        named = {fold_key(name) for name in self.admin_names}
        return frozenset(
            f"person:{name}" for name, role in self.people.items() if role == "admin" or fold_key(name) in named
        )

    def find(self, name: str) -> tuple[Chat, ...]:
        """The chat of this name."""
        wanted = fold_key(name)
        found = tuple(chat for chat in self._known() if fold_key(chat.name) == wanted)
        return found or ((self.group(name),) if self.trusting else ())

    def chats(self) -> Iterable[Chat]:
        """Every group and person told of."""
        return (*self._known(), *(self.group(name) for name in self.patterns))

    def state(self, kind: str, name: str, scope: str) -> State | None:
        """What was remembered."""
        return self.remembered.get((kind, name, scope))

    def keep(self, changes: Iterable[Change]) -> None:
        """Remember what a decision changed."""
        for change in changes:
            key = (change.kind, change.name, change.scope)
            if change.state is None:
                self.remembered.pop(key, None)
            else:
                self.remembered[key] = change.state

    def states(self, kind: str) -> Mapping[tuple[str, str], State]:
        """Everything remembered of one kind, by name and scope."""
        return {(name, scope): state for (k, name, scope), state in self.remembered.items() if k == kind}

    def _known(self) -> Iterable[Chat]:
        yield from (self.group(name) for name in self.groups)
        yield from (self.private(name) for name in self.people)

    def group(self, name: str) -> Chat:
        """A group's chat."""
        told = self.groups.get(name, Group(name))
        owner = ME if told.owner in {"me", self.me} else f"person:{told.owner}" if told.owner else ""
        return Chat(f"group:{name}", "group", (name,), f"@@{name}", told.muted, owner == ME, owner)

    def private(self, name: str) -> Chat:
        """The chat with somebody."""
        official = self.people.get(name) == "official"
        return Chat(f"person:{name}", "official" if official else "person", (name,), f"@{name}")

    def person(self, name: str) -> Person:
        """Somebody. A friend unless told to be a stranger; admins by 备注, as the real book joins them."""
        role = self.people.get(name, "friend")
        key = f"person:{name}"
        remark = name if key in self.admins else ""
        return Person(key, name, remark, user_name=f"@{name}", friend=role != "stranger")

    def message(
        self,
        sender: str,
        text: str,
        now: datetime,
        *,
        group: str = "",
        number: int = 0,
        kind: str = "",
        event: str = "",
        **more: object,
    ) -> Message:
        """Somebody says something; `phone` is the owner, `bot` the bot itself. `kind` is a word or numbers ("49/5"); by
        default what the event comes as, else text. `more` are fields of Message."""
        own = sender in {"phone", "bot"}
        who = Person(ME, self.me, user_name="@me", me=True) if own else self.person(sender)
        chat = self.group(group) if group else self.private(sender if not own else "filehelper")
        kind = kind or (_COMES_AS.get(event, "system") if event else "text")
        code, app_code = codes_of(kind)
        if event == "recall":
            told = {"original_id": f"m{number}", "original_kind": "text", "original": text}
            more["facts"] = told | cast("dict[str, str]", more.get("facts", {}))
        fields: dict[str, object] = {
            "kind": kind_name(code, app_code) if kind[0].isdecimal() else kind,
            "code": code,
            "app_code": app_code,
            "event": event,
            "people": (self.person(sender),) if event else (),
            "origin": sender if own else "them",
            "me": (self.me,),
            **more,
        }
        return Message(id=f"m{number}", chat=chat, sender=who, text=text, time=now, **fields)  # type: ignore[arg-type]
