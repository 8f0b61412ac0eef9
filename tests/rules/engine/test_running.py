from datetime import UTC, datetime

from ruleswx.model import Chat, SendText
from ruleswx.rules.actions import Overlay
from ruleswx.rules.engine.running import Desk
from ruleswx.rules.trace import Done
from tests.rules.bot import Bot

ONE = Chat("1", "group", ("同名群",))
OTHER = Chat("2", "group", ("同名群",))


def test_what_is_held_back_takes_its_own_line_of_the_story_along_and_no_other() -> None:
    """Two chats may have one name, and two texts may be the same."""
    bot = Bot("reply: [{rule: 甲, when: {sender: '@', equals: x}, do: {reply: y}}]")
    desk = Desk(bot.ruleset, Overlay(bot.world), datetime(2026, 3, 2, tzinfo=UTC))
    for rule, chat in (("甲", ONE), ("乙", OTHER)):
        desk.effects.append(SendText(chat, "好", rule))
        desk.done.append(Done("send", chat.name, {"text": "好"}, rule))
    assert desk.hold_back(lambda effect: isinstance(effect, SendText) and effect.to.key == ONE.key)
    assert [effect.rule for effect in desk.effects] == ["乙"]
    assert [done.rule for done in desk.done] == ["乙"]
    assert not desk.hold_back(lambda effect: isinstance(effect, SendText) and effect.to.key == ONE.key)
