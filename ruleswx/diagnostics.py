"""Anything wrong in a file the user wrote: what, where, how to mend.

A diagnostic is a value. Readers and checkers collect them; only the verbs and the reload report print them.
The words live in `catalogue`, one entry a code, in Chinese and English, so that a diagnostic itself holds only
the code, the place and the values that go into the sentence. This module must not know who prints it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

__all__ = ["NOWHERE", "Diagnostic", "Lang", "Place", "Severity", "sort_diagnostics"]

Lang = Literal["zh", "en"]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A spot in a user's file: path as the user knows it, line and column from 1 (0 = the file as a whole)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if self.line:
            return f"{self.path}:{self.line}:{self.column}"
        return self.path


NOWHERE = Place("")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `args` fill the catalogue's sentence for `code`; `source` is the line as written, `width`
    how many of its characters the caret underlines (0: none)."""

    code: str
    place: Place
    args: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    source: str = ""
    width: int = 1

    @property
    def severity(self) -> Severity:
        """Codes that begin with W are warnings; every other code is an error."""
        return "warning" if self.code.startswith("W") else "error"


def sort_diagnostics(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In reading order: file, line, column, errors before warnings at one place, each finding once."""
    unique = {(d.place, d.code, tuple(sorted(d.args.items()))): d for d in findings}
    return tuple(sorted(unique.values(), key=lambda d: (d.place, d.code)))
