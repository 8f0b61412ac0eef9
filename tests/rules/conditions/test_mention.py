"""Mentions are found in the original text, before folding makes a blank of the sign that ends them."""

import pytest

from ruleswx.rules.conditions import find_mentions
from tests.rules.bot import Bot, row, texts, why

ME = ("小助手", "Bot 1")


@pytest.mark.parametrize(
    ("text", "word", "rest"),
    [
        ("@小助手\u2005帮助", "me", "帮助"),
        ("@小助手 帮助", "me", "帮助"),
        ("帮助 @小助手", "me", "帮助"),
        ("请问@小助手\u2005在吗", "me", "请问在吗"),
        ("@Bot 1\u2005@小助手 hi", "me", "hi"),
        ("@小助手", "me", ""),
        ("@小助手2号\u2005帮助", "anyone", "@小助手2号\u2005帮助"),
        ("@小助手们 帮助", "anyone", "@小助手们 帮助"),
        ("@所有人 开会", "all", "@所有人 开会"),
        ("@张 三\u2005你好", "anyone", "@张 三\u2005你好"),
        ("a@b.com 你好", "", "a@b.com 你好"),
        ("没有", "", "没有"),
    ],
)
def test_mentions(text: str, word: str, rest: str) -> None:
    found = find_mentions(text, ME)
    assert (found.word, found.text) == (word, rest)


def test_names_that_look_like_patterns() -> None:
    assert find_mentions("@a.c(*)\u2005hi", ("a.c(*)",)).text == "hi"
    assert not find_mentions("@abc hi", ("a.c",)).me


@pytest.mark.parametrize(
    ("line", "hits"),
    [
        ("me", ["@小助手 价"]),
        ("all", ["@所有人 价"]),
        ("anyone", ["@小助手 价", "@所有人 价", "@小李\u2005价"]),
        ("none", ["价"]),
    ],
)
def test_mention_lines(line: str, hits: list[str]) -> None:
    bot = Bot(f"reply: [{{rule: 一, when: {{group: all, mention: {line}, contains: 价}}, do: {{log: 好}}}}]")
    said = ["@小助手 价", "@所有人 价", "@小李\u2005价", "价"]
    assert [text for text in said if row(bot.judge(text, group="产品群"), "一").outcome == "matched"] == hits


def test_the_bots_mention_is_cut_before_anything_is_compared() -> None:
    bot = Bot("reply: [{rule: 一, when: {group: all, equals: 帮助, length: {max: 2}}, do: {reply: '{{ text }}'}}]")
    assert texts(bot.say("@小助手\u2005帮助", group="产品群")) == ["帮助"]
    assert row(bot.judge("@小助手\u2005帮助", group="产品群"), "一").matched == (0, 2)


def test_reason() -> None:
    bot = Bot("reply: [{rule: 一, when: {group: all, mention: me}, do: {log: 好}}]")
    assert why(bot.judge("价", group="产品群"), "一") == "does not mention the bot"
