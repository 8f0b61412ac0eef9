"""Who lives in a world: people, groups, and the accounts that can log in.

Plain records, no wire: how one account sees another person is a `Contact`.
Names here are written as people write them (real emoji, real quotes); turning
them into what the service sends is `encode`'s work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .session import Session

__all__ = ["SPECIAL", "Account", "Contact", "Group", "Person"]

SPECIAL = {
    "filehelper": "文件传输助手",
    "fmessage": "朋友推荐消息",
    "weixin": "微信团队",
    "newsapp": "腾讯新闻",
    "medianote": "语音记事本",
}
"""Accounts whose UserName is a plain word, the same in every session, with their names."""


@dataclass(slots=True)
class Person:
    """Somebody (or an official account), the same for all accounts of the world."""

    key: str
    nick: str
    alias: str = ""
    sex: int = 0
    province: str = ""
    city: str = ""
    signature: str = ""
    verify: int = 0
    attr: int = 0
    avatar: int = 0

    @property
    def official(self) -> bool:
        """Bit 8 of VerifyFlag is the rule of the service's own page."""
        return bool(self.verify & 8)


@dataclass(slots=True)
class Contact:
    """How one account knows one person."""

    remark: str = ""
    friend: bool = True
    pinned: bool = False
    starred: bool = False
    muted: bool = False
    refuses: str = ""  # "" | deleted | blocked: what happens to messages sent to them


@dataclass(slots=True)
class Group:
    """A group; `members` maps a person's key to the name they use in this group."""

    key: str
    nick: str
    owner: str
    members: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Account:
    """A person whose phone belongs to the sandbox and who can log in to the web."""

    person: Person
    uin: int
    book: dict[str, Contact] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)  # groups in the address book
    pinned: set[str] = field(default_factory=set)  # pinned groups
    muted: set[str] = field(default_factory=set)  # groups without notification
    recent: list[str] = field(default_factory=list)  # chats, newest first
    backlog: list[Any] = field(default_factory=list)
    session: Session | None = None
    devices: dict[str, str] = field(default_factory=dict)  # webwxuvid -> webwx_auth_ticket

    @property
    def key(self) -> str:
        """The stable id of the person behind the account."""
        return self.person.key

    def contact(self, key: str) -> Contact | None:
        """Return how this account knows `key`, or None for a stranger."""
        return self.book.get(key)

    def touch(self, chat: str) -> None:
        """Move a chat to the top of the recent conversations."""
        if chat in self.recent:
            self.recent.remove(chat)
        self.recent.insert(0, chat)
