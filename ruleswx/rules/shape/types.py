"""The types that rule files and the configuration share: text in, a frozen value out, or our own code.

Each type raises `bad(CODE, …)`, so that its words live in the catalogue, and says what an editor's JSON Schema shows.
It must not know which key a value belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, NoReturn, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

__all__ = [
    "ANY_SCALAR",
    "BLANK",
    "PLAIN",
    "Count",
    "DateSpan",
    "DateSpanText",
    "Day",
    "Duration",
    "Flag",
    "Hours",
    "HoursText",
    "Moment",
    "OneOrMany",
    "Percent",
    "Range",
    "RangeText",
    "Shape",
    "Span",
    "SpanText",
    "Text",
    "TimeOfDay",
    "bad",
    "choice",
    "doc",
    "one_of",
    "parse_duration",
]

T = TypeVar("T")
PLAIN = "="
"""The key under which a model keeps what the author wrote without a mapping; nobody types it."""
BLANK = "\u3000 \t"
_LONGEST = timedelta(days=3650)


class Shape(BaseModel):
    """The base of every model: unknown keys refused, frozen, filled by the names the author types.

    `refused` maps keys people try to the code that says why there are no such keys, `synonyms` to the key they meant;
    `called` is what messages call a thing that has no key of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False, protected_namespaces=())
    refused: ClassVar[Mapping[str, str]] = {}
    synonyms: ClassVar[Mapping[str, str]] = {}
    called: ClassVar[str] = ""


def doc(zh: str, en: str, default: Any = None, *, alias: str | None = None, **more: Any) -> Any:
    """A field with its hover text in both languages."""
    return Field(default, alias=alias, description=f"{zh}\n\n{en}", **more)


def bad(code: str, **args: str) -> NoReturn:
    """Refuse a value with a code of the catalogue and the values of its sentence."""
    raise PydanticCustomError(code, "{code}", {"code": code, **args})


def _text(value: object, want: str) -> str:
    if isinstance(value, str):
        return value.strip(BLANK)
    got = "mapping" if isinstance(value, dict) else "list" if isinstance(value, list) else "nothing"
    bad("E116", want=f"@{want}", got=f"@{got}")


def _many(value: object) -> object:
    return value if isinstance(value, list) else [value]


class _OneOrMany:
    @staticmethod
    def __get_pydantic_json_schema__(core: Any, handler: Any) -> dict[str, Any]:
        schema: dict[str, Any] = handler(core)
        return {"anyOf": [schema["items"], schema]} if "items" in schema else schema


OneOrMany = Annotated[tuple[T, ...], Field(min_length=1), BeforeValidator(_many), _OneOrMany]
"""One value or a list of them; a tuple either way."""

ANY_SCALAR = {"type": ["string", "number", "boolean"]}
Text = Annotated[str, Field(min_length=1), WithJsonSchema(dict(ANY_SCALAR))]
"""Text as typed: `0571`, `no` and `10:30` are text too."""
Count = Annotated[int, Field(ge=0, le=1_000_000)]


class choice:  # noqa: N801 - read as a word: Annotated[str, choice({...})]
    """A type of words: `options` maps what may be written to what it means; others get did-you-mean.

    `meant` maps words people try to the option they mean, where the spelling does not show it.
    """

    __slots__ = ("meant", "options")

    def __init__(self, options: Mapping[str, str], meant: Mapping[str, str] | None = None) -> None:
        self.options = options
        self.meant = meant or {}

    def parse(self, value: object) -> str:
        """The one spelling of a word. Raises for a word that is none of them."""
        text = _text(value, "text")
        found = self.options.get(text) or self.options.get(_lower(self.options, text))
        if not found:
            shown = tuple(o for o in dict.fromkeys(self.options.values()) if not o[0].isdigit())
            one_of(text, shown, self.options, self.meant.get(text.casefold(), ""))
        return found

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        """The one spelling, by `parse`."""
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, _core: Any, _handler: Any) -> dict[str, Any]:
        """Every spelling; numbers as numbers too, as editors read them."""
        shown = list(dict.fromkeys([*self.options.values(), *self.options]))
        return {"enum": [*shown, *(int(o) for o in shown if o.isdigit())]}


def _lower(options: Mapping[str, str], text: str) -> str:
    folded = text.casefold().replace("-", "_").replace(" ", "_")
    return next((o for o in options if o.casefold() == folded), "")


def one_of(text: str, shown: tuple[str, ...], known: Iterable[str] | None = None, meant: str = "") -> NoReturn:
    """Refuse a word that is none of `shown`, naming the nearest."""
    near = [meant] if meant else get_close_matches(text, list(known or shown), n=1, cutoff=0.6)
    extra = {"near": near[0]} if near else {}
    bad("E115", value=text, options=", ".join(shown), **extra)


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_UNIT_WORDS = {
    "秒": "s", "秒钟": "s", "sec": "s", "second": "s", "seconds": "s",
    "分": "m", "分钟": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "时": "h", "小时": "h", "hour": "h", "hours": "h",
    "天": "d", "日": "d", "day": "d", "days": "d",
}  # fmt: skip
_DURATION = re.compile(r"(\d{1,9})([smhd])", re.ASCII)


def parse_duration(value: object) -> timedelta:
    text = _text(value, "duration")
    if found := _DURATION.fullmatch(text):
        length = timedelta(**{_UNITS[found[2]]: int(found[1])})
        if timedelta(0) < length <= _LONGEST:
            return length
        bad("E124", value=text, near="1s" if not length else "3650d")
    near = _near_duration(text)
    bad("E124", value=text, **({"near": near} if near else {}))


def _near_duration(text: str) -> str:
    found = re.fullmatch(r"(\d+)\s*(\D*?)\s*", text)
    if not found:
        return ""
    number, unit = str(int(found[1])), found[2].casefold()
    unit = _UNIT_WORDS.get(unit, unit if unit in _UNITS else "" if unit else "s")
    return f"{number}{unit}" if unit else ""


_DURATION_SCHEMA = {"type": "string", "pattern": r"^\d+[smhd]$", "examples": ["30s", "5m", "2h", "7d"]}
Duration = Annotated[timedelta, PlainValidator(parse_duration), WithJsonSchema(_DURATION_SCHEMA)]


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time drawn at random from `low`..`high` (both the same: no dice)."""

    low: timedelta
    high: timedelta


def _span(value: object) -> Span:
    low, dots, high = _text(value, "duration").partition("..")
    first = parse_duration(low)
    second = parse_duration(high) if dots else first
    if second < first:
        bad("E126", value=f"{low}..{high}", near=f"{high}..{low}")
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
    text = _text(value, "hours")
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
    text = _text(value, "time")
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


def _date(text: str) -> date | None:
    if not _DATE.fullmatch(text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _dates(value: object) -> DateSpan:
    text = _text(value, "dates")
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
    text = _text(value, "moment")
    if re.fullmatch(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?", text, re.ASCII):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    bad("E165", value=text)


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

_FLAGS = {
    "yes": True, "true": True, "on": True, "是": True, "有": True,
    "no": False, "false": False, "off": False, "否": False, "无": False,
}  # fmt: skip


def _flag(value: object) -> bool:
    text = _text(value, "flag")
    if text.casefold() not in _FLAGS:
        bad("E128", value=text)
    return _FLAGS[text.casefold()]


Flag = Annotated[
    bool, PlainValidator(_flag), WithJsonSchema({"enum": [True, False, "yes", "no", "on", "off", "是", "否"]})
]


def _percent(value: object) -> float:
    text = _text(value, "percent")
    found = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*[%％]", text, re.ASCII)
    if not found or not 0 < float(found[1]) <= 100:
        bare = re.fullmatch(r"\d{1,2}", text, re.ASCII)
        bad("E127", value=text, low="1%", high="100%", **({"near": f"{text}%"} if bare else {}))
    return float(found[1]) / 100


Percent = Annotated[
    float,
    PlainValidator(_percent),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?%$", "examples": ["30%"]}),
]

_DAYS = {
    **{d: d for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "weekday", "weekend", "workday", "holiday")},
    "周一": "mon", "周二": "tue", "周三": "wed", "周四": "thu", "周五": "fri", "周六": "sat", "周日": "sun",
    "工作日": "workday", "节假日": "holiday", "周末": "weekend",
    "monday": "mon", "tuesday": "tue", "wednesday": "wed", "thursday": "thu", "friday": "fri", "saturday": "sat",
    "sunday": "sun",
}  # fmt: skip
Day = Annotated[str, choice(_DAYS)]


def _range(value: object) -> object:
    if isinstance(value, str):
        near = _near_range(value)
        bad("E167", value=value, **({"near": near} if near else {}))
    return value


def _near_range(text: str) -> str:
    numbers = re.findall(r"\d+", text)
    sign = text.replace("＞", ">").replace("＜", "<").lstrip()[:2]
    if len(numbers) == 2:
        low, high = sorted(int(n) for n in numbers)
        return f"{{min: {low}, max: {high}}}"
    if len(numbers) != 1:
        return ""
    number = int(numbers[0])
    if sign[:1] == ">":
        return f"{{min: {number if sign == '>=' else number + 1}}}"
    if sign[:1] == "<":
        return f"{{max: {number if sign == '<=' else max(0, number - 1)}}}"
    return f"{{min: {number}, max: {number}}}" if text.strip() == numbers[0] else f"{{min: {number}}}"


class Range(Shape):
    """`{min: N, max: N}`; at least one of them."""

    min: Count | None = doc("最小值（含）", "at least this many", None)
    max: Count | None = doc("最大值（含）", "at most this many", None)

    def model_post_init(self, _context: object, /) -> None:
        """Refuse a range without ends or with its ends the wrong way round."""
        if self.min is None and self.max is None:
            bad("E166", options="min, max")
        if self.min is not None and self.max is not None and self.max < self.min:
            bad("E126", value=f"{self.min}..{self.max}", near=f"{{min: {self.max}, max: {self.min}}}")

    def holds(self, number: int) -> bool:
        """Whether the number lies inside, both ends included."""
        return (self.min is None or number >= self.min) and (self.max is None or number <= self.max)


RangeText = Annotated[Range, BeforeValidator(_range)]
"""A Range that says how it is written when somebody types a number or a comparison."""
