"""Cron expressions: five fields become sets of times and a test for days. The only file that knows cronsim.

cronsim reads the fields and refuses impossible ones (31 February); when a time of day falls into a clock change is
settled in `moments`, as for every other kind of schedule. The meaning is that of Debian's cron: when neither the day
of the month nor the day of the week begins with `*`, either of them is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from cronsim import CronSim, CronSimError

__all__ = ["Cron", "CronError", "read_cron"]

_LONGEST = 200
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


class CronError(ValueError):
    """The text is no cron expression. `field`: "minute" … "day-of-week", or "" when there are not five fields."""

    def __init__(self, field: str) -> None:
        """`field` as above; the sentence for people is the catalogue's business."""
        super().__init__(f"bad cron field: {field}" if field else "cron takes five fields")
        self.field = field


@dataclass(frozen=True, slots=True)
class Cron:
    """What an expression asks for.

    `minutes` are minutes of the day, ascending. `steady`: the minute or the hour begins with `*`, so it follows the
    running clock through a clock change, while fixed times happen once a day, whatever the clock does.
    """

    minutes: tuple[int, ...]
    steady: bool
    on: Callable[[date], bool]


@lru_cache(maxsize=512)
def read_cron(text: str) -> Cron:
    """Read five fields: minute, hour, day of month, month, day of week. Raises CronError naming the first bad one."""
    fields = text.split()
    if len(fields) != 5 or len(text) > _LONGEST:
        raise CronError("")
    try:
        parsed = CronSim(text, _ANY_TIME)
    except CronSimError as error:
        raise CronError(str(error).removeprefix("Bad ")) from None
    minutes = tuple(sorted(hour * 60 + minute for hour in parsed.hours for minute in parsed.minutes))

    def on(day: date) -> bool:
        return day.month in parsed.months and bool(parsed.match_day(day))

    return Cron(minutes, fields[0].startswith("*") or fields[1].startswith("*"), on)
