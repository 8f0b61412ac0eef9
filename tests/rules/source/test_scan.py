"""Readings of one line: where a value ends, where a character of a text was typed."""

import pytest

from ruleswx.rules.source.scan import closing, in_flow, quoted, spot, token, value_end


@pytest.mark.parametrize(
    ("line", "end"),
    [("'a'", 3), ("'it''s'", 7), ("'open", -1), (r'"a\"b" c', 6), ('"open\\"', -1)],
)
def test_closing(line: str, end: int) -> None:
    assert closing(line, 0) == end


@pytest.mark.parametrize(
    ("line", "column", "inside"),
    [
        ("a: [x, y]", 5, True),
        ("a: [x, y]", 9, False),
        ("a: b [c", 7, False),
        ("a: '[' b", 7, False),
        ("- {a: [b], c", 12, True),
        ("a: b # [", 8, False),
    ],
)
def test_in_flow(line: str, column: int, inside: bool) -> None:
    assert in_flow(line, column) is inside


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        ("a: b c  # d", 3, "b c"),
        ("a: [@x, y]", 4, "@x"),
        ("a: {b: @x}", 7, "@x"),
        ("a: [{{ x }} b, c]", 4, "{{ x }} b"),
        ("a: x, y", 3, "x, y"),
    ],
)
def test_value_end(line: str, column: int, value: str) -> None:
    assert line[column : value_end(line, column)] == value


def test_a_token_is_never_empty() -> None:
    assert token("a:", 5) == 1
    assert token("a: 'b c' d", 3) == len("'b c'")
    assert token("key: v", 0, key=True) == 3


def test_quoting_doubles_quotes() -> None:
    assert quoted("it's") == "'it''s'"


@pytest.mark.parametrize(
    ("text", "value", "offset", "place"),
    [
        ("a: 你好 x", "你好 x", 3, (0, 6)),
        ("a: 'it''s x'", "it's x", 5, (0, 10)),
        (r'a: "x\u0041y"', "xAy", 2, (0, 11)),
        ("a: |\n  one\n  two", "one\ntwo", 5, (2, 3)),
        ("a: 'open", "open", 1, None),
        ("a: >\n  one", "one", 1, None),
    ],
)
def test_spot(text: str, value: str, offset: int, place: tuple[int, int] | None) -> None:
    assert spot(text.split("\n"), 0, 3, value, offset) == place
