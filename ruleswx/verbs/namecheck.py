"""The names in rules and configuration held against the address book: nobody's, two chats', groups not saved, admins
who are no friends. Pure; it must not know files or the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ruleswx.diagnostics import Place
from ruleswx.fold import fold_key
from ruleswx.rules.load.naming import Spoken
from ruleswx.verbs.checkup import Finding, Level
from ruleswx.verbs.roster import Known, Roster

__all__ = ["admins", "names", "unsaved"]

_KINDS = {"group": {"group"}, "person": {"person"}, "to": {"person", "group", "official"}}


def names(spoken: Iterable[Spoken], roster: Roster) -> Iterator[Finding]:
    """Every name of a rule that nobody has, or that two chats have where one is wanted. Members of groups are not
    stored, so `member` cannot be judged."""
    looked, wrong = 0, False
    for one in {(s.name, s.use, s.place): s for s in spoken}.values():
        if one.use not in _KINDS:
            continue
        looked += 1
        for finding in _name(one, roster):
            wrong = wrong or finding.level == "mend"
            yield finding
    if looked and not wrong:
        yield Finding("ok", "names", "names", {"count": str(looked)})


def _name(one: Spoken, roster: Roster) -> Iterator[Finding]:
    found = _of(one, roster.find(one.name))
    values = {"name": one.name, "count": str(len(found))}
    if not found:
        lost = _of(one, roster.lost(one.name))
        # Nobody need be there to be left alone.
        # A name with `*` may well wait for somebody to come; where it sends there should be somebody now.
        level: Level = "note" if one.excepted or (one.wide and one.use != "to") else "mend"
        yield Finding(level, "names", "not_met" if lost else "nobody", values, place=one.place)
    elif len(found) > 1 and not one.wide:
        if one.use == "to":
            yield Finding("mend", "names", "shared_target", values, "E122", one.place)
        else:
            yield Finding("note", "names", "shared_name", values, place=one.place)


def _of(one: Spoken, chats: Iterable[Known]) -> list[Known]:
    return [chat for chat in chats if chat.kind in _KINDS[one.use]]


def admins(given: Sequence[tuple[str, Place]], roster: Roster) -> Iterator[Finding]:
    """Admins who are not exactly one friend's 备注 or 微信号."""
    wrong = False
    for name, place in given:
        if len(roster.friends(name)) != 1:
            wrong = True
            yield Finding("mend", "admins", "admin", {"name": name}, "E123", place)
    if given and not wrong:
        yield Finding("ok", "admins", "admins", {"count": str(len(given))})


def unsaved(spoken: Iterable[Spoken], roster: Roster) -> Iterator[Finding]:
    """Groups not saved to the contacts: after the next login they are unknown until somebody speaks there. Where a rule
    sends there that is worth mending."""
    sent_to = {fold_key(one.name) for one in spoken if one.use == "to"}
    for chat in roster.chats:
        if chat.kind == "group" and chat.bound and not chat.saved:
            wanted = not sent_to.isdisjoint(fold_key(name) for name in chat.names)
            yield Finding("mend" if wanted else "note", "groups", "unsaved", {"name": chat.name or chat.key})
