"""`choose`: the first branch that holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ruleswx.rules.actions.run import Run
from ruleswx.rules.actions.step import Path, Pause, Step, Steps
from ruleswx.rules.conditions import Condition, judge
from ruleswx.rules.trace import Reason

__all__ = ["Branch", "Choose"]


@dataclass(frozen=True, slots=True)
class Branch:
    """Steps, and when they are taken (None: when no other was)."""

    when: tuple[Condition, ...] | None
    steps: Steps


@dataclass(frozen=True, slots=True)
class Choose(Step):
    """`choose`: one of several lists of steps."""

    action: ClassVar[str] = "choose"
    branches: tuple[Branch, ...]

    def act(self, run: Run) -> Pause | None:
        """Say which branch it is."""
        number = run.chosen = self._number(run)
        if number is None:
            run.note(self.action, Reason("step.no_branch"))
        else:
            run.note(self.action, Reason("step.branch", {"number": str(number + 1)}))
        return None

    def _number(self, run: Run) -> int | None:
        for number, branch in enumerate(self.branches):
            if branch.when is not None and judge(branch.when, run.context)[0].matched:
                return number
        return next((n for n, branch in enumerate(self.branches) if branch.when is None), None)

    def inner(self, run: Run) -> tuple[Path, Steps] | None:
        """The steps of that branch; the dice of `chance` are not thrown twice."""
        number = run.chosen
        return None if number is None else (("choose", number, "do"), self.branches[number].steps)

    def block(self, keys: Path) -> tuple[Steps, int] | None:
        """The steps of one branch."""
        if keys[:1] == ("choose",) and len(keys) > 2 and isinstance(keys[1], int) and keys[1] < len(self.branches):
            return self.branches[keys[1]].steps, 3
        return super(Choose, self).block(keys)
