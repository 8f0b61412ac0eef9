"""Events nobody announced: what only a new list of a group shows becomes an event rules can hear.

Pure. Who joins by invitation, or is removed by us, or renames a group, leaves a grey line as well; it may come before
the list or after it, so what a list shows is held back for some seconds and dropped when a line tells the same. Who
leaves silently is seen by nothing but the list. It must not know the wire, nor who handles the events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from ruleswx.addressbook.book import Noticed
from ruleswx.model import EMPTY, FILEHELPER, Message, Person

__all__ = ["HOLD_SECONDS", "Ledger", "list_event", "session_event"]

HOLD_SECONDS = 10.0
"""So long a grey line may come after the list that shows the same."""
_MEMORY_SECONDS = 30.0
"""So long it may have come before."""
_MOST = 1000
_EVENTS: Mapping[str, str] = MappingProxyType(
    {"members_left": "member_leave", "members_came": "member_join", "group_renamed": "group_renamed"}
)


def list_event(noticed: Noticed, now: datetime, me: tuple[str, ...] = ()) -> Message:
    """What a list showed, as rules hear it: without words and without anybody who did it.

    The id is made of who did what in which group in which minute, so that a list that comes twice makes one event.
    """
    event = _EVENTS[noticed.kind]
    who = "\n".join((*sorted(person.key for person in noticed.people), noticed.new))
    told = f"{event}\n{noticed.chat.key}\n{who}\n{now:%Y%m%d%H%M}"
    return Message(
        id=f"list-{hashlib.blake2b(told.encode('utf-8', 'replace'), digest_size=9).hexdigest()}",
        kind="system",
        chat=noticed.chat,
        sender=Person(key=""),
        text="",
        time=now,
        code=10000,
        event=event,
        me=me,
        facts=MappingProxyType({"topic": noticed.new}) if noticed.new else EMPTY,
        people=noticed.people,
    )


def session_event(event: Literal["login", "logout"], now: datetime, me: tuple[str, ...] = ()) -> Message:
    """A session that began or ended, as rules hear it: said by nobody, in the chat the account has with itself."""
    number = f"{now.timestamp():.3f}"
    return Message(f"{event}-{number}", "system", FILEHELPER, Person(""), "", now, code=10000, event=event, me=me)


@dataclass(frozen=True, slots=True)
class _Line:
    """A grey line that told an event: when, in which chat, and everything the people in it may be known by."""

    at: float
    event: str
    chat: str
    names: frozenset[str]


class Ledger:
    """What lists showed lately beside what lines told. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._held: list[tuple[float, Noticed]] = []
        self._lines: list[_Line] = []

    def notice(self, noticed: Noticed, now: float) -> None:
        """A list showed this."""
        kept = _others(noticed)
        for line in self._lines:
            if kept is not None and now - line.at < _MEMORY_SECONDS:
                kept = _untold(kept, line)
        if kept is not None and len(self._held) < _MOST:
            self._held.append((now + HOLD_SECONDS, kept))

    def tell(self, message: Message, now: float) -> None:
        """A line told this; other messages are passed over."""
        if message.event not in _EVENTS.values():
            return
        names = frozenset(name for person in message.people for name in _known_by(person))
        line = _Line(now, message.event, message.chat.key, names)
        self._lines = [each for each in self._lines if now - each.at < _MEMORY_SECONDS][-_MOST:]
        self._lines.append(line)
        held = ((due, _untold(noticed, line)) for due, noticed in self._held)
        self._held = [(due, noticed) for due, noticed in held if noticed is not None]

    def due(self, now: float) -> tuple[Noticed, ...]:
        """What nobody told in time; each once."""
        ripe = tuple(noticed for due, noticed in self._held if due <= now)
        self._held = [(due, noticed) for due, noticed in self._held if due > now]
        return ripe

    def next_due(self) -> float:
        """When something is due next, for ever when nothing is held."""
        return min((due for due, _ in self._held), default=float("inf"))


def _others(noticed: Noticed) -> Noticed | None:
    """Without this account itself: a rule that greets newcomers must not greet the bot."""
    if noticed.kind == "group_renamed":
        return noticed if noticed.new else None
    return _only(noticed, (person for person in noticed.people if not person.me))


def _untold(noticed: Noticed, line: _Line) -> Noticed | None:
    """What of it this line did not tell."""
    if line.chat != noticed.chat.key or line.event != _EVENTS[noticed.kind]:
        return noticed
    if noticed.kind == "group_renamed":
        return None
    return _only(noticed, (person for person in noticed.people if not line.names & _known_by(person)))


def _only(noticed: Noticed, people: Iterable[Person]) -> Noticed | None:
    kept = tuple(people)
    return replace(noticed, people=kept) if kept else None


def _known_by(person: Person) -> frozenset[str]:
    return frozenset(name for name in (person.key, *person.member_names) if name)
