"""The grammar of rule files as models: what an author may write, key by key, with hover texts.

The same models check files, print the JSON Schema for editors and fill the reference. They must not know how a rule
is judged.
"""

from __future__ import annotations

from ruleswx.rules.schema.checked import CheckedFile, Options
from ruleswx.rules.schema.cond import EVENTS, KINDS, Cond, Flood, Name, Repeat, Strikes, VarTest
from ruleswx.rules.schema.export import json_schema, rule_file_schema
from ruleswx.rules.schema.reference import reference
from ruleswx.rules.schema.rulefile import (
    SECTIONS,
    Cooldown,
    Defaults,
    Examples,
    ListDef,
    Missed,
    Rule,
    RuleFile,
    Timed,
    Var,
)
from ruleswx.rules.schema.step import ACTIONS, Choice, Http, Msg, OnError, Run, Step
from ruleswx.rules.schema.trial import Expect, Said, Test, TextTest, World
from ruleswx.rules.schema.where import Where, effective

__all__ = [
    "ACTIONS",
    "EVENTS",
    "KINDS",
    "SECTIONS",
    "CheckedFile",
    "Choice",
    "Cond",
    "Cooldown",
    "Defaults",
    "Examples",
    "Expect",
    "Flood",
    "Http",
    "ListDef",
    "Missed",
    "Msg",
    "Name",
    "OnError",
    "Options",
    "Repeat",
    "Rule",
    "RuleFile",
    "Run",
    "Said",
    "Step",
    "Strikes",
    "Test",
    "TextTest",
    "Timed",
    "Var",
    "VarTest",
    "Where",
    "World",
    "effective",
    "json_schema",
    "reference",
    "rule_file_schema",
]
