"""Where a rule listens: the kind of chat, which people and groups, who may speak. The cheapest lines, so they go first.

Power (role: admin) never rests on a name: the view joins admins by what only this account or the service can set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ruleswx.rules.conditions.base import WHERE, Condition, no, yes
from ruleswx.rules.conditions.context import Context
from ruleswx.rules.conditions.names import NameTest
from ruleswx.rules.trace import Verdict

__all__ = ["GroupIs", "MemberIs", "Muted", "NotOfficial", "PersonIs", "Role", "Self", "Sender", "sender_of"]

_KINDS = {"@": "person", "@@": "group", "official": "official"}
_SIGNS = {"person": "@", "group": "@@", "official": "official"}


def sender_of(kind: str) -> str:
    """A kind of chat as rules write it."""
    return _SIGNS[kind]


@dataclass(frozen=True, slots=True)
class Sender(Condition):
    """`sender`: the kind of chat."""

    cost: ClassVar[int] = WHERE
    wanted: str

    def check(self, context: Context) -> Verdict:
        """Compare the chat's kind."""
        if context.message.chat.kind == _KINDS[self.wanted]:
            return yes("sender.is", sender=self.wanted)
        return no(f"sender.{self.wanted}")


@dataclass(frozen=True, slots=True)
class NotOfficial(Condition):
    """What a rule without `sender` still wants: no official account."""

    cost: ClassVar[int] = WHERE

    def check(self, context: Context) -> Verdict:
        """Refuse official accounts."""
        if context.message.chat.kind == "official":
            return no("sender.is_official")
        return yes("sender.is", sender=sender_of(context.message.chat.kind))


@dataclass(frozen=True, slots=True)
class PersonIs(Condition):
    """`person`: whom the chat is with; in a group, who speaks."""

    cost: ClassVar[int] = WHERE
    names: NameTest

    def check(self, context: Context) -> Verdict:
        """Compare 备注, 昵称 and 微信号."""
        chat = context.message.chat
        known = context.speaker.names if chat.kind == "group" else (chat.names or context.speaker.names)
        found = self.names.find(known)
        if found is None:
            return no("person.no", name=known[0] if known else "?", wanted=self.names.shown)
        return yes("person.yes", name=found, wanted=self.names.shown)


@dataclass(frozen=True, slots=True)
class GroupIs(Condition):
    """`group`: which groups."""

    cost: ClassVar[int] = WHERE
    names: NameTest

    def check(self, context: Context) -> Verdict:
        """Compare the group's names."""
        chat = context.message.chat
        if chat.kind != "group":
            return no("group.none")
        if self.names.everyone:
            return yes("group.all")
        found = self.names.find(chat.names)
        if found is None:
            return no("group.no", name=chat.name or "?", wanted=self.names.shown)
        return yes("group.yes", name=found, wanted=self.names.shown)


@dataclass(frozen=True, slots=True)
class MemberIs(Condition):
    """`member`: who spoke in the group."""

    cost: ClassVar[int] = WHERE
    names: NameTest

    def check(self, context: Context) -> Verdict:
        """Compare 群昵称, 备注 and 昵称; the reason says which did."""
        if context.message.chat.kind != "group":
            return no("group.none")
        found = self.names.find(context.speaker.member_names)
        if found is None:
            return no("member.no", name=context.speaker_name, wanted=self.names.shown)
        return yes("member.yes", name=found, wanted=self.names.shown)


@dataclass(frozen=True, slots=True)
class Role(Condition):
    """`role`: owner of the group, admin of the configuration, friend, stranger."""

    cost: ClassVar[int] = WHERE
    wanted: str

    def check(self, context: Context) -> Verdict:
        """Look the speaker up by key, never by name."""
        who, chat = context.speaker, context.message.chat
        holds = {
            "owner": bool(who.key) and who.key == chat.owner_key,
            "admin": bool(who.key) and who.key in context.view.admins,
            "friend": who.friend and not who.me and bool(who.key),
            "stranger": not who.friend and not who.me,
        }[self.wanted]
        code = "role.yes" if holds else "role.no"
        return (yes if holds else no)(code, name=context.speaker_name, wanted=self.wanted)


@dataclass(frozen=True, slots=True)
class Muted(Condition):
    """`muted`: whether the chat is muted on the phone."""

    cost: ClassVar[int] = WHERE
    wanted: bool

    def check(self, context: Context) -> Verdict:
        """Compare the chat's flag."""
        muted = context.message.chat.muted
        return (yes if muted == self.wanted else no)("muted.yes" if muted else "muted.no")


@dataclass(frozen=True, slots=True)
class Self(Condition):
    """`self`: what the owner types on the phone. What the bot sent never gets here."""

    cost: ClassVar[int] = WHERE
    wanted: str

    def check(self, context: Context) -> Verdict:
        """Compare who typed it."""
        own = context.message.origin != "them"
        if own and self.wanted == "never":
            return no("self.own")
        if not own and self.wanted == "only":
            return no("self.theirs")
        return yes("self.ok")
