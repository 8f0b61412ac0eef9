"""Rules for a verb that only looks: the configuration and the generation it names, or every reason why not, printed.

It must not know what the rules are wanted for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ruleswx.catalogue import render
from ruleswx.config import Config, load_config, read_user_file
from ruleswx.diagnostics import Diagnostic, Lang
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.load import Options, load_rules
from ruleswx.rules.load.files import MAX_LIST_BYTES

__all__ = ["EXIT_FINDINGS", "load_generation", "print_errors", "with_rules"]

EXIT_FINDINGS = 3


def load_generation(
    config: Config, lang: Lang, paths: Sequence[str] | None = None
) -> tuple[RuleSet | None, tuple[Diagnostic, ...]]:
    """The rules of these files (by default those the configuration names), as `serve` would load them."""
    options = Options(
        zone=config.zone,
        admins=config.admins,
        secrets=frozenset(config.secrets),
        templates=config.template_sources(),
        lang=lang,
    )
    wanted = config.rule_paths() if paths is None else tuple(paths)
    loaded = load_rules(wanted, partial(read_user_file, limit=MAX_LIST_BYTES), options)
    return loaded.ruleset, loaded.findings


def with_rules(path: str, lang: Lang, use: Callable[[Config, RuleSet], int]) -> int:
    """The exit code of `use` with the configuration and its rules; 3 after printing the errors that are in the way."""
    config, findings = load_config(path, os.environ)
    if config is None:
        return print_errors(findings, lang)
    ruleset, findings = load_generation(config, lang)
    return print_errors(findings, lang) if ruleset is None else use(config, ruleset)


def print_errors(findings: Iterable[Diagnostic], lang: Lang) -> int:
    """Print the errors among the findings; returns the exit code they stand for."""
    for finding in findings:
        if finding.severity == "error":
            sys.stderr.write(render(finding, lang) + "\n\n")
    return EXIT_FINDINGS
