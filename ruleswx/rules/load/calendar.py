"""Whether the legal calendar reaches far enough for the rules that ask for workdays and holidays.

It must not know what day it is: today is an argument.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ruleswx.diagnostics import Diagnostic
from ruleswx.rules.load.walk import Path, rules, when_conds
from ruleswx.rules.schema import CheckedFile
from ruleswx.schedule import data_end

__all__ = ["check_calendar"]

_WARN = timedelta(days=60)
_LEGAL = {"workday", "holiday"}


def check_calendar(file: CheckedFile, today: date | None) -> Iterator[Diagnostic]:
    """W221 at every `workday` and `holiday`, from 60 days before the data ends; nothing without a day."""
    end = data_end()
    if today is None or today < end - _WARN:
        return
    for path, days in _days(file):
        for number, day in enumerate(days):
            if day in _LEGAL:
                yield file.source.diagnose("W221", (*path, number), {"date": end.isoformat(), day: ""})


def _days(file: CheckedFile) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for index, timed in enumerate(file.model.schedule or ()):
        yield ("schedule", index, "days"), timed.days or ()
    for _, path, rule in rules(file.model):
        for at, cond in when_conds(path, rule):
            yield (*at, "days"), cond.days or ()
    if file.model.defaults:
        yield ("defaults", "days"), file.model.defaults.days or ()
