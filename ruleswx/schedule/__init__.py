"""When something is due: names of days, legal days off, and the next occurrence of a schedule.

Pure: dates and times are arguments. The only package that knows cronsim.
"""

from __future__ import annotations

from ruleswx.schedule.days import WEEK, data_end, day_names

__all__ = ["WEEK", "data_end", "day_names"]
