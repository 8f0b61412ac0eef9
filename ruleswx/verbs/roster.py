"""Who the account knows, as its state tells it: chats with their names, which are at hand and which share a name.

The state remembers one row a contact. A row met in the login that is stored is at hand; any other waits to be met
again, since ids last one login. It must not know who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ruleswx.addressbook.bindings import Bindings, Row, login_mark
from ruleswx.fold import fold_key
from ruleswx.model import ChatKind
from ruleswx.protocol.saved import load_session
from ruleswx.rules.conditions import name_test
from ruleswx.store import Reader

__all__ = ["Known", "Roster", "read_roster", "roster_of"]

_KINDS: Mapping[str, ChatKind] = {"person": "person", "group": "group", "official": "official"}


@dataclass(frozen=True, slots=True)
class Known:
    """One chat. `bound`: met in this login, so it can be written to. `saved`: the account's own list holds it, which
    for a group means that it is saved to the contacts. `shared` are those of its names another chat goes by as well."""

    key: str
    kind: ChatKind
    names: tuple[str, ...]
    bound: bool
    saved: bool
    sure: tuple[str, ...] = ()
    """Names nobody else can take: 备注 and 微信号."""
    shared: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name people see; empty for a group without a topic."""
        return self.names[0] if self.names else ""


@dataclass(frozen=True, slots=True)
class Roster:
    """Every chat there could be, and what this account is called (empty before the first login)."""

    account: str
    chats: tuple[Known, ...]

    def find(self, name: str) -> tuple[Known, ...]:
        """Chats at hand that go by a name as rules write it."""
        test = name_test([name])
        return tuple(chat for chat in self.chats if chat.bound and test.find(chat.names))

    def lost(self, name: str) -> tuple[Known, ...]:
        """Chats that went by this name in an earlier login and were not met in this one."""
        test = name_test([name])
        return tuple(chat for chat in self.chats if not chat.bound and test.find(chat.names))

    def shared(self) -> tuple[tuple[str, tuple[Known, ...]], ...]:
        """Names that several chats at hand go by, with those chats."""
        named: dict[str, list[Known]] = {}
        spelled: dict[str, str] = {}
        for chat in self.chats:
            for name in chat.shared:
                spelled.setdefault(fold_key(name), name)
                named.setdefault(fold_key(name), []).append(chat)
        return tuple((spelled[key], tuple(dict.fromkeys(chats))) for key, chats in sorted(named.items()))

    def friends(self, name: str) -> tuple[Known, ...]:
        """Friends whose 备注 or 微信号 this is: what power may rest on."""
        wanted = fold_key(name)
        people = (chat for chat in self.chats if chat.kind == "person" and chat.bound and chat.saved)
        return tuple(chat for chat in people if wanted in {fold_key(given) for given in chat.sure})


def read_roster(reader: Reader) -> Roster:
    """What the state knows. Raises StoreError."""
    bindings = Bindings()
    bindings.load(reader.load_contacts())
    account = me = ""
    if blob := reader.load_session():
        try:
            session = load_session(blob)
        except ValueError:
            pass  # a session of another version: nobody is at hand before the next login
        else:
            account, me = session.nick_name, session.user_name
    return roster_of(bindings.rows.values(), account, login_mark(me))


def roster_of(rows: Iterable[Row], account: str, login: str) -> Roster:
    """The chats among the rows: friends, groups, official accounts; people only met in groups are none."""
    chats = [_known(row, login) for row in rows if row.kind in _KINDS and (row.listed or row.kind != "person")]
    count: dict[str, int] = {}
    for chat in chats:
        if chat.bound:
            for key in {fold_key(name) for name in chat.names}:
                count[key] = count.get(key, 0) + 1
    marked = (_shared(chat, count) if chat.bound else chat for chat in chats)
    order = {kind: number for number, kind in enumerate(_KINDS)}
    return Roster(account, tuple(sorted(marked, key=lambda chat: (order[chat.kind], fold_key(chat.name), chat.key))))


def _known(row: Row, login: str) -> Known:
    names = tuple(dict.fromkeys(name for name in (row.remark, row.nick, row.alias) if name))
    sure = tuple(name for name in (row.remark, row.alias) if name)
    return Known(row.key, _KINDS[row.kind], names, bool(login) and row.login == login, row.listed, sure)


def _shared(chat: Known, count: Mapping[str, int]) -> Known:
    shared = tuple(name for name in chat.names if count[fold_key(name)] > 1)
    return Known(chat.key, chat.kind, chat.names, chat.bound, chat.saved, chat.sure, shared)
