"""Small readings of one line of YAML as it was typed: where a value ends, what quoting it looks like.

YAML's own scanner has already given up, or has thrown the characters away, when these are asked.
It must not know diagnostics.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

__all__ = ["closing", "in_flow", "plain_value", "quoted", "split_comment", "spot", "token", "value_end"]

_WORDS = {"true": True, "false": False, "null": None, "~": None}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_ESCAPED = {"x": 2, "u": 4, "U": 8}
_OPEN = {"[": "]", "{": "}"}


def plain_value(text: str) -> bool | int | float | str | None:
    """What an unquoted text means where JSON is wanted: a number, true, false or null; else the text."""
    if text in _WORDS:
        return _WORDS[text]
    found = _NUMBER.fullmatch(text)
    if not found:
        return text
    if not (found[1] or found[2]):
        return int(text)
    return number if math.isfinite(number := float(text)) else text


def quoted(text: str) -> str:
    """The text as a single-quoted YAML scalar."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def closing(line: str, column: int) -> int:
    """Where the quoted text that opens at `column` ends (after its closing quote), or -1 when it stays open."""
    quote = line[column]
    at = column + 1
    while at < len(line):
        char = line[at]
        if quote == '"' and char == "\\":
            at += 2
            continue
        if char == quote:
            if quote == "'" and line[at + 1 : at + 2] == "'":
                at += 2
                continue
            return at + 1
        at += 1
    return -1


def in_flow(line: str, column: int) -> bool:
    """Whether a bracket or brace that opened on this line is still open at `column`."""
    depth = 0
    at = 0
    while at < column:
        char = line[at]
        if char in "'\"" and (not at or line[at - 1] in " [{,:-"):
            end = closing(line, at)
            if end > 0:
                at = end
                continue
        if char == "#" and (not at or line[at - 1] == " "):
            return False
        # A bracket counts where a value may begin; inside a plain word it is a letter like any other.
        if char in _OPEN and (depth or not line[:at].strip() or line[:at].rstrip()[-1] in ":-,[{"):
            depth += 1
        elif char in "]}" and depth:
            depth -= 1
        at += 1
    return depth > 0


def split_comment(line: str, column: int) -> int:
    """Where the value that begins at `column` stops for a comment or the end of the line, blanks stripped."""
    cut = line.find(" #", column)
    return len((line if cut < 0 else line[:cut]).rstrip())


def value_end(line: str, column: int, *, flow: bool | None = None) -> int:
    """Where the unquoted value that begins at `column` ends: at a comment, or in brackets at `,` `]` `}`."""
    end = split_comment(line, column)
    if not (in_flow(line, column) if flow is None else flow):
        return end
    depth = 0
    for at in range(column, end):
        char = line[at]
        if char in _OPEN:
            depth += 1
        elif char in "]}" and depth:
            depth -= 1
        elif char in ",]}" and not depth:
            return len(line[:at].rstrip())
    return end


def token(line: str, column: int, *, key: bool = False, flow: bool = False) -> int:
    """How many characters the key or value at `column` takes on this line, at least 1."""
    if column >= len(line):
        return 1
    if line[column] in "'\"":
        end = closing(line, column)
        return (end if end > 0 else len(line.rstrip())) - column
    if key:
        colon = line.find(":", column)
        return max(1, (colon if colon > 0 else len(line)) - column)
    return max(1, value_end(line, column, flow=flow or None) - column)


def spot(lines: Sequence[str], line: int, column: int, text: str, offset: int) -> tuple[int, int] | None:
    """Where character `offset` of the value that begins at (line, column) was typed; None when nobody can tell.

    Line and column from 0. Folded and continued texts have no simple answer and get none.
    """
    written = lines[line] if line < len(lines) else ""
    first = written[column : column + 1]
    if first == "|":
        return _block_spot(lines, line, text, offset)
    if first in {"'", '"'}:
        end = closing(written, column)
        return (line, column + _typed_offset(written[column:end], offset)) if end > 0 else None
    if written.startswith(text, column):
        return line, column + offset
    return None


def _typed_offset(written: str, offset: int) -> int:
    """The offset inside a quoted text with its quotes, where escapes take more than one character."""
    at = 1
    for _ in range(offset):
        if written[0] == "'" and written.startswith("''", at):
            at += 2
        elif written[0] == '"' and written[at] == "\\":
            at += 2 + _ESCAPED.get(written[at + 1], 0)
        else:
            at += 1
        if at >= len(written):
            return len(written) - 1
    return at


def _block_spot(lines: Sequence[str], line: int, text: str, offset: int) -> tuple[int, int] | None:
    before = text[:offset]
    down = before.count("\n")
    body = next((row for row in lines[line + 1 :] if row.strip()), "")
    indent = len(body) - len(body.lstrip(" "))
    at = line + 1 + down
    return (at, indent + offset - (before.rfind("\n") + 1)) if at < len(lines) else None
