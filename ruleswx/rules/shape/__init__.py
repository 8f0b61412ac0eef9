"""From a tree of text to typed values, with every wrong key and value at its place.

`check_shape` runs a pydantic model over a Source; the types shared by rule files and the configuration live beside
it. One model with optional keys each, never a union by shape: only so does every error have one place.
It must not know which keys there are.
"""

from __future__ import annotations

from ruleswx.rules.shape.check import check_shape
from ruleswx.rules.shape.times import (
    DateSpan,
    DateSpanText,
    Day,
    Duration,
    DurationOrNone,
    Hours,
    HoursText,
    Moment,
    MomentSpan,
    MomentSpanText,
    Span,
    SpanText,
    TimeOfDay,
    Zone,
    parse_duration,
)
from ruleswx.rules.shape.types import (
    ANY_SCALAR,
    BLANK,
    PLAIN,
    Count,
    Flag,
    OneOrMany,
    Percent,
    Range,
    RangeText,
    Shape,
    Text,
    bad,
    choice,
    doc,
    one_of,
)

__all__ = [
    "ANY_SCALAR",
    "BLANK",
    "PLAIN",
    "Count",
    "DateSpan",
    "DateSpanText",
    "Day",
    "Duration",
    "DurationOrNone",
    "Flag",
    "Hours",
    "HoursText",
    "Moment",
    "MomentSpan",
    "MomentSpanText",
    "OneOrMany",
    "Percent",
    "Range",
    "RangeText",
    "Shape",
    "Span",
    "SpanText",
    "Text",
    "TimeOfDay",
    "Zone",
    "bad",
    "check_shape",
    "choice",
    "doc",
    "one_of",
    "parse_duration",
]
