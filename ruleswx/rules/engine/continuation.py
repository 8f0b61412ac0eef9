"""Steps that go on later, as data: which rule, where in its steps, what it knew, when it is due.

Kept under the change kinds `wait` (name: the token) and `dialogue` (scope: chat and person; a list, the open one
last). A continuation outlives restarts and reloads; if its rule has no such step any more, it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ruleswx.model import Chat, Json, Message, Person, State
from ruleswx.rules.actions import Path

__all__ = ["Continuation", "continuations", "due_before", "dump_message", "load_message"]

_LONGEST = 4096
_CHAT = ("key", "kind", "names", "user_name", "muted", "owned", "owner_key", "title")
_PERSON = ("key", "nick", "remark", "alias", "card", "user_name", "friend", "me")
_MESSAGE = ("id", "kind", "origin", "code", "app_code", "event")


@dataclass(frozen=True, slots=True)
class Continuation:
    """One pause. `due` is Unix seconds; `more` is the step's own (tries left)."""

    kind: str
    rule: str
    path: Path
    due: float
    token: str
    message: Message
    values: Mapping[str, Json] = field(default_factory=dict)
    kept: Mapping[str, Json] = field(default_factory=dict)
    more: Mapping[str, Json] = field(default_factory=dict)
    timed: bool = False

    def to_json(self) -> dict[str, Json]:
        """As the store keeps it."""
        return {
            "kind": self.kind,
            "rule": self.rule,
            "path": list(self.path),
            "due": self.due,
            "token": self.token,
            "message": dump_message(self.message),
            "values": dict(self.values),
            "kept": dict(self.kept),
            "more": dict(self.more),
            "timed": self.timed,
        }

    @staticmethod
    def from_json(value: Json) -> Continuation:
        """The continuation of `to_json`. Raises ValueError for anything else."""
        try:
            v: Any = value
            return Continuation(
                kind=str(v["kind"]),
                rule=str(v["rule"]),
                path=tuple(v["path"]),
                due=float(v["due"]),
                token=str(v["token"]),
                message=load_message(v["message"]),
                values=dict(v["values"]),
                kept=dict(v["kept"]),
                more=dict(v["more"]),
                timed=bool(v["timed"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no continuation: {error}") from error


def continuations(state: State | None) -> tuple[Continuation, ...]:
    """What a remembered `wait` or `dialogue` holds; whatever cannot be read is left out."""
    value = state.value if state else None
    found = []
    for item in value if isinstance(value, list) else [value] if value is not None else []:
        try:
            found.append(Continuation.from_json(item))
        except ValueError:
            continue  # written by another version; nothing can go on from it
    return tuple(found)


def due_before(state: State | None, moment: float) -> tuple[tuple[Continuation, ...], float]:
    """What a remembered `wait` or `dialogue` holds that is due by then, and when the next of the rest is (for ever
    without one). Only what is due is read whole: most of what waits does so for a long time."""
    value = state.value if state else None
    items = value if isinstance(value, list) else [value]
    times = [due for item in items if isinstance(item, dict) and isinstance(due := item.get("due"), int | float)]
    later = min((float(due) for due in times if due > moment), default=float("inf"))
    if not any(due <= moment for due in times):
        return (), later
    return tuple(waiting for waiting in continuations(state) if waiting.due <= moment), later


def dump_message(message: Message) -> dict[str, Json]:
    """A message as JSON, its text as far as rules read it."""
    return {
        **{name: getattr(message, name) for name in _MESSAGE},
        "text": message.text[:_LONGEST],
        "time": message.time.isoformat(),
        "me": list(message.me),
        "facts": dict(message.facts),
        "chat": {name: _plain(getattr(message.chat, name)) for name in _CHAT},
        "sender": _person(message.sender),
        "people": [_person(person) for person in message.people],
    }


def _person(person: Person) -> Json:
    return {name: getattr(person, name) for name in _PERSON}


def _plain(value: Any) -> Json:
    return list(value) if isinstance(value, tuple) else value


def load_message(value: Any) -> Message:
    """The message of `dump_message`. Raises KeyError, TypeError or ValueError for anything else."""
    chat = dict(value["chat"])
    return Message(
        **{name: value[name] for name in _MESSAGE},
        text=value["text"],
        time=datetime.fromisoformat(value["time"]),
        me=tuple(value["me"]),
        facts=dict(value["facts"]),
        chat=Chat(**{**chat, "names": tuple(chat["names"])}),
        sender=Person(**value["sender"]),
        people=tuple(Person(**person) for person in value["people"]),
    )
