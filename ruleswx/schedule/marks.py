"""How the newest occurrence dealt with is remembered: one value of the store's state a rule. Pure."""

from __future__ import annotations

from datetime import datetime

from ruleswx.model import Change, State

__all__ = ["MARK", "make_mark", "read_mark"]

MARK = "schedule"
"""The family of these values in the store; their name is the rule's, their scope empty."""


def make_mark(rule: str, due: datetime) -> Change:
    """The change that says: this occurrence of that rule is dealt with, fired or given up."""
    return Change(MARK, rule, "", State(due.isoformat()))


def read_mark(state: State | None) -> datetime | None:
    """The occurrence a stored value stands for; None when there is none, or nothing anybody could have stored."""
    if state is None or not isinstance(state.value, str):
        return None
    try:
        mark = datetime.fromisoformat(state.value)
    except ValueError:
        return None
    return mark if mark.tzinfo else None
