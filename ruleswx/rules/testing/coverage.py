"""Which rules and which branches of their steps tests and examples reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ruleswx.diagnostics import Lang, Place
from ruleswx.rules.actions import Ask, Choose, Step, Steps, Strike, show_path
from ruleswx.rules.compile import Rule, RuleSet, TimedRule
from ruleswx.rules.testing.wording import phrase
from ruleswx.rules.trace import Trace

__all__ = ["Branch", "Coverage", "branches", "measure"]


@dataclass(frozen=True, slots=True)
class Branch:
    """A list of steps that runs only sometimes."""

    rule: str
    path: str
    what: str
    place: Place


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was reached. `missing`: (place, rule, what) of everything that was not, the most telling first."""

    rules: int
    by_tests: int
    by_examples: int
    branches: int
    branches_reached: int
    missing: tuple[tuple[Place, str, str], ...]

    @property
    def percent(self) -> int:
        """How many of a hundred rules were reached."""
        return 100 * (self.by_tests + self.by_examples) // self.rules if self.rules else 100


def measure(ruleset: RuleSet, traces: Iterable[Trace], examples: frozenset[str], lang: Lang = "en") -> Coverage:
    """Coverage by the traces of tests and the rules whose examples hit."""
    fired, reached = _reached(traces)
    every: list[Rule | TimedRule] = [*ruleset.rules, *ruleset.schedule]
    all_branches = [branch for rule in every for branch in branches(rule, lang)]
    never = [rule for rule in every if rule.name not in fired and rule.name not in examples]
    # Replies first: that is where people look.
    never.sort(key=lambda rule: (rule.section != "reply",))
    gaps = [(rule.place, rule.name, phrase(lang, "never_fired")) for rule in never]
    unused = [b for b in all_branches if (b.rule, b.path) not in reached]
    holes = [(b.place, b.rule, phrase(lang, "never_ran", what=b.what)) for b in unused]
    return Coverage(
        rules=len(every),
        by_tests=sum(rule.name in fired for rule in every),
        by_examples=sum(rule.name in examples and rule.name not in fired for rule in every),
        branches=len(all_branches),
        branches_reached=sum((b.rule, b.path) in reached for b in all_branches),
        missing=(*gaps[:1], *holes[:1], *gaps[1:], *holes[1:]),
    )


def _reached(traces: Iterable[Trace]) -> tuple[set[str], set[tuple[str, str]]]:
    """The rules that fired, and every prefix of every path a step of theirs had."""
    fired: set[str] = set()
    reached: set[tuple[str, str]] = set()
    for trace in traces:
        for row in trace.rules:
            if row.outcome == "matched":
                fired.add(row.rule)
                for step in row.steps:
                    parts = step.path.split("/")
                    reached.update((row.rule, "/".join(parts[:n])) for n in range(1, len(parts) + 1))
    return fired, reached


def branches(rule: Rule | TimedRule, lang: Lang = "en") -> Iterator[Branch]:
    """Every branch of a rule's steps."""
    for path, what in _inside(rule.steps, (), lang):
        place = rule.file.source.place((*rule.path, "do", *path))
        yield Branch(rule.name, show_path(path), what, place)


def _inside(steps: Steps, base: tuple[int | str, ...], lang: Lang) -> Iterator[tuple[tuple[int | str, ...], str]]:
    for number, step in enumerate(steps):
        here = (*base, number)
        for keys, inner, what in _of_step(step, lang):
            yield (*here, *keys), what
            yield from _inside(inner, (*here, *keys), lang)


def _of_step(step: Step, lang: Lang) -> Iterator[tuple[tuple[int | str, ...], Steps, str]]:
    if step.on_error and step.on_error.steps:
        yield ("on_error",), step.on_error.steps, phrase(lang, "on_error", action=step.name)
    if isinstance(step, Strike):
        for count, rung in step.ladder:
            yield ("ladder", str(count)), rung, phrase(lang, "ladder", number=count, action=step.counter)
    if isinstance(step, Choose):
        for number, branch in enumerate(step.branches):
            yield ("choose", number, "do"), branch.steps, phrase(lang, "branch", number=number + 1)
    if isinstance(step, Ask):
        if step.on_timeout:
            yield ("on_timeout",), step.on_timeout, phrase(lang, "on_timeout")
        if step.on_cancel:
            yield ("on_cancel",), step.on_cancel, phrase(lang, "on_cancel")
        if step.retry is not None:
            yield ("retry",), (), phrase(lang, "retry")
