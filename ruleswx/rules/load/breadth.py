"""Whether a condition narrows down what was said at all, or answers everything that is said where it listens.

A line that every text fits (`regex: '.*'`, `length: {min: 1}`) says as much as no line. It must not know what a rule
does with what it hears.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ruleswx.fold import fold
from ruleswx.rules.patterns import PatternError, compile_pattern
from ruleswx.rules.schema import Cond

__all__ = ["says_what"]

_ALWAYS = frozenset({
    "MsgType", "event", "equals", "contains", "contains_all", "starts", "ends", "has", "title", "file_name", "flood",
    "repeat",
})  # fmt: skip
_PROBES = ("a", "Z9", "你好", "。", "1", "_", "🙂", "что?", "— …", "请问 在吗")
"""Texts with nothing in common: a pattern that is found in all of them is found in every text."""
_SIGNS = re.compile(r"\\.|\[[^\]]*\]|\(\?P<\w+>|\(\?:")
_SURE = re.compile(r"^[^*?|{]*\w[^*?|{]*$")
"""What is left of a pattern that cannot do without some letter."""
_SHORTEST, _LONGEST = 1, 500


def says_what(cond: Cond | None) -> bool:
    """Whether a line about kind, event, text or history is there that not everything fits; every block of `any`."""
    if cond is None:
        return False
    if not _ALWAYS.isdisjoint(cond.model_fields_set):
        return True
    if cond.regex and not any(_fits_all(text) for text in cond.regex):
        return True
    if cond.length and ((cond.length.min or 0) > _SHORTEST or (cond.length.max or _LONGEST) < _LONGEST):
        return True
    if cond.strikes and cond.strikes.min:
        return True
    return bool(cond.any_) and all(says_what(block) for block in cond.any_ or ())


@lru_cache(maxsize=4_096)
def _fits_all(pattern: str) -> bool:
    if _SURE.match(_SIGNS.sub("", pattern)):
        return False
    try:
        made = compile_pattern(pattern, "normal")
    except PatternError:
        return False
    return all(made.search(fold(probe, "normal")) is not None for probe in _PROBES)
