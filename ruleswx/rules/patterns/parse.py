r"""Read a pattern as its author meant it: the syntax of Python's `re` and of RE2, with Unicode and Chinese group names.

A recursive descent over characters. What a linear engine cannot do (look-around, back references, possessive and
atomic groups) is refused where it stands, with the rewrite. This module must not know RE2's API or what is searched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ruleswx.errors import RuleswxError
from ruleswx.rules.patterns.classes import SHORTHAND, ClassParts, NotCountable, shorthand
from ruleswx.rules.patterns.tree import Alternatives, Anchor, Chars, Group, Literal, Node, Repeat, Sequence

__all__ = ["Parsed", "PatternError", "parse"]

_LONGEST = 4096
_DEEPEST = 60
_MOST_REPEATS = 1000
_LONGEST_NAME = 64
_PLAIN = re.compile(r"[^\\.\[(){*+?^$|]+")
_QUANTIFIER = re.compile(r"\*|\+|\?|\{(\d+)(?:(,)(\d*))?\}")
_FROM_NOTHING = re.compile(r"\{,(\d+)\}")
_FLAGS = re.compile(r"\?([a-zA-Z]*)(-[a-zA-Z]*)?([:)])")
_NAMED = re.compile(r"\?P?<([^>]*)>")
_PROPERTY = re.compile(r"[pP](?:\{\^?[A-Za-z_]+\}|[A-Z])")
_CODE = re.compile(r"x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})")
_POSIX = re.compile(r"\[:\^?[a-z]+:\]")
_POSIX_NAMES = frozenset(
    [
        "alnum",
        "alpha",
        "ascii",
        "blank",
        "cntrl",
        "digit",
        "graph",
        "lower",
        "print",
        "punct",
        "space",
        "upper",
        "word",
        "xdigit",
    ]
)
_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_ANCHORS = {"A": r"\A", "z": r"\z", "Z": r"\z", "b": r"\b", "B": r"\B"}
_AHEAD = (
    ("?=", "look_ahead"),
    ("?!", "negative_look_ahead"),
    ("?<=", "look_behind"),
    ("?<!", "negative_look_behind"),
    ("?>", "atomic"),
    ("?P=", "back_reference"),
    ("?P>", "recursion"),
    ("?R", "recursion"),
    ("?&", "recursion"),
    ("?(", "conditional"),
    ("?|", "branch_reset"),
    ("?'", "quoted_name"),
    ("*", "verb"),
)


class PatternError(RuleswxError):
    """A pattern cannot be used. `offset` and `length` say where in it, `args` fill the catalogue's sentence."""

    def __init__(self, code: str, offset: int, length: int, args: Mapping[str, str]) -> None:
        self.code = code
        self.offset = offset
        self.length = length
        self.values = MappingProxyType(dict(args))
        super().__init__(code, offset, length, dict(args))


@dataclass(slots=True)
class Parsed:
    """The tree, and the names of its groups by number."""

    tree: Node
    names: dict[str, int] = field(default_factory=dict)


def parse(text: str, *, any_case: bool) -> Parsed:
    """Read a pattern. Raises PatternError with the place and the rewrite."""
    if len(text) > _LONGEST:
        raise PatternError("E173", _LONGEST, 1, {"what": "@regex_long", "limit": str(_LONGEST)})
    return _Reader(text, any_case).read()


def _wrong(what: str, offset: int, length: int, **args: str) -> PatternError:
    return PatternError("E171", offset, max(1, length), {"what": f"@regex_{what}", **args})


def _refused(what: str, offset: int, written: str, fixed: str = "") -> PatternError:
    args = {"what": f"@regex_{what}", "written": written, "advice": f"@regex_{what}_advice"}
    if fixed:
        args["fixed"] = fixed
    return PatternError("E172", offset, max(1, len(written)), args)


class _Reader:
    def __init__(self, text: str, any_case: bool) -> None:
        self.text = text
        self.at = 0
        self.any_case = any_case
        self.depth = 0
        self.groups = 0
        self.names: dict[str, int] = {}

    def read(self) -> Parsed:
        tree = self.alternatives()
        if self.at < len(self.text):
            raise _wrong("no_opening", self.at, 1)
        return Parsed(tree, self.names)

    def sees(self, words: str) -> bool:
        return self.text.startswith(words, self.at)

    def alternatives(self) -> Node:
        branches = [self.sequence()]
        while self.sees("|"):
            self.at += 1
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else Alternatives(branches)

    def sequence(self) -> Node:
        items: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            item = self.plain() or self.special()
            if item is not None:
                items.append(self.quantified(item))
        return items[0] if len(items) == 1 else Sequence(items)

    def plain(self) -> Node | None:
        run = _PLAIN.match(self.text, self.at)
        if run is None:
            return None
        end = run.end()
        if end - self.at > 1 and self.text[end : end + 1] in {"*", "+", "?", "{"}:
            end -= 1
        return self.literal(self.at, end)

    def literal(self, start: int, end: int, value: str | None = None) -> Literal:
        self.at = end
        text = self.text[start:end] if value is None else value
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise _wrong("bad_code", start, end - start)
        places = tuple(range(start, end)) if value is None else (start,) * len(value)
        return Literal(text, self.any_case, places)

    def special(self) -> Node | None:
        sign, start = self.text[self.at], self.at
        if sign == "(":
            return self.group()
        if sign == "[":
            return self.bracket()
        if sign == "\\":
            return self.escape()
        if _FROM_NOTHING.match(self.text, start) or _QUANTIFIER.match(self.text, start):
            raise _wrong("nothing_to_repeat", start, 1)
        self.at += 1
        if sign == ".":
            return Chars(".", None, self.any_case, cost=12)
        if sign in "^$":
            return Anchor(sign)
        return self.literal(start, start + 1)

    def quantified(self, body: Node) -> Node:
        start = self.at
        nothing = _FROM_NOTHING.match(self.text, start)
        if nothing:
            raise _refused("from_nothing", start, nothing[0], f"{{0,{nothing[1]}}}")
        found = _QUANTIFIER.match(self.text, start)
        if found is None:
            return body
        if isinstance(body, Anchor):
            raise _wrong("nothing_to_repeat", start, len(found[0]))
        least, most = self.bounds(found)
        self.at = found.end()
        re2 = found[0] if found[0] in "*+?" else f"{{{least},{'' if most is None else most}}}"
        if self.sees("+"):
            raise _refused("possessive", start, found[0] + "+", found[0])
        if self.sees("?"):
            self.at += 1
            re2 += "?"
        again = _QUANTIFIER.match(self.text, self.at)
        if again:
            raise _wrong("multiple_repeat", self.at, len(again[0]))
        return Repeat(body, least, most, re2)

    def bounds(self, found: re.Match[str]) -> tuple[int, int | None]:
        if found[0] in "*+?":
            return (0 if found[0] in "*?" else 1), (1 if found[0] == "?" else None)
        if max(len(found[1]), len(found[3] or "")) > len(str(_MOST_REPEATS)):
            raise self.too_often(found)
        least = int(found[1])
        most = int(found[3]) if found[3] else (None if found[2] else least)
        if most is not None and most < least:
            raise _wrong("bad_repeat", found.start(), len(found[0]))
        if max(least, most or 0) > _MOST_REPEATS:
            raise self.too_often(found)
        return least, most

    def too_often(self, found: re.Match[str]) -> PatternError:
        args = {"what": "@regex_repeats", "limit": str(_MOST_REPEATS)}
        return PatternError("E173", found.start(), len(found[0]), args)

    def group(self) -> Node | None:
        start, any_case = self.at, self.any_case
        self.at += 1
        opening = self.opening(start)
        if opening is None:
            return None
        if opening.endswith(")"):
            return Anchor(opening)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise PatternError("E173", start, 1, {"what": "@regex_depth", "limit": str(_DEEPEST)})
        body = self.alternatives()
        if not self.sees(")"):
            raise _wrong("no_closing", start, 1)
        self.at += 1
        self.depth -= 1
        self.any_case = any_case
        return Group(opening, body)

    def opening(self, start: int) -> str | None:
        for sign, what in _AHEAD:
            if self.sees(sign):
                raise self.unsupported(start, what)
        if self.sees("?#"):
            end = self.text.find(")", self.at)
            if end < 0:
                raise _wrong("no_closing", start, 1)
            self.at = end + 1
            return None
        named = _NAMED.match(self.text, self.at)
        if named:
            self.name(named)
            return "("
        if not self.sees("?"):
            # Only names can be asked for later, and catching what nobody asks for slows RE2 down tenfold.
            return "(?:"
        return self.flags(start)

    def unsupported(self, start: int, what: str) -> PatternError:
        end = self.text.find(")", start) + 1 or len(self.text)
        written = self.text[start:end]
        if what == "quoted_name":
            return _refused(what, start, written, written.replace("?'", "?P<", 1).replace("'", ">", 1))
        return _refused(what, start, written)

    def name(self, found: re.Match[str]) -> None:
        name, at = found[1], found.start(1)
        if not name.isidentifier() or name.startswith("_") or len(name) > _LONGEST_NAME:
            raise PatternError("E174", at, max(1, len(name)), {"name": name, "what": "@regex_bad_name"})
        if name in self.names:
            raise PatternError("E174", at, len(name), {"name": name, "what": "@regex_name_twice"})
        self.groups += 1
        self.names[name] = self.groups
        self.at = found.end()

    def flags(self, start: int) -> str:
        found = _FLAGS.match(self.text, self.at)
        if found is None:
            raise _wrong("bad_group", start, 2)
        letters, off, closing = found.groups()
        if off or set(letters) - set("imsu") or (closing == ")" and not letters):
            raise _refused("flags", start, "(" + found[0])
        self.at = found.end()
        kept = "".join(letter for letter in letters if letter != "u")
        if "i" in kept:
            # For the rest of the group around it, or for this group alone: `group` puts the old value back.
            self.any_case = True
        return f"(?{kept}{closing}" if kept else "(?:" + (")" if closing == ")" else "")

    def escape(self) -> Node:
        start = self.at
        letter = self.text[start + 1 : start + 2]
        if letter == "Q":
            return self.quoted(start)
        if letter in _ANCHORS and letter:
            self.at += 2
            return Anchor(_ANCHORS[letter])
        if letter in SHORTHAND and letter:
            self.at += 2
            re2, cost = shorthand(letter)
            return Chars(re2, None, self.any_case, cost=cost)
        found = _PROPERTY.match(self.text, start + 1)
        if found:
            self.at = found.end()
            return Chars("\\" + found[0], None, self.any_case, cost=1200)
        return self.literal(start, *self.single(start))

    def quoted(self, start: int) -> Node:
        end = self.text.find("\\E", start)
        inside = self.text[start + 2 : end if end >= 0 else len(self.text)]
        self.at = end + 2 if end >= 0 else len(self.text)
        places = tuple(range(start + 2, start + 2 + len(inside)))
        return Group("(?:", Literal(inside, self.any_case, places))

    def single(self, start: int) -> tuple[int, str]:
        """Return the end and the value of an escape that stands for one character."""
        letter = self.text[start + 1 : start + 2]
        if not letter:
            raise _wrong("lone_backslash", start, 1)
        code = _CODE.match(self.text, start + 1)
        if code:
            value = int(next(filter(None, code.groups())), 16)
            if value > 0x10FFFF or 0xD800 <= value < 0xE000:
                raise _wrong("bad_code", start, code.end() - start)
            return code.end(), chr(value)
        if letter in _CONTROLS:
            return start + 2, _CONTROLS[letter]
        if letter in "123456789":
            raise _refused("back_reference", start, "\\" + letter)
        if letter == "0":
            return start + 2, "\0"
        if letter.isascii() and letter.isalnum():
            what = "property" if letter in "pP" else "bad_escape"
            raise _wrong(what, start, 2, written="\\" + letter)
        return start + 2, letter

    def bracket(self) -> Node:
        start = self.at
        self.at += 1
        parts = ClassParts()
        if self.sees("^"):
            parts.negated = True
            self.at += 1
        first = True
        while first or not self.sees("]"):
            if self.at >= len(self.text):
                raise _wrong("no_bracket", start, 1)
            self.member(parts)
            first = False
        self.at += 1
        return self.chars(parts, start)

    def chars(self, parts: ClassParts, start: int) -> Node:
        try:
            re2 = parts.re2()
        except NotCountable:
            raise _refused("class_of_classes", start, self.text[start : self.at]) from None
        return Chars(re2, parts.few, self.any_case, tuple(parts.singles), tuple(parts.ranges), parts.cost)

    def member(self, parts: ClassParts) -> None:
        start = self.at
        posix = _POSIX.match(self.text, start)
        if posix:
            if posix[0].strip("[:^]") not in _POSIX_NAMES:
                raise _wrong("property", start, len(posix[0]), written=posix[0])
            parts.properties.append(posix[0])
            self.at = posix.end()
            return
        low = self.one(parts)
        if low is None:
            return
        if self.sees("-") and self.at + 1 < len(self.text) and self.text[self.at + 1] != "]":
            self.at += 1
            between = self.at
            high = self.one(parts)
            if high is None or high < low:
                raise _wrong("bad_range", start, self.at - start, written=self.text[start : self.at])
            parts.ranges.append((start, low, between, high))
        else:
            parts.singles.append((start, low))

    def one(self, parts: ClassParts) -> str | None:
        """Return one character of a class, or None when it was a whole set."""
        start = self.at
        value = self.text[start]
        if value != "\\":
            self.literal(start, start + 1)
            return value
        letter = self.text[start + 1 : start + 2]
        if letter in SHORTHAND and letter:
            parts.letters.append(letter)
            self.at += 2
            return None
        found = _PROPERTY.match(self.text, start + 1)
        if found:
            parts.properties.append("\\" + found[0])
            self.at = found.end()
            return None
        if letter == "b":
            self.at += 2
            return "\b"
        self.at, value = self.single(start)
        return value
