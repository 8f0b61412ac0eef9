"""Rules nothing is left for; only where it is certain."""

import pytest

from tests.rules.load.helpers import found


def two(first: str, second: str, more: str = "") -> str:
    return (
        "vars: {v: {type: text, per: bot}}\n"
        * ("var:" in first)
        + f"reply:\n  - rule: a\n    when: {{{first}}}\n    do: {{reply: x}}\n{more}"
        f"  - rule: b\n    when: {{{second}}}\n    do: {{reply: y}}\n"
    )


P = "sender: '@', "


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (P + "contains: 价格", P + "contains: 价格表"),
        (P + "contains: [价格, 报价]", P + "equals: [报价单, 报价吗]"),
        (P + "contains: ABC", P + "starts: ａｂｃｄ"),
        (P + "contains: 价格", P + "contains_all: [最新, 价格表]"),
        (P + "contains: 价格", "person: 老王, contains: 价格"),
        ("group: all, contains: 价格", "group: 某群, contains: 价格"),
        (P + "contains: 价格", P + "contains: 价格表, hours: 09:00-10:00"),
        (P + "self: also, contains: 价格", P + "contains: 价格表"),
        (P + "self: also, contains: 价格", P + "self: only, contains: 价格表"),
        (P + "contains: 价格", P + "contains: 价格表, role: friend"),
        (P + "regex: '订单'", P + "regex: '订单'"),
        (P + "regex: [订单, 单号]", P + "regex: 单号, length: {max: 9}"),
        (P + "equals: [你好, 在吗]", P + "equals: 在吗"),
        (P + "starts: 查", P + "starts: 查订单"),
        (P + "starts: 查", P + "equals: [查订单, 查价格]"),
        (P + "ends: 多少钱", P + "ends: 要多少钱"),
        ("group: [甲群, 乙群], contains: 价格", "group: 乙群, contains: 价格"),
        ("group: all, mention: me, contains: 价格", "group: all, mention: me, contains: 价格"),
        ("group: all, mention: me", "group: 甲群, mention: me, contains: 价格"),
        ("group: all, MsgType: text", "group: 甲群, contains: 价格"),
    ],
)
def test_an_earlier_rule_has_it_all(first: str, second: str) -> None:
    assert found(two(first, second)) == [("W203", "a.yaml:5:5")]


@pytest.mark.parametrize(
    ("first", "second", "more"),
    [
        (P + "contains: 价格表", P + "contains: 价格", ""),
        (P + "contains: 价格", P + "contains: [价格表, 别的]", ""),
        (P + "contains: 价格, hours: 09:00-10:00", P + "contains: 价格表", ""),
        (P + "contains: 价格", P + "contains: 价格表", "    then: continue\n"),
        (P + "contains: 价格", P + "contains: 价格表", "    unless: {contains: 表}\n"),
        (P + "contains: 价格", P + "contains: 价格表", "    mode: dry\n"),
        ("group: 某群, contains: 价格", "group: all, contains: 价格", ""),
        (P + "contains: 价格", "group: all, contains: 价格", ""),
        (P + "equals: 价格", P + "contains: 价格", ""),
        (P + "contains: 丁", P + "self: only, contains: 丁字", ""),
        (P + "contains: 丁", P + "self: also, contains: 丁字", ""),
        (P + "self: only, contains: 丁", P + "contains: 丁字", ""),
        (P + "role: admin, contains: 丁", P + "contains: 丁字", ""),
        (P + "person: 老王, contains: 丁", P + "contains: 丁字", ""),
        ("group: all, member: 老王, contains: 丁", "group: all, contains: 丁字", ""),
        ("group: all, mention: me, contains: 丁", "group: all, contains: 丁字", ""),
        (P + "muted: yes, contains: 丁", P + "contains: 丁字", ""),
        (P + "chance: 50%, contains: 丁", P + "contains: 丁字", ""),
        (P + "var: {v: 开}, contains: 丁", P + "contains: 丁字", ""),
        (P + "contains: 丁", P + "contains: 丁字", "    valid: 2026-01-01..2026-12-31\n"),
        (P + "contains: 丁", P + "contains: 丁字", "    exempt: 老王\n"),
        (P + "contains: 丁", P + "MsgType: [quote, text], contains: 丁字", ""),
        ("group: all, contains: 丁", "group: all, event: group_renamed, contains: 丁字", ""),
        (P + "MsgType: image", P + "contains: 价格", ""),
        ("group: all, MsgType: text", "group: 甲群, MsgType: image", ""),
        (P + "regex: '订单'", P + "regex: '订单号'", ""),
        (P + "starts: 查", P + "contains: 查", ""),
        (P + "starts: 查订单", P + "starts: 查", ""),
        (P + "ends: 钱", P + "starts: 钱", ""),
    ],
)
def test_only_what_is_certain_is_said(first: str, second: str, more: str) -> None:
    assert found(two(first, second, more)) == []


def test_lists_count() -> None:
    text = "lists: {w: [价格]}\n" + two(P + "contains: $w", P + "contains: 价格表")
    assert found(text) == [("W203", "a.yaml:6:5")]


@pytest.mark.parametrize("second", [P + "contains: 价格", P + "MsgType: image", P + "length: {min: 2}"])
def test_a_catch_all_above_takes_everything(second: str) -> None:
    text = two("sender: '@'", second, "    cooldown: 2h\n")
    assert found(text) == [("W203", "a.yaml:6:5")]


@pytest.mark.parametrize("second", ["event: friend_request", P + "MsgType: system", P + "self: only, contains: x"])
def test_a_catch_all_above_does_not_hear_what_nobody_says(second: str) -> None:
    assert found(two("sender: '@'", second, "    cooldown: 2h\n")) == []


def test_guard_rules_shadow_only_those_that_spare_the_same_people() -> None:
    text = (
        "guard:\n  - {rule: a, when: {group: all, contains: 丁}, do: {log: x}}\n"
        "  - {rule: b, when: {group: all, contains: 丁字}, %sdo: {log: x}}\n"
    )
    assert found(text % "") == [("W203", "a.yaml:3:6")]
    assert found(text % "exempt: none, ") == []


def test_what_defaults_say_counts() -> None:
    for defaults in ("mode: dry", "hours: 09:00-18:00", "days: mon"):
        assert found(f"defaults: {{{defaults}}}\n" + two(P + "contains: 丁", P + "contains: 丁字")) == []


def test_a_guard_rule_that_spares_nobody_leaves_nothing_to_a_reply() -> None:
    text = (
        "guard: [{rule: a, %swhen: {sender: '@', contains: 订单}, do: {reply: x}}]\n"
        "reply: [{rule: b, when: {sender: '@', contains: 订单号}, do: {reply: x}}]\n"
    )
    assert found(text % "exempt: none, ") == [("W203", "a.yaml:2:10")]
    assert found(text % "") == []
