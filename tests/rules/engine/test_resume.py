"""wait, http, run, verified effects: what ends a decision and how it goes on."""

from datetime import timedelta

import pytest

from ruleswx.model import (
    AcceptFriend,
    CallHttp,
    Change,
    Invite,
    Kick,
    Notify,
    RenameGroup,
    RunCommand,
    SetRemark,
    State,
)
from ruleswx.rules.engine import Continuation, Limits, Outcome, resume
from ruleswx.rules.trace import say
from tests.rules.bot import NOW, Bot, load, one, row, texts, told, why


def test_wait_goes_on_where_it_stopped() -> None:
    bot = Bot("""
        reply:
          - rule: 一
            when: {sender: '@', regex: '价(?P<号>\\d)'}
            do: [{reply: 前}, {wait: 20s..60s}, {reply: '后 {{ 号 }}'}]
    """)
    assert texts(bot.say("价7")) == ["前"]
    (kept,) = bot.waiting()
    assert 20 <= kept.due - NOW.timestamp() <= 60
    assert bot.wait(seconds=19) == []
    (decision,) = bot.wait(seconds=41)
    assert texts(decision) == ["后 7"]
    assert bot.waiting() == []
    assert bot.wait(hours=1) == []


ORDER = """
    reply:
      - rule: 查
        when: {sender: '@', regex: '单(?P<号>\\w+)'}
        do:
          - {http: {get: 'https://a.example/{{ 号 }}', timeout: 5s, save: 单}, on_error: {reply: '忙 {{ 号 }}'}}
          - reply: '{{ 号 }}：{{ 单.状态 }}'
"""


def test_http_answers_are_saved_under_their_name() -> None:
    bot = Bot(ORDER)
    decision = bot.say("单a1")
    call = one(decision, CallHttp)
    (kept,) = bot.waiting()
    assert (call.url, call.token, texts(decision)) == ("https://a.example/a1", kept.token, [])
    assert texts(bot.outcome({"状态": "已发货"})) == ["a1：已发货"]


def test_what_goes_on_says_whose_message_it_is() -> None:
    bot = Bot(ORDER)
    first = bot.say("单a1").trace.heard
    then = bot.outcome({"状态": "已发货"}).trace.heard
    assert (first.goes_on, then.goes_on, then.text, then.person) == ("", "m1", "单a1", "小李")


def test_http_failures_run_on_error_instead_of_the_rest() -> None:
    bot = Bot(ORDER)
    bot.say("单a1")
    decision = bot.outcome(reason="timeout")
    assert told(decision) == [("reply", "小李")]
    assert texts(decision) == ["忙 a1"]


def test_an_answer_of_the_wrong_shape_fails_alone() -> None:
    bot = Bot(ORDER)
    bot.say("单a1")
    decision = bot.outcome("<html>")
    assert texts(decision) == []
    assert one(decision, Notify).text == "Rule 查 failed: template name 状态 had no value this time"


def test_too_large_an_answer_is_a_failure() -> None:
    bot = Bot(ORDER)
    bot.say("单a1")
    assert texts(bot.outcome("x" * 100_000)) == ["忙 a1"]


def test_an_outcome_that_never_comes_ends_as_a_failure() -> None:
    bot = Bot(ORDER)
    bot.say("单a1")
    (decision,) = bot.wait(minutes=11)
    assert texts(decision) == ["忙 a1"]


def test_outcomes_count_once() -> None:
    bot = Bot(ORDER)
    bot.say("单a1")
    (kept,) = bot.waiting()
    assert texts(bot.outcome({"状态": "好"})) == ["a1：好"]
    again = bot.resume(kept, Outcome("done", {"状态": "好"}))
    assert (again.effects, again.changes) == ((), ())
    assert again.trace.gate is not None


def test_programs_get_whole_arguments() -> None:
    bot = Bot("""
        reply: [{rule: 跑, when: {sender: '@', contains: 跑}, do: [
          {run: {command: [echo, '{{ text }}'], timeout: 3s, save: 出}}, {reply: '{{ 出 }}'}]}]
    """)
    assert one(bot.say("跑 a; rm -rf b"), RunCommand).command == ("echo", "跑 a; rm -rf b")
    assert texts(bot.outcome("好\n")) == ["好\n"]


@pytest.mark.parametrize(
    ("do", "kind"),
    [
        ("{kick: member}", Kick),
        ("{invite: member, to: 值班群}", Invite),
        ("{remark: '新{{ member }}'}", SetRemark),
        ("{rename_group: 新名}", RenameGroup),
    ],
)
def test_group_operations_wait_until_they_are_seen(do: str, kind: type) -> None:
    bot = Bot(f"reply: [{{rule: 一, when: {{group: all, contains: 价}}, do: [{do}, {{reply: 之后}}]}}]")
    decision = bot.say("价", group="产品群")
    assert one(decision, kind)
    assert texts(decision) == []
    assert texts(bot.outcome()) == ["之后"]


def test_a_kick_without_effect_is_told() -> None:
    bot = Bot("""
        guard: [{rule: 一, when: {group: all, contains: 广告}, do: [
          {kick: member, on_error: {notify: '踢不动 {{ member }}'}}, {notify: 踢了}]}]
    """)
    bot.say("广告", group="产品群")
    assert [d.what["text"] for d in bot.outcome(reason="no effect").trace.effects] == ["踢不动 小李"]
    plain = Bot("guard: [{rule: 一, when: {group: all, contains: 广告}, do: {kick: member}}]")
    plain.say("广告", group="产品群")
    decision = plain.outcome(reason="no effect")
    assert one(decision, Notify).text == "Rule 一 failed: the service said yes and nothing changed"
    assert why(decision.trace, "一") == "kick failed: the service said yes and nothing changed"


def test_friend_requests_are_accepted_after_a_while() -> None:
    bot = Bot("""
        reply: [{rule: 友, when: {event: friend_request}, do: [{wait: 20s}, {accept: request}, {reply: '你好'}]}]
    """)
    assert told(bot.say("我是推荐来的", kind="friend_request", event="friend_request", facts={"ticket": "t"})) == []
    (decision,) = bot.wait(seconds=20)
    effect = one(decision, AcceptFriend)
    assert (effect.message_id, effect.facts["ticket"]) == ("m1", "t")
    assert texts(bot.outcome()) == ["你好"]


def test_waits_inside_branches_go_on_inside_and_after_them() -> None:
    bot = Bot("""
        reply: [{rule: 一, when: {sender: '@', contains: 价}, do: [
          {strike: 词, ladder: {1: [{reply: 一}, {wait: 5s}, {reply: 二}]}},
          {choose: [{when: {contains: 没有}, do: {reply: 不}}, {do: [{wait: 5s}, {reply: 三}]}]},
          {reply: 四}]}]
    """)
    assert texts(bot.say("价")) == ["一"]
    (decision,) = bot.wait(seconds=5)
    assert texts(decision) == ["二"]
    (decision,) = bot.wait(seconds=5)
    assert texts(decision) == ["三", "四"]


def test_on_error_continue_goes_on() -> None:
    bot = Bot("""
        reply: [{rule: 一, when: {group: all, contains: 价}, do: [{kick: member, on_error: continue}, {reply: 之后}]}]
    """)
    bot.say("价", group="产品群")
    assert texts(bot.outcome(reason="no")) == ["之后"]


def test_a_failure_inside_reaches_the_step_around_it() -> None:
    bot = Bot("""
        reply: [{rule: 一, when: {sender: '@', contains: 价}, do: [
          {choose: [{do: [{send: 好, to: 没有}, {reply: 不来}]}], on_error: {reply: 外面}}, {reply: 也不来}]}]
    """)
    assert texts(bot.say("价")) == ["外面"]


def test_waits_survive_the_store_and_edits_elsewhere() -> None:
    rules = "reply: [{rule: 一, when: {sender: '@', contains: 价}, do: [{wait: 5s}, {reply: %s}]}]"
    bot = Bot(rules % "旧")
    bot.say("价")
    (kept,) = bot.waiting()
    assert Continuation.from_json(kept.to_json()) == kept
    bot.ruleset = load(rules % "新")
    assert texts(bot.wait(seconds=5)[0]) == ["新"]


@pytest.mark.parametrize(
    "after",
    [
        "reply: [{rule: 别的, when: {sender: '@', contains: 价}, do: {reply: 好}}]",
        "reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {reply: 好}}]",
        "reply: [{rule: 一, mode: off, when: {sender: '@', contains: 价}, do: [{wait: 5s}, {reply: 好}]}]",
    ],
)
def test_a_wait_whose_step_is_gone_ends_and_says_so(after: str) -> None:
    bot = Bot("reply: [{rule: 一, when: {sender: '@', contains: 价}, do: [{wait: 5s}, {reply: 好}]}]")
    bot.say("价")
    bot.ruleset = load(after)
    (decision,) = bot.wait(seconds=5)
    assert texts(decision) == []
    assert why(decision.trace, "一") == "the rule was changed meanwhile; it cannot go on"
    assert bot.waiting() == []


def test_nonsense_from_the_store_is_dropped() -> None:
    bot = Bot(ORDER)
    for value in (None, 1, [], {}, {"kind": "wait"}):
        decision = resume(bot.ruleset, value, Outcome("due"), bot.world, now=NOW, rng=bot.rng)
        assert (decision.effects, decision.changes) == ((), ())


def test_schedules_may_wait_too() -> None:
    bot = Bot("schedule: [{rule: 早, at: '08:30', do: [{send: 一, to: 产品群}, {wait: 5s}, {send: 二, to: 产品群}]}]")
    assert texts(bot.tick("早")) == ["一"]
    (decision,) = bot.wait(seconds=5)
    assert texts(decision) == ["二"]
    assert row(decision.trace, "早").section == "schedule"


def test_an_occurrence_is_dealt_with_once() -> None:
    bot = Bot("schedule: [{rule: 早, at: '08:30', do: {send: 一, to: 产品群}}]")
    assert texts(bot.tick("早")) == ["一"]
    assert texts(bot.tick("早")) == []
    bot.now -= timedelta(hours=1)
    assert texts(bot.tick("早")) == []
    bot.now += timedelta(days=1)
    assert texts(bot.tick("早")) == ["一"]


def test_the_message_waits_along() -> None:
    bot = Bot("""
        reply:
          - rule: 一
            when: {group: all, contains: 价}
            do: [{wait: 5s}, {reply: '{{ member }} {{ text }} {{ group }}', at: sender}]
    """)
    bot.say("@小助手\u2005价", group="产品群")
    (decision,) = bot.wait(seconds=5)
    assert texts(decision) == ["@小李\u2005小李 价 产品群"]


SLOW = """
    reply:
      - rule: 慢
        when: {sender: '@'}
        cooldown: 1h per rule
        do: {log: x}
    guard:
      - rule: 问
        again: parallel
        when: {sender: '@', contains: 价}
        do:
          - {http: {get: 'https://a.example/', timeout: 5s, save: 答}}
          - reply: '{{ 答 }}'
          - wait: 1s
          - reply: '{{ 答 }} 完'
"""


def answer_all(bot: Bot, value: str) -> list[str]:
    """Every call that waits is answered."""
    found = [bot.resume(c, Outcome("done", value)) for c in bot.waiting() if c.kind == "outcome"]
    return [text for decision in found for text in texts(decision)]


def braked() -> Bot:
    bot = Bot(SLOW)
    bot.limits = Limits(timedelta(minutes=2))
    return bot


def test_answers_that_come_later_count_for_the_brakes() -> None:
    bot = braked()
    for number in range(4):
        assert texts(bot.say(f"价 {number}")) == []
        assert answer_all(bot, "好") == ["好"]
    bot.say("价 4")
    (kept,) = [c for c in bot.waiting() if c.kind == "outcome"]
    decision = bot.resume(kept, Outcome("done", "好"))
    assert one(decision, Notify).text == "小李: ping-pong with 小李: silent here for 5 m"
    assert texts(decision) == ["好"], "what was answered is said; the next message is not looked at"
    assert bot.say("价 5").trace.gate is not None, "the chat is paused"


def test_one_message_counts_once_however_often_its_steps_speak() -> None:
    bot = braked()
    for number in range(3):
        bot.say(f"价 {number}")
        assert answer_all(bot, "好") == ["好"]
        assert [texts(d) for d in bot.wait(seconds=1)] == [["好 完"]]
    assert bot.say("价 3").trace.gate is None


def test_without_brakes_nothing_counts() -> None:
    bot = braked()
    bot.limits = Limits(timedelta(minutes=2), breakers=False)
    for number in range(8):
        bot.say(f"价 {number}")
        assert answer_all(bot, "好") == ["好"]


def test_a_paused_chat_stays_silent_when_something_goes_on() -> None:
    bot = braked()
    bot.say("价")
    bot.world.keep([Change("paused", "", "person:小李", State(True, bot.now + timedelta(minutes=5)))])
    (kept,) = [c for c in bot.waiting() if c.kind == "outcome"]
    decision = bot.resume(kept, Outcome("done", "好"))
    assert (decision.effects, told(decision)) == ((), [])
    assert decision.trace.gate is not None
    assert say(decision.trace.gate, "en") == "paused chat: 5 m left"
    assert [texts(d) for d in bot.wait(minutes=6)] == [["好 完"]], "the rest comes when the pause is over"


def test_a_paused_chat_does_not_keep_others_from_being_told() -> None:
    bot = Bot("""
        reply:
          - rule: 报
            when: {sender: '@', contains: 报}
            do: [{wait: 5s}, {reply: 收到}, {send: 有人报修, to: 值班群}]
    """)
    bot.say("报")
    bot.world.keep([Change("paused", "", "person:小李", State(True, None))])
    (decision,) = bot.wait(seconds=5)
    assert told(decision) == [("send", "值班群")]
    assert texts(decision) == ["有人报修"]


def test_the_second_late_echo_is_held_back() -> None:
    bot = braked()
    bot.say("价")
    answer_all(bot, "价格是一百元")
    for number, said in enumerate([["价格是一百元"], []]):
        bot.say(f"价格是一百元{'！' * number}")
        assert answer_all(bot, "价格是一百元") == said
