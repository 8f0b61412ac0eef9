"""Kinds by name and number, events, and what nobody said."""

import pytest

from tests.rules.bot import Bot, row, texts, told, why


@pytest.mark.parametrize(
    ("kinds", "hits"),
    [
        ("text", ["text"]),
        ("[图片, 视频]", ["image", "video"]),
        ("3", ["image"]),
        ("49/6", ["file"]),
        ("49", ["link", "file"]),
        ("1", ["text", "location"]),
    ],
)
def test_kinds(kinds: str, hits: list[str]) -> None:
    bot = Bot(f"reply: [{{rule: 一, when: {{group: all, MsgType: {kinds}}}, do: {{log: 好}}}}]")
    codes = {
        "text": (1, 0), "location": (1, 0), "image": (3, 0), "video": (43, 0), "link": (49, 5), "file": (49, 6),
    }  # fmt: skip
    found = [
        kind
        for kind, (code, app) in codes.items()
        if told(bot.say("", group="产品群", kind=kind, code=code, app_code=app))
    ]
    assert sorted(found) == sorted(hits)


def test_events() -> None:
    bot = Bot("""
        reply:
          - {rule: 欢迎, when: {group: 产品群, event: member_join}, do: {reply: '欢迎 {{ joined | join("、") }}'}}
          - {rule: 拍, when: {group: all, event: 拍一拍}, do: {reply: 拍}}
    """)
    new = (bot.world.person("新人甲"), bot.world.person("新人乙"))
    assert texts(bot.say("…", group="产品群", kind="system", event="member_join", people=new)) == [
        "欢迎 新人甲、新人乙"
    ]
    assert texts(bot.say("…", group="产品群", kind="system", event="pat_me")) == ["拍"]
    assert why(bot.judge("你好", group="产品群"), "欢迎") == "no event"
    assert why(bot.judge("", group="产品群", kind="system", event="member_leave"), "欢迎") == (
        "event member_leave is not member_join"
    )  # fmt: skip


def test_a_catch_all_hears_what_people_say_and_no_system_lines() -> None:
    bot = Bot("reply: [{rule: 下班, when: {sender: '@'}, do: {reply: 下班}, cooldown: 1h}]")
    for kind in ("text", "image", "voice"):
        assert row(bot.judge("", kind=kind), "下班").outcome == "matched"
    for kind in ("system", "recalled", "friend_request"):
        assert why(bot.judge("", kind=kind, event="recall"), "下班") == "a system line, nobody said it"


def test_friend_requests_have_a_greeting() -> None:
    bot = Bot("reply: [{rule: 好友, when: {event: friend_request, regex: '推荐|报价'}, do: {log: '{{ text }}'}}]")
    decision = bot.say("我是推荐来的", kind="friend_request", event="friend_request")
    assert [done.what["text"] for done in decision.trace.effects] == ["我是推荐来的"]


def test_any_blocks_have_kinds_of_their_own() -> None:
    bot = Bot("""
        reply:
          - rule: 一
            when: {group: all, any: [{MsgType: image}, {contains: 价}, {event: member_join}]}
            do: {log: 一}
    """)
    assert row(bot.judge("", group="产品群", kind="image"), "一").outcome == "matched"
    assert row(bot.judge("价", group="产品群"), "一").outcome == "matched"
    assert row(bot.judge("", group="产品群", kind="system", event="member_join"), "一").outcome == "matched"
    assert why(bot.judge("价", group="产品群", kind="quote"), "一") == (
        "kind quote is not image, kind quote is not text, no event"
    )  # fmt: skip
