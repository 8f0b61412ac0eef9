"""Whether a variable is used as its type allows: numbers are counted, texts are not.

It must not know where a variable is used.
"""

from __future__ import annotations

import re

from ruleswx.rules.schema import Var, VarTest

__all__ = ["misuse"]

_NUMBER = re.compile(r"\s*-?\d{1,15}(\.\d{1,9})?\s*", re.ASCII)
_FLAGS = frozenset({"yes", "no", "true", "false", "on", "off", "是", "否", "有", "无"})


def misuse(var: Var, *, tested: VarTest | None = None, added: bool = False) -> str:
    """What is wrong with a test of this variable, or with adding to it: a word of the finding, "" if nothing."""
    if added and var.type != "number":
        return "added"
    if tested is not None and tested.equals is None and var.type != "number":
        return "range"
    value = tested.equals if tested is not None else None
    if value is None:
        return ""
    if var.type == "number" and not _NUMBER.fullmatch(value):
        return "compared"
    if var.type == "flag" and value.strip().casefold() not in _FLAGS:
        return "compared"
    return ""
