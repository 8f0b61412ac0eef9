"""A rule triggered again while its steps still wait for the same speaker in the same chat: what `again` says.

The waits a speaker's trigger left are kept by their tokens under `busy`. A token counts only while its wait is still
stored, so nothing that ends a wait elsewhere can leave a rule busy for ever. It must not know sections.
"""

from __future__ import annotations

from datetime import datetime

from ruleswx.model import Json, Message, State, View
from ruleswx.rules.conditions import member_scope

__all__ = ["BUSY", "busy_scope", "busy_state", "waits_of"]

BUSY = "busy"


def busy_scope(message: Message) -> str:
    """Whom a start of a rule is for: those an event is about, else who spoke; in this chat."""
    about = "+".join(person.key for person in message.people if person.key) if message.event else ""
    return f"{message.chat.key}/{about}" if about else member_scope(message.chat, message.sender)


def waits_of(view: View, rule: str, message: Message) -> tuple[str, ...]:
    """The tokens of what this rule still waits for, for whom this message is about."""
    state = view.state(BUSY, rule, busy_scope(message))
    tokens = state.value if state and isinstance(state.value, list) else []
    return tuple(t for t in tokens if isinstance(t, str) and view.state("wait", t, "") is not None)


def busy_state(tokens: tuple[str, ...], until: datetime | None) -> State | None:
    """Those tokens as they are remembered, no longer than the last of them can matter."""
    kept: list[Json] = list(tokens)
    return State(kept, until) if kept else None
