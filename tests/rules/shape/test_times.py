"""Times as people write them: what is taken, what is refused, and what the refusal suggests."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ruleswx.rules.shape import (
    DateSpan,
    DateSpanText,
    Day,
    Duration,
    Hours,
    HoursText,
    Moment,
    MomentSpanText,
    Span,
    SpanText,
    TimeOfDay,
    Zone,
)


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


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
        (Day, "周一", "mon"),
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
        (MomentSpanText, "2026-03-02 10:00", "E126", "2026-03-02 10:00 .. 2026-03-02 10:00"),
        (MomentSpanText, "2026-03-02 10:00..2026-03-01 10:00", "E126", "2026-03-01 10:00 .. 2026-03-02 10:00"),
        (MomentSpanText, "a .. b", "E165", ""),
        (Zone, "Mars/Base", "E304", "Asia/Shanghai"),
        (Zone, "../etc", "E304", "Asia/Shanghai"),
        (Moment, "2026-02-30 10:00", "E165", ""),
        (Duration, {"a": "b"}, "E116", ""),
    ],
)
def test_refused_with_what_was_probably_meant(kind: Any, text: object, code: str, near: str) -> None:
    with pytest.raises(ValidationError) as error:
        read(kind, text)
    context = error.value.errors()[0].get("ctx", {})
    assert (context.get("code"), context.get("near", "")) == (code, near)


def test_a_span_of_moments_has_both_ends() -> None:
    span = read(MomentSpanText, "2026-09-30 00:00 .. 2026-10-11 00:00")
    assert span.last - span.first == timedelta(days=11)
    assert str(read(Zone, "Asia/Shanghai")) == "Asia/Shanghai"
