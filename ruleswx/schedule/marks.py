"""How the newest occurrence dealt with is remembered, and since when a schedule has been in force. Pure.

One value of the store's state each a rule. Without the second, a restart across the first occurrence of a new schedule
would lose it: nothing would tell it from a schedule nobody has looked at yet.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from ruleswx.model import Change, Json, State
from ruleswx.schedule.spec import Spec

__all__ = ["MARK", "SINCE", "make_mark", "make_since", "read_mark", "read_since"]

MARK = "schedule"
"""The family of these values in the store; their name is the rule's, their scope empty."""
SINCE = "schedule-since"
"""The same for when a schedule came into force."""


def make_mark(rule: str, due: datetime) -> Change:
    """The change that says: this occurrence of that rule is dealt with, fired or given up."""
    return Change(MARK, rule, "", State(due.isoformat()))


def read_mark(state: State | None) -> datetime | None:
    """The occurrence a stored value stands for; None when there is none, or nothing anybody could have stored."""
    return _moment(state.value if state else None)


def make_since(rule: str, spec: Spec, now: datetime) -> Change:
    """The change that says: that rule's schedule has these times from now on."""
    return Change(SINCE, rule, "", State({"since": now.isoformat(), "beat": _beat(spec)}))


def read_since(state: State | None, spec: Spec) -> datetime | None:
    """When a schedule came into force; None when that is not known, or was a schedule with other times."""
    value = state.value if state else None
    if not isinstance(value, dict) or value.get("beat") != _beat(spec):
        return None
    return _moment(value.get("since"))


def _beat(spec: Spec) -> str:
    """A mark that is the same for specs that are due at the same times, in every run."""
    beat = spec.beat
    told = (str(beat.zone), beat.at, beat.every, beat.cron, beat.once, sorted(beat.days), beat.dates, beat.calendar)
    return hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()


def _moment(value: Json) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None
