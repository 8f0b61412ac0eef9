"""Steps that change groups and friends: invite, kick, accept, remark, rename_group.

The service may answer "ok" and do nothing, so each waits until its effect was seen (or was not) before the next step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from ruleswx.model import AcceptFriend, Chat, Invite, Kick, Person, RenameGroup, SetRemark
from ruleswx.rules.actions.run import Run
from ruleswx.rules.actions.step import Pause, Step, StepFailed
from ruleswx.rules.actions.targets import Targets, one_group
from ruleswx.rules.actions.texts import Text
from ruleswx.rules.trace import Reason

__all__ = ["Accept", "BringIn", "PutOut", "Remark", "RenameTo"]

_GIVE_UP = timedelta(minutes=30)
"""Far longer than verifying takes: the effect may have to wait for its pace. Only a lost outcome ends here."""


def _verified(run: Run) -> Pause:
    return Pause("outcome", run.now + _GIVE_UP)


def _speaker(run: Run, what: str) -> Person:
    who = run.message.sender
    if (not who.key or who.me) and len(run.message.people) == 1:
        who = run.message.people[0]
    if not who.key or who.me or run.timed:
        raise StepFailed(Reason("fail.nobody", {"what": what}))
    return who


def _group(run: Run, what: str) -> Chat:
    if run.message.chat.kind != "group":
        raise StepFailed(Reason("fail.nobody", {"what": what}))
    return run.message.chat


@dataclass(frozen=True, slots=True)
class BringIn(Step):
    """`invite`: the speaker, into the group of `to`."""

    action: ClassVar[str] = "invite"
    to: Targets

    def act(self, run: Run) -> Pause | None:
        """Ask for the invitation."""
        who, group = _speaker(run, self.action), one_group(run, self.to)
        run.emit(Invite(who, group, run.rule.name, run.token()), self.action, group.name, person=who.name)
        return _verified(run)


@dataclass(frozen=True, slots=True)
class PutOut(Step):
    """`kick`: the speaker, out of this group."""

    action: ClassVar[str] = "kick"

    def act(self, run: Run) -> Pause | None:
        """Ask for the removal."""
        who, group = _speaker(run, self.action), _group(run, self.action)
        run.emit(Kick(who, group, run.rule.name, run.token()), self.action, group.name, member=who.member_name)
        return _verified(run)


@dataclass(frozen=True, slots=True)
class Accept(Step):
    """`accept`: the friend request this message is."""

    action: ClassVar[str] = "accept"

    def act(self, run: Run) -> Pause | None:
        """Accept it."""
        message = run.message
        if message.event != "friend_request":
            raise StepFailed(Reason("fail.nobody", {"what": self.action}))
        effect = AcceptFriend(message.sender, message.chat, message.id, message.facts, run.rule.name, run.token())
        run.emit(effect, self.action, message.chat.name or message.sender.name, person=message.sender.name)
        return _verified(run)


@dataclass(frozen=True, slots=True)
class Remark(Step):
    """`remark`: what the speaker is called from now on."""

    action: ClassVar[str] = "remark"
    text: Text

    def act(self, run: Run) -> Pause | None:
        """Ask for the 备注."""
        who, text = _speaker(run, self.action), run.say(self.text, public=False).strip()
        if not text:
            raise StepFailed(Reason("fail.empty"))
        run.emit(SetRemark(who, text, run.rule.name, run.token()), self.action, who.name, text=text)
        return _verified(run)


@dataclass(frozen=True, slots=True)
class RenameTo(Step):
    """`rename_group`: what this group is called from now on."""

    action: ClassVar[str] = "rename_group"
    text: Text

    def act(self, run: Run) -> Pause | None:
        """Ask for the name."""
        group, text = _group(run, self.action), run.say(self.text, public=True).strip()
        if not text:
            raise StepFailed(Reason("fail.empty"))
        run.emit(RenameGroup(group, text, run.rule.name, run.token()), self.action, group.name, text=text)
        return _verified(run)
