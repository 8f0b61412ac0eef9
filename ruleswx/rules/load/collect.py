"""Everything before compiling: read, shape, look inside each file, look across files.

It must not know how rules are judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ruleswx.diagnostics import Diagnostic
from ruleswx.rules.load.calendar import check_calendar
from ruleswx.rules.load.checks import check_file
from ruleswx.rules.load.crossing import check_names
from ruleswx.rules.load.files import Library, Read, Typed, read_files
from ruleswx.rules.load.never import check_never
from ruleswx.rules.load.outside import check_outside
from ruleswx.rules.load.shadow import check_shadows
from ruleswx.rules.load.texts import check_texts, template_findings, template_names
from ruleswx.rules.load.walk import rules
from ruleswx.rules.schema import CheckedFile, Options

__all__ = ["Gathered", "gather"]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Files ready to be compiled; `complete` says that every file has its shape and no error was found so far."""

    files: tuple[CheckedFile, ...]
    findings: tuple[Diagnostic, ...]
    read: tuple[str, ...]
    rules: int
    complete: bool
    typed: tuple[Typed, ...] = ()


def gather(paths: Sequence[str], read: Read, options: Options, known: Mapping[str, Typed] | None = None) -> Gathered:
    """Read and check the rule files and all they name; files that are `known` byte for byte are not read again."""
    library = read_files(paths, read, known)
    templates = {**options.templates, **library.templates}
    files = tuple(
        CheckedFile(f.path, f.source, f.model, library.lists, templates)
        for f in library.files
        if f.model is not None and not f.is_test
    )
    findings = [
        *template_findings(options),
        *library.findings,
        *check_names(library, options),
        *_inside(files, library, options),
    ]
    if not any(f.severity == "error" for f in findings):
        findings += check_shadows(files)
    count = sum(1 for file in files for _ in rules(file.model)) + sum(len(f.model.schedule or ()) for f in files)
    clean = not any(f.severity == "error" for f in findings)
    return Gathered(files, tuple(findings), tuple(library.read), count, clean, (*library.files, *library.used))


def _inside(files: tuple[CheckedFile, ...], library: Library, options: Options) -> list[Diagnostic]:
    """What single files say, with the names that all files share."""
    shared = {name for f in library.files if f.model for name in f.model.vars or ()}
    named = template_names(files[0].templates.items()) if files else {}
    found: list[Diagnostic] = []
    for file in files:
        found += check_file(file)
        found += check_outside(file, options)
        found += check_never(file, options.today)
        found += check_calendar(file, options.today)
        found += check_texts(file, shared, named, options.secrets)
    return found
