"""A world that is only told: people and groups by name, state in a dict. What explain, try and tests judge against.

It must not know files or the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ruleswx.addressbook import session_event
from ruleswx.fold import fold_key
from ruleswx.model import EMPTY, Change, Chat, Message, Person, State
from ruleswx.protocol.kinds import codes_of, kind_name

__all__ = ["Group", "World"]

ME = "me"
_COMES_AS = {"friend_request": "friend_request", "recall": "recalled", "red_packet": "red_packet"}
"""The kind of message that tells of an event, where it is not a grey line."""
_TELLS_OF = {kind: event for event, kind in _COMES_AS.items()}
_PRIVATE = frozenset({"friend_request", "friend_added"})
_WRITTEN = frozenset({"text", "quote", "friend_request", "system", "recalled", "red_packet"})
"""Kinds that come with words of their own; a red packet's are those of the line that tells of it."""
_TITLED = frozenset({"link", "mini_program", "app", "transfer"})


@dataclass(frozen=True, slots=True)
class Group:
    """A group as a test tells it: its owner and members by name."""

    name: str
    owner: str = ""
    members: tuple[str, ...] = ()
    muted: bool = False


@dataclass(slots=True)
class World:
    """Everybody known by name. `trusting`: a name nobody told is taken as given, as a group; else nobody has it.

    `remarks` are the 备注 this account gave people, by their name.
    """

    me: str = "小助手"
    people: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
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
            f"person:{name}"
            for name, role in self.people.items()
            if role == "admin" or fold_key(name) in named or fold_key(self.remarks.get(name, "")) in named
        )

    def find(self, name: str) -> tuple[Chat, ...]:
        """The chat of this name."""
        wanted = fold_key(name)
        found = tuple(chat for chat in self._known() if wanted in map(fold_key, chat.names))
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
        names = tuple(dict.fromkeys(filter(None, (self.remarks.get(name), name))))
        return Chat(f"person:{name}", "official" if official else "person", names, f"@{name}")

    def person(self, name: str) -> Person:
        """Somebody. A friend unless told to be a stranger; admins by 备注, as the real book joins them."""
        role = self.people.get(name, "friend")
        key = f"person:{name}"
        remark = self.remarks.get(name) or (name if key in self.admins else "")
        return Person(key, name, remark, user_name=f"@{name}", friend=role != "stranger")

    def called(self, name: str) -> str:
        """The name somebody is told under; they may also be spoken of by their 备注."""
        if name in self.people:
            return name
        return next((told for told, remark in self.remarks.items() if fold_key(remark) == fold_key(name)), name)

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
        facts: Mapping[str, str] = EMPTY,
        **more: object,
    ) -> Message:
        """Somebody says something; `phone` is the owner, `bot` the bot itself. `kind` is a word or numbers ("49/5"); by
        default what the event comes as, else text. `more` are fields of Message.

        A kind brings what it brings over the wire: a request is its event, a file its name as title, and only what
        people write has a text.
        """
        if event in {"login", "logout"}:
            return replace(session_event("login" if event == "login" else "logout", now, (self.me,)), id=f"m{number}")
        own = sender in {"phone", "bot"}
        sender = sender if own else self.called(sender)
        who = Person(ME, self.me, user_name="@me", me=True) if own else self.person(sender)
        kind = kind or (_COMES_AS.get(event, "system") if event else "text")
        code, app_code = codes_of(kind)
        kind = kind_name(code, app_code) if kind[0].isdecimal() else kind
        event = event or (_TELLS_OF.get(kind) or "")
        group = "" if event in _PRIVATE else group
        chat = self.group(group) if group else self.private(sender if not own else "filehelper")
        if event == "recall":
            facts = {"original_id": f"m{number}", "original_kind": "text", "original": text, **facts}
        text, facts = _as_sent(kind, text, who, dict(facts))
        fields: dict[str, object] = {
            "kind": kind,
            "code": code,
            "app_code": app_code,
            "event": event,
            "people": (self.person(sender),) if event else (),
            "origin": sender if own else "them",
            "me": (self.me,),
            "facts": facts,
            **more,
        }
        return Message(id=f"m{number}", chat=chat, sender=who, text=text, time=now, **fields)  # type: ignore[arg-type]


def _as_sent(kind: str, text: str, who: Person, facts: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Text and facts as this kind carries them. Words told for a kind that has none are its title."""
    if kind == "file":
        name = facts.get("file_name") or facts.get("title") or text or _last_part(facts.get("path", ""))
        told = {"title": name, "file_name": name}
    elif kind == "quote":
        text = text or facts.get("title", "")
        told = {"title": text}
    elif kind == "friend_request":
        told = {"greeting": text, "name": who.nick}
    else:
        told = {"title": facts.get("title") or text} if kind in _TITLED else {}
    return (text if kind in _WRITTEN else ""), {**facts, **{key: value for key, value in told.items() if value}}


def _last_part(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
