"""The names a template may use, each worked out only when a template asks for it.

Chat text is only ever a value here. It must not know templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from ruleswx.model import Person

if TYPE_CHECKING:
    from ruleswx.rules.actions.run import Run

__all__ = ["BASE", "Vocabulary"]

_WEEK = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_NO_BREAK = "\u2005"


class Vocabulary(Mapping[str, object]):
    """What one run of steps can say. What a rule caught or saved comes first, then variables, then the common names."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __getitem__(self, name: str) -> object:
        run = self._run
        if name in run.values:
            return run.values[name]
        if name in run.context.variables:
            return run.context.variable(name)
        if run.timed and name not in _ALWAYS:
            raise KeyError(name)
        return BASE[name](run)

    def __contains__(self, name: object) -> bool:
        known = _ALWAYS if self._run.timed else BASE
        return name in self._run.values or name in self._run.context.variables or name in known

    def __iter__(self) -> Iterator[str]:
        base = [name for name in BASE if not self._run.timed or name in _ALWAYS]
        return iter({**dict.fromkeys(base), **self._run.context.variables, **self._run.values})

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _text(run: Run) -> str:
    return run.context.text


def _person(run: Run) -> str:
    message, chat = run.message, run.message.chat
    if chat.kind == "group":
        return message.sender.shown_name if run.public else message.sender.name
    if run.public:
        return chat.shown_name if message.sender.me else message.sender.shown_name or chat.shown_name
    return chat.name or message.sender.name


def _called(run: Run, person: Person) -> str:
    return person.shown_name if run.public else person.member_name


def _member(run: Run) -> str:
    return _called(run, run.message.sender) or _person(run)


def _at(run: Run) -> str:
    """A mention is for a group to read."""
    return f"@{run.message.sender.shown_name or _person(run)}{_NO_BREAK}"


def _group(run: Run) -> str:
    chat = run.message.chat
    return "" if chat.kind != "group" else chat.shown_name if run.public else chat.name


def _owner(run: Run) -> str:
    """The group's owner as far as the account can name them."""
    chat = run.message.chat
    if chat.owned:
        return run.message.me[0] if run.message.me else ""
    if run.message.sender.key == chat.owner_key:
        return _called(run, run.message.sender)
    found = next((c for c in run.view.chats() if chat.owner_key and c.key == chat.owner_key), None)
    return "" if found is None else found.shown_name if run.public else found.name


def _msg(run: Run) -> dict[str, object]:
    message = run.message
    return {**message.facts, "id": message.id, "MsgType": message.kind, "text": run.context.text}


def _people(event: str) -> Callable[[Run], list[str]]:
    def names(run: Run) -> list[str]:
        if run.message.event != event:
            return []
        return [name for person in run.message.people if (name := _called(run, person))]

    return names


BASE: Mapping[str, Callable[[Run], object]] = {
    "text": _text,
    "person": _person,
    "member": _member,
    "group": _group,
    "owner": _owner,
    "me": lambda run: run.message.me[0] if run.message.me else "",
    "now": lambda run: run.now.replace(tzinfo=None),
    "today": lambda run: run.now.date(),
    "weekday": lambda run: _WEEK[run.now.weekday()],
    "msg": _msg,
    "at": _at,
    "secrets": lambda run: run.secrets,
    "flood": lambda run: run.counted("flood"),
    "repeat": lambda run: run.counted("repeat"),
    "strikes": lambda run: run.strikes(),
    "joined": _people("member_join"),
    "left": _people("member_leave"),
    "inviter": lambda run: _called(run, run.message.sender) if run.message.event == "member_join" else "",
}


_ALWAYS = frozenset({"now", "today", "weekday", "secrets"})
"""What there is to say when a schedule is due and nobody said anything, nowhere. The others are not empty then but
missing, so that no message goes out with a hole where somebody's name should be."""
