"""Runs steps in order, and goes on in the middle of them.

Theory. A place among steps is a path: an index, then the name of an inner list, an index in it, and so on. Running
from a path walks down to the innermost step and on from there, back up through the lists around it. A failing step
ends the rule: its `on_error` steps run instead of the rest; without `on_error` the step around it fails, and at the top
the admins are told. A step that waits hands out a Pause together with its path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ruleswx.model import Json
from ruleswx.rules.actions.run import Run
from ruleswx.rules.actions.step import Path, Pause, Step, StepFailed, Steps
from ruleswx.rules.conditions import judge
from ruleswx.rules.trace import Reason
from ruleswx.templates import RenderFailed

__all__ = ["Arrival", "Stopped", "run_from", "steps_at"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a pause was waiting for: a value, or why there is none."""

    value: Json = None
    failed: Reason | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where and why the steps stopped before their end."""

    path: Path
    pause: Pause | None = None
    reason: Reason | None = None


_End = Literal["through", "ended"] | Stopped


def run_from(run: Run, steps: Steps, at: Path = (), arrival: Arrival | None = None) -> Stopped | None:
    """Run steps from a path on, to the end (None), a pause or a failure nobody handles.

    With an arrival, the step at the path has waited and now takes it in.
    """
    end = _block(run, steps, (), at, arrival)
    return end if isinstance(end, Stopped) else None


def steps_at(steps: Steps, at: Path) -> Step | None:
    """The step at a path, None when the rule has none there any more."""
    if not at or not isinstance(at[0], int) or at[0] >= len(steps):
        return None
    step = steps[at[0]]
    if len(at) == 1:
        return step
    inner = step.block(at[1:])
    return None if inner is None else steps_at(inner[0], at[1 + inner[1] :])


def _block(run: Run, steps: Steps, base: Path, at: Path, arrival: Arrival | None) -> _End:
    first = at[0] if at and isinstance(at[0], int) else 0
    for index in range(first, len(steps)):
        here = (*base, index)
        if index == first and len(at) > 1:
            end = _inside(run, steps[index], here, at[1:], arrival)
        elif index == first and at and arrival is not None:
            end = _arrived(run, steps[index], here, arrival)
        else:
            end = _one(run, steps[index], here)
        if end != "through":
            return end
    return "through"


def _inside(run: Run, step: Step, here: Path, at: Path, arrival: Arrival | None) -> _End:
    """Go on in a list inside a step, then with what follows the step."""
    inner = step.block(at)
    if inner is None:
        return Stopped(here, reason=Reason("step.gone"))
    steps, taken = inner
    end = _block(run, steps, (*here, *at[:taken]), at[taken:], arrival)
    if at[0] in {"on_error", "on_timeout", "on_cancel"}:
        return "ended" if end == "through" else end
    return _handled(run, step, here, end)


def _one(run: Run, step: Step, here: Path) -> _End:
    run.budget -= 1
    if run.budget < 0:
        return Stopped(here, reason=Reason("fail.too_long"))
    run.here = here
    if step.when is not None:
        verdict, _ = judge(step.when, run.context)
        if not verdict.matched:
            run.note(step.name, Reason("step.if", parts=(verdict.because,)))
            return "through"
        run.values.update(verdict.captures)
    noted = len(run.steps)
    try:
        pause = step.act(run)
    except (StepFailed, RenderFailed) as error:
        return _failed(run, step, here, error)
    if len(run.steps) == noted:
        run.note(step.name, Reason("step.pending" if pause else "done", {"action": step.name}))
    if pause is not None:
        return Stopped(here, pause)
    if (inner := step.inner(run)) is None:
        return "through"
    keys, steps = inner
    return _handled(run, step, here, _block(run, steps, (*here, *keys), (), None))


def _arrived(run: Run, step: Step, here: Path, arrival: Arrival) -> _End:
    run.here = here
    try:
        if arrival.failed is not None:
            raise StepFailed(arrival.failed)
        step.arrive(run, arrival.value)
    except StepFailed as error:
        return _failed(run, step, here, error)
    run.note(step.name, Reason("done", {"action": step.name}))
    return "through"


def _failed(run: Run, step: Step, here: Path, error: StepFailed | RenderFailed) -> _End:
    if isinstance(error, RenderFailed):
        reason = Reason(f"fail.{error.code}", error.values)
    else:
        reason = error.reason
    run.note(step.name, Reason("step.failed", {"action": step.name}, (reason,)), ok=False)
    return _handled(run, step, here, Stopped(here, reason=reason))


def _handled(run: Run, step: Step, here: Path, end: _End) -> _End:
    """Let a step deal with a failure of its own or of what is inside it."""
    if not isinstance(end, Stopped) or end.pause is not None or step.on_error is None:
        return end
    if step.on_error.go_on:
        return "through"
    after = _block(run, step.on_error.steps, (*here, "on_error"), (), None)
    return "ended" if after == "through" else after
