"""The brakes against two bots talking to each other: what echoes us, and too many answers to one speaker too fast.

An echo is a message of somebody else that is mostly one of our last answers; the second one stops us. Bots with words
of their own are known by their speed: five messages of one speaker answered in the time five quick answers take. A
message counts once, also when its steps go on later. Our own pace slows both sides, so that time grows with it
(`Limits.quick`). Stopped means: silent in that chat for five minutes, and the admins are told.
"""

from __future__ import annotations

from datetime import timedelta

from ruleswx.fold import fold_key
from ruleswx.model import Change, Forward, Json, SendMedia, SendText, State
from ruleswx.rules.conditions import Context, stored_rows
from ruleswx.rules.engine.decision import Limits
from ruleswx.rules.engine.gate import paused
from ruleswx.rules.engine.running import Desk
from ruleswx.rules.trace import Reason, say
from ruleswx.wording import show_span

__all__ = ["brake", "hush"]

_ANSWERS = 5
_ECHOES = 2
_KEPT = 3
_SILENCE = timedelta(minutes=5)
_MEMORY = timedelta(minutes=10)


def brake(desk: Desk, context: Context, limits: Limits) -> Reason | None:
    """Count an answer, if there was one, and pause the chat when it is one too many.

    The reason when the answer itself is held back as well: what answers an echo would be echoed again.
    """
    chat = context.message.chat
    said = [e.text for e in desk.effects if isinstance(e, SendText) and e.to.key == chat.key]
    if not said:
        return None
    fast, echoing = _too_fast(desk, context, limits), _echoing(desk, context, said)
    if not (fast or echoing):
        return None
    if echoing:
        desk.hold_back(lambda effect: isinstance(effect, SendText) and effect.to.key == chat.key)
    desk.change(Change("answers", "", context.speaker_scope, None))
    desk.change(Change("echoed", "", chat.key, None))
    desk.change(Change("paused", "", chat.key, State(True, desk.now + _SILENCE)))
    lang = desk.ruleset.options.speaks
    told = Reason("breaker", {"name": context.speaker_name, "length": show_span(_SILENCE)})
    place = f"{chat.name}：" if lang == "zh" else f"{chat.name}: "
    desk.tell_admins(place + say(told, lang), "")
    return told if echoing else None


def hush(desk: Desk, context: Context) -> Reason | None:
    """Hold back what would be said in a chat that is paused; the reason when there was something to hold back."""
    chat = context.message.chat
    why = paused(context.view, chat.key, desk.now)
    if why is None:
        return None
    said = desk.hold_back(lambda e: isinstance(e, SendText | SendMedia | Forward) and e.to.key == chat.key)
    return why if said else None


def _too_fast(desk: Desk, context: Context, limits: Limits) -> bool:
    scope = context.speaker_scope
    state = context.state("answers", "", scope)
    if context.state("dialogue", "", scope) is not None:
        return False  # somebody who answers our questions is no bot
    window = (_ANSWERS - 1) * limits.quick
    since = (desk.now - window).timestamp()
    kept = [row for row in stored_rows(state, 2) if isinstance(row[0], float)]
    kept = [row for row in kept if row[0] > since and row[1] != context.message.id]
    kept.append([desk.now.timestamp(), context.message.id])
    desk.change(Change("answers", "", scope, State(list(kept), desk.now + window)))
    return len(kept) >= _ANSWERS


def _echoing(desk: Desk, context: Context, said: list[str]) -> bool:
    """Whether this is the second message in a row of echoes that is mostly what we said here."""
    message = context.message
    state = context.state("echoed", "", message.chat.key)
    known = state.value if state and isinstance(state.value, dict) else {}
    ours = [o for o in listed if isinstance(o, str)] if isinstance(listed := known.get("ours"), list) else []
    count = found if isinstance(found := known.get("count"), int) else 0
    if known.get("by") != message.id:
        heard = fold_key(message.text)
        count = count + 1 if any(o in heard and len(o) * 2 >= len(heard) for o in ours) else 0
    kept: list[Json] = [*ours, *(key for text in said if len(key := fold_key(text)) > 1)]
    value: Json = {"by": message.id, "count": count, "ours": kept[-_KEPT:]}
    desk.change(Change("echoed", "", message.chat.key, State(value, desk.now + _MEMORY)))
    return count >= _ECHOES
