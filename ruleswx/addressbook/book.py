"""Who is who: the contacts of one account, with a stable key for each that survives logins and renames.

The service deals new UserNames at every login and tells nothing permanent about other people, so a key is found again
by what it does tell: wxid pairings, 微信号, 备注, then nickname with a long-lived attribute number, then the avatar;
groups by 备注, topic, then the overlap of their members. Two candidates at one level are no match: the contact gets a
new key rather than somebody else's past. Power never rests on what comes out of that: `trusted` only knows 备注 and
微信号 of friends.

One owner mutates it (floor 5); everybody else gets frozen values. It must not know the wire, the store or the rules.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from ruleswx.addressbook.bindings import Bindings
from ruleswx.fold import fold_key
from ruleswx.model import Chat, Contact, Person

__all__ = ["ME", "AddressBook", "Noticed"]

ME = "me"
_SHOWN = 10
_MOST_PAIRS = 20_000
# The client, not the wire, names these (official script).
_SPECIAL = {
    "filehelper": ("文件传输助手", "File Transfer"),
    "weixin": ("微信团队", "WeChat Team"),
    "fmessage": ("朋友推荐消息",),
    "newsapp": ("腾讯新闻",),
}


@dataclass(frozen=True, slots=True)
class Noticed:
    """What a list showed that no message told: a group renamed, members who came or left."""

    kind: Literal["group_renamed", "members_came", "members_left"]
    chat: Chat
    people: tuple[Person, ...] = ()
    old: str = ""
    new: str = ""


class AddressBook:
    """The contacts of one login. `rebind` before, `start` at every login, then `learn` whatever the lists say."""

    def __init__(self) -> None:
        self._bindings = Bindings()
        self._uin = 0
        self._self = ""
        self._contacts: dict[str, Contact] = {}
        self._members: dict[str, dict[str, Contact]] = {}
        self._seen_in: dict[str, set[str]] = {}
        self._named: dict[str, dict[str, None]] = {}
        self._given_up: set[str] = set()
        self._wxids: dict[str, str] = {}

    def rebind(self, rows: Iterable[tuple[str, str]]) -> None:
        """Take over what was known before: `(key, text)` pairs from `rows`; unreadable ones are left out."""
        self._bindings.load(rows)

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Everything to remember, as `(key, text)` pairs; the text is opaque."""
        return self._bindings.dump(self._bindings.rows)

    def changes(self) -> tuple[tuple[str, str], ...]:
        """The rows that changed since this was last asked."""
        return self._bindings.take_changes()

    def start(self, uin: int, me: Contact, today: int = 0) -> None:
        """A login: who we are. Ids of an earlier login are forgotten, keys are found again as contacts come in. `today`
        is the day counted from 1970; without it nothing is ever forgotten."""
        self._bindings.date(today)
        if me.user_name != self._self:
            self._contacts.clear()
            self._members.clear()
            self._seen_in.clear()
            self._named.clear()
            self._given_up.clear()
            self._wxids.clear()
            self._bindings.new_login(me.user_name)
        self._uin, self._self = uin, me.user_name
        self._contacts[me.user_name] = me

    def forget_lost(self, today: int, days: int, used: Container[str]) -> tuple[str, ...]:
        """Drop what was kept of people and groups not met for so many days, unless they are at hand or their key is in
        use. Returns the keys that went."""
        self._bindings.date(today)
        return self._bindings.forget(days, used)

    def learn(self, contacts: Iterable[Contact]) -> tuple[Noticed, ...]:
        """Take in contacts, groups and members; returns what they show that was different before."""
        return tuple(noticed for contact in contacts for noticed in self._put(contact))

    def meet(self, strangers: Iterable[Contact]) -> None:
        """People a message told about (friend requests); what the lists say of somebody is never replaced by it."""
        for stranger in strangers:
            if stranger.user_name not in self._contacts:
                self._put(stranger)

    def forget(self, user_names: Iterable[str]) -> None:
        """Contacts deleted, groups left or no longer saved. Their keys stay theirs."""
        for name in user_names:
            if (gone := self._contacts.pop(name, None)) is not None:
                self._unname(gone)
                self._bindings.remove(gone)
                self._bindings.part(name)
            self._members.pop(name, None)

    def pair(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Real ids for session ids, told by the phone's own conversation list, often before the contacts come."""
        for name, wxid in islice(pairs, _MOST_PAIRS):
            if len(self._wxids) < _MOST_PAIRS:
                self._wxids[name] = wxid
            known = self._contacts.get(name)
            if known is not None and known.wxid != wxid:
                self._put(known)

    def missing(self, chat: str, member: str = "") -> tuple[str, ...]:
        """What must be fetched before this chat (and this member of it) can be named; empty when nothing helps."""
        known = self._contacts.get(chat)
        if known is None:
            wanted = chat != self._self
        else:
            people = self._members.get(chat)
            wanted = known.kind == "group" and (people is None or bool(member and member not in people))
        asked = chat if not member else f"{chat} {member}"
        return (chat,) if wanted and chat and asked not in self._given_up and chat not in self._given_up else ()

    def give_up(self, chat: str, member: str = "") -> None:
        """Remember that fetching did not help, so that each further message does not ask again."""
        self._given_up.add(chat if not member else f"{chat} {member}")

    def chat(self, user_name: str) -> Chat | None:
        """The conversation with this id, None when nothing is known about it."""
        known = self._contacts.get(user_name)
        return None if known is None else self._chat(known)

    def renamed(self) -> tuple[Noticed, ...]:
        """Groups that have another topic than in the login before, each once; so far as they were asked for."""
        found = ((self._contacts.get(name), old) for name, old in self._bindings.take_renames())
        return tuple(
            Noticed("group_renamed", self._chat(contact), old=old, new=contact.nick)
            for contact, old in found
            if contact is not None and contact.nick != old
        )

    def chats(self) -> Iterator[Chat]:
        """Every conversation there could be: friends, groups, official accounts."""
        for contact in list(self._contacts.values()):
            if contact.user_name != self._self and (contact.listed or contact.kind != "person"):
                yield self._chat(contact)

    def person(self, user_name: str, group: str | None = None) -> Person | None:
        """Somebody, with the card of a group when one is given; None when nothing is known."""
        contact = self._contacts.get(user_name)
        entry = self._members.get(group, {}).get(user_name) if group else None
        # A friend's nickname inside a member list may be the 备注 we gave (Mojo), so the contact wins.
        shown = contact or entry or self._anywhere(user_name)
        if shown is None:
            return None
        return Person(
            key=self._key(shown),
            nick=shown.nick,
            remark=shown.remark,
            alias=shown.alias,
            card=entry.card if entry else "",
            user_name=user_name,
            friend=shown.listed,
            me=user_name == self._self,
        )

    def members(self, group: str) -> tuple[Person, ...]:
        """Everybody known to be in a group."""
        found = (self.person(name, group) for name in self._members.get(group, ()))
        return tuple(person for person in found if person is not None)

    def room_id(self, group: str) -> str:
        """The id members of this group must be asked with."""
        return self._contacts[group].room_id if group in self._contacts else ""

    def find(self, name: str) -> tuple[Chat, ...]:
        """Chats that go by this name after normal folding; several when the name is ambiguous."""
        return tuple(self._chat(self._contacts[user]) for user in self._named.get(fold_key(name, "normal"), ()))

    def shared(self) -> tuple[tuple[Chat, ...], ...]:
        """Chats that go by one name, each set together: whoever writes to such a name must be asked which is meant."""
        doubles = {tuple(sorted(users)) for users in self._named.values() if len(users) > 1}
        return tuple(tuple(self._chat(self._contacts[user]) for user in users) for users in sorted(doubles))

    def trusted(self, names: Iterable[str]) -> tuple[frozenset[str], tuple[str, ...]]:
        """Keys of the friends named by 备注 or 微信号, and the names that are nobody's or two people's."""
        keys: set[str] = set()
        lost: list[str] = []
        for name in names:
            friends = [self._contacts[user] for user in self._named.get(fold_key(name, "normal"), ())]
            fits = [c for c in friends if c.kind == "person" and c.listed and _is_sure(c, name)]
            if len(fits) == 1:
                keys.add(self._key(fits[0]))
            else:
                lost.append(name)
        return frozenset(keys), tuple(lost)

    def me(self, group: str | None = None) -> tuple[str, ...]:
        """The names a mention of us may use: 群昵称 of that group, then the account's nickname."""
        entry = self._members.get(group, {}).get(self._self) if group else None
        own = self._contacts.get(self._self)
        names = (entry.card if entry else "", own.nick if own else "")
        return tuple(dict.fromkeys(name for name in names if name))

    def _put(self, contact: Contact) -> Iterator[Noticed]:
        before = self._contacts.get(contact.user_name)
        if wxid := self._wxids.get(contact.user_name):
            contact = replace(contact, wxid=wxid)
        if before is not None:
            contact = _enriched(contact, before)
            self._unname(before)
            self._bindings.remove(before)
        if contact.user_name == self._self and before is not None:
            contact = replace(before, nick=contact.nick or before.nick)
        self._contacts[contact.user_name] = contact if contact.members is None else replace(contact, members=None)
        self._given_up.discard(contact.user_name)
        self._name(contact)
        self._bindings.add(contact)
        noticed = list(self._regroup(contact)) if contact.members is not None else []
        if before is not None and contact.kind == "group" and _renamed(before, contact):
            noticed.append(Noticed("group_renamed", self._chat(contact), old=before.nick, new=contact.nick))
        self._bindings.update(contact, self._marks(contact))
        return iter(noticed)

    def _regroup(self, group: Contact) -> Iterator[Noticed]:
        """Take over a member list; an empty one never empties a group that has members."""
        told = {member.user_name: member for member in group.members or ()}
        before = self._members.get(group.user_name)
        if before and not told:
            return
        gone = [name for name in before or () if name not in told]
        left = tuple(p for name in gone if (p := self.person(name, group.user_name)) is not None)
        for name in gone:
            self._see(name, group.user_name, there=False)
        self._members[group.user_name] = told
        for name, member in told.items():
            if self._see(name, group.user_name, there=True):
                self._bindings.add(member)
        if before is None:
            return
        if left:
            yield Noticed("members_left", self._chat(group), left)
        if fresh := tuple(p for n in told if n not in before and (p := self.person(n, group.user_name)) is not None):
            yield Noticed("members_came", self._chat(group), fresh)

    def _see(self, name: str, group: str, *, there: bool) -> bool:
        """Note where somebody is a member; True the first time they are met at all."""
        groups = self._seen_in.setdefault(name, set())
        if not there:
            groups.discard(group)
            return False
        groups.add(group)
        return len(groups) == 1 and name not in self._contacts

    def _anywhere(self, user_name: str) -> Contact | None:
        for group in self._seen_in.get(user_name, ()):
            if (entry := self._members.get(group, {}).get(user_name)) is not None:
                return replace(entry, card="")
        return None

    def _chat(self, contact: Contact) -> Chat:
        owner = self._owner(contact)
        return Chat(
            key=self._key(contact),
            kind=contact.kind,
            names=self._names(contact),
            user_name=contact.user_name,
            muted=contact.muted,
            owned=contact.owned or owner == ME,
            owner_key=owner,
            title=contact.nick or self._members_shown(contact),
        )

    def _members_shown(self, contact: Contact) -> str:
        """An unnamed group by its members, as others see them."""
        if contact.kind != "group":
            return ""
        return "、".join(p.shown_name for p in self.members(contact.user_name)[:_SHOWN] if not p.me and p.shown_name)

    def _owner(self, contact: Contact) -> str:
        if contact.kind != "group":
            return ""
        if contact.owned or (self._uin and contact.owner_uin == self._uin) or contact.owner_user_name == self._self:
            return ME
        person = self.person(contact.owner_user_name, contact.user_name) if contact.owner_user_name else None
        return person.key if person else ""

    def _names(self, contact: Contact) -> tuple[str, ...]:
        """Names as rules may write them: 备注, 昵称, 微信号; a group without a topic goes by its first members."""
        names = (contact.remark, contact.nick, contact.alias, *_SPECIAL.get(contact.user_name, ()))
        told = tuple(dict.fromkeys(name for name in names if name))
        if told or contact.kind != "group":
            return told or ((contact.user_name,) if not contact.user_name.startswith("@") else ())
        people = [p.member_name for p in self.members(contact.user_name)[:_SHOWN] if not p.me and p.member_name]
        return ("、".join(people), ", ".join(people)) if people else ()

    def _name(self, contact: Contact) -> None:
        for key in self._name_keys(contact):
            self._named.setdefault(key, {})[contact.user_name] = None

    def _unname(self, contact: Contact) -> None:
        for key in self._name_keys(contact):
            users = self._named.get(key, {})
            users.pop(contact.user_name, None)
            if not users:
                self._named.pop(key, None)

    def _name_keys(self, contact: Contact) -> set[str]:
        if contact.user_name == self._self or (contact.kind == "person" and not contact.listed):
            return set()
        names = (contact.remark, contact.nick, contact.alias, *_SPECIAL.get(contact.user_name, ()))
        special = () if contact.user_name.startswith("@") else (contact.user_name,)
        return {fold_key(name, "normal") for name in (*names, *special) if name}

    def _key(self, contact: Contact) -> str:
        if contact.user_name == self._self:
            return ME
        if not contact.user_name.startswith("@"):
            return contact.user_name
        return self._bindings.key(contact, self._marks(contact))

    def _marks(self, contact: Contact) -> tuple[int, ...]:
        """The attribute numbers of a group's members: what it can be recognised by when its topic changed."""
        if contact.kind != "group":
            return ()
        marks = (entry.attr_status for entry in self._members.get(contact.user_name, {}).values())
        return tuple(sorted(mark for mark in marks if mark))


def _renamed(before: Contact, contact: Contact) -> bool:
    """A topic cannot be taken away, so a list without one says nothing."""
    return bool(before.nick and contact.nick) and contact.nick != before.nick


def _enriched(contact: Contact, before: Contact) -> Contact:
    """The newer entry with what poorer lists leave out: the page of contacts knows no owners, changes no room ids."""
    contact = replace(contact, wxid=contact.wxid or before.wxid, room_id=contact.room_id or before.room_id)
    if contact.members is not None or contact.kind != "group":
        return contact
    return replace(
        contact,
        owned=contact.owned or before.owned,
        owner_uin=contact.owner_uin or before.owner_uin,
        owner_user_name=contact.owner_user_name or before.owner_user_name,
    )


def _is_sure(contact: Contact, name: str) -> bool:
    """Whether the name is one only this account or the service can give."""
    wanted = fold_key(name, "normal")
    return any(given and fold_key(given, "normal") == wanted for given in (contact.remark, contact.alias))
