"""YAML errors in the author's words: the code, the spot, the mended value."""

import pytest

from ruleswx.rules.source import read_yaml
from ruleswx.rules.source.slips import as_typed


@pytest.mark.parametrize(
    ("text", "code", "place", "tree"),
    [
        ("sender: @@", "E103", (1, 9), {"sender": "@@"}),
        ("a: {x: @y, z: 1}", "E103", (1, 8), {"a": {"x": "@y", "z": "1"}}),
        ("a: [\n  @x,\n  b\n]", "E103", (2, 3), {"a": ["@x", "b"]}),
        ("a: {{ x }} b", "E108", (1, 4), {"a": "{{ x }} b"}),
        ("a: {{ x }}", "E108", (1, 4), {"a": "{{ x }}"}),
        ("a: {% if x %}y{% endif %}", "E108", (1, 4), {"a": "{% if x %}y{% endif %}"}),
        ("a: [你好 {{ x }}, b]", "E108", (1, 5), {"a": ["你好 {{ x }}", "b"]}),
        ("- *x*", "E149", (1, 3), ["*x*"]),
        ("- *abc", "E149", (1, 3), ["*abc"]),
        ("a: [*重要, b]", "E149", (1, 5), {"a": ["*重要", "b"]}),
        ("- !加群", "E146", (1, 3), ["!加群"]),
        ("a: %d", "E149", (1, 4), {"a": "%d"}),
        ("a: `x`", "E149", (1, 4), {"a": "`x`"}),
        ("a: > 50", "E149", (1, 4), {"a": "> 50"}),
        ("a: >5", "E149", (1, 4), {"a": ">5"}),
        ('a: "\\d+"', "E107", (1, 4), {"a": "\\d+"}),
        ('a: "\\bbuy\\b"', "E107", (1, 4), {"a": "\\bbuy\\b"}),
        ('a: "\\xzz"', "E107", (1, 4), {"a": "\\xzz"}),
        ("a： b\nc: d", "E109", (1, 2), {"a": "b", "c": "d"}),
        ("a: b: c", "E151", (1, 4), {"a": "b: c"}),
        ("a:b\nc: d", "E156", (1, 2), {"a": "b", "c": "d"}),
        ("a: [1, 2\nb: c", "E154", (1, 4), {"a": ["1", "2"], "b": "c"}),
        ("a: [1, 2],\nb: c", "E150", (1, 10), {"a": ["1", "2"], "b": "c"}),
        ("a: 'x';\nb: c", "E150", (1, 7), {"a": "x", "b": "c"}),
        ("a: 'x\nb: c", "E153", (1, 4), {"a": "x", "b": "c"}),
        ("a: 'x\nb: 'c'", "E153", (1, 4), {"a": "x", "b": "c"}),
        ("a: 'it's ok'", "E144", (1, 4), {"a": "it's ok"}),
        ("a: '报价' b", "E144", (1, 4), {"a": "报价 b"}),
        ("a: \x01b", "E161", (1, 4), {"a": "b"}),
        ("a: b\nc\nd: e", "E155", (2, 1), None),
        ("a:\n  - x\n b: 1", "E157", (3, 2), None),
        ("a: b\n\tc: d", "E145", (2, 1), None),
    ],
)
def test_one_slip_one_finding_and_the_value_that_was_meant(
    text: str, code: str, place: tuple[int, int], tree: object
) -> None:
    source = read_yaml("f.yaml", text.encode())
    assert [(f.code, (f.place.line, f.place.column)) for f in source.findings] == [(code, place)]
    assert source.tree == tree


def test_reading_goes_on_at_the_next_rule() -> None:
    text = "reply:\n  - rule: a\n    when:\n      x: 1\n       y: 2\n  - rule: b\n    do: @\n  - rule: c\n    do: 1\n"
    source = read_yaml("f.yaml", text.encode())
    assert [(f.code, f.place.line) for f in source.findings] == [("E157", 5), ("E103", 7)]
    assert source.tree == {"reply": [{"rule": "b", "do": "@"}, {"rule": "c", "do": "1"}]}
    assert source.holes


def test_tabs_are_one_finding_and_cost_their_rules_only() -> None:
    text = "reply:\n  - rule: a\n\twhen: 1\n\tdo: 2\n  - rule: b\n    do: 1\n"
    source = read_yaml("f.yaml", text.encode())
    assert [(f.code, f.place.line) for f in source.findings] == [("E145", 3)]
    assert source.tree == {"reply": [{"rule": "b", "do": "1"}]}


def test_a_tab_inside_a_block_of_text_is_text() -> None:
    assert read_yaml("f.yaml", b"a: |\n  x\n  \ty\n").findings == ()


def test_columns_behind_a_mend_are_those_of_the_typed_line() -> None:
    source = read_yaml("f.yaml", b"a: {x: @y, z: @w}\n")
    assert [f.place.column for f in source.findings] == [8, 15]
    assert source.place(("a", "z")).column == 15


def test_as_typed_undoes_mends_in_order() -> None:
    moved = {0: [(3, 2), (9, 1)]}
    assert as_typed(moved, 0, 2) == (0, 2)
    assert as_typed(moved, 0, 8) == (0, 6)
    assert as_typed(moved, 0, 12) == (0, 9)
    assert as_typed(moved, 1, 12) == (1, 12)
