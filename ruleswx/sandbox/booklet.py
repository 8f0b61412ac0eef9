"""Reading a written world (a JSON object) into people, groups and accounts.

    {"accounts": [{"name": "小助手", "uin": 1403256789}],
     "people": [{"name": "老王", "remark": "老板", "sex": 1, "friend": true}],
     "groups": [{"name": "产品交流群", "owner": "老王",
                 "members": ["小助手", {"name": "小李", "display": "李工"}], "saved": true}]}

Every mistake is an error that names the entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from .cast import Account, Contact, Group, Person
from .errors import SandboxError, did_you_mean
from .names import Directory
from .session import hexes

__all__ = ["add_group", "add_person", "fill"]

_WORLD = {"accounts", "people", "groups", "options", "seed"}
_PERSON = {
    *("name", "id", "alias", "sex", "province", "city", "signature", "official", "verify"),
    *("friend", "remark", "pinned", "starred", "muted", "refuses", "uin", "remarks"),
}
_GROUP = {"name", "id", "owner", "members", "saved", "muted", "pinned"}


def fill(directory: Directory, written: Mapping[str, Any], rng: Random) -> None:
    """Put a written world into `directory`; raises SandboxError for what it cannot read."""
    _known(written, _WORLD, "the world")
    accounts = written.get("accounts") or [{"name": "小助手"}]
    for number, entry in enumerate(accounts):
        person = _person(directory, entry, rng)
        uin = int(entry.get("uin", 1_403_256_789 + number))
        directory.accounts[person.key] = Account(person, uin)
    for entry in written.get("people", ()):
        add_person(directory, entry, rng)
    _introduce(directory, accounts)
    for entry in written.get("groups", ()):
        add_group(directory, entry, rng)


def add_person(directory: Directory, entry: Mapping[str, Any], rng: Random) -> Person:
    """Add one written person and the way every account knows them."""
    person = _person(directory, entry, rng)
    if entry.get("friend", True):
        first = next(iter(directory.accounts.values()))
        for account in directory.accounts.values():
            account.book[person.key] = Contact(
                remark=str(entry.get("remark", "")) if account is first else "",
                pinned=bool(entry.get("pinned")),
                starred=bool(entry.get("starred")),
                muted=bool(entry.get("muted")),
                refuses=str(entry.get("refuses", "")),
            )
    return person


def add_group(directory: Directory, entry: Mapping[str, Any], rng: Random) -> Group:
    """Add one written group; its members must exist."""
    _known(entry, _GROUP, f"the group {entry.get('name')!r}")
    members: dict[str, str] = {}
    for member in entry.get("members", ()):
        name, display = (member, "") if isinstance(member, str) else _member(member)
        members[directory.person(name).key] = display
    if not members:
        raise SandboxError(f"the group {entry.get('name')!r} has no members.")
    owner = directory.person(entry["owner"]).key if "owner" in entry else next(iter(members))
    key = str(entry.get("id") or f"{rng.randrange(10**9, 10**10)}@chatroom")
    group = Group(key, str(entry.get("name", "")), owner, members)
    directory.groups[key] = group
    for account in directory.accounts.values():
        if account.key in members:
            _keep_group(account, group, entry)
    return group


def _keep_group(account: Account, group: Group, entry: Mapping[str, Any]) -> None:
    account.recent.append(group.key)
    for flag, keys in (
        ("saved", account.saved),
        ("muted", account.muted),
        ("pinned", account.pinned),
    ):
        if entry.get(flag, flag == "saved"):
            keys.add(group.key)


def _person(directory: Directory, entry: Mapping[str, Any], rng: Random) -> Person:
    name = str(entry.get("name", ""))
    _known(entry, _PERSON, f"the person {name!r}")
    official = bool(entry.get("official"))
    made = f"gh_{hexes(rng, 12)}" if official else f"wxid_{hexes(rng, 14)}"
    key = str(entry.get("id") or made)
    if key in directory.people:
        raise SandboxError(f"two people have the id {key!r}.")
    person = Person(
        key=key,
        nick=name,
        alias=str(entry.get("alias", "")),
        sex=int(entry.get("sex", 0)),
        province=str(entry.get("province", "")),
        city=str(entry.get("city", "")),
        signature=str(entry.get("signature", "")),
        verify=int(entry.get("verify", 24 if official else 0)),
        attr=rng.randrange(4_096, 2**32 + 2**20),
        avatar=rng.randrange(600_000_000, 700_000_000),
    )
    directory.people[key] = person
    return person


def _introduce(directory: Directory, accounts: list[Mapping[str, Any]]) -> None:
    """Make the accounts friends of one another and note the remarks written with them."""
    for entry, account in zip(accounts, directory.accounts.values(), strict=True):
        for key in directory.accounts:
            if key != account.key:
                account.book[key] = Contact()
        for name, remark in dict(entry.get("remarks", {})).items():
            person = directory.person(name)
            account.book.setdefault(person.key, Contact()).remark = str(remark)


def _member(member: Mapping[str, Any]) -> tuple[str, str]:
    _known(member, {"name", "display"}, "a member")
    return str(member.get("name", "")), str(member.get("display", ""))


def _known(entry: Mapping[str, Any], keys: set[str], what: str) -> None:
    if not isinstance(entry, Mapping):
        raise SandboxError(f"{what} must be a JSON object, got {entry!r}.")
    for key in entry:
        if key not in keys:
            raise SandboxError(f"{what}: unknown key {key!r}.{did_you_mean(key, keys)}")
