"""Events of the C parser to dicts, lists and text, with the place of every key and value beside them.

One pass, several times faster than a loader that also guesses types. Places are kept a container at a time, packed
into ints, in the order of its items. Findings of this stage are raw: code, line and column from 0, width, values.
It must not know files, words or rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from ruleswx.rules.source.scan import quoted, token

# Without libyaml the parser in Python gives the same events, only slower.
_Parser: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

__all__ = ["MAX_DEPTH", "MAX_NODES", "Built", "Raw", "Tree", "YAMLSlip", "build", "column_of", "events", "line_of"]

Tree: TypeAlias = "None | str | list[Tree] | dict[str, Tree]"

MAX_DEPTH = 32
MAX_NODES = 50_000
"""How many nodes aliases may add to a file: a bomb of 300 bytes stands for millions."""
_SHIFT = 24
_BREAKING = "\x00\x07\x08\x0b\x0c\x1b"


def line_of(packed: int) -> int:
    """The line, from 0, of a packed place."""
    return packed >> _SHIFT


def column_of(packed: int) -> int:
    """The column, from 0, of a packed place."""
    return packed & ((1 << _SHIFT) - 1)


@dataclass(frozen=True, slots=True)
class Raw:
    """A finding before it has a path and a source line; line and column from 0."""

    code: str
    line: int
    column: int
    width: int = 1
    args: dict[str, str] = field(default_factory=dict)


class YAMLSlip(Exception):
    """Text that parses but cannot be what was meant; the reader mends it and reads again."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        super().__init__(raw.code)


@dataclass(slots=True)
class Built:
    """What one pass gave: the tree, `marks` (id of a container to packed places), findings."""

    tree: Tree = None
    marks: dict[int, list[int]] = field(default_factory=dict)
    findings: list[Raw] = field(default_factory=list)
    root: int = 0


def build(text: str, lines: list[str]) -> Built:
    """Read one document. Raises yaml.YAMLError for broken YAML and YAMLSlip for what must be mended first."""
    parser: Any = _Parser(text)
    try:
        return _Builder(parser.get_event, lines).run()
    finally:
        parser.dispose()


def events(text: str) -> Iterator[Any]:
    """The parser's events up to the first error, for a closer look at broken text."""
    try:
        parser: Any = _Parser(text)
        while (event := parser.get_event()) is not None:
            yield event
        parser.dispose()
    except yaml.YAMLError:
        return


class _Builder:
    def __init__(self, get: Callable[[], Any], lines: list[str]) -> None:
        self.get = get
        self.lines = [*lines, ""]  # the end of the file is a place too
        self.out = Built()
        self.anchors: dict[str, tuple[Tree, int]] = {}
        self.nodes = 0
        self.added = 0
        self.flow = 0

    def run(self) -> Built:
        get = self.get
        get()
        event = get()
        if event.__class__ is yaml.StreamEndEvent:
            return self.out
        event = get()
        mark = event.start_mark
        self.out.root = mark.line << _SHIFT | mark.column
        if not (event.__class__ is yaml.ScalarEvent and event.value == "" and not event.style):
            self.out.tree = self.node(event, 0)
        get()
        event = get()
        if event.__class__ is not yaml.StreamEndEvent:
            self.report("E158", event.start_mark, 3)
        return self.out

    def report(self, code: str, mark: Any, width: int = 1, **args: str) -> None:
        self.out.findings.append(Raw(code, mark.line, mark.column, width, args))

    def typed(self, mark: Any) -> str:
        """The value at this mark as the author typed it."""
        line: str = self.lines[mark.line]
        return line[mark.column : mark.column + token(line, mark.column, flow=self.flow > 0)]

    def node(self, event: Any, depth: int) -> Tree:
        """The value that begins with this event."""
        kind = event.__class__
        self.nodes += 1
        if kind is yaml.ScalarEvent:
            style = event.style
            text: str = event.value
            if style and (style == '"' or not text):
                self.check_styled(event)
            if event.tag is not None or event.anchor is not None:
                return self.odd_scalar(event)
            return None if not text and not style else text
        if kind is yaml.AliasEvent:
            return self.alias(event)
        if depth >= MAX_DEPTH:
            raise YAMLSlip(Raw("E147", event.start_mark.line, event.start_mark.column, 1, {"depth": str(MAX_DEPTH)}))
        if event.tag is not None:
            self.report("E146", event.start_mark, len(event.tag), tag=event.tag)
        before = self.nodes + self.added
        self.flow += bool(event.flow_style)
        made: Tree = self.mapping(event, depth) if kind is yaml.MappingStartEvent else self.sequence(depth)
        self.flow -= bool(event.flow_style)
        if event.anchor is not None:
            self.anchors[event.anchor] = (made, self.nodes + self.added - before + 1)
        return made

    def sequence(self, depth: int) -> Tree:
        made: list[Tree] = []
        places: list[int] = []
        get, node, end = self.get, self.node, yaml.SequenceEndEvent
        event = get()
        while event.__class__ is not end:
            mark = event.start_mark
            places.append(mark.line << _SHIFT | mark.column)
            value = node(event, depth + 1)
            if value is None:
                self.empty(mark, mark, "-")
            made.append(value)
            event = get()
        self.out.marks[id(made)] = places
        return made

    def mapping(self, start: Any, depth: int) -> Tree:
        if start.flow_style:
            self.check_braces(start.start_mark)
        made: dict[str, Tree] = {}
        places: list[int] = []
        merges: list[Tree] = []
        get, node, end = self.get, self.node, yaml.MappingEndEvent
        event = get()
        while event.__class__ is not end:
            mark = event.start_mark
            key = event.value if event.__class__ is yaml.ScalarEvent else self.odd_key(event, depth)
            event = get()
            place = event.start_mark
            value = node(event, depth + 1)
            if value is None:
                self.empty(mark, place, key)
            elif key == "<<":
                merges.append(value)
                event = get()
                continue
            if key in made:
                self.repeated(key, made, places, mark)
            else:
                made[key] = value
                places += (mark.line << _SHIFT | mark.column, place.line << _SHIFT | place.column)
            event = get()
        for merged in merges:
            self.merge(made, places, merged, start.start_mark)
        self.out.marks[id(made)] = places
        return made

    def merge(self, made: dict[str, Tree], places: list[int], value: Tree, mark: Any) -> None:
        """`<<: *anchor`: keys that are not written here; an explicit key always wins."""
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, dict):
                self.report("E116", mark, 2, key="<<", want="mapping", got="text")
                continue
            marks = self.out.marks[id(part)]
            for i, (key, inner) in enumerate(part.items()):
                if key not in made:
                    made[key] = inner
                    places += marks[2 * i : 2 * i + 2]

    def repeated(self, key: str, made: dict[str, Tree], places: list[int], mark: Any) -> None:
        first = places[2 * list(made).index(key)]
        self.report("E104", mark, len(key), key=key, line=str(line_of(first) + 1), column=str(column_of(first) + 1))

    def alias(self, event: Any) -> Tree:
        mark = event.start_mark
        if event.anchor not in self.anchors:
            # Not an anchor of this file: somebody wrote *通知* or *重要 and meant the character.
            raw = self.typed(mark)
            raise YAMLSlip(Raw("E149", mark.line, mark.column, len(raw), {"char": "*", "fixed": quoted(raw)}))
        made, size = self.anchors[event.anchor]
        self.added += size
        if self.added > MAX_NODES:
            raise YAMLSlip(Raw("E159", mark.line, mark.column, len(event.anchor) + 1, {"limit": str(MAX_NODES)}))
        return made

    def odd_scalar(self, event: Any) -> Tree:
        value: Tree = event.value
        mark = event.start_mark
        if event.tag is not None:
            raw = self.typed(mark)
            self.report("E146", mark, len(raw), tag=event.tag, fixed=quoted(raw))
            value = raw
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1)
        return value

    def odd_key(self, event: Any, depth: int) -> str:
        mark = event.start_mark
        if event.__class__ is yaml.AliasEvent:
            value = self.alias(event)
            if isinstance(value, str):
                return value
        else:
            self.node(event, depth + 1)
        self.report("E116", mark, 1, key="?", want="text", got="mapping")
        return f"?{mark.line}:{mark.column}"

    def empty(self, mark: Any, place: Any, key: str) -> None:
        """Nothing after the colon or dash: a comment ate it, or it was forgotten."""
        line = self.lines[place.line]
        rest = line[place.column :].lstrip(" :-")
        if rest.startswith("#") and len(rest) > 1 and not rest[1].isspace() and place.line == mark.line:
            at = len(line) - len(rest)
            word = rest.split()[0]
            self.out.findings.append(Raw("E105", place.line, at, len(word), {"fixed": quoted(word)}))
        elif ":" in key and place.line == mark.line:
            self.glued(key, mark)
        else:
            width = len(key) if key != "-" else 1
            column = mark.column if key != "-" else line.rfind("-", 0, place.column + 1)
            self.out.findings.append(Raw("E143", mark.line, max(column, 0), width, {"key": key}))

    def glued(self, key: str, mark: Any) -> None:
        head, _, tail = key.partition(":")
        self.report("E156", mark, len(key), fixed=f"{head}: {tail}")

    def check_braces(self, mark: Any) -> None:
        """`reply: {{ member }}` is a mapping to YAML and a template to everybody else."""
        line = self.lines[mark.line]
        if line.startswith("{{", mark.column):
            raise YAMLSlip(Raw("E108", mark.line, mark.column, 2, {"fixed": ""}))

    def check_styled(self, event: Any) -> None:
        mark = event.start_mark
        if event.style == '"' and any(char in event.value for char in _BREAKING):
            raw = self.typed(mark)
            raise YAMLSlip(Raw("E107", mark.line, mark.column, len(raw), {"escape": r"\b"}))
        if event.style in {">", "|"} and not event.value:
            raw = self.typed(mark)
            if len(raw) > 1:
                raise YAMLSlip(
                    Raw("E149", mark.line, mark.column, len(raw), {"char": event.style, "fixed": quoted(raw)})
                )
