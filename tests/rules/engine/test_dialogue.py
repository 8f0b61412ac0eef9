"""ask: answers, wrong answers, ways out, other beginnings, time-outs, over restarts and edits."""

from dataclasses import replace
from datetime import timedelta

from ruleswx.rules.engine import Outcome
from tests.rules.bot import Bot, load, texts, told, why

RULES = """
    vars: {报修数: {type: number, per: bot, start: 0}}
    guard:
      - {rule: 拦, when: {sender: '@', contains: 广告}, do: {reply: 别发}}
    reply:
      - rule: 报修
        when: {sender: '@', equals: 报修}
        do:
          - ask: 房号？
            save: 房号
            expect: {regex: '^\\d+-\\d{3,4}$'}
            retry: 2
            timeout: 3m
            on_timeout: {reply: 超时了}
            on_cancel: {reply: 好的}
          - {ask: 怎么了？, save: 描述, expect: {MsgType: [text, image]}, timeout: 10m}
          - add: {报修数: 1}
          - {forward: 描述, to: 值班群, prefix: '【{{ 报修数 }}】{{ person }} {{ 房号 }}：'}
          - reply: '已登记 {{ 报修数 }}：{{ 描述 }}'
      - rule: 投票
        again: %s
        when: {sender: '@', equals: 投票}
        do: [{ask: 选 A 还是 B？, save: 票, expect: {equals: [A, B]}, timeout: 5m}, {reply: '票 {{ 票 }}'}]
      - {rule: 价, when: {sender: '@', contains: 价格}, do: {reply: 九元}}
    watch:
      - {rule: 看, when: {sender: '@'}, do: {log: '{{ text }}'}}
"""


def bot(again: str = "ignore") -> Bot:
    return Bot(RULES % again)


def test_two_questions_and_a_number() -> None:
    b = bot()
    assert texts(b.say("报修")) == ["房号？"]
    assert texts(b.say("３-502")) == ["怎么了？"]
    assert texts(b.say("漏水")) == ["【1】小李 ３-502：漏水", "已登记 1：漏水"]
    assert texts(b.say("漏水")) == []
    assert b.waiting() == []


def test_a_picture_may_be_an_answer() -> None:
    b = bot()
    b.say("报修")
    b.say("3-502")
    decision = b.say("", kind="image")
    assert told(decision)[:2] == [("forward", "值班群"), ("reply", "小李")]
    assert texts(decision) == ["已登记 1：[image]"]
    assert [e.message_id for e in decision.effects if hasattr(e, "message_id")] == ["m3"]


def test_wrong_answers_are_asked_again_and_then_it_ends() -> None:
    b = bot()
    b.say("报修")
    assert texts(b.say("三楼")) == ["房号？"]
    assert why(b.last.trace, "报修").startswith("not an answer 报修 expects (regex ^")  # type: ignore[union-attr]
    assert texts(b.say("价格")) == ["房号？"], "another rule does not answer in its place"
    assert texts(b.say("四楼")) == ["超时了"]
    assert texts(b.say("3-502")) == []


def test_a_wrong_answer_starts_the_clock_anew() -> None:
    b = bot()
    b.say("报修")
    b.now += timedelta(minutes=2)
    b.say("三楼")
    assert b.wait(minutes=2) == []
    assert texts(b.say("3-502")) == ["怎么了？"]


def test_cancelling() -> None:
    for word in ("取消", " 退出 ", "Cancel"):
        b = bot()
        b.say("报修")
        assert texts(b.say(word)) == ["好的"]
        assert b.waiting() == []


def test_silence() -> None:
    b = bot()
    b.say("报修")
    assert b.wait(minutes=2) == []
    (decision,) = b.wait(minutes=1)
    assert texts(decision) == ["超时了"]
    assert b.waiting() == []
    assert texts(b.say("价格")) == ["九元"]


def test_an_answer_after_the_time_is_none() -> None:
    b = bot()
    b.say("报修")
    b.now += timedelta(minutes=4)
    assert texts(b.say("3-502")) == []


def test_guard_comes_first_and_watch_still_watches() -> None:
    b = bot()
    b.say("报修")
    assert texts(b.say("广告")) == ["别发"]
    assert ("log", "") in told(b.say("3-502"))


def test_each_person_in_each_chat_has_a_dialogue_of_their_own() -> None:
    b = Bot(
        RULES.replace("{sender: '@', equals: 报修}", "{equals: 报修, any: [{sender: '@'}, {group: all}]}") % "ignore"
    )
    b.say("报修")
    b.say("报修", group="产品群")
    assert texts(b.say("3-502", "老王")) == []
    assert texts(b.say("3-502", group="产品群")) == ["怎么了？"]
    assert texts(b.say("3-502")) == ["怎么了？"]


def test_another_beginning_while_one_is_open() -> None:
    busy = bot("ignore")
    busy.say("报修")
    assert texts(busy.say("投票")) == ["One thing at a time: please answer the last question, or reply “cancel”."]
    assert texts(busy.say("3-502")) == ["怎么了？"]

    anew = bot("restart")
    anew.say("报修")
    assert texts(anew.say("投票")) == ["选 A 还是 B？"]
    assert texts(anew.say("a")) == ["票 a"]
    assert texts(anew.say("3-502")) == []

    both = bot("parallel")
    both.say("报修")
    assert texts(both.say("投票")) == ["选 A 还是 B？"]
    assert texts(both.say("B")) == ["票 B"]
    assert texts(both.say("3-502")) == [], "one dialogue a person and chat: the later question took its place"
    assert both.waiting() == []


def test_system_lines_are_no_answers() -> None:
    b = bot()
    b.say("报修")
    assert texts(b.say("小李撤回了一条消息", kind="recalled", event="recall")) == []
    assert texts(b.say("3-502")) == ["怎么了？"]


def test_a_dialogue_survives_an_edit_of_its_rule() -> None:
    b = bot()
    b.say("报修")
    b.ruleset = load(RULES.replace("怎么了？", "请描述") % "ignore")
    assert texts(b.say("3-502")) == ["请描述"]


def test_a_dialogue_whose_question_is_gone_ends() -> None:
    b = bot()
    b.say("报修")
    b.ruleset = load("reply: [{rule: 价, when: {sender: '@', contains: 价格}, do: {reply: 九元}}]")
    decision = b.say("价格")
    assert texts(decision) == ["九元"]
    assert why(decision.trace, "报修") == "the rule was changed meanwhile; it cannot go on"
    assert b.waiting() == []


def test_a_late_timer_does_nothing() -> None:
    b = bot()
    b.say("报修")
    (kept,) = b.waiting()
    b.say("3-502")
    decision = b.resume(kept, Outcome("due"))
    assert (decision.effects, decision.changes) == ((), ())


def test_the_bots_own_words_do_not_depend_on_who_reads_the_findings() -> None:
    busy = bot("ignore")
    for speaks, words in (("zh", "上一件事还没完：请先回答，或者回复“取消”。"), ("en", "One thing at a time")):
        busy.ruleset = replace(busy.ruleset, options=replace(busy.ruleset.options, lang="en", speaks=speaks))
        busy.say("报修")
        assert texts(busy.say("投票"))[0].startswith(words)
        busy.say("取消")
