"""The shared types: what is taken, what is refused, and what the refusal suggests."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ruleswx.rules.shape import (
    DateSpan,
    DateSpanText,
    Day,
    Duration,
    Flag,
    Hours,
    HoursText,
    Moment,
    OneOrMany,
    Percent,
    RangeText,
    Span,
    SpanText,
    Text,
    TimeOfDay,
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
        (Duration, "30s", timedelta(seconds=30)),
        (Duration, " 7d ", timedelta(days=7)),
        (SpanText, "5s", Span(timedelta(seconds=5), timedelta(seconds=5))),
        (SpanText, "20s..1m", Span(timedelta(seconds=20), timedelta(seconds=60))),
        (HoursText, "09:00-21:00", Hours(540, 1260)),
        (HoursText, "9:00-24:00", Hours(540, 1440)),
        (HoursText, "21:00-09:00", Hours(1260, 540)),
        (TimeOfDay, "08:30", time(8, 30)),
        (DateSpanText, "2026-10-01..2026-10-07", DateSpan(date(2026, 10, 1), date(2026, 10, 7))),
        (DateSpanText, "2026-03-02", DateSpan(date(2026, 3, 2), date(2026, 3, 2))),
        (Moment, "2026-03-02 10:00", datetime(2026, 3, 2, 10)),  # noqa: DTZ001 - a local time, the zone comes later
        (Moment, "2026-03-02 10:00:30", datetime(2026, 3, 2, 10, 0, 30)),  # noqa: DTZ001 - the same
        (Flag, "yes", True),
        (Flag, "否", False),
        (Percent, "30%", 0.3),
        (Percent, "100％", 1.0),
        (Day, "周一", "mon"),
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
        (Duration, "10 分钟", "E124", "10m"),
        (Duration, "2 hours", "E124", "2h"),
        (Duration, "300", "E124", "300s"),
        (Duration, "1h30m", "E124", ""),
        (Duration, "0s", "E124", "1s"),
        (Duration, "9999d", "E124", "3650d"),
        (Duration, "五分钟", "E124", ""),
        (Duration, "５m", "E124", "5m"),
        (SpanText, "60s..20s", "E126", "20s..60s"),
        (HoursText, "9点到21点", "E125", "09:00-21:00"),
        (HoursText, "09：00-21：00", "E125", "09:00-21:00"),
        (HoursText, "9-21", "E125", "09:00-21:00"),
        (HoursText, "09:00-09:00", "E125", ""),
        (HoursText, "24:00-09:00", "E125", ""),
        (HoursText, "09:60-10:00", "E125", ""),
        (TimeOfDay, "8点30分", "E164", "08:30"),
        (TimeOfDay, "24:00", "E164", ""),
        (DateSpanText, "2026/10/1-2026/10/7", "E126", "2026-10-01..2026-10-07"),
        (DateSpanText, "2026年3月2日", "E126", "2026-03-02"),
        (DateSpanText, "2026-02-30", "E126", ""),
        (DateSpanText, "2026-10-07..2026-10-01", "E126", "2026-10-01..2026-10-07"),
        (Moment, "2026-03-02", "E165", ""),
        (Moment, "2026-02-30 10:00", "E165", ""),
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
        (Duration, {"a": "b"}, "E116", ""),
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
