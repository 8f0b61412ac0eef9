"""`read_yaml`: bytes to a Source, whatever the bytes are; broken YAML is explained, mended and read on.

A slip that has one evident reading (`sender: @@`) is mended in memory and the file is read again, so that the other
slips of the file come in the same run. One without an evident reading costs its rule: the rule is blanked, the rest is
read. It must not know what a rule means, only where one begins.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal, TypeAlias

import yaml

from ruleswx.diagnostics import Diagnostic, Place
from ruleswx.model import Json
from ruleswx.rules.source.builder import Built, Raw, Tree, YAMLSlip, build, column_of, line_of
from ruleswx.rules.source.scan import in_flow, plain_value, spot, token
from ruleswx.rules.source.slips import Moved, as_typed, explain

__all__ = ["MAX_BYTES", "Path", "Source", "Tree", "read_yaml"]

Path: TypeAlias = "Sequence[str | int]"
"""Keys and indexes from the top of the file to a node."""

Args: TypeAlias = "Mapping[str, str]"
Part = Literal["key", "value"]
NONE: Args = MappingProxyType({})
Style = Literal["plain", "single", "double", "block", "mapping", "list"]
MAX_BYTES = 1 << 20
_MAX_SLIPS = 20
_VAGUE = {"E100", "E155", "E157"}
"""Findings that may be the echo of a slip on the same line that was not quite mended."""
_ODD_BREAK = re.compile("[\r\x85\u2028\u2029]")
_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, eq=False)
class Source:
    """One file as it was typed: `tree` is plain dicts, lists and text; `findings` are the slips of its YAML.

    A value that was left empty is None in the tree and has its finding already. `holes` says that something could not
    be read and was left out, so that what is missing elsewhere may be there.
    """

    path: str
    text: str
    tree: Tree = None
    findings: tuple[Diagnostic, ...] = ()
    holes: bool = False
    marks: Mapping[int, Sequence[int]] = field(default_factory=dict, repr=False)
    root: int = 0
    moved: Moved = field(default_factory=dict, repr=False)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines as typed, without their ends."""
        return tuple(split_lines(self.text))

    def line(self, number: int) -> str:
        """Line `number` (from 1) as typed; empty when there is no such line."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def value(self, path: Path) -> Tree:
        """The node at `path`, None when there is none. Steps the file does not have are skipped, as in `place`."""
        return self._find(path)[0]

    def place(self, path: Path, part: Part = "value") -> Place:
        """Where the key or value at `path` was typed.

        Steps the file does not have are skipped: a place is found for `("do", 0, "reply")` where the author wrote one
        step without a list, and a missing key leads to the mapping that lacks it.
        """
        _, key, value = self._find(path)
        line, column = self._typed(key if part == "key" and key >= 0 else value)
        return Place(self.path, line + 1, column + 1)

    def style(self, path: Path) -> Style:
        """How the value at `path` was typed."""
        node, _, packed = self._find(path)
        if isinstance(node, dict):
            return "mapping"
        if isinstance(node, list):
            return "list"
        line, column = self._typed(packed)
        first = self.lines[line][column : column + 1] if line < len(self.lines) else ""
        styles: dict[str, Style] = {"'": "single", '"': "double", "|": "block", ">": "block"}
        return styles.get(first, "plain")

    def typed(self, node: Tree) -> Json:
        """A list or mapping of the tree with its unquoted numbers, true, false and null as what YAML 1.2 means by them.

        Everything quoted stays text, and so does what only older YAML reads otherwise (`no`, `0571`, `10:30`).
        """
        if isinstance(node, dict):
            marks = self.marks[id(node)]
            return {key: self._plain(item, marks[2 * n + 1]) for n, (key, item) in enumerate(node.items())}
        if isinstance(node, list):
            marks = self.marks[id(node)]
            return [self._plain(item, marks[n]) for n, item in enumerate(node)]
        return node

    def _plain(self, node: Tree, packed: int) -> Json:
        if not isinstance(node, str):
            return self.typed(node)
        line, column = self._typed(packed)
        unquoted = line < len(self.lines) and self.lines[line].startswith(node, column)
        return plain_value(node) if unquoted else node

    def in_brackets(self, path: Path) -> bool:
        """Whether the value at `path` is an item of a list written as [a, b]."""
        line, column = self._typed(self._find(path)[2])
        written = self.lines[line][:column] if line < len(self.lines) else ""
        return in_flow(written, len(written)) or (not written.strip(" ") and self._parent_flow(path))

    def _parent_flow(self, path: Path) -> bool:
        line, column = self._typed(self._find(path[:-1])[2])
        return self.lines[line][column : column + 1] == "["

    def diagnose(self, code: str, path: Path, args: Args = NONE, *, part: Part = "value") -> Diagnostic:
        """A finding at the key or value at `path`, with the line and the width of what was typed there."""
        place = self.place(path, part)
        source = self.line(place.line)
        return Diagnostic(code, place, args, source, token(source, place.column - 1, key=part == "key"))

    def inside(self, code: str, path: Path, offset: int, length: int, args: Args = NONE) -> Diagnostic:
        """A finding at characters `offset`..`offset + length` of the text at `path`, wherever they were typed."""
        place = self.place(path)
        text = self.value(path)
        found = spot(self.lines, place.line - 1, place.column - 1, str(text), offset)
        if found is None:
            return self.diagnose(code, path, args)
        line, column = found
        source = self.lines[line]
        width = max(1, min(length, len(source) - column))
        return Diagnostic(code, Place(self.path, line + 1, column + 1), args, source, width)

    def _find(self, path: Path) -> tuple[Tree, int, int]:
        node, key, value = self.tree, -1, self.root
        for step in path:
            if isinstance(node, dict) and isinstance(step, str) and step in node:
                at = list(node).index(step)
                key, value = self.marks[id(node)][2 * at : 2 * at + 2]
                node = node[step]
            elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                key, value = -1, self.marks[id(node)][step]
                node = node[step]
        return node, key, value

    def _typed(self, packed: int) -> tuple[int, int]:
        return as_typed(self.moved, line_of(packed), column_of(packed))


def split_lines(text: str) -> list[str]:
    """Lines as YAML counts them; nearly always that is a matter of newlines alone."""
    return _BREAKS.split(text) if _ODD_BREAK.search(text) else text.split("\n")


def read_yaml(path: str, data: bytes, *, limit: int = MAX_BYTES) -> Source:
    """Read one file. Never raises for bad input: everything wrong is in `findings`."""
    if len(data) > limit:
        return _refused(path, "", Raw("E160", 0, 0, 0, {"limit": f"{limit >> 20} MiB"}))
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8", "replace")
        lines = split_lines(good)
        return _refused(path, good, Raw("E148", len(lines) - 1, len(lines[-1]), 1))
    return _read(path, text)


def _refused(path: str, text: str, raw: Raw) -> Source:
    lines = split_lines(text)
    line = lines[raw.line] if raw.line < len(lines) else ""
    place = Place(path, raw.line + 1, raw.column + 1) if raw.width else Place(path)
    return Source(
        path, text, None, (Diagnostic(raw.code, place, raw.args, line, raw.width if line else 0),), holes=True
    )


def _read(path: str, text: str) -> Source:
    typed = split_lines(text)
    lines = list(typed)
    moved: Moved = {}
    raws: list[Raw] = []
    holes = False
    blanked: set[int] = set()
    built = Built()
    for attempt in range(_MAX_SLIPS if len(text) < MAX_BYTES // 8 else _MAX_SLIPS // 4):
        try:
            built = build("\n".join(lines) if attempt else text, lines)
            break
        except (yaml.YAMLError, YAMLSlip, RecursionError) as error:
            mend = explain(error, lines)
            raw = _as_typed(mend.raw, moved)
            if raw.code not in _VAGUE or all(raw.line != other.line for other in raws):
                raws.append(raw)
            holes = holes or mend.blanks
            blanked.update(range(mend.first, mend.first + len(mend.lines or ())) if mend.blanks else ())
            if not mend.apply(lines, moved):
                holes = True
                break
    else:
        holes = True
    raws += (_as_typed(raw, moved) for raw in built.findings if not _emptied(raw, lines, blanked))
    findings = tuple(_diagnose(path, typed, raw) for raw in raws)
    return Source(path, text, built.tree, findings, holes, built.marks, built.root, moved)


def _emptied(raw: Raw, lines: Sequence[str], blanked: set[int]) -> bool:
    """Nothing stands under this key because we took it away."""
    below = next((n for n in range(raw.line + 1, len(lines)) if lines[n].strip() or n in blanked), -1)
    return raw.code == "E143" and below in blanked


def _as_typed(raw: Raw, moved: Moved) -> Raw:
    line, column = as_typed(moved, raw.line, raw.column)
    return replace(raw, line=line, column=column)


def _diagnose(path: str, typed: Sequence[str], raw: Raw) -> Diagnostic:
    line = typed[raw.line] if raw.line < len(typed) else ""
    width = max(1, min(raw.width, len(line) - raw.column))
    return Diagnostic(raw.code, Place(path, raw.line + 1, raw.column + 1), raw.args, line, width)
