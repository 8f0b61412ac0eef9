"""Messages no rule sees: own, echoed, old, official, paused; and rules that hear themselves."""

from datetime import timedelta

import pytest

from ruleswx.model import Change, Chat, Message, Person, State
from ruleswx.rules.engine import Limits, decide
from ruleswx.rules.trace import say
from tests.rules.bot import NOW, Bot, row, texts, why

R = "reply: [{rule: 一, when: {group: all, self: also, contains: 价}, do: {reply: '好，{{ text }}'}}]"


def gate(bot: Bot, text: str = "价", who: str = "小李", **more: object) -> str | None:
    found = bot.say(text, who, "产品群", **more).trace.gate
    return say(found, "en") if found else None


def test_the_bots_own_messages() -> None:
    assert gate(Bot(R), who="bot") == "own message"


def test_an_echo_that_came_before_its_id() -> None:
    bot = Bot(R)
    bot.say("价", group="产品群")
    assert gate(bot, " 好,价", "phone") == "own message (echo of what was just sent)"
    assert gate(bot, "别的价", "phone") is None
    bot.now += timedelta(minutes=3)
    assert gate(bot, "好，价", "phone") is None


@pytest.mark.parametrize(("age", "answered"), [(119, True), (121, False), (-30, True)])
def test_old_messages(age: int, answered: bool) -> None:
    bot = Bot(R)
    found = gate(bot, time=NOW - timedelta(seconds=age))
    assert (found is None) == answered
    assert answered or found == "stale: 2 m 1 s old, only 2 m are answered"


def test_the_age_is_a_setting() -> None:
    bot = Bot(R)
    bot.limits = Limits(timedelta(hours=1), breakers=False)
    assert gate(bot, time=NOW - timedelta(minutes=59)) is None


def test_paused_chats() -> None:
    bot = Bot(R)
    chat = bot.world.group("产品群").key
    bot.world.keep([Change("paused", "", chat, State(True, NOW + timedelta(minutes=5)))])
    assert gate(bot) == "paused chat: 5 m left"
    bot.now += timedelta(minutes=5)
    assert gate(bot) is None


def test_nothing_is_remembered_of_what_the_gate_drops() -> None:
    bot = Bot("guard: [{rule: 刷, when: {group: all, flood: {messages: 2, within: 1m}}, do: {reply: 慢}}]")
    assert bot.say("一", "bot", "产品群").changes == ()


def test_a_rule_that_keeps_hearing_its_own_words_stops() -> None:
    bot = Bot("reply: [{rule: 学, when: {sender: '@', contains: 价}, do: {reply: '{{ text }}'}}]")
    assert [texts(bot.say("价")) for _ in range(5)] == [["价"], ["价"], [], [], []]
    assert why(bot.last.trace, "学") == "this rule just said that itself"  # type: ignore[union-attr]
    assert texts(bot.say("别的价")) == ["别的价"]
    bot.now += timedelta(minutes=3)
    assert texts(bot.say("价")) == ["价"]


def test_five_quick_answers_to_one_speaker_pause_the_chat() -> None:
    bot = Bot("reply: [{rule: 答, when: {group: all, contains: 价}, do: {reply: '好，{{ text }}'}}]")
    bot.limits = Limits()
    said = []
    for number in range(8):
        decision = bot.say(f"价{number}", group="产品群")
        said.append(len(texts(decision)))
        bot.now += timedelta(seconds=2)
    assert said == [1, 1, 1, 1, 1, 0, 0, 0]
    assert texts(bot.say("价", "老王", "值班群")) == ["好，价"]
    bot.now += timedelta(minutes=5)
    assert texts(bot.say("价", group="产品群")) == ["好，价"]


def test_slow_answers_never_pause() -> None:
    bot = Bot("reply: [{rule: 答, when: {group: all, contains: 价}, do: {reply: '好，{{ text }}'}}]")
    bot.limits = Limits()
    for number in range(8):
        assert texts(bot.say(f"价{number}", group="产品群"))
        bot.now += timedelta(seconds=4)


def test_the_pause_is_told_to_the_admins() -> None:
    bot = Bot("reply: [{rule: 答, when: {group: all, contains: 价}, do: {reply: '好，{{ text }}'}}]")
    bot.limits = Limits()
    for number in range(5):
        decision = bot.say(f"价{number}", group="产品群")
    assert [d.what["text"] for d in decision.trace.effects if d.kind == "notify"] == [
        "产品群: ping-pong with 小李: silent here for 5 m"
    ]  # fmt: skip


def test_two_bots_with_echoing_rules_stop_within_five_messages() -> None:
    """Each answers the other's words with its own; neither knows the other is a bot."""
    rules = "reply: [{rule: 答, when: {group: all, contains: 你好}, do: {reply: '你好，我是%s'}}]"
    bots = [Bot(rules % "甲"), Bot(rules % "乙")]
    for bot in bots:
        bot.limits = Limits()
    text, turns = "你好", 0
    for turn in range(40):
        decision = bots[turn % 2].say(text, "小李", "产品群")
        if not texts(decision):
            break
        (text,) = texts(decision)
        turns += 1
        for bot in bots:
            bot.now += timedelta(seconds=1)
    assert turns <= 10
    assert not texts(bots[0].say("你好，我是乙", "小李", "产品群"))


def test_a_nameless_chat_is_judged_all_the_same() -> None:
    bot = Bot(R)
    message = Message("x", "text", Chat("g", "group"), Person("", "", friend=False), "价", NOW)
    decision = decide(bot.ruleset, message, bot.world, now=NOW, rng=bot.rng)
    assert row(decision.trace, "一").outcome == "matched"
