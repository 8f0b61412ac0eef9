"""What a YAML error means to somebody who writes chat rules, and how the text can be read on.

The parser says "did not find expected key" at the next line; the author typed `reply: {{ member }} 你好`. Each entry
of the table looks at the line and names the slip, the spot and the mended line. What fits no entry is reported as it
is (E100) and its rule is blanked. It must not know the schema: only characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import yaml

from ruleswx.rules.source.builder import Raw, YAMLSlip, events
from ruleswx.rules.source.scan import closing, in_flow, quoted, split_comment, token, value_end

__all__ = ["Mend", "Moved", "as_typed", "explain"]

Moved: TypeAlias = "dict[int, list[tuple[int, int]]]"
"""Line to the mends made in it, in order: (column, characters added)."""

NONE: Mapping[str, str] = MappingProxyType({})
_KEY_BEFORE = re.compile(r"(\w+):\s*$")
_WORDS = {"@": "person", "@@": "group"}
_RULE = re.compile(r"\s*-\s+(rule|test)\s*[:：]")
_WIDE_COLON = re.compile(r"^(\s*(?:-\s+)*[^\s'\"#:：，]+)：\s*")
_NARROW_GLUED = re.compile(r"^(\s*(?:-\s+)*[A-Za-z_]+):(?=[^\s/])")
_AFTER_BRACKET = re.compile(r"^(\s*(?:-\s+)?\w+:\s.*[\]}'\"])\s*([,，;；])\s*$")
_BARE_BRACES = re.compile(r"(?:[:\-\[,]\s+|\[)(?P<value>[^'\"\s{\[][^'\"{\[,]*\{\{|\{\{|\{%)")
_SECOND_COLON = re.compile(r":\s+(?P<value>[^'\"\[{|>&*!%@`#\s][^#]*?:(?:\s.*|$))")


def as_typed(moved: Moved, line: int, column: int) -> tuple[int, int]:
    """A place in the mended text as a place in the text the author typed."""
    for start, added in reversed(moved.get(line, ())):
        if column > start:
            column = max(start, column - added)
    return line, column


@dataclass(frozen=True, slots=True)
class Mend:
    """One slip: the finding, and the text that replaces lines `first`.. (None: nothing can be read on)."""

    raw: Raw
    first: int = 0
    lines: tuple[str, ...] | None = None
    blanks: bool = False

    def apply(self, lines: list[str], moved: Moved) -> bool:
        """Mend `lines` in place; False when reading must stop here."""
        if self.lines is None or lines[self.first : self.first + len(self.lines)] == list(self.lines):
            return False
        for number, line in enumerate(self.lines, self.first):
            if not self.blanks and line != lines[number]:
                _note(moved, number, lines[number], line)
            lines[number] = line
        return True


def _note(moved: Moved, number: int, before: str, after: str) -> None:
    same = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    moved.setdefault(number, []).append((same, len(after) - len(before)))


@dataclass(frozen=True, slots=True)
class _Problem:
    """A parser's error with what was open when it happened; lines and columns from 0."""

    what: str
    line: int
    column: int
    context: str
    at: tuple[int, int]
    scalar: tuple[int, int, int, str]
    flow: bool
    lines: list[str]

    @property
    def here(self) -> str:
        return self.lines[self.line] if self.line < len(self.lines) else ""


_REFUSED = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\ufffe\\uffff]")
"""What YAML takes for no character at all."""


def explain(error: Exception, lines: list[str]) -> Mend:
    """The slip behind a parser's error or a YAMLSlip, with its mend."""
    if isinstance(error, YAMLSlip):
        return _mend_slip(error.raw, lines)
    if isinstance(error, RecursionError):
        return Mend(Raw("E147", 0, 0, 1, {"depth": "32"}), blanks=True)
    problem = _problem(error, lines)
    for look in _LOOKS:
        if mend := look(problem):
            return mend
    return _unknown(problem)


def _problem(error: Exception, lines: list[str]) -> _Problem:
    mark: Any = getattr(error, "problem_mark", None)
    context: Any = getattr(error, "context_mark", None)
    line, column = (mark.line, mark.column) if mark else _position(error, lines)
    line, column = _inside(lines, line, column)
    at = _inside(lines, context.line, context.column) if context else (line, column)
    what = str(getattr(error, "problem", None) or getattr(error, "reason", "") or "").lower()
    scalar, depth = (line, column, line, ""), 0
    for event in events("\n".join(lines)):
        depth += bool(getattr(event, "flow_style", False))
        depth -= event.__class__ in {yaml.SequenceEndEvent, yaml.MappingEndEvent} and depth > 0
        if event.__class__ is yaml.ScalarEvent:
            start: Any = event.start_mark
            end: Any = event.end_mark
            scalar = (*_inside(lines, start.line, start.column), min(end.line, len(lines) - 1), event.style or "")
    return _Problem(what, line, column, str(getattr(error, "context", "") or ""), at, scalar, depth > 0, lines)


def _inside(lines: list[str], line: int, column: int) -> tuple[int, int]:
    """The end of the file is a place the parser names and no line has."""
    if line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    return line, min(column, len(lines[line]))


def _position(error: Exception, lines: list[str]) -> tuple[int, int]:
    """A reader's error carries only an offset, into bytes or characters: the first character it refuses is surer."""
    for number, line in enumerate(lines):
        if found := _REFUSED.search(line):
            return number, found.start()
    left = int(getattr(error, "position", 0) or 0)
    for number, line in enumerate(lines):
        if left <= len(line):
            return number, left
        left -= len(line) + 1
    return len(lines) - 1, 0


def _swap(raw: Raw, line: str, start: int, end: int, text: str) -> Mend:
    return Mend(raw, raw.line, (line[:start] + text + line[end:],))


def _quote(
    code: str, number: int, line: str, start: int, *, flow: bool | None = None, args: Mapping[str, str] = NONE
) -> Mend:
    """The usual mend: the value at `start` belongs in quotes."""
    end = value_end(line, start, flow=flow)
    fixed = quoted(line[start:end])
    return _swap(Raw(code, number, start, end - start, {**args, "fixed": fixed}), line, start, end, fixed)


def _mend_slip(raw: Raw, lines: list[str]) -> Mend:
    line = lines[raw.line]
    if raw.code == "E107":
        return _escape(raw.line, line, raw.column) or _blank(raw, lines)
    if "fixed" in raw.args:
        return _quote(raw.code, raw.line, line, raw.column, args=raw.args)
    return _blank(raw, lines) if raw.code == "E147" else Mend(raw, blanks=True)


def _tab(p: _Problem) -> Mend | None:
    """Tabs are one slip however many lines they indent; how wide they were meant nobody knows, so the rules go."""
    if not any("\t" in _lead(p.lines[n]) for n in (p.line, p.line - 1) if n >= 0):
        if "cannot start any token" in p.what and p.here[p.column : p.column + 1] == "\t":
            return _swap(Raw("E145", p.line, p.column, 1), p.here, p.column, p.column + 1, " ")
        return None
    tabbed = [n for n, line in enumerate(p.lines) if "\t" in _lead(line)]
    raw = Raw("E145", tabbed[0], _lead(p.lines[tabbed[0]]).index("\t"), 1, {"lines": str(len(tabbed))})
    lines = list(p.lines)
    for number in tabbed:
        if "\t" in _lead(lines[number]):
            blank = _blank(Raw("E145", number, 0), lines)
            if blank.lines is None:
                return Mend(raw, blanks=True)
            lines[blank.first : blank.first + len(blank.lines)] = blank.lines
    return Mend(raw, 0, tuple(lines), blanks=True)


def _lead(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _bad_start(p: _Problem) -> Mend | None:
    if "cannot start any token" not in p.what:
        return None
    char = p.here[p.column : p.column + 1]
    if char == "%" and p.here[: p.column].endswith("{"):
        return _quote("E108", p.line, p.here, p.column - 1)
    if char == "@":
        return _at_sign(p)
    return _quote("E149", p.line, p.here, p.column, flow=p.flow or None, args={"char": char})


def _at_sign(p: _Problem) -> Mend:
    """`sender: @@`, the first line nearly everybody writes."""
    mend = _quote("E103", p.line, p.here, p.column, flow=p.flow or None)
    value = p.here[p.column : p.column + mend.raw.width]
    key = _KEY_BEFORE.search(p.here[: p.column])
    args = {"fixed": f"{key[1]}: '{value}'" if key else f"'{value}'"}
    if key and value in _WORDS:
        args["word"] = f"{key[1]}: {_WORDS[value]}"
    return replace(mend, raw=replace(mend.raw, args=args))


def _pattern_sign(p: _Problem) -> Mend | None:
    """`*通知*`, `&全部`, `!加群`, `> 50`: signs YAML keeps for itself."""
    if not any(word in p.context for word in ("an alias", "an anchor", "a tag", "a block scalar", "a directive")):
        return None
    number, column = p.at
    line = p.lines[number]
    code = "E146" if "a tag" in p.context else "E149"
    extra = {"tag": line[column : column + token(line, column)]} if code == "E146" else {"char": line[column]}
    return _quote(code, number, line, column, flow=p.flow or None, args=extra)


def _escape_slip(p: _Problem) -> Mend | None:
    if "escape" not in p.what and "hexdecimal" not in p.what:
        return None
    number, column = p.at
    return _escape(number, p.lines[number], column)


def _escape(number: int, line: str, column: int) -> Mend | None:
    r"""`"\d+"`: in double quotes a backslash is YAML's; in single quotes it is the pattern's."""
    end = closing(line, column)
    if line[column : column + 1] != '"' or end < 0:
        return None
    inner = line[column + 1 : end - 1].replace('\\"', '"')
    fixed = quoted(inner)
    found = re.search(r"\\.", inner)
    raw = Raw("E107", number, column, end - column, {"escape": found[0] if found else "\\", "fixed": fixed})
    return _swap(raw, line, column, end, fixed)


def _open_quote(p: _Problem) -> Mend | None:
    """A quote nobody closed swallows the following lines; the error shows far below, or at the end of the file."""
    number, column, last, style = p.scalar
    if "quoted scalar" in p.context:
        number, column = p.at
    elif style not in {"'", '"'} or last == number:
        return None
    line = p.lines[number]
    if closing(line, column) > 0:
        return None
    end = len(line.rstrip())
    fixed = line[column:end] + line[column]
    return _swap(Raw("E153", number, column, end - column, {"fixed": fixed}), line, end, end, line[column])


def _after_quote(p: _Problem) -> Mend | None:
    """`reply: '你好' {{ member }}` and `'it's'`: text goes on after the closing quote."""
    number, column, last, style = p.scalar
    line = p.lines[number]
    if style not in {"'", '"'} or last != number or number != p.line or line[column : column + 1] != style:
        return None
    end = closing(line, column)
    rest = line[end:].lstrip() if end > 0 else ""
    if not rest or rest[0] in ",]}:#":
        return None
    if p.flow and rest[0] in "，、":
        at = line.index(rest[0], end)
        wide = {
            "char": rest[0],
            "narrow": ", ",
            "fixed": f"{line[column:end]}, {line[at + 1 : value_end(line, at + 1)].strip()}",
        }
        return _swap(Raw("E109", number, at, 1, wide), line, at, at + 1, ", ")
    stop = value_end(line, end)
    whole = line[column:stop]
    inner = whole[1:-1] if whole[-1] == style else whole[1:].replace(style, "", 1)
    fixed = quoted(inner)
    return _swap(Raw("E144", number, column, stop - column, {"fixed": fixed}), line, column, stop, fixed)


def _braces(p: _Problem) -> Mend | None:
    """A template outside quotes on the line of the error or where its value began."""
    for number in dict.fromkeys((p.line, p.scalar[0], p.at[0])):
        line = p.lines[number]
        for found in _BARE_BRACES.finditer(line):
            start = found.start("value")
            if not _inside_quotes(line, start):
                return _quote("E108", number, line, start, flow=in_flow(line, start))
    return None


def _inside_quotes(line: str, column: int) -> bool:
    at = 0
    while at < column:
        if line[at] in "'\"" and (not at or line[at - 1] in " [{,"):
            end = closing(line, at)
            if end < 0 or end > column:
                return True
            at = end
        else:
            at += 1
    return False


def _wide(p: _Problem) -> Mend | None:
    """A full-width colon leaves YAML without a key; the next line shows it."""
    for number in _upward(p):
        if found := _WIDE_COLON.match(p.lines[number]):
            line = p.lines[number]
            at = found.end(1)
            fixed = f"{found[1].split()[-1]}: {line[found.end() : split_comment(line, at)]}".rstrip()
            raw = Raw("E109", number, at, 1, {"char": "：", "narrow": ": ", "fixed": fixed})
            return _swap(raw, line, at, found.end(), ": ")
    return None


def _glued(p: _Problem) -> Mend | None:
    for number in _upward(p):
        if found := _NARROW_GLUED.match(p.lines[number]):
            line = p.lines[number]
            at = found.end(1)
            word = line[: found.end(1)].split()[-1]
            tail = line[at + 1 : split_comment(line, at)]
            raw = Raw("E156", number, at, 1, {"fixed": f"{word}: {tail}"})
            return _swap(raw, line, at, at + 1, ": ")
    return None


def _upward(p: _Problem) -> Iterator[int]:
    """The lines that may hold the culprit: from the error up to where the last value began, nearest to it first."""
    top = min(p.scalar[0], p.at[0], p.line)
    yield from range(p.line, max(-1, min(top, p.line) - 1, p.line - 40), -1)


def _after_bracket(p: _Problem) -> Mend | None:
    """`contains: [a, b],`: a comma as in JSON, where a line of YAML simply ends."""
    for number in dict.fromkeys((p.line, max(p.line - 1, 0))):
        line = p.lines[number]
        if found := _AFTER_BRACKET.match(line):
            raw = Raw("E150", number, found.end(1), 1, {"char": found[2]})
            return _swap(raw, line, found.end(1), found.end(2), "")
    return None


def _second_colon(p: _Problem) -> Mend | None:
    if "mapping values" not in p.what:
        return None
    found = _SECOND_COLON.search(p.here)
    if not found or p.column <= found.start("value"):
        return None
    return _quote("E151", p.line, p.here, found.start("value"))


def _open_bracket(p: _Problem) -> Mend | None:
    if "flow" not in p.context:
        return None
    number, column = p.at
    line = p.lines[number]
    close = {"[": "]", "{": "}"}.get(line[column : column + 1])
    if close is None:
        return None
    end = split_comment(line, column)
    tail = line[column:end].rstrip(",")
    if tail.count(line[column]) <= tail.count(close):
        return None
    fixed = tail + close
    return _swap(Raw("E154", number, column, end - column, {"fixed": fixed, "close": close}), line, column, end, fixed)


def _no_colon(p: _Problem) -> Mend | None:
    if "could not find expected ':'" not in p.what:
        return None
    number, column = p.at
    line = p.lines[number]
    raw = Raw("E155", number, column, token(line, column), {"word": line[column : column + token(line, column)]})
    return _blank(raw, p.lines)


def _indent(p: _Problem) -> Mend | None:
    if "block" not in p.context and "mapping values" not in p.what:
        return None
    lead = len(p.here) - len(p.here.lstrip(" "))
    return _blank(Raw("E157", p.line, lead, max(1, len(p.here.strip().partition(":")[0]))), p.lines)


def _unknown(p: _Problem) -> Mend:
    if "control characters" in p.what or "special characters" in p.what:
        raw = Raw("E161", p.line, p.column, 1)
        return _swap(raw, p.here, p.column, p.column + 1, " ")
    return _blank(Raw("E100", p.line, p.column, 1, {"yaml": p.what or "?"}), p.lines)


_LOOKS: tuple[Callable[[_Problem], Mend | None], ...] = (
    _tab, _after_bracket, _open_quote, _bad_start, _escape_slip, _pattern_sign, _after_quote, _braces, _wide,
    _second_colon, _open_bracket, _glued, _no_colon, _indent,
)  # fmt: skip


def _blank(raw: Raw, lines: list[str]) -> Mend:
    """Give up the rule around the slip and read on at the next one."""
    starts = [n for n in range(raw.line + 1) if _RULE.match(lines[n])]
    if not starts:
        return Mend(raw, blanks=True)
    first = starts[-1]
    indent = len(lines[first]) - len(lines[first].lstrip())
    end = first + 1
    while end < len(lines):
        line = lines[end]
        if line.strip() and not line.lstrip().startswith("#") and len(_lead(line).expandtabs()) <= indent:
            break
        end += 1
    return Mend(raw, first, ("",) * (end - first), blanks=True)
