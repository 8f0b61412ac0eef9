"""The shared types: what is taken, what is refused, and what the refusal suggests."""

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ruleswx.rules.shape import (
    Flag,
    OneOrMany,
    Percent,
    RangeText,
    Text,
    choice,
)

Colour = Annotated[str, choice({"red": "red", "blue": "blue", "红": "red"}, {"crimson": "red"})]


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def refused(kind: Any, value: object) -> tuple[str, str]:
    with pytest.raises(ValidationError) as error:
        read(kind, value)
    found = error.value.errors()[0]
    context = found.get("ctx", {})
    return str(context.get("code", found["type"])), str(context.get("near", ""))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Flag, "yes", True),
        (Flag, "否", False),
        (Percent, "30%", 0.3),
        (Percent, "100％", 1.0),
        (Colour, "RED", "red"),
        (Colour, "红", "red"),
        (OneOrMany[Text], "a", ("a",)),
        (OneOrMany[Text], ["a", "b"], ("a", "b")),
    ],
)
def test_taken(kind: Any, text: object, value: object) -> None:
    assert read(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "code", "near"),
    [
        (Flag, "maybe", "E128", ""),
        (Percent, "30", "E127", "30%"),
        (Percent, "0%", "E127", ""),
        (RangeText, "> 50", "E167", "{min: 51}"),
        (RangeText, ">= 50", "E167", "{min: 50}"),
        (RangeText, "＜50", "E167", "{max: 49}"),
        (RangeText, "5-10", "E167", "{min: 5, max: 10}"),
        (RangeText, "7", "E167", "{min: 7, max: 7}"),
        (RangeText, "长", "E167", ""),
        (RangeText, {}, "E166", ""),
        (RangeText, {"min": "9", "max": "3"}, "E126", "{min: 3, max: 9}"),
        (Colour, "blu", "E115", "blue"),
        (Colour, "crimson", "E115", "red"),
        (Colour, "green", "E115", ""),
        (Colour, ["red"], "E116", ""),
        (Text, "", "string_too_short", ""),
        (OneOrMany[Text], [], "too_short", ""),
    ],
)
def test_refused_with_what_was_probably_meant(kind: Any, text: object, code: str, near: str) -> None:
    assert refused(kind, text) == (code, near)


@pytest.mark.parametrize(("number", "holds"), [(4, False), (5, True), (7, True), (8, False)])
def test_a_range_includes_its_ends(number: int, holds: bool) -> None:
    assert read(RangeText, {"min": "5", "max": "7"}).holds(number) is holds


def test_editors_may_show_numbers_where_text_is_taken() -> None:
    schema = TypeAdapter(OneOrMany[Text]).json_schema()
    assert schema["anyOf"][0]["type"] == ["string", "number", "boolean"]
    assert schema["anyOf"][1]["type"] == "array"
