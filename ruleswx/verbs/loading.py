"""Rules for a verb that only looks: the configuration and the generation it names, or every reason why not, printed.

It must not know what the rules are wanted for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial

from ruleswx.catalogue import render
from ruleswx.config import Config, load_config, read_user_file
from ruleswx.diagnostics import Diagnostic, Lang
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.load import Loaded, load_rules
from ruleswx.rules.load.files import MAX_LIST_BYTES

__all__ = ["EXIT_FINDINGS", "load_all", "print_errors", "read_rule_file", "with_rules"]

EXIT_FINDINGS = 3
read_rule_file = partial(read_user_file, limit=MAX_LIST_BYTES)
"""The bytes of a rule file or a list, for loading."""


def load_all(config: Config, lang: Lang, paths: Sequence[str] | None = None, *, today: date | None = None) -> Loaded:
    """The rules of these files (by default those the configuration names), as `serve` would load them. With `today` it
    is said when the calendar ends soon."""
    wanted = config.rule_paths() if paths is None else tuple(paths)
    return load_rules(wanted, read_rule_file, config.rule_options(lang, today=today))


def with_rules(path: str, lang: Lang, use: Callable[[Config, RuleSet], int]) -> int:
    """The exit code of `use` with the configuration and its rules; 3 after printing the errors that are in the way."""
    config, findings = load_config(path, os.environ, secrets=False)
    if config is None:
        return print_errors(findings, lang)
    loaded = load_all(config, lang)
    return print_errors(loaded.findings, lang) if loaded.ruleset is None else use(config, loaded.ruleset)


def print_errors(findings: Iterable[Diagnostic], lang: Lang) -> int:
    """Print the errors among the findings; returns the exit code they stand for."""
    for finding in findings:
        if finding.severity == "error":
            sys.stderr.write(render(finding, lang) + "\n\n")
    return EXIT_FINDINGS
