"""Rules that can never match, and days that are over; only where it is certain."""

from datetime import date

import pytest

from ruleswx.rules.schema import Options
from tests.rules.load.helpers import OPTIONS, found, load, only


@pytest.mark.parametrize(
    "when",
    [
        "contains: 产品报价单, length: {max: 3}",
        "equals: [你好, 在], length: {min: 5}",
        "equals: 你好你好, length: {max: 2}",
        "starts: [abc, abcd], length: {max: 2}",
    ],
)
def test_contradictions(when: str) -> None:
    text = f"reply:\n  - rule: a\n    when: {{sender: '@', {when}}}\n    do: {{reply: x}}\n"
    assert [code for code, _ in found(text)] == ["W206"]


@pytest.mark.parametrize("when", ["contains: [产品报价单, x], length: {max: 3}", "contains: $w, length: {max: 1}"])
def test_no_contradiction(when: str) -> None:
    text = f"lists: {{w: [abc]}}\nreply:\n  - rule: a\n    when: {{sender: '@', {when}}}\n    do: {{reply: x}}\n"
    assert "W206" not in [code for code, _ in found(text)]


def rule(*lines: str, when: str = "sender: '@', contains: 价格") -> str:
    return f"reply:\n  - rule: a\n    when: {{{when}}}\n" + "".join(
        f"    {line}\n" for line in (*lines, "do: {reply: x}")
    )


@pytest.mark.parametrize(
    ("when", "key"),
    [
        ("sender: '@', MsgType: image, contains: a", "contains"),
        ("sender: '@', MsgType: [voice, 3], equals: a", "equals"),
        ("sender: '@', MsgType: link, regex: 'a+'", "regex"),
        ("group: all, event: member_join, equals: 你好", "equals"),
        ("sender: '@', equals: abc, contains: x", "contains"),
        ("sender: '@', equals: [abc, abd], starts: b", "starts"),
        ("sender: '@', equals: abc, ends: [b, d]", "ends"),
        ("sender: '@', equals: abc, contains_all: [a, d]", "contains_all"),
    ],
)
def test_lines_that_contradict(when: str, key: str) -> None:
    finding = only(rule(when=when))
    assert (finding.code, finding.place.line, finding.source[finding.place.column - 1 :].startswith(key)) == (
        "W206",
        3,
        True,
    )


@pytest.mark.parametrize(
    "when",
    [
        "sender: '@', MsgType: [image, text], contains: a",
        "sender: '@', MsgType: quote, contains: a",
        "sender: '@', MsgType: link, title: a",
        "sender: '@', MsgType: image, length: {max: 9}",
        "event: friend_request, equals: 你好",
        "group: all, event: member_join, contains: 邀请",
        "sender: '@', equals: [abc, x], contains: x",
        "sender: '@', equals: ABC, contains: b",
    ],
)
def test_lines_that_go_together(when: str) -> None:
    assert found(rule(when=when)) == []


@pytest.mark.parametrize(
    ("when", "unless"),
    [
        ("sender: '@', equals: abc", "contains: b"),
        ("sender: '@', contains: [价格, 价钱]", "contains: 价"),
        ("sender: '@', starts: 查订单", "starts: 查"),
        ("sender: '@', contains: 价格", "sender: '@'"),
        ("group: 客户群, contains: 价格", "group: all"),
        ("group: [甲, 乙], contains: 价格", "group: [乙, 甲, 丙]"),
        ("sender: '@', MsgType: image", "MsgType: [image, video]"),
        ("sender: '@', regex: 'a+'", "regex: 'a+'"),
    ],
)
def test_an_exception_that_covers_all(when: str, unless: str) -> None:
    assert only(rule(f"unless: {{{unless}}}", when=when)).code == "W206"


@pytest.mark.parametrize(
    ("when", "unless"),
    [
        ("sender: '@', contains: 价格", "contains: 价格表"),
        ("sender: '@', contains: [价格, 多少]", "contains: 价"),
        ("group: all, contains: 价格", "group: 客户群"),
        ("sender: '@', contains: 价格", "person: 老王"),
        ("sender: '@', MsgType: [image, video]", "MsgType: image"),
        ("sender: '@', equals: abc", "starts: b"),
        ("sender: '@', starts: 查订单", "ends: 查"),
    ],
)
def test_an_exception_that_leaves_something(when: str, unless: str) -> None:
    assert found(rule(f"unless: {{{unless}}}", when=when)) == []


@pytest.mark.parametrize(
    ("text", "date_said"),
    [
        (rule("valid: 2020-01-01..2020-02-01"), "2020-02-01"),
        (rule(when="sender: '@', contains: x, dates: [2020-01-01, 2020-03-01..2020-03-02]"), "2020-03-02"),
        ("schedule: [{rule: a, once: '2020-10-01 09:00', do: {notify: a}}]\n", "2020-10-01"),
        ("schedule: [{rule: a, at: '09:00', dates: 2020-10-01, do: {notify: a}}]\n", "2020-10-01"),
    ],
)
def test_days_that_are_over(text: str, date_said: str) -> None:
    (finding,) = load({"a.yaml": text}, options=Options(OPTIONS.zone, today=date(2026, 3, 2))).findings
    assert (finding.code, finding.args["date"]) == ("W210", date_said)
    assert load({"a.yaml": text}, options=Options(OPTIONS.zone, today=date(2020, 1, 1))).findings == ()
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (rule(when='sender: "@", contains: "\\u200b"'), "3:35"),
        (rule("match: loose", "examples: {miss: a}", when="sender: '@', contains: [加微信号, '!!!']"), "3:42"),
        (rule("match: loose", "examples: {miss: a}", when="sender: '@', contains: 加微信号, title: 🙂"), "3:48"),
    ],
)
def test_words_nothing_is_left_of(text: str, place: str) -> None:
    assert found(text) == [("E129", f"a.yaml:{place}")]


def test_signs_are_words_where_they_are_compared() -> None:
    assert found(rule(when="sender: '@', contains: ['!!!', 🙂]")) == []
