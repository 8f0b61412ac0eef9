"""Tells the log what the bot lives through: one line for what happened, none for what did not.

It listens to everybody (client, dispatch, outbox, login, reload) and keeps the few counts that `status` shows. It must
not decide anything.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Protocol

from ruleswx.calls import host_of
from ruleswx.diagnostics import Lang
from ruleswx.log import get_logger, sentence
from ruleswx.model import CallHttp, Message, Receipt, RunCommand, SendText, Timer, WriteLog
from ruleswx.report import Moving, Progress
from ruleswx.rules.engine import Continuation, Decision
from ruleswx.rules.trace import Reason, say
from ruleswx.schedule import Occurrence
from ruleswx.store import InboxRow, OutboxRow
from ruleswx.wording import error_words, reason_words, system_words, word

__all__ = ["Alarm", "Narrator"]

_ALARMING = frozenset({"push", "refused", "nobody_scanned", "fight", "rules_broken", "frozen"})
"""What somebody should hear of even when nobody reads the log."""
_OURS = frozenset({"login", "logout"})
"""Events of the account itself: a line of its own has told them."""
_CALMING = {"logged_in": ("scan_wanted", "push"), "resumed": ("scan_wanted", "push"), "rules_mended": ("rules_broken",)}


class Alarm(Protocol):
    """A way to tell somebody outside."""

    def tell(self, event: str, text: str, link: str = "") -> bool:
        """Tell it soon, with the login code behind `link`."""
        ...

    def forget(self, event: str) -> None:
        """It is over."""
        ...


class Narrator:
    """The voice of the bot. `heard` counts by outcome, `ends` what became of sends."""

    def __init__(
        self, lang: Lang, *, dry: bool, now: Callable[[], float], zone: tzinfo, speaks: Lang | None = None
    ) -> None:
        """Times of day are told in `zone`; what people hear outside the terminal is in `speaks`."""
        self.lang: Lang = lang
        self._dry = dry
        self._now = now
        self._zone = zone
        self._log = get_logger()
        self.heard: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.last_message = 0.0
        self.alarm: Alarm | None = None
        self.speaks: Lang = speaks or lang
        self._uploads: dict[int, Moving] = {}

    def say(self, event: str, level: str = "info", **values: object) -> None:
        """One line; what needs a person is told outside as well."""
        getattr(self._log, level)(event, **values)
        self._alarm(event, values)

    def rules_broken(self, values: Mapping[str, object], *, here: str, outside: str) -> None:
        """Rule files have mistakes: the report for the screen, and the one for people elsewhere."""
        self._log.error("rules_broken", report=here, **values)
        self._alarm("rules_broken", {**values, "report": outside})

    def _alarm(self, event: str, values: Mapping[str, object]) -> None:
        if self.alarm is not None:
            if event in _ALARMING:
                self.alarm.tell(event, sentence(event, dict(values), self.speaks))
            for over in _CALMING.get(event, ()):
                self.alarm.forget(over)

    def code_wanted(self, link: str, picture: str) -> None:
        """Somebody must scan a code. Its link is for whoever scans and for no log."""
        self._log.info("scan_wanted", file=picture)
        if self.alarm is not None:
            self.alarm.tell("scan_wanted", sentence("scan_wanted", {"file": picture}, self.speaks), link)

    # -- dispatch

    def decided(self, message: Message, decision: Decision) -> None:
        """A message and what the rules made of it."""
        self.heard[decision.trace.outcome] += 1
        self.last_message = self._now()
        who = message.sender.member_name if message.chat.kind == "group" else message.sender.name
        chat = message.chat.name or "?"
        shown = message.text or f"[{message.event or message.kind}]"
        where = {"where": chat} if who and who != chat else {}
        if message.event not in _OURS:
            self.say("message", chat=chat, sender=who or chat, text=shown, **where)
        if decision.trace.gate is not None and decision.trace.gate.code != "breaker":
            self.say("skipped", reason=say(decision.trace.gate, self.lang))
        self._effects(decision)
        for change in decision.changes:
            if change.kind == "paused" and change.state is not None and change.state.until is not None:
                until = change.state.until.astimezone(self._zone)
                self.say("paused", "warning", chat=chat, name=who or chat, until=f"{until:%H:%M:%S}", **where)

    def went_on(self, waiting: Continuation, decision: Decision) -> None:
        """Something that had to wait went on."""
        self.heard["went_on"] += 1
        self.say("went_on", "debug", rule=waiting.rule)
        self._effects(decision)

    def fired(self, timer: Timer, decision: Decision) -> None:
        """A schedule was due."""
        self.heard["scheduled"] += 1
        self.say("fired", rule=timer.rule, due=f"{timer.due:%Y-%m-%d %H:%M}")
        self._effects(decision)

    def passed(self, rule: str, lost: Sequence[Occurrence]) -> None:
        """Occurrences of a schedule that will not happen."""
        last = lost[-1]
        event = "overtaken" if last.verdict == "overtaken" else "missed"
        self.say(event, "warning", rule=rule, count=len(lost), due=f"{last.due:%Y-%m-%d %H:%M}")

    def progressed(self, progress: Progress) -> None:
        """A broadcast got further."""
        values: dict[str, Any] = dataclasses.asdict(progress)
        self.say("broadcast_failing" if progress.failed else "broadcast", **values)

    def _effects(self, decision: Decision) -> None:
        for effect in decision.effects:
            match effect:
                case SendText(to=to, text=text, rule=rule):
                    event = "would_send" if self._dry else "answered"
                    self.say(event, rule=rule, chat=to.name, answer=text)
                case WriteLog(text=text, rule=rule):
                    self.say("rule_log", rule=rule, line=text)
                case _ if self._dry:
                    self.say("would_do", rule=effect.rule, what=type(effect).__name__)
                case _:
                    self.say("will_do", "debug", rule=effect.rule, what=type(effect).__name__)

    def set_aside(self, row: InboxRow, error: Exception) -> None:
        """A message is left alone from now on."""
        self.heard["set_aside"] += 1
        self.say("set_aside", "error", message=row.msg_id, error=_name(error))

    def unheard(self, message: Message, error: Exception) -> None:
        """An event from a list is left alone: a fault of ours, so with its traceback."""
        self.heard["set_aside"] += 1
        self.say("set_aside", "error", message=message.id, error=_name(error), exc_info=error)

    def renamed(self, old: str, new: str, places: tuple[str, ...]) -> None:
        """A group goes by another name now."""
        if places:
            self.say("renamed_in_rules", "warning", old=old, new=new, places=", ".join(places))
        else:
            self.say("group_renamed", old=old, new=new)

    def saved(self, message: Message, name: str, size: int) -> None:
        """What a message brought is kept."""
        kind = word("type", message.kind, self.lang)
        self.say("media_saved", chat=message.chat.name or "?", kind=kind, file=name, size=size)

    def lost(self, message: Message, why: str) -> None:
        """What a message brought is not kept."""
        said = system_words(reason_words(why, self.lang), self.lang)
        kind = word("type", message.kind, self.lang)
        self.say("media_lost", "warning", chat=message.chat.name or "?", kind=kind, why=said)

    def unpruned(self, why: str) -> None:
        """Received files past their time cannot be removed."""
        self.say("media_unpruned", "warning", why=system_words(why, self.lang))

    def stumbled(self, row: InboxRow, error: Exception) -> None:
        """A message made something raise: a fault of ours, so with its traceback."""
        self.say("stumbled", "warning", message=row.msg_id, error=_name(error), exc_info=error)

    def disk_trouble(self, error: Exception) -> None:
        """Everything waits for the disk."""
        self.say("disk_trouble", "error", error=self._plainly(error))
        self.say("detail", "debug", error=_name(error))

    def unwatched(self, error: OSError) -> None:
        """The rules folder cannot be watched."""
        self.say("unwatched", "warning", why=self._plainly(error))

    def without_control(self, path: Path, error: OSError) -> None:
        """Nobody can ask the running bot."""
        self.say("control_unavailable", "warning", path=str(path), why=self._plainly(error))

    # -- outbox

    def uploading(self, row: OutboxRow, file: str, done: int, size: int) -> None:
        """A file is on its way; a line at its begin and at each quarter."""
        before = self._uploads.get(row.id)
        self._uploads[row.id] = Moving(_target(row), file, done, size)
        if before is None or 4 * before.done // size != 4 * done // size:
            percent = 100 * done // size
            self.say("uploading", file=file, chat=_target(row), percent=percent, size=f"{size / 1048576:.1f}")

    def upload_over(self, row: OutboxRow) -> None:
        """It is over, well or not."""
        self._uploads.pop(row.id, None)

    def uploads(self) -> tuple[Moving, ...]:
        """Files on their way now."""
        return tuple(self._uploads.values())

    def departing(self, row: OutboxRow) -> None:
        """It leaves."""

    def settled(self, row: OutboxRow, receipt: Receipt) -> None:
        """It has its end."""
        self.ends[receipt.outcome] += 1
        values = {"chat": _target(row), "answer": _words(row, self.lang), "rule": row.rule}
        match receipt.outcome:
            case "sent":
                self.say("sent", "debug", **values)
            case "failed":
                reason = reason_words(receipt.reason, self.lang, receipt.ret)
                self.say("send_failed", "error", ret=receipt.ret, reason=reason, **values)
            case "unknown":
                reason = reason_words(receipt.reason, self.lang)
                self.say("send_unknown", "warning", reason=reason, id=row.id, **values)

    def errand_done(self, row: OutboxRow) -> None:
        """A service answered, or a program ended well."""
        self.say("errand_done", "debug", rule=row.rule, what=_errand(row))

    def errand_failed(self, row: OutboxRow, why: Reason) -> str:
        """It did not; returns why in words."""
        words = say(why, self.lang)
        self.say("errand_failed", "warning", rule=row.rule, what=_errand(row), why=words)
        return words

    def frozen(self, row: OutboxRow, until: float) -> None:
        """Too often."""
        self.ends["throttled"] += 1
        self.say("frozen", "warning", kind=row.kind, until=self._clock(until))

    def held_up(self, error: Exception, seconds: float) -> None:
        """Something is in the way of sending."""
        self.say("held_up", "warning", error=self._plainly(error), seconds=round(seconds, 1))
        self.say("detail", "debug", error=_name(error))

    # -- login and session

    def trouble(self, error: Exception, seconds: float) -> None:
        """A try over the network failed."""
        self.say("trouble", "warning", error=self._plainly(error), seconds=round(seconds, 1))
        self.say("detail", "debug", error=_name(error))

    def _plainly(self, error: Exception) -> str:
        return error_words(error, self.lang)

    def _clock(self, seconds: float) -> str:
        return datetime.fromtimestamp(seconds, self._zone).strftime("%H:%M")


def _name(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _target(row: OutboxRow) -> str:
    to = getattr(row.effect, "to", None)
    return to.name if to is not None else row.chat


def _words(row: OutboxRow, lang: Lang) -> str:
    text = getattr(row.effect, "text", "")
    return text or f"[{word('effect', type(row.effect).__name__, lang)}]"


def _errand(row: OutboxRow) -> str:
    """What it asks whom; the rest of an address may hold what somebody said."""
    match row.effect:
        case CallHttp(method=method, url=url):
            return f"{method} {host_of(url)}"
        case RunCommand(command=(program, *_)):
            return program
    return type(row.effect).__name__
