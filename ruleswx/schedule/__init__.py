"""When something is due: names of days, legal days off, and the occurrences of a schedule.

Pure: dates and times are arguments. The only package that knows cronsim.

How a running bot uses it: `scheduler` waits for `jittered(spec, next_due(spec, mark), rule)`, asks `due_now` and emits
a Timer for what is to fire. Whoever decides about the Timer drops it unless its time is after the stored mark
(`read_mark`), and commits `make_mark(rule, due)` together with what the rule does, in one transaction.
"""

from __future__ import annotations

from ruleswx.schedule.cron import CronError, read_cron
from ruleswx.schedule.days import WEEK, data_end, day_names, is_holiday, is_workday
from ruleswx.schedule.due import (
    ON_TIME,
    Occurrence,
    due_now,
    is_due,
    jittered,
    next_due,
    occurrences,
    previous_due,
)
from ruleswx.schedule.marks import MARK, SINCE, make_mark, make_since, read_mark, read_since
from ruleswx.schedule.spec import DAY_NAMES, DEFAULT_MISSED, Spec

__all__ = [
    "DAY_NAMES",
    "DEFAULT_MISSED",
    "MARK",
    "ON_TIME",
    "SINCE",
    "WEEK",
    "CronError",
    "Occurrence",
    "Spec",
    "data_end",
    "day_names",
    "due_now",
    "is_due",
    "is_holiday",
    "is_workday",
    "jittered",
    "make_mark",
    "make_since",
    "next_due",
    "occurrences",
    "previous_due",
    "read_cron",
    "read_mark",
    "read_since",
]
