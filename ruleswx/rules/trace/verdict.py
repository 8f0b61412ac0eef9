"""What a condition answers: whether it holds, why, and which characters it holds for.

A reason is a code and its values; the sentence is made when somebody reads it, in their language (`words`). This
module must not know conditions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from ruleswx.model import EMPTY

__all__ = ["NO_ARGS", "Near", "Outcome", "Reason", "Span", "Verdict"]

Span = tuple[int, int]
Outcome = Literal["matched", "missed", "skipped", "exempt", "cooldown", "dry"]
NO_ARGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code of `words` and the values of its sentence. `parts` are the reasons of the blocks of an `any`."""

    code: str
    args: Mapping[str, str] = field(default_factory=lambda: NO_ARGS)
    parts: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """How close a text came to what was wanted: `away` characters off `wanted`."""

    away: int
    wanted: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of one condition.

    `span` counts code points of the text after a mention of the bot was cut, end exclusive; `captures` are the named
    groups of patterns, in the sender's own characters.
    """

    matched: bool
    because: Reason
    span: Span | None = None
    captures: Mapping[str, str] = field(default_factory=lambda: EMPTY)
