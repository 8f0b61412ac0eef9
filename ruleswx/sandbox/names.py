"""Finding who is meant when a control call or a test says a name.

A name may be a person's stable id, their nickname, an account's remark for them
or their WeChat id; a group's id or its topic. Two candidates are an error that
names both, never the first hit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from .cast import SPECIAL, Account, Group, Person
from .errors import SandboxError, did_you_mean

__all__ = ["Directory"]

_Named = TypeVar("_Named", Person, Group)


class Directory:
    """All people and groups of a world, by name."""

    __slots__ = ("accounts", "groups", "people")

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self.accounts: dict[str, Account] = {}
        for key, nick in SPECIAL.items():
            self.people[key] = Person(key, nick)

    def person(self, name: str) -> Person:
        """Return the person called `name`; raises SandboxError for nobody or for two."""
        if name in self.people:
            return self.people[name]
        return _only(name, "person", self._people_called(name), self._person_names())

    def group(self, name: str) -> Group:
        """Return the group called `name`; raises SandboxError for none or for two."""
        if name in self.groups:
            return self.groups[name]
        found = [group for group in self.groups.values() if group.nick == name]
        return _only(name, "group", found, (group.nick for group in self.groups.values()))

    def chat(self, name: str) -> Person | Group:
        """Return the group or the person called `name`; raises SandboxError."""
        if name in self.groups or any(group.nick == name for group in self.groups.values()):
            return self.group(name)
        if name in self.people or self._people_called(name):
            return self.person(name)
        known = [*self._person_names(), *(group.nick for group in self.groups.values())]
        raise SandboxError(f"nobody and no group is called {name!r}.{did_you_mean(name, known)}")

    def account(self, name: str | None) -> Account:
        """Return the account called `name`, or the first; raises SandboxError."""
        if name is None:
            return next(iter(self.accounts.values()))
        account = self.accounts.get(name) or self.accounts.get(self.person(name).key)
        if account is None:
            names = ", ".join(each.person.nick for each in self.accounts.values())
            raise SandboxError(f"{name!r} has no account here; the accounts are: {names}.")
        return account

    def name_of(self, key: str) -> str:
        """Return the name of a person or group: the nickname if nobody shares it, else the id."""
        if key in self.groups:
            nick = self.groups[key].nick
            shared = sum(group.nick == nick for group in self.groups.values())
        else:
            nick = self.people[key].nick
            shared = len(self._people_called(nick))
        return nick if nick and shared == 1 else key

    def names(self) -> dict[str, str]:
        """Return `name_of` for everybody and every group, worked out together."""
        people = Counter(word for each in self.people.values() for word in {each.nick, each.alias})
        for key, remark in self._remarks():
            if remark not in (self.people[key].nick, self.people[key].alias):
                people[remark] += 1
        groups = Counter(group.nick for group in self.groups.values())
        named = {key: each.nick if each.nick and people[each.nick] == 1 else key for key, each in self.people.items()}
        return named | {
            key: each.nick if each.nick and groups[each.nick] == 1 else key for key, each in self.groups.items()
        }

    def _remarks(self) -> set[tuple[str, str]]:
        return {
            (key, contact.remark)
            for account in self.accounts.values()
            for key, contact in account.book.items()
            if contact.remark
        }

    def _people_called(self, name: str) -> list[Person]:
        by_nick = [each for each in self.people.values() if name in (each.nick, each.alias)]
        remarked = [self.people[key] for key, remark in self._remarks() if remark == name]
        return list({each.key: each for each in [*by_nick, *remarked] if name}.values())

    def _person_names(self) -> list[str]:
        remarks = [remark for _, remark in self._remarks()]
        return [name for name in [*(each.nick for each in self.people.values()), *remarks] if name]


def _only(name: str, kind: str, found: list[_Named], known: Iterable[str]) -> _Named:
    if len(found) == 1:
        return found[0]
    if not found:
        raise SandboxError(f"no {kind} is called {name!r}.{did_you_mean(name, known)}")
    ids = ", ".join(each.key for each in found)
    raise SandboxError(f"{len(found)} {kind}s are called {name!r}; say which by id: {ids}.")
