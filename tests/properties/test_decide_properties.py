"""Deciding is total and the same for the same arguments; the index and the plain way agree; literals are literals."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ruleswx.model import Chat, Message, Person
from ruleswx.rules.engine import Limits, decide, judge_all
from ruleswx.rules.schema import EVENTS, KINDS
from ruleswx.rules.trace import Trace, render
from tests.rules.bot import NOW, Bot

BOT = Bot("""
    lists: {词表: [加微, 领红包, 'a.c', '(x+x+)+y', 兼职]}
    vars: {数: {type: number, per: member, start: 0}}
    guard:
      - rule: 广告
        match: loose
        when: {group: all, any: [{contains: $词表}, {has: url}]}
        unless: {contains: 微信读书}
        do:
          strike: 广告
          ladder:
            1: {reply: '{{ text | cut(5) }}', at: sender}
            3: {kick: member, on_error: {notify: 不动}}
        examples: {miss: [没有]}
      - rule: 刷屏
        when: {group: all, flood: {messages: 3, within: 1m}}
        do: {reply: '{{ flood.messages }}'}
        cooldown: 1m per member
    reply:
      - rule: 单号
        when: {sender: '@', regex: '单\\s*(?P<号>\\w{1,9})'}
        do: [{reply: '{{ 号 }} {{ text }}'}, {add: {数: 1}}]
      - rule: 问
        when: {sender: '@', starts: [问, ask]}
        do: [{ask: 好？, save: 答, expect: {length: {max: 9}}, retry: 1, timeout: 1m}, {reply: '{{ 答 }}'}]
      - rule: 全
        when: {group: all, mention: me, equals: [帮助, help], length: {max: 9}}
        do: {reply: '{{ member }}'}
        then: continue
      - {rule: 尾, when: {group: all, ends: [吗, '?'], contains_all: [a, b]}, do: {wait: 5s}}
      - {rule: 迎, when: {group: all, event: [member_join, pat]}, do: {reply: '{{ joined | join("、") }}{{ inviter }}'}}
      - rule: 收
        when: {sender: '@', chance: 50%}
        do: {forward: message, to: 值班群, prefix: '{{ person }}'}
        cooldown: 1h
    watch:
      - {rule: 看, when: {sender: '@@', group: all}, do: {log: '{{ group }} {{ msg.MsgType }} {{ now }} {{ at }}'}}
""")
WORDS = st.sampled_from(
    ["加 微", "领红包", "微信读书", "单 ", "问", "帮助", "a", "b", "吗", "?", "@小助手\u2005", "t.cn/x", "ａ.c"]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.one_of(WORDS, st.text(max_size=4)), max_size=8).map("".join))
NAMES = st.text(max_size=12)
PEOPLE = st.builds(
    Person,
    key=st.sampled_from(["", "a", "b", "person:老王"]),
    nick=NAMES,
    remark=NAMES,
    card=NAMES,
    friend=st.booleans(),
)
CHATS = st.builds(
    Chat,
    key=st.sampled_from(["", "g", "h"]),
    kind=st.sampled_from(["person", "group", "group", "official"]),
    names=st.lists(NAMES, max_size=2).map(tuple),
    owner_key=st.sampled_from(["", "a", "me"]),
)
MESSAGES = st.builds(
    Message,
    id=st.just("m"),
    kind=st.sampled_from(["text", "text", "text", *KINDS]),
    chat=CHATS,
    sender=PEOPLE,
    text=TEXTS,
    time=st.just(NOW),
    origin=st.sampled_from(["them", "them", "them", "phone", "bot"]),
    event=st.sampled_from(["", "", "", *EVENTS]),
    me=st.just(("小助手",)),
    facts=st.dictionaries(st.sampled_from(["title", "file_name", "url"]), TEXTS, max_size=2),
    people=st.lists(PEOPLE, max_size=2).map(tuple),
)
LIMITS = Limits(timedelta(minutes=2))


@given(st.lists(MESSAGES, min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_decide_is_total_and_deterministic(messages: list[Message]) -> None:
    BOT.world.remembered.clear()
    for message in messages:
        first, again = (
            decide(BOT.ruleset, message, BOT.world, now=NOW, rng=Random(5), limits=LIMITS) for _ in range(2)
        )  # fmt: skip
        again = replace(again, trace=replace(again.trace))
        assert first == again
        assert Trace.from_record(first.trace.to_record()) == first.trace
        assert render(first.trace, "zh")
        BOT.world.keep(first.changes)


@given(st.lists(MESSAGES, min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_the_index_changes_no_decision(messages: list[Message]) -> None:
    BOT.world.remembered.clear()
    for message in messages:
        quick = decide(BOT.ruleset, message, BOT.world, now=NOW, rng=Random(5), limits=LIMITS)
        plain = decide(
            BOT.ruleset, message, BOT.world, now=NOW, rng=Random(5), limits=replace(LIMITS, thorough=True)
        )  # fmt: skip
        assert [type(e) for e in quick.effects] == [type(e) for e in plain.effects]
        assert quick.changes == plain.changes
        assert quick.trace.gate == plain.trace.gate
        BOT.world.keep(quick.changes)


@given(MESSAGES, st.sampled_from(["zh", "en"]))
@settings(max_examples=100, deadline=None)
def test_every_rule_can_be_explained(message: Message, lang: str) -> None:
    BOT.world.remembered.clear()
    trace = judge_all(BOT.ruleset, message, BOT.world, NOW, Random(1))
    assert render(trace, lang)  # type: ignore[arg-type]
    assert trace.gate is not None or len(trace.rules) == len(BOT.ruleset.rules)
    for row in trace.rules:
        if row.matched is not None:
            assert 0 <= row.matched[0] <= row.matched[1] <= len(trace.heard.text)


@given(st.text(min_size=1, max_size=12).filter(lambda word: word.strip(" \t\r\n\x85\u2028\u2029")))
@settings(max_examples=60, deadline=None)
def test_literals_are_never_patterns(word: str) -> None:
    from ruleswx.fold import Folds, fold_key
    from ruleswx.rules.conditions import Contains, Context, word_list

    chat = Chat("c", "person", ("x",))
    line = Contains(word_list([(word, "")], "normal"), "normal")
    for text in (word, f"甲{word}乙", "完全不同"):
        message = Message("m", "text", chat, Person("p"), text, NOW)
        found = line.check(Context(message, BOT.world, NOW, Random(1)))
        wanted = fold_key(word)
        assert found.matched == (bool(wanted) and wanted in Folds(text).get("normal").text)
