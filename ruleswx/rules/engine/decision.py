"""What deciding gives back, and the limits it keeps to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ruleswx.model import Change, Effect, Json
from ruleswx.rules.trace import Reason, Trace

__all__ = ["Decision", "Limits", "Outcome"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What should happen, in order; what to remember; and why. Effects and changes belong in one transaction."""

    effects: tuple[Effect, ...]
    changes: tuple[Change, ...]
    trace: Trace


@dataclass(frozen=True, slots=True)
class Limits:
    """How old a message may be, whether rate-based breakers are on (they are off with `pace: off`), within what time an
    answer counts as quick (the pace's longest gap makes it longer), and whether every rule is judged and told of (for
    `explain` and tests) or only those the index names."""

    max_age: timedelta = timedelta(minutes=2)
    breakers: bool = True
    quick: timedelta = timedelta(seconds=3)
    thorough: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stored wait was waiting for: its time has come, its effect is done (with a value), or failed (`because` in
    both languages, else the `reason` as it is)."""

    kind: Literal["due", "done", "failed"]
    value: Json = None
    reason: str = ""
    because: Reason | None = None
