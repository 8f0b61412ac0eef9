"""Traces: what machines read, what the store keeps, what people read."""

import json
from dataclasses import replace

import pytest

from ruleswx.diagnostics import Place
from ruleswx.rules.trace import WORDS, Done, Heard, Near, Reason, RuleTrace, StepTrace, Trace, render, say
from tests.rules.bot import Bot

NO_WORD = Reason("any", parts=(Reason("contains.no"), Reason("has.url_no")))
NOT_HELP = Reason("equals.no", {"text": "帮组", "words": "帮助"})
STEPS = (
    StepTrace("0/ladder/1/0", "reply", Reason("done")),
    StepTrace("1", "kick", Reason("step.failed", {"action": "kick"}, (Reason("fail.lost"),)), ok=False),
)
HIT = Reason("contains.yes", {"word": "帮"})
TRACE = Trace(
    Heard("text", "@@", "产品群", "小李", text="帮组", folded="帮组", mentions="me"),
    None,
    (
        RuleTrace("甲", "guard", "missed", NO_WORD, Place("a", 3, 1)),
        RuleTrace("乙", "reply", "missed", NOT_HELP, near=Near(1, "帮助")),
        RuleTrace("丙", "reply", "matched", HIT, Place("a", 9, 1), (0, 1), {"号": "1"}, STEPS),
    ),
    (Done("reply", "产品群", {"text": "好\n的"}, "丙"),),
    3,
)


def test_json_has_the_promised_shape() -> None:
    told = TRACE.to_json()
    assert list(told) == ["message", "gate", "rules", "effects"]
    first, second, third = told["rules"]  # type: ignore[misc]
    assert first == {
        "rule": "甲", "section": "guard", "outcome": "missed", "because": "no keyword, no url", "path": "a", "line": 3,
        "matched": None, "captures": {},
    }  # fmt: skip
    assert second["near"] == {"away": 1, "wanted": "帮助"}  # type: ignore[index,call-overload]
    assert third["matched"] == [0, 1]  # type: ignore[index,call-overload]
    assert told["effects"] == [{"kind": "reply", "to": "产品群", "text": "好\n的", "rule": "丙"}]
    assert json.loads(json.dumps(told)) == told


def test_a_stored_trace_comes_back_as_it_was() -> None:
    assert Trace.from_record(json.loads(json.dumps(TRACE.to_record()))) == TRACE
    gated = Trace(Heard("text"), Reason("gate.own"))
    assert Trace.from_record(gated.to_record()) == gated


@pytest.mark.parametrize("nonsense", [{}, {"heard": 1}, {"heard": {}, "gate": None, "rules": [1]}])
def test_nonsense_is_no_trace(nonsense: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no trace"):
        Trace.from_record(nonsense)  # type: ignore[arg-type]


def test_outcomes_are_families() -> None:
    assert TRACE.outcome == "failed"
    assert TRACE.answered_by == "丙"
    assert Trace(Heard("text"), Reason("gate.own")).outcome == "gate"
    assert Trace(Heard("text"), rules=TRACE.rules[:1]).outcome == "missed"
    for outcome in ("matched", "cooldown", "exempt", "dry"):
        rows = (TRACE.rules[0], RuleTrace("丁", "reply", outcome, Reason("off")))  # type: ignore[arg-type]
        assert Trace(Heard("text"), rules=rows).outcome == outcome
    assert Trace(Heard("text"), rules=TRACE.rules[:1]).answered_by == ""


def test_render() -> None:
    assert render(TRACE, "en").splitlines() == [
        "message   text, group 产品群, member 小李, mentions me, text 帮组  (folded 帮组)",
        "guard     甲 ✗ no keyword, no url",
        "reply     乙 ✗ equals: 帮组 is none of 帮助   ← closest, 1 character off",
        "          丙 ✓ contains 帮 (0-1)",
        "answer    丙",
        "            reply → 产品群  好⏎的",
        "            ✗ kick failed: no outcome ever came",
    ]
    more = render(replace(TRACE, judged=5), "en").splitlines()
    assert more[4] == (
        "          (2 other rules: not reached, or in need of words, a kind or a place this message has not)"
    )  # fmt: skip
    dropped = render(Trace(Heard("text", "@", "小李", person="小李", text="x", folded="x"), Reason("gate.own")), "zh")
    assert dropped.splitlines() == [
        "消息      text，私聊 小李，文字 x  （归一后 x）",
        "没往下看  机器人自己发的",
        "回答      没有",
    ]


def test_a_terminal_is_not_made_to_obey() -> None:
    heard = Heard("text", "@", "\x1b[2J小李", person="\x1b[2J小李", text="\u202eabc\x07", folded="abc")
    assert not set(render(Trace(heard), "en")) & {"\x1b", "\x07", "\u202e"}


def test_every_reason_has_words_in_both_languages_with_the_same_slots() -> None:
    for code, (zh, en) in WORDS.items():
        slots = [{part.split("}")[0] for part in text.split("{")[1:]} for text in (zh, en)]
        assert slots[0] == slots[1], code
        assert zh
        assert en


def test_a_reason_without_words_is_shown_all_the_same() -> None:
    assert say(Reason("strange.code", {"a": "1"}), "zh") == "strange.code 1"


def test_real_reasons_leave_no_slot_open() -> None:
    bot = Bot("""
        guard: [{rule: 刷, when: {group: all, flood: {messages: 2, within: 10s}}, do: {strike: 刷}, cooldown: 1m}]
        reply:
          - {rule: 帮, when: {group: all, mention: me, equals: [帮助]}, do: {reply: 帮}, unless: {hours: 09:00-18:00}}
          - {rule: 私, when: {sender: '@', contains_all: [帮, 忙], length: {min: 9}}, do: {reply: 私}}
        watch: [{rule: 看, when: {group: 值班群, regex: x}, do: {log: 看}}]
    """)
    for who, group in (("小李", "产品群"), ("老王", "产品群"), ("小李", "")):
        for text in ("@小助手 帮助", "帮忙", ""):
            bot.say(text, who, group)
            trace = bot.judge(text, who, group)
            for lang in ("zh", "en"):
                assert "{" not in render(trace, lang)  # type: ignore[arg-type]
