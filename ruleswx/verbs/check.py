"""`ruleswx check CONFIG`: load everything exactly as `serve` would and print every finding with its place and its mend.

Exit 3 with an error (with `--strict` also with a warning), else 0. It logs in nowhere and sends nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ruleswx.catalogue import hint, message, render
from ruleswx.config import load_config, shown
from ruleswx.diagnostics import Diagnostic, Lang, sort_diagnostics
from ruleswx.rules.load.walk import Path as Spot
from ruleswx.rules.load.walk import every_step, rules
from ruleswx.rules.schema import CheckedFile, Rule, Timed
from ruleswx.verbs.loading import EXIT_FINDINGS, load_all

__all__ = ["Checked", "as_json", "check_all", "missing_files", "run", "summary"]

_MEDIA = frozenset({"image", "file", "video", "emoticon"})


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, over how many files and rules."""

    findings: tuple[Diagnostic, ...]
    files: int
    rules: int

    def count(self, severity: str) -> int:
        """How many findings of this severity there are."""
        return sum(1 for finding in self.findings if finding.severity == severity)


def check_all(path: str, env: Mapping[str, str], lang: Lang = "en") -> Checked:
    """Check a configuration and all it names. A broken configuration is a finding like any other."""
    config, findings = load_config(path, env)
    if config is None:
        return Checked(findings, 1, 0)
    today = datetime.now(config.zone).date()  # noqa: TID251 - a verb may look at the clock
    loaded = load_all(config, lang, today=today)
    absent = missing_files(loaded.checked, config.files)
    return Checked(sort_diagnostics((*findings, *loaded.findings, *absent)), 1 + len(loaded.files), loaded.rules)


def missing_files(files: Iterable[CheckedFile], folder: Path) -> Iterator[Diagnostic]:
    """Pictures and files that rules send by name and that do not lie in the folder now. A warning: they may come."""
    for file in files:
        written: list[tuple[Spot, Rule | Timed]] = [(at, rule) for _, at, rule in rules(file.model)]
        written += [(("schedule", number), timed) for number, timed in enumerate(file.model.schedule or ())]
        for path, rule in written:
            for at, step in every_step(path, rule):
                name = getattr(step, step.action, None) if step.action in _MEDIA else None
                if isinstance(name, str) and "{" not in name and not (folder / name).is_file():
                    shown_folder = {"file": name, "folder": shown(str(folder))}
                    yield file.source.diagnose("W209", (*at, str(step.action)), shown_folder)


def as_json(checked: Checked, lang: Lang) -> str:
    """The one object of `--json`; its keys are a contract."""
    findings = [
        {
            "code": f.code,
            "severity": f.severity,
            "path": f.place.path,
            "line": f.place.line,
            "column": f.place.column,
            "message": message(f, lang),
            "hint": hint(f, lang),
        }
        for f in checked.findings
    ]
    return json.dumps({"findings": findings, "files": checked.files, "rules": checked.rules}, ensure_ascii=False)


def summary(checked: Checked, lang: Lang) -> str:
    """The last line: how much was looked at and how much is wrong."""
    errors, warnings = checked.count("error"), checked.count("warning")
    if lang == "zh":
        return f"{checked.files} 个文件，{checked.rules} 条规则：{errors} 个错误，{warnings} 个警告"
    read = f"{_many(checked.files, 'file')}, {_many(checked.rules, 'rule')}"
    return f"{read}: {_many(errors, 'error')}, {_many(warnings, 'warning')}"


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def run(args: argparse.Namespace) -> int:
    """Check, print, and say by the exit code whether it may run."""
    checked = check_all(args.config, os.environ, args.lang)
    if args.json:
        sys.stdout.write(as_json(checked, args.lang) + "\n")
    else:
        for finding in checked.findings:
            sys.stdout.write(render(finding, args.lang) + "\n\n")
        sys.stdout.write(summary(checked, args.lang) + "\n")
    bad = checked.count("error") + (checked.count("warning") if args.strict else 0)
    return EXIT_FINDINGS if bad else 0
