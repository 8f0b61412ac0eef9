"""From checked files to one generation of rules: values in effective order, ready to be judged and run.

It must not know messages, state or time.
"""

from __future__ import annotations

from ruleswx.rules.compile.build import all_steps, broad_targets, compile_rules
from ruleswx.rules.compile.ruleset import Exempt, Memory, Rule, RuleSet, TimedRule

__all__ = [
    "Exempt",
    "Memory",
    "Rule",
    "RuleSet",
    "TimedRule",
    "all_steps",
    "broad_targets",
    "compile_rules",
]
