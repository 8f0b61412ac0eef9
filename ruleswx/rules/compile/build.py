"""Checked files to a RuleSet: sections in file order, shared names, the index. Pure and complete or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from types import MappingProxyType

from ruleswx.diagnostics import Diagnostic
from ruleswx.fold import Mode
from ruleswx.model import Json
from ruleswx.rules.actions import Ask, Choose, Media, PassOn, Say, Step, Strike
from ruleswx.rules.compile.conds import CondBuilder, longest
from ruleswx.rules.compile.needs import entry
from ruleswx.rules.compile.ruleset import Exempt, Memory, Rule, RuleSet, TimedRule
from ruleswx.rules.compile.steps import StepBuilder
from ruleswx.rules.compile.timing import spec_of
from ruleswx.rules.conditions import AnyOf, Condition, DatesIn, FloodOf, RepeatOf, Self, Sender, StrikesOf, VarDef
from ruleswx.rules.index import Index
from ruleswx.rules.patterns import PatternError
from ruleswx.rules.schema import SECTIONS, CheckedFile, Defaults, Options, Var
from ruleswx.rules.schema import Rule as WrittenRule
from ruleswx.rules.schema import Step as WrittenStep
from ruleswx.schedule import CronError

__all__ = ["all_steps", "broad_targets", "compile_rules"]

_NO_DEFAULTS = Defaults()


def compile_rules(files: Sequence[CheckedFile], options: Options) -> tuple[RuleSet | None, tuple[Diagnostic, ...]]:
    """Compile files that were found good. A pattern that does not compile after all is a finding, and no rule set."""
    builder = _Builder(files, options)
    rules = tuple(builder.rules())
    timed = tuple(builder.timed())
    if builder.findings:
        return None, tuple(builder.findings)
    guard, reply, watch = (tuple(rule for rule in rules if rule.section == s) for s in SECTIONS)
    every = [line for rule in rules for line in _flat(rule.when)]
    ruleset = RuleSet(
        guard,
        reply,
        watch,
        schedule=timed,
        index=Index(entry(rule.position, rule.when) for rule in rules if rule.mode != "off"),
        options=options,
        variables=builder.variables,
        counters=builder.counters,
        templates=files[0].templates if files else MappingProxyType({}),
        files=tuple(file.path for file in files),
        memory=_memory(rules),
        hears_official=any(isinstance(line, Sender) and line.wanted == "official" for line in every),
        hears_phone=any(isinstance(line, Self) and line.wanted != "never" for line in every),
        rules=rules,
    )
    return ruleset, ()


class _Builder:
    def __init__(self, files: Sequence[CheckedFile], options: Options) -> None:
        self.files = files
        self.options = options
        self.findings: list[Diagnostic] = []
        self.variables = MappingProxyType(
            {name: _variable(name, var) for file in files for name, var in (file.model.vars or {}).items()}
        )
        self.counters = MappingProxyType(
            {
                step.strike: step.per or "member"
                for file in files
                for step in _written_steps(file)
                if step.strike is not None
            }
        )
        self.conds = CondBuilder(files[0].lists if files else {})

    def rules(self) -> Iterator[Rule]:
        position = 0
        for section in SECTIONS:
            for file in self.files:
                for number, written in enumerate(file.model.rules(section)):
                    try:
                        yield self._rule(position, section, number, written, file)
                    except PatternError as error:
                        where = (section, number, "rule")
                        self.findings.append(file.source.diagnose(error.code, where, error.values))
                    position += 1

    def _rule(self, position: int, section: str, number: int, written: WrittenRule, file: CheckedFile) -> Rule:
        defaults = file.model.defaults or _NO_DEFAULTS
        mode = _mode(written.match or defaults.match)
        when = self.conds.rule(written.when, defaults, mode)
        if written.valid:
            when = (DatesIn((written.valid,), "valid"), *when)
        steps = self._steps(file).steps(written.do, mode)
        return Rule(
            position,
            written.rule,
            section,
            file.source.place((section, number, "rule"), "key"),
            written,
            file,
            (section, number),
            mode=written.mode or defaults.mode or "live",
            match=mode,
            when=when,
            unless=self.conds.exceptions(written.unless, mode),
            exempt=self._exempt(section, written, defaults),
            cooldown=written.cooldown or defaults.cooldown,
            steps=steps,
            then=written.then or "",
            again=written.again or "ignore",
            asks=any(isinstance(step, Ask) for step in all_steps(steps)),
            counting=tuple(line for line in _flat(when) if isinstance(line, FloodOf | RepeatOf)),
            counter=_counter(when, steps),
        )

    def timed(self) -> Iterator[TimedRule]:
        for file in self.files:
            for number, written in enumerate(file.model.schedule or ()):
                steps = self._steps(file).steps(written.do, "normal")
                place = file.source.place(("schedule", number, "rule"), "key")
                mode = written.mode or (file.model.defaults and file.model.defaults.mode) or "live"
                try:
                    spec = spec_of(written, self.options.zone)
                except CronError as error:
                    args = {"value": str(written.cron), "field": f"@cron_{error.field.replace('-', '_') or 'five'}"}
                    self.findings.append(file.source.diagnose("E175", ("schedule", number, "cron"), args))
                    continue
                except ValueError as error:
                    args = {"value": written.cron or str(written.tz or written.every), "why": str(error)}
                    key = "cron" if written.cron else "tz" if written.tz else "every"
                    self.findings.append(file.source.diagnose("E168", ("schedule", number, key), args))
                    continue
                yield TimedRule(written.rule, place, spec, written, file, ("schedule", number), mode, steps)

    def _steps(self, file: CheckedFile) -> StepBuilder:
        return StepBuilder(self.conds, file.templates, self.variables, self.options.secrets, file.source)

    def _exempt(self, section: str, written: WrittenRule, defaults: Defaults) -> Exempt:
        names = written.exempt or (defaults.exempt if section == "guard" else None)
        if names is None:
            return Exempt(admins=section == "guard")
        plain = {name.text for name in names}
        if plain == {"none"}:
            return Exempt()
        others = tuple(name for name in names if name.text not in {"admins", "none"})
        return Exempt("admins" in plain, self.conds.names(others) if others else None)


def broad_targets(ruleset: RuleSet) -> tuple[str, ...]:
    """The names with `*` that steps send to."""
    does = [rule.steps for rule in ruleset.rules] + [rule.steps for rule in ruleset.schedule]
    every = [step for steps in does for step in all_steps(steps)]
    aims = [step.to for step in every if isinstance(step, Say | PassOn | Media) and step.to is not None]
    return tuple(dict.fromkeys(name for aim in aims for name in aim.broad))


def _mode(match: str | None) -> Mode:
    return "exact" if match == "exact" else "loose" if match == "loose" else "normal"


def _variable(name: str, var: Var) -> VarDef:
    start: Json = var.start
    if var.type == "number":
        value = float(str(start)) if start is not None else 0.0
        start = int(value) if value.is_integer() else value
    elif var.type == "flag":
        start = str(start).casefold() in {"yes", "true", "on", "是"}
    elif var.type == "list":
        start = list(start) if isinstance(start, list | tuple) else []
    else:
        start = "" if start is None else str(start)
    return VarDef(name, var.type, var.per, start, var.expires)


def _flat(lines: Sequence[Condition]) -> Iterator[Condition]:
    for line in lines:
        yield line
        if isinstance(line, AnyOf):
            yield from chain.from_iterable(_flat(block) for block in line.blocks)


def all_steps(steps: Sequence[Step]) -> Iterator[Step]:
    """Steps and the steps inside them."""
    for step in steps:
        yield step
        if step.on_error:
            yield from all_steps(step.on_error.steps)
        if isinstance(step, Strike):
            yield from chain.from_iterable(all_steps(rung) for _, rung in step.ladder)
        if isinstance(step, Choose):
            yield from chain.from_iterable(all_steps(branch.steps) for branch in step.branches)
        if isinstance(step, Ask):
            yield from all_steps((*step.on_timeout, *step.on_cancel))


def _counter(when: Sequence[Condition], steps: Sequence[Step]) -> str:
    struck = (step.counter for step in all_steps(steps) if isinstance(step, Strike))
    asked = (line.counter for line in _flat(when) if isinstance(line, StrikesOf))
    return next(chain(struck, asked), "")


def _memory(rules: Sequence[Rule]) -> Memory:
    lines = [line for rule in rules if rule.mode != "off" for line in (*_flat(rule.when), *_flat(rule.unless))]
    floods = [(line.messages, line.within) for line in lines if isinstance(line, FloodOf)]
    repeats = [(line.same, line.within) for line in lines if isinstance(line, RepeatOf)]
    return Memory(*longest([*floods, *repeats]))


def _written_steps(file: CheckedFile) -> Iterator[WrittenStep]:
    """Every step of a file as it was written, inner ones included."""
    rules = [rule.do for section in SECTIONS for rule in file.model.rules(section)]
    rules += [timed.do for timed in file.model.schedule or ()]
    stack = [step for do in rules for step in do or ()]
    while stack:
        step = stack.pop()
        yield step
        stack += step.on_error.steps if step.on_error else ()
        stack += chain.from_iterable((step.ladder or {}).values())
        stack += chain.from_iterable(choice.do for choice in step.choose or ())
        stack += (*(step.on_timeout or ()), *(step.on_cancel or ()))
