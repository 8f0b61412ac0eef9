"""A generation: every rule compiled and in effective order, with what they share.

Values only: a RuleSet is swapped whole and never changed. It must not know how it was made or how it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from ruleswx.diagnostics import Place
from ruleswx.fold import Mode
from ruleswx.rules.actions import Steps
from ruleswx.rules.conditions import Condition, NameTest, VarDef
from ruleswx.rules.index import Index
from ruleswx.rules.schema import CheckedFile, Cooldown, Options
from ruleswx.rules.schema import Rule as WrittenRule
from ruleswx.rules.schema import Timed as WrittenTimed
from ruleswx.schedule import Spec

__all__ = ["Exempt", "Memory", "Rule", "RuleSet", "TimedRule"]


@dataclass(frozen=True, slots=True)
class Exempt:
    """Who is left alone: the configured admins, and friends by 备注 or 微信号."""

    admins: bool = False
    names: NameTest | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """How much of what people said must be remembered for flood and repeat: so many messages, so long."""

    messages: int = 0
    within: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of guard, reply or watch. `position` is its place over all sections, guard first."""

    position: int
    name: str
    section: str
    place: Place
    written: WrittenRule = field(repr=False)
    file: CheckedFile = field(repr=False)
    path: tuple[str | int, ...] = ()
    mode: str = "live"
    match: Mode = "normal"
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    exempt: Exempt = Exempt()
    cooldown: Cooldown | None = None
    steps: Steps = ()
    then: str = ""
    again: str = "ignore"
    asks: bool = False
    counting: tuple[Condition, ...] = ()
    counter: str = ""

    @property
    def fingerprint(self) -> str:
        """A mark that changes when the rule is edited."""
        return _mark(self.written)


@dataclass(frozen=True, slots=True)
class TimedRule:
    """One rule of `schedule`."""

    name: str
    place: Place
    spec: Spec
    written: WrittenTimed = field(repr=False)
    file: CheckedFile = field(repr=False)
    path: tuple[str | int, ...] = ()
    mode: str = "live"
    steps: Steps = ()
    section: str = "schedule"
    counting: tuple[Condition, ...] = ()
    counter: str = ""

    @property
    def fingerprint(self) -> str:
        """A mark that changes when the rule is edited."""
        return _mark(self.written)


def _mark(written: object) -> str:
    return hashlib.blake2b(repr(written).encode("utf-8", "replace"), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything `decide` needs of the rules. `rules` are all but the timed ones, by position."""

    guard: tuple[Rule, ...]
    reply: tuple[Rule, ...]
    watch: tuple[Rule, ...]
    schedule: tuple[TimedRule, ...]
    index: Index = field(repr=False)
    options: Options = field(repr=False)
    variables: Mapping[str, VarDef] = field(default_factory=lambda: MappingProxyType({}))
    counters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    templates: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    files: tuple[str, ...] = ()
    memory: Memory = Memory()
    hears_official: bool = False
    hears_phone: bool = False
    generation: int = 0
    rules: tuple[Rule, ...] = field(default=(), repr=False)

    def specs(self) -> Mapping[str, Spec]:
        """The schedules in force, by rule."""
        return {rule.name: rule.spec for rule in self.schedule if rule.mode != "off"}

    def find(self, name: str) -> Rule | TimedRule | None:
        """The rule of this name, timed ones included; None when there is none."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        return next((rule for rule in self.schedule if rule.name == name), None)
