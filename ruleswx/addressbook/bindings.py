"""Which contact of this login is which of the last: stable keys, found again level by level.

Levels, strongest first: the same session id (a resumed login), wxid, 微信号, 备注, nickname with the attribute number,
nickname with the avatar's number; for groups wxid, 备注, topic, the best overlap of members, at least 60 %. At the
first level where old rows answer, exactly one old and one new candidate make a match; anything else ends the search
without one. It must not know names' folding, chats or the wire.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace

from ruleswx.model import Contact

__all__ = ["Bindings", "Row", "login_mark"]

_MOST_ROWS = 200_000
_ENOUGH = 0.6
_STRANGER = 0.2
_FEW = 3
_SAME_DAYS = 7
"""A row met within these days is not written again only to say so."""
_HOPELESS_DAYS = 7


@dataclass(frozen=True, slots=True)
class Row:
    """What is remembered of one contact. `listed`: the account's own list held it; `login` marks the login it was last
    met in (`login_mark`), which tells the contacts at hand from those that wait to be met again; `met` the day (counted
    from 1970) it was last met, give or take a week."""

    key: str
    kind: str = "person"
    user_name: str = ""
    wxid: str = ""
    alias: str = ""
    remark: str = ""
    nick: str = ""
    attr_status: int = 0
    avatar_seq: str = ""
    marks: tuple[int, ...] = ()
    listed: bool = False
    login: str = ""
    met: int = 0


_OF_ROW = frozenset({"key", "marks", "login", "met"})
"""What a contact does not tell."""
_SHARED = tuple(field.name for field in fields(Row) if field.name not in _OF_ROW)
_WRITTEN = tuple(field.name for field in fields(Row) if field.name != "key")
_NUMBERS = frozenset({"attr_status", "listed", "met"})
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def login_mark(me: str) -> str:
    """What marks a login, made of the id this account has in it."""
    return hashlib.blake2b(me.encode("utf-8", "replace"), digest_size=6).hexdigest() if me else ""


class _Index:
    """Who stands at each level. Nearly always that is one, so a set is only made for the second: with thousands of
    contacts the sets would outweigh the contacts."""

    __slots__ = ("_at",)

    def __init__(self) -> None:
        self._at: dict[Hashable, str | set[str]] = {}

    def __contains__(self, level: Hashable) -> bool:
        return level in self._at

    def add(self, level: Hashable, who: str) -> None:
        there = self._at.setdefault(level, who)
        if isinstance(there, set):
            there.add(who)
        elif there != who:
            self._at[level] = {there, who}

    def discard(self, level: Hashable, who: str) -> None:
        there = self._at.get(level)
        if isinstance(there, set):
            there.discard(who)
            if len(there) == 1:
                self._at[level] = there.pop()
        elif there == who:
            del self._at[level]

    def at(self, level: Hashable) -> tuple[str, ...]:
        there = self._at.get(level)
        if there is None:
            return ()
        return (there,) if isinstance(there, str) else tuple(there)

    def clear(self) -> None:
        self._at.clear()


class Bindings:
    """Keys of the contacts at hand and rows of those not met again yet."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._keys: dict[str, str] = {}
        self._old = _Index()
        self._new = _Index()
        self._old_groups: dict[str, Row] = {}
        self._dirty: set[str] = set()
        self._renamed: list[tuple[str, str]] = []
        self._login = ""
        self._today = 0

    def load(self, rows: Iterable[tuple[str, str]]) -> None:
        """Take over stored rows; what cannot be read is left out."""
        for key, text in rows:
            if len(self.rows) < _MOST_ROWS and key not in self.rows and (row := _read(key, text)) is not None:
                self.rows[key] = row
                self._expect(row)

    def dump(self, keys: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Rows as opaque text."""
        return tuple((key, _write(self.rows[key])) for key in keys)

    def take_changes(self) -> tuple[tuple[str, str], ...]:
        """Rows changed since the last time."""
        changed, self._dirty = sorted(self._dirty), set()
        return self.dump(changed)

    def take_renames(self) -> tuple[tuple[str, str], ...]:
        """Groups (session id, old topic) found again under another topic since this was last asked."""
        renamed, self._renamed = tuple(self._renamed), []
        return renamed

    def date(self, today: int) -> None:
        """What day it is (counted from 1970). Rows nobody dated count from now on."""
        self._today = today
        for row in self.rows.values() if today else ():
            if not row.met:
                self.rows[row.key] = replace(row, met=today)
                self._dirty.add(row.key)

    def forget(self, days: int, used: Container[str]) -> tuple[str, ...]:
        """Drop rows not met for so many days, and sooner those that nothing could find again. Kept are contacts at hand
        and keys in use. Returns the keys that went."""
        at_hand = set(self._keys.values())
        gone = [
            row
            for row in self.rows.values()
            if self._today - row.met > (days if _findable(row) else min(days, _HOPELESS_DAYS))
            and row.login != self._login
            and row.key not in at_hand
            and row.key not in used
        ]
        for row in gone:
            self._met(row)
            del self.rows[row.key]
            self._dirty.discard(row.key)
        return tuple(row.key for row in gone)

    def new_login(self, me: str = "") -> None:
        """All ids are new, `me` is ours: every row waits to be met again."""
        self._login = login_mark(me)
        self._keys.clear()
        self._new.clear()
        self._old.clear()
        self._old_groups.clear()
        for row in self.rows.values():
            self._expect(row)

    def add(self, contact: Contact) -> None:
        """A contact of this login, so that uniqueness is judged over all of them."""
        for level in _levels(contact):
            self._new.add(level, contact.user_name)

    def remove(self, contact: Contact) -> None:
        """It is gone, or about to be added with other names."""
        for level in _levels(contact):
            self._new.discard(level, contact.user_name)

    def part(self, user_name: str) -> None:
        """The list holds it no more: a friend deleted, a group left. The key stays."""
        row = self.rows.get(self._keys.get(user_name, ""))
        if row is not None:
            self.rows[row.key] = replace(row, listed=False, login="")
            self._dirty.add(row.key)

    def key(self, contact: Contact, marks: tuple[int, ...]) -> str:
        """The stable key, found again or new; asked once per login, then fixed."""
        known = self._keys.get(contact.user_name)
        if known is not None:
            return known
        row = self._match(contact, marks)
        key = row.key if row is not None else self._fresh(contact)
        if row is not None:
            self._met(row)
            if row.kind == "group" and row.nick and contact.nick and row.nick != contact.nick:
                self._renamed.append((contact.user_name, row.nick))
        self._keys[contact.user_name] = key
        self.update(contact, marks)
        return key

    def update(self, contact: Contact, marks: tuple[int, ...]) -> None:
        """Write down what is now known of a contact that has a key."""
        key = self._keys.get(contact.user_name)
        if key is None:
            return
        known = self.rows.get(key)
        marks = marks or (known.marks if known else ())
        met = known.met if known and self._today - known.met < _SAME_DAYS else self._today
        row = _row(key, contact, marks, self._login, met)
        if known != row:
            self.rows[key] = row
            self._dirty.add(key)

    def _fresh(self, contact: Contact) -> str:
        """A key nobody had, made of the session id: asking again after a crash in the same login gives the same."""
        digest = hashlib.blake2b(contact.user_name.encode("utf-8", "replace"), digest_size=9)
        while (key := f"{contact.kind[0]}-{digest.hexdigest()}") in self.rows:
            digest.update(b"again")
        return key

    def _expect(self, row: Row) -> None:
        for level in _levels(row):
            self._old.add(level, row.key)
        if row.kind == "group":
            self._old_groups[row.key] = row

    def _met(self, row: Row) -> None:
        for level in _levels(row):
            self._old.discard(level, row.key)
        self._old_groups.pop(row.key, None)

    def _match(self, contact: Contact, marks: tuple[int, ...]) -> Row | None:
        for level in _levels(contact):
            old = self._old.at(level)
            if not old:
                continue
            if len(old) > 1 or len(self._new.at(level)) > 1:
                return None
            row = self.rows[old[0]]
            if row.user_name != contact.user_name and ("user", row.user_name) in self._new:
                return None  # a resumed login: the one this row is about is here as well
            if level[0] == "topic" and _strangers(row.marks, marks):
                continue
            return row
        return self._by_members(marks) if contact.kind == "group" else None

    def _by_members(self, marks: tuple[int, ...]) -> Row | None:
        if len(marks) < _FEW:
            return None
        scored = ((_overlap(row.marks, marks), row) for row in self._old_groups.values() if len(row.marks) >= _FEW)
        best = sorted((pair for pair in scored if pair[0] >= _ENOUGH), key=lambda pair: -pair[0])
        if not best or (len(best) > 1 and best[0][0] == best[1][0]):
            return None
        return best[0][1]


def _levels(who: Contact | Row) -> Iterator[tuple[str, ...]]:
    kind = who.kind
    yield ("user", who.user_name)
    if who.wxid:
        yield ("wxid", who.wxid)
    if who.alias and kind != "group":
        yield ("alias", who.alias)
    if who.remark:
        yield ("remark", kind, who.remark)
    if not who.nick:
        return
    if kind == "group":
        yield ("topic", who.nick)
        return
    if who.attr_status:
        yield ("nick", kind, who.nick, str(who.attr_status))
    if who.avatar_seq.strip("0"):
        yield ("face", kind, who.nick, who.avatar_seq)


def _overlap(one: tuple[int, ...], two: tuple[int, ...]) -> float:
    return len(set(one) & set(two)) / max(len(set(one)), len(set(two)), 1)


def _strangers(old: tuple[int, ...], new: tuple[int, ...]) -> bool:
    """Same topic, yet hardly anybody in common: another group that took the name."""
    return min(len(old), len(new)) >= _FEW and _overlap(old, new) < _STRANGER


def _findable(row: Row) -> bool:
    """Whether another login could tell that it is this one."""
    return len(row.marks) >= _FEW or sum(1 for _ in _levels(row)) > 1


def _row(key: str, contact: Contact, marks: tuple[int, ...], login: str, met: int) -> Row:
    return Row(key=key, marks=marks, login=login, met=met, **{name: getattr(contact, name) for name in _SHARED})


def _write(row: Row) -> str:
    return _ENCODER.encode({name: value for name in _WRITTEN if (value := getattr(row, name))})


def _read(key: str, text: str) -> Row | None:
    try:
        told: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, Mapping):
        return None
    given = {f.name: told[f.name] for f in fields(Row) if f.name in told and f.name not in {"key", "marks"}}
    marks = told.get("marks", ())
    whole = isinstance(marks, list) and all(isinstance(mark, int) for mark in marks)
    if any(not isinstance(value, int if name in _NUMBERS else str) for name, value in given.items()):
        return None
    return Row(key=key, marks=tuple(marks) if whole else (), **given)
