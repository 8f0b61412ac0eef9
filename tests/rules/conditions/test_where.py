"""Where a rule listens: chats, people, roles, and what the owner types."""

import pytest

from ruleswx.model import Chat, Message, Person
from ruleswx.rules.testing import Group
from tests.rules.bot import NOW, Bot, row, texts, why

R = "reply: [{rule: 一, when: {%s, contains: 价}, do: {reply: 好}}]"


@pytest.mark.parametrize(
    ("line", "private", "group"),
    [
        ("sender: '@'", True, False),
        ("sender: '@@', group: all", False, True),
        ("group: 产品群", False, True),
        ("group: '产*'", False, True),
        ("group: ['*品*']", False, True),
        ("group: [别的, '*别']", False, False),
        ("group: {regex: '^产.群$'}", False, True),
        ("person: 小李", True, False),
        ("person: [ 小* ]", True, False),
        ("person: 老王", False, False),
        ("group: all, member: 小李", False, True),
        ("group: all, member: 老*", False, False),
    ],
)
def test_chats_and_people(line: str, private: bool, group: bool) -> None:
    bot = Bot(R % line)
    assert bool(texts(bot.say("价"))) == private
    assert bool(texts(bot.say("价", group="产品群"))) == group


def test_names_are_compared_folded_and_lists_are_filled_in() -> None:
    bot = Bot("lists: {群们: [產品群, 别的]}\n" + R % "group: $群们")
    assert texts(bot.say("价", group="产品群")) == ["好"]


def test_where_lines_that_do_not_fit_skip_the_rule() -> None:
    bot = Bot(R % "group: 值班群")
    trace = bot.judge("价", group="产品群")
    assert row(trace, "一").outcome == "skipped"
    assert why(trace, "一") == "group 产品群 is none of 值班群"


def test_any_of_a_persons_names_and_any_of_a_members() -> None:
    bot = Bot(R % "group: all, member: 小李" + "\n")
    who = Person("p", "阿强", remark="小李", card="群里的名字")
    message = Message("m", "text", Chat("g", "group", ("产品群",)), who, "价", NOW)
    from ruleswx.rules.engine import judge_all

    trace = judge_all(bot.ruleset, message, bot.world, NOW, bot.rng)
    assert row(trace, "一").outcome == "matched"
    assert trace.heard.member == "群里的名字"


@pytest.mark.parametrize(
    ("role", "who"),
    [("owner", "me"), ("admin", "老王"), ("friend", "小李"), ("stranger", "路人")],
)
def test_roles(role: str, who: str) -> None:
    bot = Bot(R % f"group: all, role: {role}")
    bot.world.groups["产品群"] = Group("产品群", "小李" if role == "owner" else "me")
    speaker = "小李" if role == "owner" else who
    assert texts(bot.say("价", speaker, "产品群")) == ["好"]
    other = "路人" if role != "stranger" else "小李"
    assert texts(bot.say("价", other, "产品群")) == []


def test_muted_groups() -> None:
    bot = Bot(R % "group: all, muted: yes")
    assert texts(bot.say("价", group="产品群")) == []
    bot.world.groups["产品群"] = Group("产品群", muted=True)
    assert texts(bot.say("价", group="产品群")) == ["好"]


def test_official_accounts_need_their_own_word() -> None:
    bot = Bot(R % "sender: '@'")
    decision = bot.say("价", "公众号")
    assert decision.effects == ()
    assert decision.trace.gate is not None
    assert decision.trace.gate.code == "gate.official"
    both = Bot("reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {reply: 好}},"
               " {rule: 二, when: {sender: official, contains: 价}, do: {log: 记}}]")  # fmt: skip
    assert [r.rule for r in both.say("价", "公众号").trace.rules if r.outcome == "matched"] == ["二"]


def test_what_the_owner_types_on_the_phone() -> None:
    never = Bot(R % "group: all")
    gate = never.say("价", "phone", "产品群").trace.gate
    assert gate is not None
    assert gate.code == "gate.phone"
    also = Bot(R % "group: all, self: also")
    assert texts(also.say("价", "phone", "产品群")) == ["好"]
    assert texts(also.say("价", group="产品群")) == ["好"]
    only = Bot(R % "group: all, self: only")
    assert texts(only.say("价", group="产品群")) == []
    assert texts(only.say("价", "bot", "产品群")) == [], "what the bot sent never matches"


def test_any_may_say_where() -> None:
    bot = Bot("reply: [{rule: 一, when: {contains: 价, any: [{group: 产品群}, {person: 小李}]}, do: {reply: 好}}]")
    assert texts(bot.say("价")) == ["好"]
    assert texts(bot.say("价", group="产品群")) == ["好"]
    assert texts(bot.say("价", "老王")) == []
    assert texts(bot.say("价", group="值班群")) == []


def test_defaults_of_the_file() -> None:
    bot = Bot("""
        defaults: {sender: '@@', group: [产品群], hours: 09:00-18:00, cooldown: 1h per member}
        reply:
          - {rule: 一, when: {contains: 价}, do: {reply: 好}}
          - {rule: 二, when: {sender: '@', contains: 价}, do: {reply: 私}}
    """)
    assert texts(bot.say("价", group="产品群")) == ["好"]
    assert texts(bot.say("价", group="产品群")) == []
    assert texts(bot.say("价")) == ["私"]
    bot.wait(hours=9)
    assert texts(bot.say("价", group="产品群")) == []
