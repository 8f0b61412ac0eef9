"""The nouns of the house: who is talking, what came in, what should happen, what became of it.

Everything here is a frozen value. Ids of one login (`user_name`) ride along so that floor 4 can answer, but rules
and state only ever see stable keys and names. This module must not know the wire, the rules or the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeAlias

__all__ = [
    "EMPTY",
    "FILEHELPER",
    "AcceptFriend",
    "CallHttp",
    "Change",
    "Chat",
    "ChatKind",
    "Contact",
    "Effect",
    "Event",
    "Forward",
    "Invite",
    "Json",
    "Kick",
    "Message",
    "Notify",
    "Origin",
    "Person",
    "Recall",
    "Receipt",
    "RenameGroup",
    "RunCommand",
    "SendMedia",
    "SendText",
    "SetRemark",
    "State",
    "Timer",
    "View",
    "WriteLog",
]

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
ChatKind = Literal["person", "group", "official"]
Origin = Literal["them", "phone", "bot"]
EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can speak. `key` is stable across logins; `card` is the name set for the group at hand."""

    key: str
    nick: str = ""
    remark: str = ""
    alias: str = ""
    card: str = ""
    user_name: str = ""
    friend: bool = True
    me: bool = False

    @property
    def name(self) -> str:
        """What templates call `person`: 备注, else 昵称, else 微信号."""
        return self.remark or self.nick or self.alias

    @property
    def member_name(self) -> str:
        """What templates call `member`: 群昵称, else 备注, else 昵称."""
        return self.card or self.name

    @property
    def shown_name(self) -> str:
        """What a group may read: 群昵称, else 昵称. The 备注 is this account's private note about somebody."""
        return self.card or self.nick

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a rule may use for this person, the most telling first, no empty one."""
        return tuple(dict.fromkeys(n for n in (self.remark, self.nick, self.alias) if n))

    @property
    def member_names(self) -> tuple[str, ...]:
        """Every name a rule's `member` may use, 群昵称 first."""
        return tuple(dict.fromkeys(n for n in (self.card, self.remark, self.nick, self.alias) if n))


@dataclass(frozen=True, slots=True)
class Chat:
    """One conversation. `names` as rules may write them, the shown one first; `owned`: this account owns the group.

    `title` is what a group may read of it: the name it gave itself, without this account's 备注.
    """

    key: str
    kind: ChatKind
    names: tuple[str, ...] = ()
    user_name: str = ""
    muted: bool = False
    owned: bool = False
    owner_key: str = ""
    title: str = ""

    @property
    def name(self) -> str:
        """The name people see; empty for a contact the account knows nothing about."""
        return self.names[0] if self.names else ""

    @property
    def shown_name(self) -> str:
        """What a group may read of it."""
        return self.title or self.name


FILEHELPER = Chat("filehelper", "person", ("文件传输助手", "filehelper"), "filehelper")
"""Always there, always the account's own: where it tells its owner something when no admin is named."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody or some group as the account's lists show them, names decoded; what the address book learns from.

    `user_name` lasts one login. `card` is the name set for the group whose list this entry comes from. `listed`: the
    account's own list holds it (a friend, a saved group); entries of a group's member list are not. `members` is None
    when the list at hand does not tell them, which is not the same as an empty group.
    """

    user_name: str
    kind: ChatKind
    nick: str = ""
    remark: str = ""
    alias: str = ""
    card: str = ""
    wxid: str = ""
    listed: bool = False
    muted: bool = False
    owned: bool = False
    owner_uin: int = 0
    owner_user_name: str = ""
    attr_status: int = 0
    avatar_seq: str = ""
    room_id: str = ""
    members: tuple[Contact, ...] | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message or system event in one chat, decoded and with everybody named.

    `kind` is a MsgType name (text image voice … system recalled), `code`/`app_code` the raw numbers, `event` the name
    of a system event or "". `text` is the original characters after wire decoding (entities, emoji spans, the group
    prefix), before any folding. `me` are the names a mention of this account may use in this chat, 群昵称 first.
    `facts` carry what the kind has besides text (title, file_name, url …); `people` whom an event is about.
    """

    id: str
    kind: str
    chat: Chat
    sender: Person
    text: str
    time: datetime
    origin: Origin = "them"
    code: int = 1
    app_code: int = 0
    event: str = ""
    me: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Timer:
    """A schedule's occurrence: rule name and the nominal time it stands for (aware, without jitter)."""

    rule: str
    due: datetime


Event: TypeAlias = "Message | Timer"


@dataclass(frozen=True, slots=True)
class State:
    """One remembered value: cooldown, counter, variable, dialogue, wait. `until` None = for ever."""

    value: Json
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Remember (or with state None forget) one value.

    `kind` is the family ("cooldown", "strike", "var", "dialogue", "wait", "history" …), `name` the rule or variable it
    belongs to, `scope` whom it is about: "" for all, a chat key, a person key, or "chat key/person key" for a member.
    """

    kind: str
    name: str
    scope: str
    state: State | None


class View(Protocol):
    """What deciding may see of the world: a snapshot, never a handle. Reading it twice gives the same answer."""

    @property
    def admins(self) -> frozenset[str]:
        """Keys of the friends named by the configuration's `admins`, joined by 备注 or 微信号 only."""
        ...

    def find(self, name: str) -> tuple[Chat, ...]:
        """Chats that go by this name (exact, after normal folding); several when the name is ambiguous."""
        ...

    def chats(self) -> Iterable[Chat]:
        """Every conversation there is, for targets written with `*`."""
        ...

    def state(self, kind: str, name: str, scope: str) -> State | None:
        """The remembered value, or None when there is none. Expired values are the reader's business (`until`)."""
        ...


@dataclass(frozen=True, slots=True)
class SendText:
    """Say this in that chat. At most 4,096 characters; the outbox splits what the wire cannot take in one piece."""

    to: Chat
    text: str
    rule: str = ""
    pace: Literal["text", "broadcast"] = "text"


@dataclass(frozen=True, slots=True)
class SendMedia:
    """Send a file from the configured `files` folder; `path` is relative to it and written with `/`."""

    to: Chat
    kind: Literal["image", "file", "video", "emoticon"]
    path: str
    rule: str = ""
    pace: Literal["media", "broadcast"] = "media"
    token: str = ""


@dataclass(frozen=True, slots=True)
class Forward:
    """Pass a message on that came in under `message_id`; its `kind`, `text` and `facts` ride along.

    `prefix` is said before it: in the same message when that is a text, else in one of its own. `recalled`: its sender
    has taken it back since.
    """

    to: Chat
    message_id: str
    kind: str
    text: str = ""
    prefix: str = ""
    facts: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    rule: str = ""
    pace: Literal["text", "media", "broadcast"] = "text"
    recalled: bool = False


@dataclass(frozen=True, slots=True)
class Recall:
    """Take back what this account said last in that chat, if it was within two minutes."""

    to: Chat
    rule: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Invite:
    """Bring somebody into a group. `token` names the stored wait that hears of the verified outcome."""

    person: Person
    to: Chat
    rule: str = ""
    token: str = ""
    pace: Literal["group"] = "group"


@dataclass(frozen=True, slots=True)
class Kick:
    """Remove a member from a group; verified by reading the group again."""

    person: Person
    to: Chat
    rule: str = ""
    token: str = ""
    pace: Literal["group"] = "group"


@dataclass(frozen=True, slots=True)
class AcceptFriend:
    """Accept the friend request that came in as `message_id`; `facts` hold its ticket."""

    person: Person
    to: Chat
    message_id: str
    facts: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    rule: str = ""
    token: str = ""
    pace: Literal["friend"] = "friend"


@dataclass(frozen=True, slots=True)
class SetRemark:
    """Give somebody a 备注; verified by reading the contact again."""

    person: Person
    text: str
    rule: str = ""
    token: str = ""
    pace: Literal["friend"] = "friend"


@dataclass(frozen=True, slots=True)
class RenameGroup:
    """Give a group a new name; verified by reading the group again."""

    to: Chat
    text: str
    rule: str = ""
    token: str = ""
    pace: Literal["group"] = "group"


@dataclass(frozen=True, slots=True)
class CallHttp:
    """Ask a web service. Wherever a secret belongs stands `mark` + its name + `mark`, to be filled in on the way out.

    The outcome goes back under `token`: the answer's JSON, else its text, else why there is none.
    """

    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str]
    body: Any  # any JSON; the store's decoder cannot follow the recursive alias
    timeout: float
    mark: str
    rule: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Run a program of the host, no shell between; its output goes back under `token`."""

    command: tuple[str, ...]
    timeout: float
    rule: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell the configured admins (or, with none, 文件传输助手)."""

    text: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class WriteLog:
    """A line for the bot's own log."""

    text: str
    rule: str = ""


Effect: TypeAlias = (
    SendText
    | SendMedia
    | Forward
    | Recall
    | Invite
    | Kick
    | AcceptFriend
    | SetRemark
    | RenameGroup
    | CallHttp
    | RunCommand
    | Notify
    | WriteLog
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one queued effect. `unknown`: it left and nobody knows; it is shown, never resent blindly."""

    outcome: Literal["sent", "failed", "unknown"]
    msg_id: str = ""
    ret: int = 0
    reason: str = ""
