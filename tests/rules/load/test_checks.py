"""A rule with its shape that is wrong all the same."""

import pytest

from ruleswx.catalogue import hint, message
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
        rule("when: {group: all}", LOG, section="guard"),
        rule("when: {group: all, mention: me}", DO, section="guard"),
        rule("when: {group: all, flood: {messages: 6, within: 10s}}", DO, section="guard"),
        rule("when: {group: all, regex: '.*价格.*'}", DO),
        rule("when: {group: all, length: {min: 300}}", DO),
        rule("when: {group: all}", "do: {send: '{{ text }}', to: p}", section="watch"),
        rule("when: {group: all}", "do: {forward: message, to: p}", section="watch"),
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
        (rule("when: {group: all}", DO, section="guard"), "E114", "2:5"),
        (rule("when: {sender: '@'}", DO, section="guard"), "E113", "2:5"),
        (rule("when: {group: all}", "do: {kick: member}", section="guard"), "E114", "2:5"),
        (rule("when: {group: all}", "do: {log: x, on_error: {reply: y}}", section="guard"), "E114", "2:5"),
        (rule("when: {group: all}", "do: {send: x, to: p}", section="watch"), "E114", "2:5"),
        (rule("when: {group: all, regex: '.*'}", DO), "E114", "2:5"),
        (rule("when: {group: all, regex: [价格, '.+']}", DO), "E114", "2:5"),
        (rule("when: {group: all, length: {min: 1}}", DO), "E114", "2:5"),
        (rule("when: {group: all, strikes: {of: s, max: 3}}", "do: [{strike: s}, {reply: x}]"), "E114", "2:5"),
        (rule("when: {sender: '@', regex: '[\\s\\S]'}", DO), "E113", "2:5"),
        (rule("when: {any: [{sender: '@', contains: x}, {group: all}]}", DO), "E114", "2:5"),
        (rule("when: {group: all, contains: x}", "then: continue", DO, section="guard"), "E191", "4:5"),
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


def test_a_private_chat_has_nobody_to_remove() -> None:
    rule = "guard: [{rule: 一, when: {sender: '%s', %scontains: 广告}, do: [{log: x}, {kick: member}]}]"
    assert [code for code, _ in found(rule % ("@", ""))] == ["E152"]
    assert found(rule % ("@@", "group: all, ")) == []


def test_what_can_never_hold_is_not_said_to_hold_always() -> None:
    assert [code for code, _ in found("reply: [{rule: 一, when: {sender: '@', mention: me}, do: {reply: x}}]")] == [
        "E142"
    ]


@pytest.mark.parametrize(
    ("text", "code", "place", "zh", "en"),
    [
        (
            "reply:\n  - {rule: 一, when: {sender: '@'，contains: 价}, do: {reply: x}}\n",
            "E109", "a.yaml:2:33", "写成  '@', contains: 价", "write  '@', contains: 价",
        ),
        (
            "reply:\n  - {rule: 一, when: {sender: ‘@’, contains: 价}, do: {reply: x}}\n",
            "E115", "a.yaml:2:30", "这是中文引号，改成半角的：  '@'", "these are curly quotes, use straight ones:  '@'",
        ),
        (
            "reply:\n  - {rule: 一, when: {sender: '@', contains: '价价价\x00'}, do: {reply: x}}\n",
            "E161", "a.yaml:2:49", "删掉它，重新打一遍这一行", "delete it, type the line again",
        ),
        (
            "- {rule: 一}\n",
            "E116", "a.yaml:1:1", "看看缩进、冒号后的空格和开头的 -",
            "look at the indentation, the blank after the colon and the leading -",
        ),
    ],
)  # fmt: skip
def test_slips_of_chinese_keyboards(text: str, code: str, place: str, zh: str, en: str) -> None:
    finding = only(text)
    assert (finding.code, str(finding.place)) == (code, place)
    assert (hint(finding, "zh"), hint(finding, "en")) == (zh, en)


def test_words_of_ours_stand_in_a_chinese_sentence_without_blanks() -> None:
    assert message(only("- {rule: 一}\n"), "zh") == "这个文件要写成一组“键: 值”，这里却是一个列表"
    assert message(only("replies: []\n"), "zh") == "这个文件里没有 `replies` 这个键"


def test_variables_may_be_compared_with_less_than_nothing() -> None:
    declared = "vars: {n: {type: number, per: bot, start: 0}}\n"
    assert found(declared + rule("when: {sender: '@', contains: x, var: {n: {min: -5, max: -1}}}", DO)) == []
    for wrong, code in (("{}", "E166"), ("{min: 5, max: -5}", "E126")):
        text = declared + rule(f"when: {{sender: '@', contains: x, var: {{n: {wrong}}}}}", DO)
        assert [code for code, _ in found(text)] == [code]


def test_no_jitter_is_fine() -> None:
    assert found("schedule: [{rule: a, at: '08:30', jitter: 0s, do: {send: x, to: g}}]\n") == []


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (rule("when: {sender: '@', role: owner, contains: x}", DO), "E142", "3:25"),
        (rule("when: {sender: '@', contains: x}", "do: {kick: member}"), "E152", "4:10"),
        (rule("when: {sender: '@', contains: x}", "do: {log: x, on_error: {rename_group: y}}"), "E152", "4:29"),
        (
            rule("when: {any: [{sender: '@', contains: x}, {person: p, has: url}]}", "do: {kick: member}"),
            "E152",
            "4:10",
        ),
        (rule("when: {sender: '@', contains: x}", "do: {accept: request}"), "E193", "4:10"),
        (rule("when: {sender: '@', contains: x}", "do: {invite: person, to: 群*}"), "W211", "4:30"),
        (rule("when: {sender: '@', contains: x}", "do: {invite: person, to: {regex: 群}}"), "W211", "4:30"),
        (rule("when: {sender: '@', contains: x}", "do: {invite: person, to: admins}"), "E194", "4:30"),
        ("schedule: [{rule: a, at: '08:30', do: {invite: person, to: g}}]\n", "E130", "1:40"),
    ],
)
def test_what_there_is_nobody_to_do_it_to(text: str, code: str, place: str) -> None:
    assert found(text) == [(code, f"a.yaml:{place}")]


@pytest.mark.parametrize(
    "text",
    [
        rule("when: {sender: '@', role: friend, contains: x}", DO),
        rule("when: {group: g, role: owner, contains: x}", "do: [{kick: member}, {rename_group: y}]"),
        rule("when: {contains: x, any: [{sender: '@'}, {group: g}]}", "do: {kick: member}"),
        rule("when: {MsgType: friend_request, sender: '@'}", "do: {accept: request}"),
        rule("when: {sender: '@', contains: x}", "do: {invite: person, to: g}"),
    ],
)
def test_what_can_be_done(text: str) -> None:
    assert found(text) == []


VARS = "vars: {文: {type: text, per: bot}, 数: {type: number, per: bot}, 旗: {type: flag, per: bot}}\n"


@pytest.mark.parametrize(
    ("cond", "do", "code"),
    [
        ("var: {文: 开}", DO, ""),
        ("var: {数: 3}", DO, ""),
        ("var: {数: {min: 3}}", DO, ""),
        ("var: {旗: 是}", DO, ""),
        ("var: {旗: yes}", "do: [{set: {数: '{{ text }}', 旗: 'off'}}, {add: {数: -1}}]", ""),
        ("var: {数: abc}", DO, "E192"),
        ("var: {文: {min: 1}}", DO, "E192"),
        ("var: {旗: {max: 1}}", DO, "E192"),
        ("var: {旗: 开}", DO, "E192"),
        ("has: url", "do: {add: {文: 1}}", "E192"),
    ],
)
def test_variables_are_used_as_their_type_allows(cond: str, do: str, code: str) -> None:
    text = VARS + rule(f"when: {{sender: '@', contains: x, {cond}}}", do)
    assert [code for code, _ in found(text)] == ([code] if code else [])


def test_a_star_inside_a_file_name_is_refused() -> None:
    assert found(rule("when: {sender: '@', file_name: 合同*.pdf}", DO)) == [("E169", "a.yaml:3:36")]
    assert found(rule("when: {sender: '@', file_name: ['*.pdf', 合同*, '*']}", DO)) == []
