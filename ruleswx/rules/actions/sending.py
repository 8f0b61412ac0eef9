"""Steps that say something: reply, send, media, forward, recall, notify, log."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal, TypeAlias

from ruleswx.model import Chat, Forward, Notify, Recall, SendMedia, SendText, WriteLog
from ruleswx.rules.actions.run import Run
from ruleswx.rules.actions.step import Pause, Step, StepFailed
from ruleswx.rules.actions.targets import Targets, resolve
from ruleswx.rules.actions.texts import Text
from ruleswx.rules.trace import Reason
from ruleswx.templates import LONGEST_OUTPUT

MediaKind: TypeAlias = Literal["image", "file", "video", "emoticon"]

__all__ = ["Log", "Media", "Msg", "Notice", "PassOn", "Reply", "Say", "TakeBack", "said"]

_GIVE_UP = timedelta(days=1)
"""A broadcast takes its time, and so does a network that is down; only a lost outcome ends here."""


@dataclass(frozen=True, slots=True)
class Msg:
    """What to say: one text, one at random, or each of them."""

    texts: tuple[Text, ...]
    how: Literal["one", "random", "each"] = "one"


def said(run: Run, msg: Msg, to: Chat | None = None) -> Iterator[str]:
    """The rendered texts for a chat (None: the admins). Raises StepFailed when nothing is left of one."""
    chosen = (run.rng.choice(msg.texts),) if msg.how == "random" else msg.texts
    for text in chosen:
        rendered = run.say(text, public=_is_group(to))
        if not rendered.strip():
            raise StepFailed(Reason("fail.empty"))
        yield rendered


def _is_group(to: Chat | None) -> bool:
    return to is not None and to.kind == "group"


def _here(run: Run, what: str) -> Chat:
    if run.timed or not run.message.chat.key:
        raise StepFailed(Reason("fail.nobody", {"what": what}))
    return run.message.chat


@dataclass(frozen=True, slots=True)
class Reply(Step):
    """`reply`: in the chat the message came from; `at: sender` mentions who spoke."""

    action: ClassVar[str] = "reply"
    msg: Msg
    at: bool = False

    def act(self, run: Run) -> Pause | None:
        """Render everything first, so that a failure sends nothing."""
        to = _here(run, self.action)
        start = f"{run.names['at']}" if self.at and to.kind == "group" else ""
        for text in tuple(said(run, self.msg, to)):
            whole = (start + text)[:LONGEST_OUTPUT]
            run.emit(SendText(to, whole, run.rule.name), self.action, to.name, text=whole)
        return None


@dataclass(frozen=True, slots=True)
class Say(Step):
    """`send`: to chats by name."""

    action: ClassVar[str] = "send"
    msg: Msg
    to: Targets

    def act(self, run: Run) -> Pause | None:
        """Send to all that can be found; then fail for those that cannot."""
        chats, wrong = resolve(run, self.to)
        wide = run.timed or len(chats) > 1
        for chat in chats:
            for text in tuple(said(run, self.msg, chat)):
                effect = SendText(chat, text, run.rule.name, "broadcast" if wide else "text")
                run.emit(effect, self.action, chat.name, text=text)
        if self.to.to_admins:
            for text in tuple(said(run, self.msg)):
                run.emit(Notify(text, run.rule.name), self.action, "admins", text=text)
        if wrong:
            raise StepFailed(wrong[0])
        return None


@dataclass(frozen=True, slots=True)
class Media(Step):
    """`image`, `file`, `video`, `emoticon`: from the files folder, here or to chats by name."""

    action: ClassVar[str] = "file"
    kind: MediaKind
    path: Text
    to: Targets | None = None

    @property
    def name(self) -> str:
        """Its kind is its key."""
        return self.kind

    def act(self, run: Run) -> Pause | None:
        """Name the file; whether it is there is seen when it is sent. A step that says what to do when it fails waits
        for that; with several chats, for the last of them."""
        name = files_path(run.say(self.path))
        chats, wrong = ((_here(run, self.kind),), ()) if self.to is None else receivers(run, self.to)
        wide = self.to is not None and (run.timed or len(chats) > 1)
        waits = self.on_error is not None and chats and not wrong
        for number, chat in enumerate(chats, 1):
            token = run.token() if waits and number == len(chats) else ""
            effect = SendMedia(chat, self.kind, name, run.rule.name, "broadcast" if wide else "media", token)
            run.emit(effect, self.kind, chat.name, path=name)
        if wrong:
            raise StepFailed(wrong[0])
        return Pause("outcome", run.now + _GIVE_UP) if waits else None


def receivers(run: Run, targets: Targets) -> tuple[tuple[Chat, ...], tuple[Reason, ...]]:
    """The chats of `to`, admins each by key: for what a notice cannot carry."""
    chats, wrong = resolve(run, targets)
    if targets.to_admins:
        chats += tuple(Chat(key, "person", ("admins",)) for key in sorted(run.view.admins))
    return chats, wrong


def files_path(written: str) -> str:
    """A path inside the files folder, as it is written there. Raises StepFailed for one that leads out."""
    path = posixpath.normpath(written.strip().replace("\\", "/"))
    path = path.removeprefix("files/")
    if not path or path in {".", ".."} or path.startswith(("/", "../")) or ":" in path or "\0" in path:
        raise StepFailed(Reason("fail.path", {"path": written[:100]}))
    return path


@dataclass(frozen=True, slots=True)
class PassOn(Step):
    """`forward`: this message, one an `ask` saved, or the one a recall took back, with a line before it."""

    action: ClassVar[str] = "forward"
    what: str
    to: Targets
    prefix: Text | None = None

    def act(self, run: Run) -> Pause | None:
        """Texts are said again with the prefix in front; other kinds are passed on as they are."""
        msg_id, kind, text = self._meant(run)
        chats, wrong = receivers(run, self.to)
        wide = run.timed or len(chats) > 1
        for chat in chats:
            prefix = run.say(self.prefix, public=_is_group(chat)) if self.prefix else ""
            shown = {"text": prefix + text} if kind == "text" else {"text": prefix, "MsgType": kind}
            if kind == "text":
                plain = SendText(chat, (prefix + text)[:LONGEST_OUTPUT], run.rule.name, "broadcast" if wide else "text")
                run.emit(plain, self.action, chat.name, **shown)
            else:
                taken_back = self.what == "recalled" and self.what not in run.kept
                effect = Forward(chat, msg_id, kind, text, prefix, rule=run.rule.name, recalled=taken_back)
                run.emit(effect, self.action, chat.name, **shown)
        if wrong:
            raise StepFailed(wrong[0])
        return None

    def _meant(self, run: Run) -> tuple[str, str, str]:
        """The id, kind and text of what is passed on. Raises StepFailed when there is no such thing."""
        kept, facts = run.kept.get(self.what), run.message.facts
        if isinstance(kept, dict):
            return str(kept["id"]), str(kept["kind"]), str(kept["text"])
        if self.what == "message":
            if run.timed:
                raise StepFailed(Reason("fail.nobody", {"what": self.action}))
            return run.message.id, run.message.kind, run.message.text
        if self.what != "recalled":
            raise StepFailed(Reason("fail.not_saved", {"name": self.what}))
        if "original_id" not in facts:
            raise StepFailed(Reason("fail.original"))
        return facts["original_id"], facts["original_kind"], facts["original"]


@dataclass(frozen=True, slots=True)
class TakeBack(Step):
    """`recall: last`: what the bot said last here."""

    action: ClassVar[str] = "recall"

    def act(self, run: Run) -> Pause | None:
        """Ask for it; two minutes after it was said it is too late."""
        to = _here(run, self.action)
        run.emit(Recall(to, run.rule.name), self.action, to.name)
        return None


@dataclass(frozen=True, slots=True)
class Notice(Step):
    """`notify`: tell the admins."""

    action: ClassVar[str] = "notify"
    text: Text

    def act(self, run: Run) -> Pause | None:
        """Say it to them."""
        text = run.say(self.text, public=False)
        run.emit(Notify(text, run.rule.name), self.action, "admins", text=text)
        return None


@dataclass(frozen=True, slots=True)
class Log(Step):
    """`log`: a line for the log."""

    action: ClassVar[str] = "log"
    text: Text

    def act(self, run: Run) -> Pause | None:
        """Write it."""
        text = run.say(self.text, public=False)
        run.emit(WriteLog(text, run.rule.name), self.action, text=text)
        return None
