"""if, choose, order, failures: how steps run one after the other."""

import pytest

from ruleswx.model import Notify
from ruleswx.rules.actions import Log, Text, steps_at
from tests.rules.bot import Bot, load, one, row, texts, told, why


def test_if_leaves_a_step_out_and_says_why() -> None:
    bot = Bot("""
        reply: [{rule: 一, when: {sender: '@', contains: 价}, do: [{reply: 贵, if: {contains: 贵}}, {reply: 好}]}]
    """)
    decision = bot.say("价")
    assert texts(decision) == ["好"]
    assert row(decision.trace, "一").steps[0].because.code == "step.if"
    assert texts(bot.say("贵价")) == ["贵", "好"]


def test_choose_takes_the_first_branch_that_holds() -> None:
    bot = Bot("""
        reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {choose: [
          {when: {contains: 高}, do: {reply: 高}}, {when: {contains: 价格}, do: {reply: 格}}, {do: {reply: 别的}}]}}]
    """)
    assert [texts(bot.say(text)) for text in ("高价格", "价格", "价")] == [["高"], ["格"], ["别的"]]
    none = Bot("""
        reply: [{rule: 一, when: {sender: '@', contains: 价}, do: [
          {choose: [{when: {contains: 高}, do: {reply: 高}}]}, {reply: 完}]}]
    """)
    assert texts(none.say("价")) == ["完"]


def test_dice_of_a_branch_are_thrown_once() -> None:
    bot = Bot("""
        reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {choose: [
          {when: {chance: 50%}, do: {reply: 正}}, {do: {reply: 反}}]}}]
    """)
    said = [texts(bot.say("价" + str(n))) for n in range(40)]
    assert all(len(t) == 1 for t in said)
    assert {t[0] for t in said} == {"正", "反"}


def test_later_steps_see_what_earlier_ones_changed() -> None:
    bot = Bot("""
        vars: {数: {type: number, per: bot, start: 0}}
        reply: [{rule: 一, when: {sender: '@', contains: 价}, do: [
          {add: {数: 1}}, {reply: 甲, if: {var: {数: {min: 2}}}},
          {add: {数: 1}}, {reply: '{{ 数 }}', if: {var: {数: {min: 2}}}}]}]
    """)
    assert texts(bot.say("价")) == ["2"]


def test_a_failure_ends_the_rule_and_not_the_others() -> None:
    bot = Bot("""
        reply: [{rule: 坏, when: {sender: '@', contains: 价}, do: [{send: 好, to: 没有}, {reply: 不来}]}]
        watch: [{rule: 看, when: {sender: '@', contains: 价}, do: {log: 看}}]
    """)
    decision = bot.say("价")
    assert told(decision) == [("notify", "admins"), ("log", "")]
    assert row(decision.trace, "坏").outcome == "matched"
    assert decision.trace.outcome == "failed"
    assert why(decision.trace, "坏") == "contains 价"


@pytest.mark.parametrize(
    ("error", "said"),
    [("continue", ["后"]), ("{reply: 代替}", ["代替"]), ("[{send: 也, to: 没有}, {reply: 不来}]", [])],
)
def test_on_error(error: str, said: list[str]) -> None:
    do = f"[{{send: 好, to: 没有, on_error: {error}}}, {{reply: 后}}]"
    bot = Bot(f"reply: [{{rule: 一, when: {{sender: '@', contains: 价}}, do: {do}}}]")
    assert texts(bot.say("价")) == said


def test_the_same_trouble_is_told_once_an_hour() -> None:
    bot = Bot("reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {send: 好, to: 没有}}]")
    assert one(bot.say("价"), Notify)
    assert told(bot.say("价")) == []
    bot.wait(minutes=61)
    assert one(bot.say("价"), Notify)


def test_places_among_steps() -> None:
    steps = (
        load("""
        reply: [{rule: 一, when: {sender: '@', contains: 价}, do: [
          {strike: 词, ladder: {2: [{log: a}, {log: b}]}, on_error: {log: c}},
          {ask: 好？, timeout: 1m, on_timeout: {log: d}, on_cancel: {log: e}},
          {choose: [{do: {log: f}}]}]}]
    """)
        .reply[0]
        .steps
    )

    def text(*path: int | str) -> str:
        step = steps_at(steps, path)
        return step.text.source if isinstance(step, Log) and isinstance(step.text, Text) else "?"

    assert text(0, "ladder", "2", 1) == "b"
    assert text(0, "on_error", 0) == "c"
    assert text(1, "on_timeout", 0) == "d"
    assert text(1, "on_cancel", 0) == "e"
    assert text(2, "choose", 0, "do", 0) == "f"
    for path in ((), (3,), (0, "ladder", "1", 0), (0, "nowhere", 0), (2, "choose", 7, "do", 0), ("x",)):
        assert steps_at(steps, path) is None
