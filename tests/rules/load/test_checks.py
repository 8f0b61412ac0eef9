"""A rule with its shape that is wrong all the same."""

import pytest

from tests.rules.load.helpers import found, only


def rule(*lines: str, section: str = "reply") -> str:
    return f"{section}:\n  - rule: a\n" + "".join(f"    {line}\n" for line in lines)


DO = "do: {reply: x}"
LOG = "do: {log: x}"


@pytest.mark.parametrize(
    "text",
    [
        rule("when: {sender: '@', contains: x}", DO),
        rule("when: {group: all, mention: me}", DO),
        rule("when: {group: g, mention: anyone}", "cooldown: 1m", DO),
        rule("when: {sender: '@'}", "cooldown: 1h", DO),
        rule("when: {sender: '@', MsgType: image}", DO),
        rule("when: {event: friend_request}", "do: {accept: request}"),
        rule("when: {group: all}", LOG, section="watch"),
        rule("when: {any: [{sender: '@', contains: x}, {group: g, contains: y}]}", DO),
        rule("when: {person: p, any: [{contains: x}, {has: url}]}", DO),
        "defaults: {sender: '@'}\n" + rule("when: {contains: x}", DO),
        "defaults: {group: g, cooldown: 5m}\n" + rule("when: {mention: anyone}", DO),
        "defaults: {sender: '@@', group: g}\n" + rule("when: {sender: '@', contains: x}", DO),
        rule("when: {group: all, contains: x}", "do: [{send: x, to: p}, {notify: y}]", section="watch"),
        "schedule: [{rule: a, at: '08:30', do: {send: x, to: g}}]\n",
    ],
)
def test_fine(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (rule(DO), "E110", "2:5"),
        (rule("when: {sender: '@', contains: x}"), "E111", "2:5"),
        ("schedule: [{rule: a, at: '08:30'}]\n", "E111", "1:13"),
        (rule("when: {contains: x}", DO), "E112", "2:5"),
        (rule("when: {sender: '@@', contains: x}", DO), "E112", "2:5"),
        (rule("when: {member: m, contains: x}", DO), "E112", "2:5"),
        (rule("when: {event: member_join}", DO), "E112", "2:5"),
        (rule("when: {any: [{sender: '@', contains: x}, {contains: y}]}", DO), "E112", "2:5"),
        (rule("when: {sender: '@'}", DO), "E113", "2:5"),
        (rule("when: {sender: '@', hours: 09:00-10:00}", "cooldown: 59m", DO), "E113", "2:5"),
        (rule("when: {sender: '@', any: [{contains: x}, {hours: 09:00-10:00}]}", DO), "E113", "2:5"),
        (rule("when: {group: all}", DO), "E114", "2:5"),
        (rule("when: {group: all, mention: anyone}", DO), "E114", "2:5"),
        (rule("when: {sender: '@', mention: me, contains: x}", DO), "E142", "3:25"),
        (rule("when: {sender: '@', group: g, contains: x}", DO), "E142", "3:25"),
        (rule("when: {person: '@1f3c9a7be2', contains: x}", DO), "E121", "3:20"),
        (rule("when: {sender: '@', contains: x}", "do: {send: x, to: '@@1f3c9a7be2'}"), "E121", "4:23"),
        (rule("when: {sender: '@', contains: x}", "exempt: '@1f3c9a7be2'", DO), "E121", "4:13"),
        (rule("when: {sender: '@', contains: [价格，报价]}", DO), "E109", "3:38"),
        (rule("when: {sender: '@', equals: [价格、报价, x]}", DO), "E109", "3:36"),
        (rule("when: {group: all, contains: x}", DO, section="watch"), "E130", "4:10"),
        (rule("when: {group: all, contains: x}", "do: {image: a.png}", section="watch"), "E130", "4:10"),
        (
            rule("when: {group: all, contains: x}", "do: {log: x, on_error: {reply: y}}", section="watch"),
            "E130",
            "4:29",
        ),
        ("schedule: [{rule: a, at: '08:30', do: {reply: x}}]\n", "E130", "1:40"),
        (rule("match: loose", "when: {group: all, contains: xyz}", DO, section="guard"), "E140", "3:5"),
    ],
)
def test_refused(text: str, code: str, place: str) -> None:
    assert found(text) == [(code, f"a.yaml:{place}")]


def test_quotes_say_that_a_wide_comma_is_meant() -> None:
    assert found(rule("when: {sender: '@', contains: ['你好，在吗']}", DO)) == []
    assert found(rule("when:", "  sender: '@'", "  contains:", "    - 你好，在吗", DO)) == []


def test_what_the_reader_has_said_is_not_said_again() -> None:
    assert found(rule("when: {sender: '@', contains: x}", "do:")) == [("E143", "a.yaml:4:5")]
    assert found(rule("when:", DO)) == [("E143", "a.yaml:3:5")]


def test_the_rule_is_named() -> None:
    assert only(rule(DO)).args["rule"] == "a"
