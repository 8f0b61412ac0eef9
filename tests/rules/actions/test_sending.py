"""reply, send, media, forward, recall, notify, log: who gets what, and what happens when nobody is found."""

import pytest

from ruleswx.model import Change, Forward, Notify, Recall, SendMedia, SendText, Timer, WriteLog
from ruleswx.rules.actions import PassOn, Run, StepFailed, Targets, Text
from ruleswx.rules.engine.decide import context_of, timer_message
from ruleswx.rules.engine.running import Desk
from ruleswx.templates import RenderFailed
from tests.rules.bot import Bot, one, row, texts, told

R = "reply: [{rule: 一, when: {%s, contains: 价}, do: %s}]"


def bot(do: str, where: str = "sender: '@'", more: str = "") -> Bot:
    return Bot(f"{more}\n{R % (where, do)}")


def test_one_of_several_and_each_of_several() -> None:
    picked = {texts(bot("{reply: {random: [甲, 乙]}}").say("价"))[0] for _ in range(1)}
    assert picked <= {"甲", "乙"}
    many = bot("{reply: {random: [甲, 乙]}}")
    assert {texts(many.say("价"))[0] for _ in range(20)} == {"甲", "乙"}
    assert texts(bot("{reply: {each: [甲, 乙]}}").say("价")) == ["甲", "乙"]


def test_named_templates() -> None:
    named = bot("{reply: {template: 问候}}", more="templates: {问候: '{{ person }} 你好'}")
    assert texts(named.say("价")) == ["小李 你好"]


def test_send_to_names_lists_admins_and_the_file_helper() -> None:
    sends = bot("{send: '{{ text }}', to: [小李, $群, filehelper, admins]}", more="lists: {群: [产品群, '值*']}")
    decision = sends.say("价")
    assert told(decision) == [
        ("send", "小李"), ("send", "产品群"), ("send", "文件传输助手"), ("send", "值班群"), ("send", "admins"),
    ]  # fmt: skip
    assert {e.pace for e in decision.effects if isinstance(e, SendText)} == {"broadcast"}
    assert one(bot("{send: 好, to: 小李}").say("价"), SendText).pace == "text"


@pytest.mark.parametrize(
    ("to", "why"),
    [("没有的群", "no chat is called 没有的群"), ("'没有*'", "no chat is called 没有*")],
)
def test_nobody_by_that_name_is_a_failure_and_the_admins_hear_of_it(to: str, why: str) -> None:
    decision = bot(f"[{{send: 好, to: [{to}, 小李]}}, {{reply: 之后}}]").say("价")
    assert told(decision) == [("send", "小李"), ("notify", "admins")]
    assert one(decision, Notify).text == f"Rule 一 failed: {why}"
    assert not row(decision.trace, "一").steps[0].ok


def test_two_by_that_name_are_never_guessed() -> None:
    two = bot("{send: 好, to: 同名}")
    two.world.people["同名"] = "friend"
    two.world.groups["同名"] = two.world.groups["值班群"]
    decision = two.say("价")
    assert texts(decision) == []
    assert one(decision, Notify).text == "Rule 一 failed: 2 chats are called 同名"


def test_media_stay_inside_the_files_folder() -> None:
    assert one(bot("{file: files/报价.pdf}").say("价"), SendMedia).path == "报价.pdf"
    assert one(bot("{image: 'a/b.png', to: 产品群}").say("价"), SendMedia).to.name == "产品群"
    assert told(bot("{video: x.mp4}").say("价")) == [("video", "小李")]
    for path in ("'../x'", "/etc/passwd", "'a/../../x'", "'C:\\\\x'", "'{{ text }}/../..'"):
        assert told(bot(f"{{file: {path}}}").say("价")) == [("notify", "admins")], path


def test_forward_says_texts_again_and_passes_other_kinds_on() -> None:
    passes = bot(
        "{forward: message, to: 值班群, prefix: '【{{ group }}】{{ member }}：'}", "group: all, MsgType: [text, image]"
    )
    effect = one(passes.say("价 多少", group="产品群"), SendText)
    assert (effect.to.name, effect.text) == ("值班群", "【产品群】小李：价 多少")
    image = Bot("reply: [{rule: 一, when: {group: all, MsgType: image}, do: {forward: message, to: [值班群, admins]}}]")
    decision = image.say("", group="产品群", kind="image")
    assert [(e.to.key, e.message_id, e.kind) for e in decision.effects if isinstance(e, Forward)] == [
        ("group:值班群", "m1", "image"),
        ("person:老王", "m1", "image"),
    ]


def test_what_was_taken_back_is_passed_on() -> None:
    passes = Bot(
        "reply: [{rule: 一, when: {group: all, event: recall}, do: {forward: recalled, to: 值班群, prefix: 撤：}}]"
    )
    assert one(passes.say("原话", group="产品群", event="recall"), SendText).text == "撤：原话"
    image = {"original_id": "77", "original_kind": "image", "original": ""}
    effect = one(passes.say("", group="产品群", event="recall", facts=image), Forward)
    assert (effect.message_id, effect.kind, effect.prefix, effect.recalled) == ("77", "image", "撤：", True)
    saved = bot("{forward: recalled, to: 值班群}").say("价")
    assert one(saved, Notify).text == "Rule 一 failed: what was taken back is not kept"


def test_recall_notify_and_log() -> None:
    decision = bot("[{recall: last}, {notify: '{{ person }}'}, {log: 记}]").say("价")
    assert one(decision, Recall).to.name == "小李"
    assert one(decision, Notify).text == "小李"
    assert one(decision, WriteLog).text == "记"


def test_an_empty_text_is_a_failure() -> None:
    decision = bot("{reply: '{{ msg.title | default(\"\") }}'}").say("价")
    assert one(decision, Notify).text == "Rule 一 failed: nothing left to send"


def test_what_is_said_is_remembered_for_the_echo() -> None:
    decision = bot("{reply: 好}").say("价")
    assert [type(c) for c in decision.changes] == [Change]
    assert (decision.changes[0].kind, decision.changes[0].scope) == ("echo", "person:小李")


def test_media_that_says_what_to_do_when_it_fails_waits_for_its_end() -> None:
    bot = Bot("""
        reply:
          - rule: 一
            when: {sender: '@', contains: 价}
            do:
              - {file: 报价.pdf, on_error: {reply: 没有报价单}}
              - reply: 请看
    """)
    for reason, said in (("", ["请看"]), ("报价.pdf: No such file", ["没有报价单"])):
        media = one(bot.say("价"), SendMedia)
        (kept,) = bot.waiting()
        assert media.token == kept.token != ""
        assert texts(bot.outcome(reason=reason)) == said


def test_media_without_on_error_waits_for_nothing() -> None:
    bot = Bot("reply: [{rule: 一, when: {sender: '@', contains: 价}, do: [{file: 报价.pdf}, {reply: 请看}]}]")
    decision = bot.say("价")
    assert (one(decision, SendMedia).token, texts(decision), bot.waiting()) == ("", ["请看"], [])


def test_to_several_chats_the_last_one_is_waited_for() -> None:
    bot = Bot("""
        reply:
          - rule: 一
            when: {sender: '@', contains: 价}
            do: [{file: a.pdf, to: [值班群, 产品群], on_error: continue}, {reply: 好}]
    """)
    sent = [e for e in bot.say("价").effects if isinstance(e, SendMedia)]
    assert [bool(media.token) for media in sent] == [False, True]
    assert texts(bot.outcome(reason="x")) == ["好"]


def test_a_schedule_says_no_name_that_nobody_has() -> None:
    made = Bot("schedule: [{rule: 早, every: 1h, do: {send: '{{ today }} {{ weekday }}', to: 值班群}}]")
    desk = Desk.over(made.ruleset, made.world, made.now)
    context = context_of(desk, timer_message(Timer("早", made.now)), made.rng)
    rule = made.ruleset.schedule[0]
    names = Run(rule, context, desk.overlay, timed=True, values={"存": "x"}).names
    assert set(names) == {"now", "today", "weekday", "secrets", "存"}
    for name in ("text", "person", "member", "group", "owner", "me", "msg", "at", "joined", "left", "inviter"):
        assert name not in names
        with pytest.raises(RenderFailed):
            Text(f"好 {{{{ {name} }}}}").render(names, made.rng)
    with pytest.raises(StepFailed):
        PassOn("message", Targets(("值班群",))).act(Run(rule, context, desk.overlay, timed=True))
    assert texts(made.tick("早")) == ["2026-03-02 周一"]


def test_several_chats_where_one_is_wanted_are_named_as_written() -> None:
    bot = Bot("reply: [{rule: 一, when: {sender: '@', contains: 进群}, do: {invite: person, to: '*群'}}]")
    assert one(bot.say("进群"), Notify).text == ("Rule 一 failed: *群 fits 2 chats, and exactly one is wanted here")
