"""Stored messages as rules saw them: the inbox's bytes, named by what the state remembers, without a login.

Ids last one login, so the address book's rows name only chats met in the last one. For the others, and for what the
rows do not hold (群昵称), the message's own trace is asked: it tells the names that were shown then. A message nobody
can name any more keeps its text and fits no rule that asks who or where.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ruleswx.addressbook.bindings import Bindings, Row
from ruleswx.errors import RemoteProtocolError
from ruleswx.fold import fold_key
from ruleswx.model import Change, Chat, ChatKind, Message, Person, State
from ruleswx.protocol.contacts import is_group, kind_of
from ruleswx.protocol.messages import Missing, WireMessage, bind, parse_message, split_content
from ruleswx.protocol.saved import load_session
from ruleswx.rules.trace import Heard, Trace
from ruleswx.store import InboxRow, Reader
from ruleswx.text import decode_text

__all__ = ["Recorded", "Recording", "Remembered", "read_one", "read_recording"]

_TRACES = 100_000
_OWN = frozenset({"gate.own", "gate.echo", "gate.phone"})
_MENTION = re.compile("@([^\u2005\\s@]{1,64})")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One message and when it came in."""

    message: Message
    received: datetime


@dataclass(frozen=True, slots=True)
class Recording:
    """What is still kept. `gone`: so many have a trace and no text any more; `odd`: so many cannot be read; `unnamed`:
    so many are of chats nobody can name any more."""

    messages: tuple[Recorded, ...]
    gone: int
    odd: int
    unnamed: int
    view: Remembered


class Remembered:
    """The world of the last login as far as the state tells it, and what the rules make of it while they play."""

    def __init__(self, rows: Iterable[Row], admin_names: Iterable[str]) -> None:
        self._rows = tuple(rows)
        self._admin_names = tuple(admin_names)
        self._kinds: dict[str, dict[tuple[str, str], State]] = {}
        self._named: dict[str, list[Chat]] = {}
        for chat in self.chats():
            for name in dict.fromkeys(fold_key(name) for name in chat.names):
                self._named.setdefault(name, []).append(chat)
        # Friends by 备注 or 微信号 only, as in the running bot.
        wanted = {fold_key(name) for name in self._admin_names}
        self._admins = frozenset(
            row.key
            for row in self._rows
            if row.kind == "person" and wanted & {fold_key(name) for name in (row.remark, row.alias) if name}
        )

    @property
    def admins(self) -> frozenset[str]:
        """Keys of the configured admins."""
        return self._admins

    def find(self, name: str) -> tuple[Chat, ...]:
        """Chats that went by this name; one nobody knows is taken as given, for nothing is sent."""
        return tuple(self._named.get(fold_key(name), ())) or (Chat(f"group:{name}", "group", (name,)),)

    def chats(self) -> tuple[Chat, ...]:
        """Everybody there is a row of."""
        return tuple(map(chat_of, self._rows))

    def state(self, kind: str, name: str, scope: str) -> State | None:
        """What was remembered while playing."""
        return self._kinds.get(kind, {}).get((name, scope))

    def states(self, kind: str) -> Mapping[tuple[str, str], State]:
        """Everything of one kind."""
        return self._kinds.get(kind, {})

    def keep(self, changes: Iterable[Change]) -> None:
        """Remember it."""
        for change in changes:
            values = self._kinds.setdefault(change.kind, {})
            if change.state is None:
                values.pop((change.name, change.scope), None)
            else:
                values[change.name, change.scope] = change.state

    def fresh(self) -> Remembered:
        """The same people, nothing remembered."""
        return Remembered(self._rows, self._admin_names)


def chat_of(row: Row) -> Chat:
    """The chat a row stands for."""
    kind: ChatKind = "group" if row.kind == "group" else "official" if row.kind == "official" else "person"
    names = tuple(dict.fromkeys(name for name in (row.remark, row.nick, row.alias) if name))
    return Chat(row.key, kind, names, row.user_name)


@dataclass(frozen=True, slots=True)
class _Names:
    """The address book for one message: rows first, then what its trace heard."""

    users: Mapping[str, Row]
    me_id: str
    nick: str
    heard: Heard | None
    text: str

    def chat(self, user_name: str) -> Chat | None:
        """By its row, else by the name its trace shows."""
        if row := self.users.get(user_name):
            return chat_of(row)
        if self.heard is None or not self.heard.chat:
            return None
        kind: ChatKind = "official" if self.heard.sender == "official" else kind_of(user_name)
        return Chat(f"{kind}:{self.heard.chat}", kind, (self.heard.chat,), user_name)

    def person(self, user_name: str, group: str | None = None) -> Person | None:
        """By their row; the name the trace shows is their 群昵称, unless it is one of the others."""
        shown = (self.heard.member if group else self.heard.person) if self.heard else ""
        if user_name == self.me_id:
            return Person("me", self.nick, user_name=user_name, me=True)
        row = self.users.get(user_name)
        if row is None:
            return Person(f"person:{shown}", shown, user_name=user_name, friend=not group) if shown else None
        card = shown if group and shown not in {row.remark, row.nick, row.alias} else ""
        # Rows do not tell friends from members met in groups; a 备注 or 微信号 only friends have.
        friend = not group or bool(row.remark or row.alias)
        return Person(row.key, row.nick, row.remark, row.alias, card, user_name, friend)

    def members(self, _group: str) -> tuple[Person, ...]:
        """Member lists are not stored."""
        return ()

    def me(self, group: str | None = None) -> tuple[str, ...]:
        """The nickname, and in a group whatever the trace took for a mention of us."""
        called = _MENTION.findall(self.text) if group and self.heard and self.heard.mentions == "me" else []
        cut = [name for name in called if self.heard and f"@{name}" not in self.heard.text]
        return tuple(dict.fromkeys(name for name in (self.nick, *cut) if name))

    def missing(self, _chat: str, _member: str = "") -> tuple[str, ...]:
        """Nobody can be asked."""
        return ()


def read_recording(reader: Reader, since: float, admins: Iterable[str]) -> Recording:
    """Every message received since then whose text is kept, in order. Raises StoreError."""
    bindings = Bindings()
    bindings.load(reader.load_contacts())
    users = {row.user_name: row for row in bindings.rows.values() if row.user_name}
    traces = _traces(reader, since)
    sent = {row.msg_id for row in reader.outbox(("sent",)) if row.msg_id}
    stored = reader.messages(since)
    wires = [(row, _parsed(row)) for row in stored]
    me = _Me(reader, [wire for _, wire in wires if wire is not None])
    found, unnamed, odd = [], 0, 0
    for row, wire in wires:
        if wire is None:
            odd += 1
            continue
        bound = _bound(row, wire, traces.get(row.msg_id), users, me, sent)
        if bound is None:
            continue
        unnamed += not bound.chat.name
        found.append(Recorded(bound, datetime.fromtimestamp(row.received, UTC)))
    gone = len(traces.keys() - {row.msg_id for row in stored})
    return Recording(tuple(found), gone, odd, unnamed, Remembered(bindings.rows.values(), admins))


def read_one(reader: Reader, msg_id: str, trace: Trace, admins: Iterable[str]) -> tuple[Recorded, Remembered] | None:
    """One message whose text is kept, with the world it came into; None when it is gone. Raises StoreError."""
    row = reader.message(msg_id)
    wire = _parsed(row) if row is not None else None
    if row is None or wire is None:
        return None
    bindings = Bindings()
    bindings.load(reader.load_contacts())
    users = {known.user_name: known for known in bindings.rows.values() if known.user_name}
    bound = _bound(row, wire, trace, users, _Me(reader, [wire]), set())
    if bound is None:
        return None
    return Recorded(bound, datetime.fromtimestamp(row.received, UTC)), Remembered(bindings.rows.values(), admins)


def _bound(  # noqa: PLR0917 - everything a name may come from
    row: InboxRow, wire: WireMessage, trace: Trace | None, users: Mapping[str, Row], me: _Me, sent: Container[str]
) -> Message | None:
    """The message with everybody named as far as anything tells; None for what is none."""
    mine = me.of(wire, trace)
    text = decode_text(split_content(wire, mine)[1]) if trace else ""
    book = _Names(users, mine, me.nick, trace.heard if trace else None, text)
    bound = bind(wire, book, book.me_id, row.msg_id, sent=sent, partial=True)
    return None if bound is None or isinstance(bound, Missing) else _as_it_was(bound, trace)


def _as_it_was(message: Message, trace: Trace | None) -> Message:
    """Words of the bot itself, when they came back under an id nobody knew: the trace says whose they were."""
    own = trace is not None and trace.gate is not None and trace.gate.code == "gate.own"
    return replace(message, origin="bot") if own and message.origin == "phone" else message


def _parsed(row: InboxRow) -> WireMessage | None:
    try:
        return parse_message(row.body)
    except RemoteProtocolError:
        return None


def _traces(reader: Reader, since: float) -> dict[str, Trace]:
    """The traces of messages since then, by the message's id."""
    told: dict[str, Trace] = {}
    for row in reader.traces(limit=_TRACES):
        if row.at < since or not row.msg_id:
            continue
        try:
            told[row.msg_id] = Trace.from_record(json.loads(row.body))
        except ValueError:
            continue  # another version wrote it
    return told


class _Me:
    """Which id was ours, login by login: messages of groups are addressed to nobody else."""

    def __init__(self, reader: Reader, wires: Iterable[WireMessage]) -> None:
        self._ids = {wire.ToUserName for wire in wires if is_group(wire.FromUserName)}
        self._last, self.nick = "", ""
        blob = reader.load_session()
        if blob:
            try:
                session = load_session(blob)
            except ValueError:
                return
            self._last, self.nick = session.user_name, session.nick_name
            self._ids.add(session.user_name)

    def of(self, wire: WireMessage, trace: Trace | None) -> str:
        """Ours in this message."""
        for name in (wire.FromUserName, wire.ToUserName):
            if name in self._ids:
                return name
        # A login that met no group: the trace knows our own words, all others came to us.
        own = trace is not None and trace.gate is not None and trace.gate.code in _OWN
        return wire.FromUserName if own else self._last if is_group(wire.ToUserName) else wire.ToUserName
