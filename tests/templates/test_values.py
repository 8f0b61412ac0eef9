from datetime import UTC, date, datetime, time
from types import MappingProxyType

import pytest

from ruleswx.templates.values import LONGEST_OUTPUT, RenderFailed, number, percent, short, show


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("字", "字"),
        (None, ""),
        (True, "true"),
        (3, "3"),
        (3.0, "3"),
        (2.5, "2.5"),
        (datetime(2026, 3, 2, 9, 5, tzinfo=UTC), "2026-03-02 09:05"),
        (date(2026, 3, 2), "2026-03-02"),
        (time(9, 5), "09:05"),
        (["甲", ["乙", 1]], "甲、乙、1"),
        (range(3), "0、1、2"),
        (MappingProxyType({"状态": "好", "n": 1}), "状态: 好、n: 1"),
    ],
)
def test_values_as_people_write_them(value: object, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize(
    "value", [object(), show, [[[[1]]]], {"a": {"b": {"c": {"d": 1}}}}, float("inf"), 10**16, b"x"]
)
def test_other_values_are_not_shown(value: object) -> None:
    with pytest.raises((RenderFailed, OverflowError)):
        show(value)


def test_long_lists_are_shown_in_part() -> None:
    assert show(["x"] * 100_000).count("x") == 200


def test_numbers_and_long_texts() -> None:
    assert number(2.5) == 2.5
    for value in (True, "1", None, 10**16):
        with pytest.raises(RenderFailed):
            number(value)
    assert len(str(short("x" * 9000))) == LONGEST_OUTPUT
    assert short(5) == 5


@pytest.mark.parametrize(
    ("value", "text"),
    [("a/b c&d?#%", "a%2Fb%20c%26d%3F%23%25"), ("价", "%E4%BB%B7"), (3, "3"), ("..", "%2E%2E"), (".", "%2E"),
     ("a.b", "a.b"), ("\ud800", "%3F"), ("", ""), ("~-_.", "~-_.")],
)  # fmt: skip
def test_values_as_an_address_may_hold_them(value: object, text: str) -> None:
    assert percent(value) == text
