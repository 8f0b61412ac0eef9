"""Rules nothing is left for, and lines that contradict; only where it is certain."""

import pytest

from tests.rules.load.helpers import found


def two(first: str, second: str, more: str = "") -> str:
    return (
        f"reply:\n  - rule: a\n    when: {{{first}}}\n    do: {{reply: x}}\n{more}"
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
    ],
)
def test_only_what_is_certain_is_said(first: str, second: str, more: str) -> None:
    assert found(two(first, second, more)) == []


def test_lists_count() -> None:
    text = "lists: {w: [价格]}\n" + two(P + "contains: $w", P + "contains: 价格表")
    assert found(text) == [("W203", "a.yaml:6:5")]


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
