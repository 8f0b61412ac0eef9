"""What happens to groups and friendships, and how each phone hears of it.

Joining, being invited and renaming leave a grey line; leaving and being removed are
silent for the rest and show only in the new member list. Every change reaches the
web as a contact change.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .cast import Account, Contact, Group, Person
from .contacts import group_contact, person_contact, profile
from .drafts import system_draft
from .errors import SandboxError
from .phrases import phrase
from .streams import CONTACTS
from .talk import post

if TYPE_CHECKING:
    from .world import World

__all__ = ["alter", "befriend", "drop", "grey_line", "join", "leave", "remove", "rename", "show", "show_person"]


def join(world: World, group: Group, people: Iterable[Person], *, by: Person, how: str = "invite") -> None:
    """Let people join, invited by (or over the QR code of) `by`."""
    fresh = [person for person in people if person.key not in group.members]
    others = [key for key in group.members if key != by.key]
    for person in fresh:
        group.members[person.key] = ""
    show(world, group)
    names = "、".join(person.nick for person in fresh)
    for account in _present(world, group):
        words = {"name": names, "by": by.nick, "others": _nicks(world, others)}
        which = _join_phrase(account, fresh, by, how)
        grey_line(world, group, which, account, **words)


def leave(world: World, group: Group, person: Person) -> None:
    """Let somebody leave; the rest only see the new member list."""
    _must_be_in(group, person)
    del group.members[person.key]
    if person.key in world.directory.accounts:
        drop(world, world.directory.accounts[person.key], group)
    show(world, group)


def remove(world: World, group: Group, person: Person, *, by: Person) -> None:
    """Remove somebody; they and the one who did it get a grey line."""
    _must_be_in(group, person)
    del group.members[person.key]
    gone = world.directory.accounts.get(person.key)
    if gone is not None:
        grey_line(world, group, "you_were_removed", gone, by=by.nick)
        drop(world, gone, group)
    doer = world.directory.accounts.get(by.key)
    if doer is not None and doer is not gone:
        grey_line(world, group, "you_removed", doer, name=person.nick)
    show(world, group)


def rename(world: World, group: Group, name: str, *, by: Person) -> None:
    """Give a group a new name."""
    if not name:
        raise SandboxError("a group's new name must not be empty.")
    group.nick = name
    show(world, group)
    for account in _present(world, group):
        which = "you_renamed" if by.key == account.key else "renamed"
        grey_line(world, group, which, account, name=name, by=by.nick)


def show(world: World, group: Group) -> None:
    """Tell every account in the group of its present state."""
    for account in _present(world, group):
        session = account.session
        if session and session.started and not session.over:
            contact = group_contact(world, session, group, members=True, skey=False)
            session.streams.add(CONTACTS, "mod", contact, world.clock.seconds())
    world.changed()


def show_person(world: World, account: Account, person: Person) -> None:
    """Tell one account how it now knows a person."""
    session = account.session
    if session and session.started and not session.over:
        contact = person_contact(world, session, person)
        session.streams.add(CONTACTS, "mod", contact, world.clock.seconds())
    world.changed()


def alter(world: World, person: Person, *, remark: str | None = None, **changes: str) -> None:
    """Let somebody change their nickname, alias or signature, or give them another remark."""
    for name, value in changes.items():
        setattr(person, name, value)
    for account in world.directory.accounts.values():
        known = account.contact(person.key)
        if person.key == account.key:
            _show_profile(world, account)
        elif known is not None:
            known.remark = known.remark if remark is None else remark
            show_person(world, account, person)
    for group in world.directory.groups.values():
        if changes and person.key in group.members:
            show(world, group)


def _show_profile(world: World, account: Account) -> None:
    session = account.session
    if session and session.started and not session.over:
        session.streams.add(CONTACTS, "profile", profile(account.person), world.clock.seconds())


def drop(world: World, account: Account, who: Group | Person) -> None:
    """Tell one account that a group or a friend is gone."""
    session = account.session
    account.saved.discard(who.key)
    account.pinned.discard(who.key)
    if who.key in account.recent:
        account.recent.remove(who.key)
    if session and session.started and not session.over:
        gone = {"UserName": session.user_name(who), "ContactFlag": 0}
        session.streams.add(CONTACTS, "del", gone, world.clock.seconds())
    world.changed()


def befriend(world: World, account: Account, person: Person, *, by_them: bool = False) -> None:
    """Make two people friends and start their chat with a grey line."""
    known = account.book.setdefault(person.key, Contact())
    known.friend, known.refuses = True, ""
    show_person(world, account, person)
    which = "friend_added_by_them" if by_them else "friend_added"
    grey_line(world, person, which, account, name=person.nick)


def grey_line(world: World, chat: Group | Person, which: str, account: Account, **words: str) -> None:
    """Put one grey line into a chat of one account."""
    text = phrase(which, world.options.language, **words)
    draft = system_draft(text, mix_up=world.options.mix_up_faces)
    post(world, "", chat.key, draft, origin="service", only=account)


def _join_phrase(account: Account, fresh: list[Person], by: Person, how: str) -> str:
    if any(person.key == account.key for person in fresh):
        return "you_were_invited"
    mine = by.key == account.key
    if how == "code":
        return "joined_by_your_code" if mine else "joined_by_code"
    return "you_invited" if mine else "invited"


def _present(world: World, group: Group) -> list[Account]:
    return [each for key, each in world.directory.accounts.items() if key in group.members]


def _nicks(world: World, keys: Iterable[str]) -> str:
    return "、".join(world.directory.people[key].nick for key in keys)


def _must_be_in(group: Group, person: Person) -> None:
    if person.key not in group.members:
        raise SandboxError(f"{person.nick!r} is not in {group.nick!r}.")
