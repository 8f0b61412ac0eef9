"""Names of days: weekdays, weekends, and China's legal days off and make-up days (调休).

The dates are data (`holidays_cn.toml` beside this file, read on first use), taken from the State Council's yearly
notices. A year the table lacks is asked of the package `chinesecalendar` if that is installed. After both, `workday`
falls back to Monday to Friday and no day is a `holiday`; `data_end` says from when, so that it can be said aloud. It
must not know the clock: the date is an argument.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

__all__ = ["WEEK", "data_end", "day_names", "is_holiday", "is_workday"]

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(1)
_Exceptions = tuple[frozenset[date], frozenset[date]]


@cache
def _notices() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("holidays_cn.toml").read_text("utf-8"))


@cache
def _year(year: int) -> _Exceptions | None:
    """Days off and make-up days of one year, None when nobody knows them."""
    notice = _notices().get(str(year))
    if notice is None:
        return _asked(year)
    off = frozenset(first + n * _DAY for first, last in notice["off"] for n in range((last - first).days + 1))
    return off, frozenset(notice["worked"])


def _asked(year: int) -> _Exceptions | None:
    """The same from the optional package, which is made anew every year."""
    try:
        import chinese_calendar
    except ImportError:
        return None
    known = chinese_calendar.constants
    off = frozenset(day for day in known.holidays if day.year == year)
    return (off, frozenset(day for day in known.workdays if day.year == year)) if off else None


def is_workday(day: date) -> bool:
    """Whether people work: Monday to Friday without the legal days off, and the make-up days."""
    off, worked = _year(day.year) or (frozenset(), frozenset())
    return day in worked or (day.weekday() < 5 and day not in off)


def is_holiday(day: date) -> bool:
    """Whether it is a legal day off. A plain weekend is not."""
    known = _year(day.year)
    return known is not None and day in known[0]


@lru_cache(maxsize=4096)
def day_names(day: date) -> frozenset[str]:
    """Every name a rule may use for this day: its weekday, weekday or weekend, workday or holiday.

    A plain weekend is neither workday nor holiday.
    """
    names = {WEEK[day.weekday()], "weekend" if day.weekday() > 4 else "weekday"}
    if is_holiday(day):
        names.add("holiday")
    if is_workday(day):
        names.add("workday")
    return frozenset(names)


@cache
def data_end() -> date:
    """The last day whose legal days off are known; after it a workday is Monday to Friday."""
    year = min(map(int, _notices()))
    while _year(year) is not None:
        year += 1
    return date(year, 1, 1) - _DAY
