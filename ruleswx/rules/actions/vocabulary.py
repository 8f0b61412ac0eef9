"""The names a template may use, each worked out only when a template asks for it.

Chat text is only ever a value here. It must not know templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

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
    chat = run.message.chat
    return run.message.sender.name if chat.kind == "group" else chat.name or run.message.sender.name


def _member(run: Run) -> str:
    return run.message.sender.member_name or _person(run)


def _group(run: Run) -> str:
    chat = run.message.chat
    return chat.name if chat.kind == "group" else ""


def _owner(run: Run) -> str:
    """The group's owner as far as the account can name them."""
    chat = run.message.chat
    if chat.owned:
        return run.message.me[0] if run.message.me else ""
    if run.message.sender.key == chat.owner_key:
        return run.message.sender.member_name
    return next((c.name for c in run.view.chats() if chat.owner_key and c.key == chat.owner_key), "")


def _msg(run: Run) -> dict[str, object]:
    message = run.message
    return {**message.facts, "id": message.id, "MsgType": message.kind, "text": run.context.text}


def _people(event: str) -> Callable[[Run], list[str]]:
    def names(run: Run) -> list[str]:
        if run.message.event != event:
            return []
        return [name for person in run.message.people if (name := person.member_name)]

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
    "at": lambda run: f"@{_member(run)}{_NO_BREAK}",
    "secrets": lambda run: run.secrets,
    "flood": lambda run: run.counted("flood"),
    "repeat": lambda run: run.counted("repeat"),
    "strikes": lambda run: run.strikes(),
    "joined": _people("member_join"),
    "left": _people("member_leave"),
    "inviter": lambda run: run.message.sender.member_name if run.message.event == "member_join" else "",
}


_ALWAYS = frozenset({"now", "today", "weekday", "secrets"})
"""What there is to say when a schedule is due and nobody said anything, nowhere. The others are not empty then but
missing, so that no message goes out with a hole where somebody's name should be."""
