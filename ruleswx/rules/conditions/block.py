"""Conditions together: all of a block, any of several blocks, exceptions. The first false line is the reason.

In a trial (an example) only lines about the text are asked; the others are taken as satisfied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ruleswx.model import EMPTY
from ruleswx.rules.conditions.base import TEXT, WHERE, Condition
from ruleswx.rules.conditions.context import Context
from ruleswx.rules.trace import Near, Reason, Verdict

__all__ = ["AnyOf", "Block", "cost_of", "in_order", "judge", "refusal"]

_ALL = Reason("all.yes")


def cost_of(condition: Condition) -> int:
    """When a condition is checked: an `any` is as dear as the dearest line in it."""
    if isinstance(condition, AnyOf):
        return max((cost_of(line) for block in condition.blocks for line in block), default=TEXT)
    return condition.cost


def in_order(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """Cheap lines first; lines of one cost stay as they were written."""
    return tuple(sorted(conditions, key=cost_of))


Block = tuple[Condition, ...]


def judge(block: Sequence[Condition], context: Context) -> tuple[Verdict, Condition | None]:
    """The verdict over all lines, and the line that failed if one did."""
    because, span, captures = _ALL, None, EMPTY
    for line in block:
        if context.trial and not line.asks_text:
            continue
        verdict = line.check(context)
        if not verdict.matched:
            return verdict, line
        if verdict.span is not None and span is None:
            span = verdict.span
            because = verdict.because
        elif span is None and (because is _ALL or line.cost != WHERE):
            because = verdict.because  # the dearest line tells most
        if verdict.captures:
            captures = {**captures, **verdict.captures} if captures else verdict.captures
    return Verdict(True, because, span, captures), None


def refusal(exceptions: Sequence[Condition], context: Context) -> Verdict | None:
    """The exception that cancels the rule, if one holds."""
    for line in exceptions:
        if context.trial and not line.asks_text:
            continue
        verdict = line.check(context)
        if verdict.matched:
            return Verdict(False, Reason("unless", parts=(verdict.because,)), verdict.span)
    return None


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """`any`: at least one of the blocks holds; the first that does is the reason."""

    blocks: tuple[Block, ...]

    @property
    def asks_text(self) -> bool:
        """Whether one of its lines does."""
        return any(line.asks_text for block in self.blocks for line in block)

    def check(self, context: Context) -> Verdict:
        """Try the blocks in turn."""
        why: list[Reason] = []
        for block in self.blocks:
            if context.trial and not any(line.asks_text for line in block):
                continue
            verdict, _ = judge(block, context)
            if verdict.matched:
                return verdict
            why.append(verdict.because)
        return Verdict(False, why[0] if len(why) == 1 else Reason("any", parts=tuple(why)))

    def near(self, context: Context) -> Near | None:
        """The closest of its failing lines."""
        found = [near for block in self.blocks if (near := self._near(block, context)) is not None]
        return min(found, key=lambda near: near.away, default=None)

    def _near(self, block: Block, context: Context) -> Near | None:
        _, failed = judge(block, context)
        return failed.near(context) if failed is not None else None
