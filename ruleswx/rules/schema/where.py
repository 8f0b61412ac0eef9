"""Where a rule listens once the file's defaults are applied: one reading for the checker and the engine alike.

A rule's own line replaces the default. Its own group means groups, whatever the default sender is; its own `'@'` keeps
default groups out.
"""

from __future__ import annotations

from dataclasses import dataclass

from ruleswx.rules.schema.cond import Cond, Name
from ruleswx.rules.schema.rulefile import Defaults

__all__ = ["Where", "effective"]

_PRIVATE_EVENTS = frozenset({"friend_request", "friend_added", "login", "logout"})
_GROUP_EVENTS = frozenset({"member_join", "member_leave", "group_renamed"})


@dataclass(frozen=True, slots=True)
class Where:
    """`sender` is '@', '@@', official, or None where only an event says it; `known` is False when nothing does."""

    sender: str | None
    group: tuple[Name, ...] | None = None
    person: tuple[Name, ...] | None = None
    known: bool = True

    @property
    def lacks_group(self) -> bool:
        """A rule about groups that names none."""
        return self.sender == "@@" and not self.group


def effective(cond: Cond | None, defaults: Defaults | None = None, outer: Where | None = None) -> Where:
    """The where of one condition: its own lines, else those of the block around it, else the file's defaults."""
    base = outer or Where(
        defaults.sender if defaults else None,
        defaults.group if defaults else None,
        defaults.person if defaults else None,
    )
    own = cond or Cond()
    sender = own.sender or _implied(own) or base.sender
    group = own.group or (base.group if sender in {"@@", None} else None)
    person = own.person or base.person
    if sender is None and group:
        sender = "@@"
    if sender is None and person:
        sender = "@"
    events = set(own.event or ())
    return Where(sender, group, person, sender is not None or bool(events and events <= _PRIVATE_EVENTS))


def _implied(own: Cond) -> str | None:
    """A group, a member or something that only happens in groups."""
    if own.group or own.member:
        return "@@"
    events = set(own.event or ())
    return "@@" if events and events <= _GROUP_EVENTS else None
