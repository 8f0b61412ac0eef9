"""Sections, order, stop and continue, cooldown, dry, exempt: the whole walk of one message."""

from dataclasses import replace
from datetime import timedelta

from ruleswx.model import Notify, SendText, WriteLog
from tests.rules.bot import Bot, one, row, texts, told, why

TWO = """
    reply:
      - {rule: 一, when: {sender: '@', contains: 价格}, do: {reply: 一}}
      - {rule: 二, when: {sender: '@', contains: [价格, 报价]}, do: {reply: 二}}
"""


def test_first_reply_in_file_order_answers() -> None:
    bot = Bot(TWO)
    decision = bot.say("问价格")
    assert texts(decision) == ["一"]
    assert decision.trace.answered_by == "一"
    assert [r.rule for r in decision.trace.rules] == ["一"]
    assert texts(bot.say("报价")) == ["二"]
    assert texts(bot.say("你好")) == []


def test_answer_goes_where_the_message_came_from() -> None:
    bot = Bot("reply: [{rule: 一, when: {group: all, contains: 价格}, do: {reply: 好, at: sender}}]")
    effect = one(bot.say("价格", group="产品群"), SendText)
    assert (effect.to.name, effect.text, effect.rule) == ("产品群", "@小李\u2005好", "一")


def test_continue_lets_later_rules_answer_too() -> None:
    bot = Bot(TWO.replace("{reply: 一}}", "{reply: 一}, then: continue}"))
    assert texts(bot.say("价格")) == ["一", "二"]


def test_guard_ends_the_message() -> None:
    bot = Bot("""
        guard: [{rule: 拦, when: {group: all, contains: 广告}, do: {reply: 别发}}]
        reply: [{rule: 答, when: {group: all, contains: 广告}, do: {reply: 答}}]
        watch: [{rule: 看, when: {group: all, contains: 广告}, do: {log: 看}}]
    """)
    decision = bot.say("广告", group="产品群")
    assert texts(decision) == ["别发"]
    assert len(decision.effects) == 1


def test_watch_runs_after_a_reply_unless_it_says_stop() -> None:
    rules = """
        reply: [{rule: 答, when: {sender: '@', contains: 退款}, do: {reply: 答}%s}]
        watch:
          - {rule: 看一, when: {sender: '@', contains: 退款}, do: {log: 看一}}
          - {rule: 看二, when: {sender: '@', contains: 退款}, do: {log: 看二}}
    """
    assert told(Bot(rules % "").say("退款")) == [("reply", "小李"), ("log", ""), ("log", "")]
    assert told(Bot(rules % ", then: stop").say("退款")) == [("reply", "小李")]


def test_stop_in_watch_ends_watching() -> None:
    bot = Bot("""
        watch:
          - {rule: 看一, when: {sender: '@', contains: 退款}, do: {log: 看一}, then: stop}
          - {rule: 看二, when: {sender: '@', contains: 退款}, do: {log: 看二}}
    """)
    assert [e.text for e in bot.say("退款").effects if isinstance(e, WriteLog)] == ["看一"]


def test_admins_are_exempt_from_guard_and_the_trace_says_so() -> None:
    bot = Bot("""
        guard: [{rule: 拦, when: {group: all, contains: 广告}, do: {reply: 别发}}]
        reply: [{rule: 答, when: {group: all, contains: 广告}, do: {reply: 答}}]
    """)
    decision = bot.say("广告", "老王", "产品群")
    assert texts(decision) == ["答"]
    assert row(decision.trace, "拦").outcome == "exempt"
    assert why(decision.trace, "拦") == "exempt: 老王 is an admin"


def test_exempt_none_and_exempt_by_name_need_a_friend() -> None:
    rules = "guard: [{rule: 拦, exempt: %s, when: {group: all, contains: 广告}, do: {reply: 别发}}]"
    assert texts(Bot(rules % "none").say("广告", "老王", "产品群")) == ["别发"]
    named = Bot(rules % "[路人, 老王]")
    assert texts(named.say("广告", "路人", "产品群")) == ["别发"], "a stranger's nickname gives no power"
    assert texts(named.say("广告", "老王", "产品群")) == []


def test_cooldown_counts_as_matched_and_says_how_long() -> None:
    bot = Bot("""
        reply:
          - {rule: 一, when: {sender: '@', contains: 价格}, do: {reply: 一}, cooldown: 10m per person}
          - {rule: 二, when: {sender: '@', contains: 价格}, do: {reply: 二}}
    """)
    assert texts(bot.say("价格")) == ["一"]
    bot.wait(minutes=9, seconds=18)
    decision = bot.say("价格")
    assert texts(decision) == []
    assert row(decision.trace, "一").outcome == "cooldown"
    assert why(decision.trace, "一") == (
        "matched, silent: cooldown 10m per person, 42 s left (last fired 10:00:00 for 小李)"
    )  # fmt: skip
    assert texts(bot.say("价格", "老王")) == ["一"]
    bot.wait(minutes=1)
    assert texts(bot.say("价格")) == ["一"]


def test_cooldown_scopes() -> None:
    rules = "reply: [{rule: 一, when: {group: all, contains: 价格}, do: {reply: 一}, cooldown: 1m per %s}]"
    for scope, other_person, other_group in [
        ("rule", [], []),
        ("chat", [], ["一"]),
        ("group", [], ["一"]),
        ("member", ["一"], ["一"]),
        ("person", ["一"], []),
    ]:
        bot = Bot(rules % scope)
        assert texts(bot.say("价格", group="产品群")) == ["一"]
        assert texts(bot.say("价格", "老王", "产品群")) == other_person, scope
        bot = Bot(rules % scope)
        bot.say("价格", group="产品群")
        assert texts(bot.say("价格", group="值班群")) == other_group, scope


def test_dry_rules_are_told_and_change_nothing() -> None:
    bot = Bot("""
        reply:
          - {rule: 试, mode: dry, when: {sender: '@', contains: 价格}, do: [{reply: 试}, {strike: 词}], cooldown: 1h}
          - {rule: 真, when: {sender: '@', contains: 价格}, do: {reply: 真}}
    """)
    decision = bot.say("价格")
    assert texts(decision) == ["真"]
    assert row(decision.trace, "试").outcome == "dry"
    assert [step.because.args["what"] for step in row(decision.trace, "试").steps if "what" in step.because.args] == [
        "reply 试 → 小李"
    ]  # fmt: skip
    assert {c.kind for c in decision.changes} == {"echo"}
    assert told(decision) == [("reply", "小李")]


def test_rules_switched_off_are_skipped() -> None:
    bot = Bot(TWO.replace("rule: 一,", "rule: 一, mode: off,"))
    assert texts(bot.say("价格")) == ["二"]
    assert row(bot.judge("价格"), "一").outcome == "skipped"
    assert why(bot.judge("价格"), "一") == "mode: off"


def test_unless_cancels_after_when() -> None:
    bot = Bot("reply: [{rule: 一, when: {sender: '@', contains: 加微}, unless: {contains: 微信读书}, do: {reply: 一}}]")
    assert texts(bot.say("加微")) == ["一"]
    decision = bot.say("加微信读书")
    assert texts(decision) == []
    assert why(decision.trace, "一") == "unless: contains 微信读书"


def test_valid_dates() -> None:
    bot = Bot("reply: [{rule: 一, valid: 2026-03-03..2026-03-04, when: {sender: '@', contains: 价}, do: {reply: 一}}]")
    assert texts(bot.say("价")) == []
    bot.now += timedelta(days=1)
    assert texts(bot.say("价")) == ["一"]


def test_a_rule_that_raises_fails_alone_and_is_switched_off_in_time() -> None:
    bot = Bot("""
        reply: [{rule: 坏, when: {sender: '@', contains: 价}, do: {reply: '{{ text | int // 0 }}'}, then: continue},
                {rule: 好, when: {sender: '@', contains: 价}, do: {reply: 好}}]
    """)
    first = bot.say("价")
    assert texts(first) == ["好"]
    assert "坏" in one(first, Notify).text
    second = bot.say("价")
    assert not [e for e in second.effects if isinstance(e, Notify)], "told once an hour"
    assert "until it is edited" in one(bot.say("价"), Notify).text
    last = bot.say("价")
    assert row(last.trace, "坏").outcome == "skipped"
    assert texts(last) == ["好"]


def test_judge_all_has_a_row_for_every_rule_and_the_closest_miss() -> None:
    bot = Bot("""
        guard: [{rule: 拦, when: {group: all, contains: 广告}, do: {reply: 别发}}]
        reply:
          - {rule: 帮, when: {group: all, mention: me, equals: [帮助, help]}, do: {reply: 帮}}
          - {rule: 私, when: {sender: '@', contains: 帮}, do: {reply: 私}}
        watch: [{rule: 看, when: {group: all, contains: 投诉}, do: {log: 看}}]
    """)
    trace = bot.judge("@小助手 帮组", group="产品群")
    assert [(r.rule, r.outcome) for r in trace.rules] == [
        ("拦", "missed"), ("帮", "missed"), ("私", "skipped"), ("看", "missed"),
    ]  # fmt: skip
    near = row(trace, "帮").near
    assert near is not None
    assert (near.away, near.wanted) == (1, "帮助")
    assert trace.heard.text == "帮组"
    after = bot.judge("@小助手 帮助 广告", group="产品群")
    assert why(after, "帮") == "拦 matched first"


def test_schedules_send_to_chats_by_name() -> None:
    bot = Bot("""
        schedule: [{rule: 早, at: '08:30', do: {send: '{{ today }} {{ weekday }}', to: [产品群, '值*']}}]
    """)
    decision = bot.tick("早")
    assert [(e.to.name, e.text, e.pace) for e in decision.effects if isinstance(e, SendText)] == [
        ("产品群", "2026-03-02 周一", "broadcast"),
        ("值班群", "2026-03-02 周一", "broadcast"),
    ]
    assert decision.trace.answered_by == "早"


def test_the_same_arguments_give_the_same_decision() -> None:
    rules = "reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {reply: {random: [一, 二, 三, 四, 五]}}}]"
    assert [Bot(rules).say("价") for _ in range(3)].count(Bot(rules).say("价")) == 3


def test_a_guard_rule_ends_the_message_whatever_it_says() -> None:
    rules = """
        guard: [{rule: 卫, when: {sender: '@', contains: 价}, do: {log: 卫}}]
        reply: [{rule: 答, when: {sender: '@', contains: 价}, do: {reply: 答}}]
    """
    bot = Bot(rules)
    guard = replace(bot.ruleset.rules[0], then="continue")
    bot.ruleset = replace(bot.ruleset, guard=(guard,), rules=(guard, *bot.ruleset.rules[1:]))
    assert texts(bot.say("价")) == []
