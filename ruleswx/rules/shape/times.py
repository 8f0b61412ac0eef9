"""Times as people write them: durations, hours, dates, moments, zones, days of the week.

Each refusal suggests what was probably meant: `10 分钟` is 10m, `9点到21点` is 09:00-21:00. It must not read a clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import PlainValidator, WithJsonSchema

from ruleswx.rules.shape.types import bad, choice, text_of

__all__ = [
    "DateSpan",
    "DateSpanText",
    "Day",
    "Duration",
    "DurationOrNone",
    "Hours",
    "HoursText",
    "Moment",
    "MomentSpan",
    "MomentSpanText",
    "Span",
    "SpanText",
    "TimeOfDay",
    "Zone",
    "parse_duration",
]

_LONGEST = timedelta(days=3650)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_UNIT_WORDS = {
    "秒": "s", "秒钟": "s", "sec": "s", "second": "s", "seconds": "s",
    "分": "m", "分钟": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "时": "h", "小时": "h", "hour": "h", "hours": "h",
    "天": "d", "日": "d", "day": "d", "days": "d",
}  # fmt: skip
_DURATION = re.compile(r"(\d{1,9})([smhd])", re.ASCII)


def parse_duration(value: object) -> timedelta:
    """`30s`, `5m`, `2h`, `7d`. Raises E124 with what was probably meant."""
    text = text_of(value, "duration")
    found = _DURATION.fullmatch(text)
    length = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
    if length is None or not timedelta(0) < length <= _LONGEST:
        near = _near_duration(text) if length is None else "3650d" if length else "1s"
        bad("E124", value=text, **({"near": near} if near else {}))
    return length


def _near_duration(text: str) -> str:
    found = re.fullmatch(r"(\d+)\s*(\D*?)\s*", text)
    if not found:
        return ""
    number, unit = str(int(found[1])), found[2].casefold()
    unit = _UNIT_WORDS.get(unit, unit if unit in _UNITS else "" if unit else "s")
    return f"{number}{unit}" if unit else ""


_DURATION_SCHEMA = {"type": "string", "pattern": r"^\d+[smhd]$", "examples": ["30s", "5m", "2h", "7d"]}
Duration = Annotated[timedelta, PlainValidator(parse_duration), WithJsonSchema(_DURATION_SCHEMA)]


def _or_none(value: object) -> timedelta:
    return timedelta(0) if isinstance(value, str) and _NONE.fullmatch(value.strip()) else parse_duration(value)


_NONE = re.compile(r"0+[smhd]", re.ASCII)
DurationOrNone = Annotated[timedelta, PlainValidator(_or_none), WithJsonSchema(_DURATION_SCHEMA)]
"""A duration that may be `0s`: none at all."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time drawn at random from `low`..`high` (both the same: no dice)."""

    low: timedelta
    high: timedelta


def _span(value: object) -> Span:
    low, dots, high = text_of(value, "duration").partition("..")
    first = parse_duration(low)
    second = parse_duration(high) if dots else first
    if second < first:
        bad("E126", value=f"{low}..{high}", near=f"{high}..{low}", span="")
    return Span(first, second)


SpanText = Annotated[
    Span,
    PlainValidator(_span),
    WithJsonSchema({"type": "string", "pattern": r"^\d+[smhd](\.\.\d+[smhd])?$", "examples": ["5s", "20s..60s"]}),
]


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of the day, [start, end); end before start wraps midnight; 1440 is 24:00."""

    start: int
    end: int


_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


def _minutes(text: str, *, end: bool) -> int | None:
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if int(found[2]) < 60 and (minutes < 1440 or (end and minutes == 1440)) else None


def _hours(value: object) -> Hours:
    text = text_of(value, "hours")
    first, dash, second = text.partition("-")
    start, end = _minutes(first, end=False), _minutes(second, end=True)
    if not dash or start is None or end is None or start == end:
        near = _near_hours(text)
        bad("E125", value=text, **({"near": near} if near else {}))
    return Hours(start, end)


def _near_hours(text: str) -> str:
    numbers = re.findall(r"(\d{1,2})(?:[:：.点](\d{2}))?", text)
    if len(numbers) != 2:
        return ""
    made = "-".join(f"{int(h):02}:{int(m or 0):02}" for h, m in numbers)
    first, _, second = made.partition("-")
    good = _minutes(first, end=False) is not None and _minutes(second, end=True) is not None
    return made if good and first != second and made != text else ""


HoursText = Annotated[
    Hours,
    PlainValidator(_hours),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d{2}-\d{1,2}:\d{2}$", "examples": ["09:00-21:00"]}),
]


def _time(value: object) -> time:
    text = text_of(value, "time")
    minutes = _minutes(text, end=False)
    if minutes is None:
        found = re.fullmatch(r"(\d{1,2})[:：.点](\d{2})?分?", text)
        good = found and int(found[1]) < 24 and int(found[2] or 0) < 60
        bad("E164", value=text, **({"near": f"{int(found[1]):02}:{int(found[2] or 0):02}"} if found and good else {}))
    return time(minutes // 60, minutes % 60)


TimeOfDay = Annotated[
    time,
    PlainValidator(_time),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d{2}$", "examples": ["08:30"]}),
]


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Days from `first` to `last`, both included."""

    first: date
    last: date


_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?", re.ASCII)


def _date(text: str) -> date | None:
    if not _DATE.fullmatch(text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _dates(value: object) -> DateSpan:
    text = text_of(value, "dates")
    low, dots, high = text.partition("..")
    first, last = _date(low), _date(high if dots else low)
    if first is None or last is None:
        near = _near_dates(text)
        bad("E126", value=text, **({"near": near} if near else {}))
    if last < first:
        bad("E126", value=text, near=f"{last}..{first}")
    return DateSpan(first, last)


def _near_dates(text: str) -> str:
    found = re.findall(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})", text)
    days = [f"{int(y)}-{int(m):02}-{int(d):02}" for y, m, d in found]
    return "..".join(days) if days and len(days) < 3 and all(_date(d) for d in days) else ""


DateSpanText = Annotated[
    DateSpan,
    PlainValidator(_dates),
    WithJsonSchema({
        "type": "string",
        "pattern": r"^\d{4}-\d{2}-\d{2}(\s*\.\.\s*\d{4}-\d{2}-\d{2})?$",
        "examples": ["2026-10-01..2026-10-07"],
    }),
]  # fmt: skip


def _moment(value: object) -> datetime:
    text = text_of(value, "moment")
    try:
        made = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        made = None
    if made is None:
        bad("E165", value=text)
    return made


Moment = Annotated[
    datetime,
    PlainValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?$",
            "examples": ["2026-03-02 10:00"],
        }
    ),
]
"""A local date and time without a zone; whoever uses it knows the zone."""


@dataclass(frozen=True, slots=True)
class MomentSpan:
    """From one local moment to another."""

    first: datetime
    last: datetime


def _moments(value: object) -> MomentSpan:
    first, dots, last = text_of(value, "moment").partition("..")
    if not dots:
        bad("E126", value=first, near=f"{first} .. {first}")
    span = MomentSpan(_moment(first), _moment(last))
    if span.last < span.first:
        bad("E126", value=f"{first}..{last}", near=f"{last.strip()} .. {first.strip()}")
    return span


MomentSpanText = Annotated[
    MomentSpan,
    PlainValidator(_moments),
    WithJsonSchema({"type": "string", "examples": ["2026-09-30 00:00 .. 2026-10-11 00:00"]}),
]


def _zone(value: object) -> ZoneInfo:
    text = text_of(value, "text")
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        bad("E304", value=text, near="Asia/Shanghai")


Zone = Annotated[ZoneInfo, PlainValidator(_zone), WithJsonSchema({"type": "string", "examples": ["Asia/Shanghai"]})]

_DAYS = {
    **{d: d for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "weekday", "weekend", "workday", "holiday")},
    "周一": "mon", "周二": "tue", "周三": "wed", "周四": "thu", "周五": "fri", "周六": "sat", "周日": "sun",
    "工作日": "workday", "节假日": "holiday", "周末": "weekend",
    "monday": "mon", "tuesday": "tue", "wednesday": "wed", "thursday": "thu", "friday": "fri", "saturday": "sat",
    "sunday": "sun",
}  # fmt: skip
Day = Annotated[str, choice(_DAYS)]
