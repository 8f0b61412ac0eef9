"""Steps that remember: strike with its ladder, pardon, set, add."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from ruleswx.model import Json, State
from ruleswx.rules.actions.run import Run
from ruleswx.rules.actions.step import Path, Pause, Step, StepFailed, Steps
from ruleswx.rules.actions.texts import Text
from ruleswx.rules.conditions import VarDef, show_value
from ruleswx.rules.trace import Reason
from ruleswx.wording import show_span

__all__ = ["Add", "Pardon", "Put", "Strike"]

_MOST = 200
_LARGEST = 10**15
_LONGEST = 4096
_YES = frozenset({"yes", "true", "on", "1", "是", "有"})
_NO = frozenset({"no", "false", "off", "0", "否", "无", ""})


@dataclass(frozen=True, slots=True)
class Strike(Step):
    """`strike`: one more of a counter for the speaker; each expires by itself; the ladder says what follows."""

    action: ClassVar[str] = "strike"
    counter: str
    expires: timedelta
    ladder: tuple[tuple[int, Steps], ...] = ()

    def act(self, run: Run) -> Pause | None:
        """Count, and say when an earlier one had expired."""
        now = run.now.timestamp()
        before = run.context.strikes(self.counter)
        alive = [row for row in before if row[1] > now][-_MOST:]
        gone = [row for row in before if row[1] <= now]
        until = now + self.expires.total_seconds()
        rows: list[Json] = [[at, end] for at, end in (*gone[-1:], *alive, (now, until))]
        scope = run.context.scope(run.context.counters.get(self.counter, "member"))
        last = datetime.fromtimestamp(max(end for _, end in (*alive, (now, until))), UTC)
        run.change("strike", self.counter, scope, State(rows, last + self.expires))
        told = {"counter": self.counter, "count": str(len(alive) + 1)}
        if gone and not alive:
            spans = {"age": show_span(now - gone[-1][0]), "expires": show_span(self.expires)}
            told |= {name: span.replace(" ", "") for name, span in spans.items()}
        code = "step.strike_expired" if "age" in told else "step.strike"
        run.note(self.action, Reason(code, told))
        return None

    def inner(self, run: Run) -> tuple[Path, Steps] | None:
        """The rung for this count: the nearest at or below it; past the top the top repeats."""
        count = run.context.strike_count(self.counter)
        fitting = [(step, steps) for step, steps in self.ladder if step <= count]
        if not fitting:
            return None
        step, steps = fitting[-1]
        return ("ladder", str(step)), steps

    def block(self, keys: Path) -> tuple[Steps, int] | None:
        """The steps of a rung."""
        if keys[:1] == ("ladder",) and len(keys) > 1:
            return next(((steps, 2) for step, steps in self.ladder if str(step) == keys[1]), None)
        return super(Strike, self).block(keys)


@dataclass(frozen=True, slots=True)
class Pardon(Step):
    """`pardon`: the speaker's strikes of a counter are forgotten."""

    action: ClassVar[str] = "pardon"
    counter: str

    def act(self, run: Run) -> Pause | None:
        """Forget them."""
        scope = run.context.scope(run.context.counters.get(self.counter, "member"))
        run.change("strike", self.counter, scope, None)
        run.note(self.action, Reason("step.pardon", {"counter": self.counter}))
        return None


def _remember(run: Run, made: VarDef, value: Json, action: str) -> None:
    until = None if made.expires is None else run.now + made.expires
    run.change("var", made.name, run.context.scope(made.per), State(value, until))
    run.note(action, Reason("step.set", {"name": made.name, "value": show_value(value)}))


@dataclass(frozen=True, slots=True)
class Put(Step):
    """`set`: variables get rendered values, each of its own type."""

    action: ClassVar[str] = "set"
    values: tuple[tuple[VarDef, Text], ...]

    def act(self, run: Run) -> Pause | None:
        """Render and remember."""
        for made, text in self.values:
            _remember(run, made, _typed(made, run.say(text)), self.action)
        return None


def _typed(made: VarDef, text: str) -> Json:
    """A rendered text as a value of the variable's type. Raises StepFailed."""
    text = text.strip()[:_LONGEST]
    if made.type == "number":
        return number(made.name, text)
    if made.type == "flag":
        if text.casefold() not in _YES | _NO:
            raise StepFailed(Reason("fail.not_flag", {"name": made.name, "value": text[:60]}))
        return text.casefold() in _YES
    if made.type == "list":
        return [item for part in text.replace("\n", ",").replace("，", ",").split(",") if (item := part.strip())]
    return text


def number(name: str, text: str) -> int | float:
    """A number people wrote. Raises StepFailed."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) <= _LARGEST:
        raise StepFailed(Reason("fail.not_number", {"name": name, "value": text[:60]}))
    return int(value) if value.is_integer() else value


@dataclass(frozen=True, slots=True)
class Add(Step):
    """`add`: number variables go up or down."""

    action: ClassVar[str] = "add"
    values: tuple[tuple[VarDef, int], ...]

    def act(self, run: Run) -> Pause | None:
        """Add to what is remembered."""
        for made, more in self.values:
            value = run.context.variable(made.name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                value = number(made.name, show_value(value) or "0")
            _remember(run, made, number(made.name, str(value + more)), self.action)
        return None
