"""Messages no rule gets to see, each with its reason: our own, official accounts, old ones, paused chats.

Duplicates are the store's business. The bot's own messages are known by their ids; when the service shows one before
its send was answered, by the text said in that chat within two minutes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ruleswx.fold import fold_key
from ruleswx.model import Change, Effect, Message, SendText, State, View
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.conditions import stored_rows
from ruleswx.rules.engine.decision import Limits
from ruleswx.rules.trace import Reason
from ruleswx.wording import show_span

__all__ = ["echoes", "gate", "paused", "said_by", "text_mark"]

_ECHO = timedelta(minutes=2)
_MOST = 50


def text_mark(text: str) -> int:
    """A number that is the same for the same text, folded."""
    return zlib.crc32(fold_key(text, "normal").encode("utf-8", "replace"))


def gate(ruleset: RuleSet, message: Message, view: View, now: datetime, limits: Limits) -> Reason | None:
    """Why this message goes no further; None when rules may look at it."""
    if message.origin == "bot":
        return Reason("gate.own")
    if message.origin == "phone":
        mark = text_mark(message.text)
        if any(row[1] == mark for row in said_by(view, message.chat.key, now)):
            return Reason("gate.echo")
        if not ruleset.hears_phone:
            return Reason("gate.phone")
    if message.chat.kind == "official" and not ruleset.hears_official:
        return Reason("gate.official")
    age = now - message.time
    if age > limits.max_age:
        return Reason("gate.stale", {"age": show_span(age), "limit": show_span(limits.max_age)})
    return paused(view, message.chat.key, now)


def paused(view: View, chat: str, now: datetime) -> Reason | None:
    """Why nothing is said in a chat just now; None when it is not paused."""
    state = view.state("paused", "", chat)
    if state is None or (state.until is not None and state.until <= now):
        return None
    return Reason("gate.paused", {"left": show_span(state.until - now) if state.until else "∞"})


def said_by(view: View, chat: str, now: datetime) -> list[tuple[float, int, str]]:
    """What was said in a chat lately: when, the mark of the text, which rule."""
    state = view.state("echo", "", chat)
    since = (now - _ECHO).timestamp()
    known = [(float(when), int(mark), str(rule)) for when, mark, rule in stored_rows(state, 3)]
    return [row for row in known if row[0] > since]


def echoes(effects: Iterable[Effect], view: View, now: datetime) -> Iterator[Change]:
    """Remember what is about to be said, one change a chat."""
    said: dict[str, list[SendText]] = {}
    for effect in effects:
        if isinstance(effect, SendText):
            said.setdefault(effect.to.key, []).append(effect)
    for chat, texts in said.items():
        rows = said_by(view, chat, now) + [(now.timestamp(), text_mark(e.text), e.rule) for e in texts]
        yield Change("echo", "", chat, State([list(row) for row in rows[-_MOST:]], now + _ECHO))
