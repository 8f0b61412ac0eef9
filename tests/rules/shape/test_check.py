"""Shape errors as findings: the exact key or value, the meant key, one finding a spot."""

from __future__ import annotations

from ruleswx.diagnostics import Diagnostic
from ruleswx.rules.schema import RuleFile
from ruleswx.rules.shape import check_shape
from ruleswx.rules.source import read_yaml


def check(text: str) -> list[Diagnostic]:
    return list(check_shape(RuleFile, read_yaml("f.yaml", text.encode()))[1])


def rule(*lines: str) -> str:
    return "reply:\n  - rule: a\n" + "".join(f"    {line}\n" for line in lines)


def spots(text: str) -> list[tuple[str, int, int]]:
    return [(f.code, f.place.line, f.place.column) for f in check(text)]


def test_five_mistakes_are_five_findings_at_their_places() -> None:
    text = rule(
        "when:",
        "  sender: '@'",
        "  contain: [x]",
        "  length: big",
        "  MsgType: [text, txt]",
        "cooldown: soon",
        "do: {repl: hi}",
    )
    assert sorted(spots(text), key=lambda spot: spot[1:]) == [
        ("E101", 5, 7),
        ("E167", 6, 15),
        ("E115", 7, 23),
        ("E124", 8, 15),
        ("E101", 9, 10),
    ]


def test_an_empty_file_is_an_empty_model() -> None:
    model, findings = check_shape(RuleFile, read_yaml("f.yaml", b"# nothing\n"))
    assert model is not None
    assert findings == ()


def test_a_file_that_cannot_be_read_has_no_model() -> None:
    assert check_shape(RuleFile, read_yaml("f.yaml", b"\xff"))[0] is None


def test_a_file_that_is_a_list_is_said_to_be_one() -> None:
    (found,) = check("- rule: a\n")
    assert (found.code, found.args["want"], found.args["got"]) == ("E116", "@mapping", "@list")


def test_the_meant_key_by_spelling_by_case_and_by_meaning() -> None:
    for wrong, near in [("contain", "contains"), ("msgtype", "MsgType"), ("keyword", "contains"), ("包含", "contains")]:
        (found,) = check(rule(f"when: {{{wrong}: text}}"))
        assert found.args["near"] == near


def test_a_key_of_the_level_above_or_below_is_sent_there() -> None:
    (up,) = check(rule("when: {cooldown: 5m}"))
    assert up.args["up"] == "cooldown"
    (inner,) = check(rule("contains: x"))
    assert inner.args["inner"] == "when"
    (top,) = check("reply:\n  - rule: a\n    defaults: {}\n")
    assert top.args["up"] == "defaults"


def test_what_web_wechat_cannot_do_has_its_own_code() -> None:
    (found,) = check(rule("do: {mute: 10m}"))
    assert (found.code, found.args["what"]) == ("E131", "@mute")


def test_a_value_left_empty_has_one_finding() -> None:
    assert spots(rule("when: {sender: }", "do: {reply: x}")) == [("E143", 3, 12)]


def test_the_shape_knows_better_than_the_quote() -> None:
    (found,) = check(rule("when:", "  length: > 50"))
    assert (found.code, found.args["near"]) == ("E167", "{min: 51}")


def test_a_mended_slip_is_not_reported_twice() -> None:
    (found,) = check(rule("when:", "  sender: @nobody"))
    assert found.code == "E103"


def test_wide_and_glued_colons_in_items() -> None:
    assert spots("reply:\n  - rule： a\n") == [("E109", 2, 9)]
    assert spots("reply:\n  - rule:a\n    do: x\n")[0][0] == "E156"
    assert spots("reply:\n  - rule:a\n") == [("E156", 2, 5)]


def test_missing_and_too_large() -> None:
    assert spots(rule("when: {flood: {messages: 6}}")) == [("E102", 3, 12)]
    (found,) = check(rule("when: {flood: {messages: 1, within: 5s}}"))
    assert (found.code, found.args["low"], found.args["high"]) == ("E127", "2", "1000000")


def test_bad_items_do_not_make_the_list_too_short() -> None:
    assert [f.code for f in check(rule("do:", "  - {reply: [a, b]}"))] == ["E118"]
