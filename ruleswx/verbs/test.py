"""`ruleswx test [CONFIG]`: the examples beside the rules, `tests:` blocks, and every *.test.yaml under the rules.

No login, no network, a virtual clock. Exit 3 when anything fails or does not load.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass, field

from ruleswx.catalogue import render
from ruleswx.config import Config, load_config
from ruleswx.diagnostics import Diagnostic, Lang, sort_diagnostics
from ruleswx.rules.compile import RuleSet, compile_rules
from ruleswx.rules.examples import try_examples
from ruleswx.rules.load import Loaded, Options, load_rules
from ruleswx.rules.load.files import relative
from ruleswx.rules.schema import RuleFile
from ruleswx.rules.shape import check_shape
from ruleswx.rules.source import Source, read_yaml
from ruleswx.rules.testing import Ran, Report, measure, run_test
from ruleswx.rules.trace import Trace
from ruleswx.verbs.loading import read_rule_file

__all__ = ["run", "run_all"]

EXIT_FAILED = 3
_EXAMPLE = "E141"


def run(args: argparse.Namespace) -> int:
    """Run everything there is to run, print it, and say by the exit code whether it is good."""
    config, findings = load_config(args.config, os.environ, secrets=False)
    tried = None if config is None else run_all(config, args.lang, coverage=args.coverage is not None)
    if tried is not None:
        findings = tried.findings
    errors = [finding for finding in findings if finding.severity == "error"]
    for finding in errors:
        sys.stderr.write(render(finding, args.lang) + "\n\n")
    if tried is None or tried.report is None:
        return EXIT_FAILED
    report = Report(tried.report.examples, tried.report.tests, tried.report.coverage, args.coverage or None)
    if args.json:
        sys.stdout.write(json.dumps(report.to_json(args.lang), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(report.render(args.lang, every=args.all))
    return 0 if report.good and not errors else EXIT_FAILED


@dataclass(slots=True)
class Tried:
    """A run: the report (None when the rules do not load) and every finding of every file."""

    report: Report | None = None
    findings: tuple[Diagnostic, ...] = ()


@dataclass(slots=True)
class _Session:
    options: Options
    tests: list[Ran] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)

    def run(self, ruleset: RuleSet, source: Source, model: RuleFile) -> None:
        """The tests of one file."""
        for number, test in enumerate(model.tests or ()):
            result = run_test(ruleset, test, model.world, model.clock, self.options.lang)
            step = result.failure.step if result.failure else 0
            path = ("tests", number, "steps", step - 1) if step else ("tests", number, "test")
            self.tests.append(Ran(result, source.place(path, "key")))
            self.traces += result.traces

    def run_file(self, path: str, whole: RuleSet) -> None:
        """A test file: its own selection of rule files, or all rules."""
        try:
            source = read_yaml(path, read_rule_file(path))
        except OSError:
            return  # gone since it was listed
        model, findings = check_shape(RuleFile, source)
        self.findings += findings
        if model is None:
            return
        ruleset: RuleSet | None = whole
        if model.use:
            loaded = load_rules([relative(path, name) for name in model.use], read_rule_file, self.options)
            self.findings += loaded.findings
            ruleset = _usable(loaded, self.options)
        if ruleset is not None:
            self.run(ruleset, source, model)


def run_all(config: Config, lang: Lang, *, coverage: bool = False) -> Tried:
    """Load the rules of a configuration, try examples and tests."""
    options = config.rule_options(lang)
    paths = config.rule_paths()
    loaded = load_rules(paths, read_rule_file, options)
    session = _Session(options, findings=list(loaded.findings))
    ruleset = _usable(loaded, options)
    if ruleset is None:
        return Tried(None, sort_diagnostics(session.findings))
    for file in loaded.checked:
        session.run(ruleset, file.source, file.model)
    for path in config.test_paths():
        session.run_file(path, ruleset)
    examples = tuple(try_examples(ruleset))
    hits = frozenset(tried.rule.name for tried in examples if tried.kind == "hit" and tried.hits)
    covered = measure(ruleset, session.traces, hits, lang) if coverage else None
    return Tried(Report(examples, tuple(session.tests), covered), sort_diagnostics(session.findings))


def _usable(loaded: Loaded, options: Options) -> RuleSet | None:
    """The rules, also when nothing is wrong with them but their examples: those are told with the tests."""
    if loaded.ruleset is not None or any(finding.code != _EXAMPLE for finding in loaded.errors):
        return loaded.ruleset
    return compile_rules(loaded.checked, options)[0]
