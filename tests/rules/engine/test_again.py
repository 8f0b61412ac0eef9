"""A rule triggered again while its steps wait: ignore, restart, parallel."""

import pytest

from ruleswx.model import CallHttp, Person
from ruleswx.rules.engine import Outcome
from tests.rules.bot import Bot, load, one, texts, told, why

WAITS = """
    reply:
      - rule: 等
        again: %s
        when: {any: [{sender: '@'}, {group: all}], regex: '等(?P<号>.*)'}
        do: [{wait: 30s}, {reply: '完 {{ 号 }}'}]
      - {rule: 别的, when: {any: [{sender: '@'}, {group: all}], contains: 等}, do: {reply: 别的}}
"""


def said(bot: Bot, seconds: float) -> list[str]:
    return [text for decision in bot.wait(seconds=seconds) for text in texts(decision)]


def test_by_default_a_second_start_does_nothing_and_says_so() -> None:
    bot = Bot(WAITS.replace("again: %s", "about: x"))
    bot.say("等1")
    bot.wait(seconds=10)
    again = bot.say("等2")
    assert (texts(again), len(bot.waiting())) == ([], 1), "it counts as matched, so nobody answers in its place"
    assert "ignored" in why(again.trace, "等")
    assert said(bot, 20) == ["完 1"]
    bot.say("等3")
    assert said(bot, 30) == ["完 3"], "once it is over the rule begins again"


def test_restart_drops_the_wait_and_begins_anew() -> None:
    bot = Bot(WAITS % "restart")
    bot.say("等1")
    bot.wait(seconds=10)
    again = bot.say("等2")
    assert [step.because.code for step in again.trace.rules[0].steps] == ["step.restart", "step.wait"]
    assert len(bot.waiting()) == 1
    assert said(bot, 20) == []
    assert said(bot, 10) == ["完 2"]
    assert bot.waiting() == []


def test_parallel_lets_both_run() -> None:
    bot = Bot(WAITS % "parallel")
    bot.say("等1")
    bot.wait(seconds=10)
    bot.say("等2")
    assert said(bot, 20) == ["完 1"]
    assert said(bot, 10) == ["完 2"]


def test_other_people_and_chats_are_not_in_the_way() -> None:
    bot = Bot(WAITS % "ignore")
    bot.say("等1")
    bot.say("等2", group="产品群")
    bot.say("等3", "老王", group="产品群")
    assert said(bot, 30) == ["完 1", "完 2", "完 3"]


CALLS = """
    reply:
      - rule: 查
        again: %s
        when: {sender: '@', contains: 单}
        do: [{http: {get: 'https://a.example/{{ text }}', timeout: 5s, save: 单}}, {reply: '{{ 单 }}'}]
"""


def test_what_waits_for_an_outcome_counts_as_well() -> None:
    bot = Bot(CALLS % "ignore")
    bot.say("单1")
    assert told(bot.say("单2")) == []
    assert texts(bot.outcome("一")) == ["一"]
    assert one(bot.say("单3"), CallHttp).url.endswith("3")


def test_a_dropped_call_is_not_waited_for_any_more() -> None:
    bot = Bot(CALLS % "restart")
    bot.say("单1")
    (old,) = bot.waiting()
    bot.say("单2")
    (new,) = bot.waiting()
    assert new.token != old.token
    assert texts(bot.resume(old, Outcome("done", "一"))) == []
    assert texts(bot.resume(new, Outcome("done", "二"))) == ["二"]


def test_a_wait_that_vanished_elsewhere_keeps_nobody_out() -> None:
    bot = Bot(WAITS % "ignore")
    bot.say("等1")
    for key in [key for key in bot.world.remembered if key[0] == "wait"]:
        del bot.world.remembered[key]
    bot.say("等2")
    assert said(bot, 30) == ["完 2"]


def test_an_edited_rule_is_not_busy_with_what_cannot_go_on() -> None:
    bot = Bot(WAITS % "ignore")
    bot.say("等1")
    bot.ruleset = load((WAITS % "ignore").replace("wait: 30s", "log: x"))
    assert said(bot, 30) == []
    assert texts(bot.say("等2")) == ["完 2"]


def test_each_who_joins_is_greeted_whoever_brings_them_in() -> None:
    bot = Bot(
        "reply: [{rule: 迎, when: {group: all, event: member_join}, do: [{wait: 5s}, {reply: '{{ joined | join }}'}]}]"
    )
    for name in ("甲", "乙", "乙"):
        bot.say("", "老王", "产品群", kind="system", event="member_join", people=(Person(name, name),))
    assert said(bot, 5) == ["甲", "乙"]


@pytest.mark.parametrize("again", ["ignore", "parallel", "restart"])
def test_one_open_question_a_person_and_chat(again: str) -> None:
    bot = Bot(f"""
        reply:
          - rule: 问
            again: {again}
            when: {{sender: '@', equals: 问}}
            do: [{{ask: 哪个？, save: 答, expect: {{regex: '^\\d$'}}, timeout: 5m}}, {{reply: '{{{{ 答 }}}}'}}]
    """)
    bot.say("问")
    bot.say("问")
    assert len(bot.waiting()) == 1
    assert texts(bot.say("7")) == ["7"]
    assert bot.waiting() == []
