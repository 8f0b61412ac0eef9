"""Files to a generation: read all, check all, compile, run the examples; one complete RuleSet or every reason why not.

Pure: reading goes through a function, so that `check`, `serve`, a reload and a test load in the same way.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ruleswx.diagnostics import Diagnostic, sort_diagnostics
from ruleswx.rules.compile import RuleSet, compile_rules
from ruleswx.rules.examples import run_examples
from ruleswx.rules.load.collect import gather
from ruleswx.rules.load.files import Read, Typed
from ruleswx.rules.schema import CheckedFile, Options

__all__ = ["Loaded", "Options", "load_rules"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load gave: the rule set (None with any error), every finding in reading order, every file it read."""

    ruleset: RuleSet | None
    findings: tuple[Diagnostic, ...]
    files: tuple[str, ...]
    rules: int
    checked: tuple[CheckedFile, ...] = field(default=(), repr=False)
    typed: tuple[Typed, ...] = field(default=(), repr=False)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The findings that keep the rules from running."""
        return tuple(f for f in self.findings if f.severity == "error")


def load_rules(paths: Sequence[str], read: Read, options: Options, previous: Loaded | None = None) -> Loaded:
    """Load rule files in this order. Never raises for what the files hold: it is all in `findings`.

    Give a reload the `previous` load, and files that did not change are not parsed again.
    """
    with _collector_paused():
        return _load(paths, read, options, {typed.path: typed for typed in previous.typed} if previous else {})


def _load(paths: Sequence[str], read: Read, options: Options, known: Mapping[str, Typed]) -> Loaded:
    gathered = gather(paths, read, options, known)
    findings = list(gathered.findings)
    ruleset: RuleSet | None = None
    if gathered.complete:
        ruleset, more = compile_rules(gathered.files, options)
        findings += more
    if ruleset is not None and not any(f.severity == "error" for f in findings):
        findings += run_examples(ruleset)
    once = _one_each(sort_diagnostics(findings))
    good = ruleset is not None and not any(f.severity == "error" for f in once)
    return Loaded(ruleset if good else None, once, gathered.read, gathered.rules, gathered.files, gathered.typed)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nothing a load makes is garbage before it ends, and looking through it for garbage costs a third of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _one_each(findings: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """One finding of a code at a place: two stages may notice the same slip."""
    return tuple({(f.place, f.code): f for f in reversed(findings)}.values())[::-1]
