"""What was written: every text line, its span in the sender's own characters, its reason."""

import pytest

from ruleswx.rules.conditions import word_list
from ruleswx.rules.trace import say
from tests.rules.bot import Bot, row, why

R = "reply: [{rule: 一, match: %s, when: {sender: '@', %s}, do: {log: 好}}]"
LOOSE = R.replace("好}}", "好}, examples: {miss: [没有这样的话]}}")


def judged(line: str, text: str, mode: str = "normal") -> tuple[str, tuple[int, int] | None]:
    found = row(Bot((LOOSE if mode == "loose" else R) % (mode, line)).judge(text), "一")
    return found.outcome, found.matched


@pytest.mark.parametrize(
    ("line", "text", "span"),
    [
        ("equals: [帮助, Help]", " ＨＥＬＰ ", (1, 5)),
        ("equals: 一 二", "一　　二", (0, 4)),
        ("contains: 价格", "请问價格？", (2, 4)),
        ("contains: [多少, 多少钱]", "要多少钱", (1, 4)),
        ("contains: $$5", "只要$5啦", (2, 4)),
        ("contains_all: [价格, 便宜]", "便宜的价格", (0, 5)),
        ("starts: [查, 查询]", " 查询 A", (1, 3)),
        ("ends: [吗, 了吗]", "好了吗 ", (1, 3)),
        ("regex: '\\d{3}'", "共１２３元", (1, 4)),
        ("regex: ['x', '^订']", "订单", (0, 1)),
        ("contains: 加微", "加\u200b微信", (0, 3)),
    ],
)
def test_line_matches_with_its_span(line: str, text: str, span: tuple[int, int]) -> None:
    assert judged(line, text) == ("matched", span)


@pytest.mark.parametrize(
    ("line", "text", "because"),
    [
        ("equals: [帮助, 菜单]", "帮助我", "equals: 帮助我 is none of 帮助, 菜单"),
        ("contains: [价格, 报价]", "你好", "no keyword"),
        ("contains_all: [价格, 便宜]", "便宜", "no 价格"),
        ("starts: 查", "请查", "does not start with 查"),
        ("ends: 吗", "吗?", "does not end with 吗"),
        ("regex: '^\\d+$'", "12a", "regex ^\\d+$ not found"),
        ("regex: [a, b]", "12", "none of 2 regexes found"),
        ("length: {min: 3}", "ab", "length 2, wanted ≥ 3"),
        ("length: {max: 3}", "abcd", "length 4, wanted ≤ 3"),
        ("length: {min: 1, max: 3}", "abcd", "length 4, wanted 1-3"),
    ],
)
def test_line_misses_with_its_reason(line: str, text: str, because: str) -> None:
    trace = Bot(R % ("normal", line)).judge(text)
    assert row(trace, "一").outcome == "missed"
    assert why(trace, "一") == because


def test_exact_and_loose() -> None:
    assert judged("contains: 加微", "+ 加 、微", "loose") == ("matched", (2, 6))
    assert judged("contains: 加微", "加 微")[0] == "missed"
    assert judged("equals: Abc", "abc", "exact")[0] == "missed"
    assert judged("equals: Abc", "Abc", "exact")[0] == "matched"
    assert judged("regex: '价 格'", "价 格", "loose")[0] == "matched", "patterns look at the normal fold"


def test_what_folds_to_nothing_never_matches() -> None:
    words = word_list([("❤", "表情"), ("好", "表情")], "loose")
    assert [word.folded for word in words.words] == ["好"]
    assert words.find("没有") is None


def test_literals_are_never_patterns() -> None:
    assert judged("contains: 'a.c'", "abc")[0] == "missed"
    assert judged("contains: '(x+x+)+y'", "来 (x+x+)+y 吧") == ("matched", (2, 10))


def test_named_groups_keep_the_senders_characters() -> None:
    bot = Bot(R % ("normal", "regex: '订单\\s*(?P<单号>[A-Z]{2}\\d{4})'"))
    assert row(bot.judge("订单 ａb２０26"), "一").captures == {"单号": "ａb２０26"}


def test_many_words_are_found_as_few_are() -> None:
    words = "\n".join(["# 词", *(f"词{n}" for n in range(500)), "加微信", "加微"])
    bot = Bot(
        "lists: {词表: {file: words.txt}}\nreply: [{rule: 一, when: {sender: '@', contains: $词表}, do: {log: 好}}]",
        words__txt=words,
    )
    found = row(bot.judge("快加微信词3"), "一")
    assert (found.matched, say(found.because, "en")) == ((1, 4), "contains 加微信 of $词表")
    assert why(bot.judge("没有"), "一") == "no word of $词表 (502)"


def test_a_text_line_wants_a_text() -> None:
    bot = Bot(R % ("normal", "contains: 价"))
    trace = bot.judge("价", kind="quote")
    assert why(trace, "一") == "kind quote is not text"
    both = Bot(R % ("normal", "MsgType: [text, quote], contains: 价"))
    assert row(both.judge("价", kind="quote"), "一").outcome == "matched"
