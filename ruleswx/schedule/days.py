"""Names of days: weekdays, weekends, and China's legal days off and make-up days.

The dates are those of the State Council's yearly notices. A year not in the table is asked of `chinesecalendar` if it
is installed; after that `workday` falls back to Monday to Friday, and `data_end` says from when. It must not know the
clock: the date is an argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, lru_cache

__all__ = ["WEEK", "data_end", "day_names"]

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Year: days off (first-last), days worked although they are Saturdays or Sundays; month and day each.
_NOTICES: Mapping[int, tuple[str, str]] = {
    2024: (
        "0101-0101 0210-0217 0404-0406 0501-0505 0610-0610 0915-0917 1001-1007",
        "0204 0218 0407 0428 0511 0914 0929 1012",
    ),
    2025: ("0101-0101 0128-0204 0404-0406 0501-0505 0531-0602 1001-1008", "0126 0208 0427 0928 1011"),
    2026: ("0101-0103 0215-0223 0404-0406 0501-0505 0619-0621 0925-0927 1001-1007", "0104 0214 0228 0509 0920 1010"),
}


def _day(year: int, text: str) -> date:
    return date(year, int(text[:2]), int(text[2:]))


@cache
def _year(year: int) -> tuple[frozenset[date], frozenset[date]] | None:
    """Days off and make-up days of one year, None when nobody knows them."""
    if year not in _NOTICES:
        return _asked(year)
    off, worked = _NOTICES[year]
    days: set[date] = set()
    for span in off.split():
        first, last = (_day(year, end) for end in span.split("-"))
        days.update(first + timedelta(n) for n in range((last - first).days + 1))
    return frozenset(days), frozenset(_day(year, text) for text in worked.split())


def _asked(year: int) -> tuple[frozenset[date], frozenset[date]] | None:
    """The same from the optional package, which is made anew every year."""
    try:
        import chinese_calendar
    except ImportError:
        return None
    known = chinese_calendar.constants
    off = frozenset(day for day in known.holidays if day.year == year)
    return (off, frozenset(day for day in known.workdays if day.year == year)) if off else None


@lru_cache(maxsize=1024)
def day_names(day: date) -> frozenset[str]:
    """Every name a rule may use for this day: its weekday, weekday or weekend, workday or holiday.

    A plain weekend is neither workday nor holiday.
    """
    name = WEEK[day.weekday()]
    weekend = day.weekday() > 4
    known = _year(day.year)
    off, worked = known or (frozenset(), frozenset())
    names = {name, "weekend" if weekend else "weekday"}
    if day in off:
        names.add("holiday")
    elif not weekend or day in worked:
        names.add("workday")
    return frozenset(names)


def data_end(today: date) -> date:
    """The last day whose legal days off are known, on or after the start of this year."""
    year = today.year
    while _year(year) is not None:
        year += 1
    return date(year, 1, 1) - timedelta(1)
