"""What a condition is: a small frozen value that checks a context and says why.

It must not know any particular condition.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from ruleswx.rules.conditions.context import Context
from ruleswx.rules.trace import Near, Reason, Verdict

__all__ = ["EVENT", "HISTORY", "LUCK", "TEXT", "TIME", "WHERE", "Condition", "no", "yes"]

WHERE, EVENT, TIME, TEXT, HISTORY, LUCK = range(6)
"""How dear a condition is, which is also the order in which they are checked."""


class Condition:
    """One line of `when`. `cost` is its place in the order; conditions of WHERE decide whether a rule listens here."""

    __slots__ = ()
    cost: ClassVar[int] = TEXT

    @property
    def asks_text(self) -> bool:
        """Whether it looks at what was written: only such lines are tried on examples."""
        return self.cost == TEXT

    @abstractmethod
    def check(self, context: Context) -> Verdict:
        """Whether it holds, and why."""

    def near(self, context: Context) -> Near | None:  # noqa: ARG002 - only text lines know
        """How close a message that failed came, when that can be told."""
        return None


def yes(code: str, **args: str) -> Verdict:
    """It holds."""
    return Verdict(True, Reason(code, args))


def no(code: str, **args: str) -> Verdict:
    """It does not hold."""
    return Verdict(False, Reason(code, args))
