"""What is wrong between files: names given twice, names nobody gave.

Names of rules, lists, templates and variables are unique over all files, because state is kept by name. When a file
could not be read whole, a missing name may be in the part that is missing, so nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches

from ruleswx.diagnostics import Diagnostic
from ruleswx.rules.load.files import Library, Typed
from ruleswx.rules.load.variables import misuse
from ruleswx.rules.load.walk import Path, every_step, rules, when_conds
from ruleswx.rules.schema import Cond, Name, Options, Rule, RuleFile, Step, Timed

__all__ = ["check_names", "nearest"]

_WORDS = frozenset({"equals", "contains", "contains_all", "starts", "ends", "title", "file_name"})


def nearest(name: str, known: Iterable[str]) -> dict[str, str]:
    """`{"near": …}` when one of the known names is close, else nothing."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return {"near": near[0]} if near else {}


def check_names(library: Library, options: Options) -> Iterator[Diagnostic]:
    """Names given twice; then, if every file was read whole, names nobody gave and lists nobody uses."""
    yield from _repeated(library, "vars")
    yield from _repeated_rules(library)
    if not library.whole:
        return
    yield from _Missing(library, options).check()


def _named(typed: Typed) -> Iterator[tuple[Path, str]]:
    if typed.model is None:
        return
    for _, path, rule in rules(typed.model):
        yield (*path, "rule"), rule.rule
    for index, timed in enumerate(typed.model.schedule or ()):
        yield ("schedule", index, "rule"), timed.rule


def _repeated_rules(library: Library) -> Iterator[Diagnostic]:
    first: dict[str, tuple[Typed, Path]] = {}
    for typed in library.files:
        for path, name in _named(typed):
            there = first.setdefault(name, (typed, path))
            if there != (typed, path):
                where = str(there[0].source.place(there[1]))
                yield typed.source.diagnose("E120", path, {"what": "@a_rule", "name": name, "where": where})


def _repeated(library: Library, section: str) -> Iterator[Diagnostic]:
    first: dict[str, Typed] = {}
    for typed in library.files:
        for name in getattr(typed.model, section, None) or ():
            there = first.setdefault(name, typed)
            if there is not typed:
                where = str(there.source.place((section, name), "key"))
                args = {"what": "@a_var", "name": name, "where": where}
                yield typed.source.diagnose("E120", (section, name), args, part="key")


class _Missing:
    """Names that are used and nowhere given."""

    def __init__(self, library: Library, options: Options) -> None:
        self.library = library
        self.templates = {*library.templates, *options.templates}
        self.folder = options.template_folder
        self.vars = {name: var for f in library.files if f.model for name, var in (f.model.vars or {}).items()}
        self.counters = {
            step.strike for f in library.files if f.model for _, step in _steps(f.model) if step.strike is not None
        }
        self.used: set[str] = set()

    def check(self) -> Iterator[Diagnostic]:
        for typed in (*self.library.files, *self.library.used):
            if typed.model is not None:
                yield from self.in_lists(typed, typed.model)
        for typed in self.library.files:
            if typed.model is not None and not typed.is_test:
                yield from self.in_file(typed, typed.model)
        for name, origin in self.library.list_origins.items():
            if name not in self.used and origin.file in self.library.files:
                yield origin.file.source.diagnose("W207", origin.path, {"name": name}, part="key")

    def in_lists(self, typed: Typed, model: RuleFile) -> Iterator[Diagnostic]:
        for name, made in (model.lists or {}).items():
            for index, entry in enumerate(made.entries or ()):
                yield from self.word(typed, ("lists", name, index), entry)

    def in_file(self, typed: Typed, model: RuleFile) -> Iterator[Diagnostic]:
        if model.defaults:
            for key in ("group", "person", "exempt"):
                yield from self.names(typed, ("defaults", key), getattr(model.defaults, key))
        for _, path, rule in rules(model):
            yield from self.names(typed, (*path, "exempt"), rule.exempt)
            for at, cond in when_conds(path, rule):
                yield from self.cond(typed, at, cond)
            yield from self.steps(typed, path, rule)
        for index, timed in enumerate(model.schedule or ()):
            yield from self.steps(typed, ("schedule", index), timed)

    def steps(self, typed: Typed, path: Path, rule: Rule | Timed) -> Iterator[Diagnostic]:
        for at, step in every_step(path, rule):
            yield from self.step(typed, at, step)

    def cond(self, typed: Typed, path: Path, cond: Cond) -> Iterator[Diagnostic]:
        for key in _WORDS & cond.model_fields_set:
            words: tuple[str, ...] | None = getattr(cond, key)
            for index, word in enumerate(words or ()):
                if word[0] == "$":
                    yield from self.word(typed, (*path, key, index), word)
        for key in ("person", "group", "member"):
            yield from self.names(typed, (*path, key), getattr(cond, key))
        for name in cond.var or ():
            if name not in self.vars:
                yield self.missing(typed, "E134", (*path, "var", name), name, self.vars, part_key=True)
            elif what := misuse(self.vars[name], tested=cond.var[name] if cond.var else None):
                args = {"name": name, "type": self.vars[name].type, what: ""}
                yield typed.source.diagnose("E192", (*path, "var", name), args, part="key")
        if cond.strikes and cond.strikes.of not in self.counters:
            yield self.missing(typed, "E135", (*path, "strikes", "of"), cond.strikes.of, self.counters)

    def step(self, typed: Typed, path: Path, step: Step) -> Iterator[Diagnostic]:
        yield from self.names(typed, (*path, "to"), step.to)
        for key in ("reply", "send", "ask"):
            msg = getattr(step, key)
            if msg and msg.template and msg.template not in self.templates:
                found = self.missing(typed, "E133", (*path, key, "template"), msg.template, self.templates)
                yield replace(found, args={**found.args, "folder": self.folder})
        for key, given in (("set", step.set_), ("add", step.add)):
            for name in given or ():
                if name not in self.vars:
                    yield self.missing(typed, "E134", (*path, key, name), name, self.vars, part_key=True)
                elif what := misuse(self.vars[name], added=key == "add"):
                    args = {"name": name, "type": self.vars[name].type, what: ""}
                    yield typed.source.diagnose("E192", (*path, key, name), args, part="key")
        if step.pardon and step.pardon not in self.counters:
            yield self.missing(typed, "E135", (*path, "pardon"), step.pardon, self.counters)
        for key, cond in (("if", step.if_), ("expect", step.expect)):
            if cond:
                yield from self.cond(typed, (*path, key), cond)
        for index, choice in enumerate(step.choose or ()):
            if choice.when:
                yield from self.cond(typed, (*path, "choose", index, "when"), choice.when)

    def names(self, typed: Typed, path: Path, given: tuple[Name, ...] | None) -> Iterator[Diagnostic]:
        for index, name in enumerate(given or ()):
            if name.text and name.text[0] == "$":
                yield from self.word(typed, (*path, index), name.text)

    def word(self, typed: Typed, path: Path, word: str) -> Iterator[Diagnostic]:
        if not word.startswith("$") or word.startswith("$$"):
            return
        self.used.add(word[1:])
        if word[1:] not in self.library.list_origins:
            yield self.missing(typed, "E132", path, word[1:], self.library.list_origins)

    def missing(
        self, typed: Typed, code: str, path: Path, name: str, known: Iterable[str], *, part_key: bool = False
    ) -> Diagnostic:
        args = {"name": name, **nearest(name, known)}
        return typed.source.diagnose(code, path, args, part="key" if part_key else "value")


def _steps(model: RuleFile) -> Iterator[tuple[Path, Step]]:
    for _, path, rule in rules(model):
        yield from every_step(path, rule)
    for index, timed in enumerate(model.schedule or ()):
        yield from every_step(("schedule", index), timed)
