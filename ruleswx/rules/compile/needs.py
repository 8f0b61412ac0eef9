"""What the index may know of a rule: the literals it needs, and where it can be ruled out at once.

Both are a superset of what matches; the conditions themselves have the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ruleswx.rules.conditions import (
    UNSAID,
    AnyOf,
    Condition,
    Contains,
    ContainsAll,
    Ends,
    Equals,
    EventIs,
    GroupIs,
    KindIs,
    Regex,
    Said,
    Sender,
    Starts,
)
from ruleswx.rules.index import Entry, Need, Place, all_of, any_of, literals, pattern

__all__ = ["entry"]

_SENDERS = {"@": "person", "@@": "group", "official": "official"}


def entry(position: int, when: Sequence[Condition]) -> Entry:
    """The rule as the index sees it."""
    return Entry(position, _needs(when), _fits(when))


def _needs(block: Sequence[Condition]) -> Need | None:
    return all_of(_need(line) for line in block)


def _need(line: Condition) -> Need | None:
    match line:
        case Equals() | Contains() | Starts() | Ends():
            return literals(line.words.by_folded, line.mode)
        case ContainsAll():
            return all_of(literals((word,), line.mode) for word in line.words.by_folded)
        case Regex():
            return any_of(pattern(one) for one in line.patterns)
        case AnyOf():
            return any_of(_needs(block) for block in line.blocks)
        case _:
            return None


def _fits(when: Sequence[Condition]) -> Callable[[Place], bool] | None:
    tests = [test for line in when if (test := _test(line)) is not None]
    if not tests:
        return None
    return lambda place: all(test(place) for test in tests)


def _test(line: Condition) -> Callable[[Place], bool] | None:
    match line:
        case Sender(wanted):
            kind = _SENDERS[wanted]
            return lambda place: place.chat == kind
        case GroupIs():
            wanted_groups = line.names
            return lambda place: place.chat == "group" and wanted_groups.fits_folded(place.groups)
        case KindIs(names, codes) if not codes:
            return lambda place: place.kind in names
        case EventIs():
            return lambda place: bool(place.event)
        case Said():
            return lambda place: place.kind not in UNSAID
        case _:
            return None
