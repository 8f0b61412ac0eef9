"""The tests of rules as a condition of taking them: what fails in a set that loads by itself.

Pure like loading. It must not know who asks or what is done with rules that fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ruleswx.diagnostics import Diagnostic
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.load import Loaded, load_rules
from ruleswx.rules.load.files import Read, relative
from ruleswx.rules.schema import Options, RuleFile
from ruleswx.rules.shape import check_shape
from ruleswx.rules.source import Source, read_yaml
from ruleswx.rules.testing import run_test

__all__ = ["failing_tests"]


def failing_tests(loaded: Loaded, files: Iterable[str], read: Read, options: Options) -> Iterator[Diagnostic]:
    """E195 at every test of these rules, and of the test files, that does not pass; what is wrong with a test file."""
    if loaded.ruleset is None:
        return
    for file in loaded.checked:
        yield from _failing(loaded.ruleset, file.source, file.model, options)
    for path in files:
        try:
            source = read_yaml(path, read(path))
        except (OSError, ValueError, KeyError):
            continue  # gone since it was listed
        model, findings = check_shape(RuleFile, source)
        yield from (finding for finding in findings if finding.severity == "error")
        if model is None:
            continue
        ruleset = loaded.ruleset
        if model.use:
            chosen = load_rules([relative(path, name) for name in model.use], read, options)
            yield from chosen.errors
            if chosen.ruleset is None:
                continue
            ruleset = chosen.ruleset
        yield from _failing(ruleset, source, model, options)


def _failing(ruleset: RuleSet, source: Source, model: RuleFile, options: Options) -> Iterator[Diagnostic]:
    for number, test in enumerate(model.tests or ()):
        result = run_test(ruleset, test, model.world, model.clock, options.lang)
        if result.failure is not None:
            slips = "; ".join(f"{slip.expected} / {slip.got}" for slip in result.failure.slips[:2])
            args = {"test": test.test, "slips": slips[:200]}
            yield source.diagnose("E195", ("tests", number, "test"), args, part="key")
