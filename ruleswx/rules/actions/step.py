"""What a step is, and the three ways one ends: done, failed, waiting for something.

Steps are frozen values with one method that asks a Run for effects and changes. It must not know any particular step.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from ruleswx.model import Json
from ruleswx.rules.conditions import Condition
from ruleswx.rules.trace import Reason

if TYPE_CHECKING:
    from ruleswx.rules.actions.run import Run

__all__ = ["Key", "OnError", "Path", "Pause", "Step", "StepFailed", "Steps", "show_path"]

Key: TypeAlias = "int | str"
Path: TypeAlias = "tuple[Key, ...]"
"""From a rule's steps to one of them: indexes, and the names of inner lists (`ladder`, `3`, `on_error` …)."""


class StepFailed(Exception):
    """A step could not do its part."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.code)


@dataclass(frozen=True, slots=True)
class Pause:
    """The steps go on later: when `due` has come, when an effect's outcome is known, when somebody answers.

    `more` is kept with the wait and handed back.
    """

    kind: Literal["wait", "outcome", "dialogue"]
    due: datetime
    more: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OnError:
    """What happens when a step fails: go on with the next one, or these steps instead of the rest."""

    go_on: bool = False
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One action. `when` is its `if`."""

    action: ClassVar[str] = ""
    when: tuple[Condition, ...] | None = field(default=None, kw_only=True)
    on_error: OnError | None = field(default=None, kw_only=True)

    @property
    def name(self) -> str:
        """The action's key, as authors write it."""
        return self.action

    @abstractmethod
    def act(self, run: Run) -> Pause | None:
        """Do it. Raises StepFailed; RenderFailed of a template means the same."""

    def arrive(self, run: Run, value: Json) -> None:
        """Take in what a pause of this step waited for. Raises StepFailed."""

    def inner(self, run: Run) -> tuple[Path, Steps] | None:  # noqa: ARG002 - most steps have none
        """The steps to run as part of this one, chosen after it acted."""
        return None

    def block(self, keys: Path) -> tuple[Steps, int] | None:
        """The inner steps at these keys, and how many keys that took."""
        if keys[:1] == ("on_error",) and self.on_error is not None:
            return self.on_error.steps, 1
        return None


Steps: TypeAlias = "tuple[Step, ...]"


def show_path(path: Path) -> str:
    """A path as traces show it."""
    return "/".join(map(str, path))
