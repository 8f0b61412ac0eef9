"""The brake against two bots talking to each other: five quick answers to one speaker, then silence in that chat."""

from __future__ import annotations

from datetime import timedelta

from ruleswx.model import Change, SendText, State
from ruleswx.rules.conditions import Context, show_span
from ruleswx.rules.engine.running import Desk
from ruleswx.rules.trace import Reason, say

__all__ = ["brake"]

_ANSWERS = 5
_GAP = timedelta(seconds=3)
_SILENCE = timedelta(minutes=5)


def brake(desk: Desk, context: Context) -> None:
    """Count an answer to this speaker, if there was one, and pause the chat when it is one too many."""
    chat = context.message.chat
    if not any(isinstance(e, SendText) and e.to.key == chat.key for e in desk.effects):
        return
    scope = context.speaker_scope
    state = context.state("answers", "", scope)
    times = state.value if state and isinstance(state.value, list) else []
    times = [*times, desk.now.timestamp()]
    if len(times) < _ANSWERS:
        desk.change(Change("answers", "", scope, State(times, desk.now + _GAP)))
        return
    desk.change(Change("answers", "", scope, None))
    desk.change(Change("paused", "", chat.key, State(True, desk.now + _SILENCE)))
    lang = desk.ruleset.options.lang
    told = Reason("breaker", {"name": context.speaker_name, "length": show_span(_SILENCE)})
    place = f"{chat.name}：" if lang == "zh" else f"{chat.name}: "
    desk.tell_admins(place + say(told, lang), "")
