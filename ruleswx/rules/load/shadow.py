"""Rules that can never answer because an earlier rule takes every message they would hit.

Only what is certain is said: the earlier rule must hear the same place and the same speakers, look at one line of text
or at none, and end the search. It must not judge messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ruleswx.diagnostics import Diagnostic
from ruleswx.fold import Mode, fold_key
from ruleswx.rules.conditions import UNSAID
from ruleswx.rules.load.walk import Path, rules
from ruleswx.rules.schema import KINDS, CheckedFile, Cond, Defaults, Name, Rule, effective

__all__ = ["check_shadows", "folded_words", "mode_of"]

_ANY_OF = ("contains", "equals", "starts", "ends")
_MANY = 1_000
_FEW_NAMES = 50
_PLACE = frozenset({"sender", "group", "person", "self", "mention", "MsgType"})
_SAID = frozenset(KINDS) - UNSAID
_NO_DEFAULTS = Defaults()

_Names: TypeAlias = "tuple[tuple[str, str], ...]"
_Where: TypeAlias = "tuple[str, str | None, _Names, _Names, str, str | None]"
_Line: TypeAlias = "tuple[str, list[str]]"


@dataclass(frozen=True, slots=True)
class _Seen:
    rule: str
    file: CheckedFile
    path: Path


@dataclass(slots=True)
class _Words:
    """Words that earlier rules answer to, and how long they are: few lengths, so few parts to look up."""

    seen: dict[str, _Seen] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)

    def add(self, word: str, seen: _Seen) -> None:
        self.seen.setdefault(word, seen)
        self.lengths.add(len(word))

    def part_of(self, word: str) -> _Seen | None:
        """The rule that answers to a part of this word."""
        for length in self.lengths:
            for start in range(len(word) - length + 1):
                if (seen := self.seen.get(word[start : start + length])) is not None:
                    return seen
        return None

    def start_of(self, word: str) -> _Seen | None:
        """The rule that answers to how this word begins."""
        return next((seen for n in self.lengths if (seen := self.seen.get(word[:n])) is not None), None)

    def end_of(self, word: str) -> _Seen | None:
        """The rule that answers to how this word ends."""
        return next((seen for n in self.lengths if n and (seen := self.seen.get(word[-n:])) is not None), None)


@dataclass(slots=True)
class _Heard:
    """What earlier rules of one place take: texts with these words or patterns, every text, everything said."""

    lines: dict[str, _Words] = field(default_factory=dict)
    every_text: _Seen | None = None
    everything: _Seen | None = None

    def take(self, key: str, word: str) -> _Seen | None:
        """The rule that takes every text in which this line finds this word."""
        for line, words in self.lines.items():
            found = None
            if line == "contains" and key != "regex":
                found = words.part_of(word)
            elif line == "starts" and key in {"equals", "starts"}:
                found = words.start_of(word)
            elif line == "ends" and key in {"equals", "ends"}:
                found = words.end_of(word)
            elif line == key:
                found = words.seen.get(word)
            if found is not None:
                return found
        return None


def check_shadows(files: tuple[CheckedFile, ...]) -> Iterator[Diagnostic]:
    """W203 at every rule of guard and reply nothing is left for."""
    for_all: dict[_Where, _Heard] = {}  # what guard rules that spare nobody leave to no reply rule
    for section in ("guard", "reply"):
        heard = for_all if section == "reply" else {}
        for file in files:
            for found, path, rule in rules(file.model):
                if found == section and rule.mode != "off" and rule.when is not None:
                    yield from _shadowed(file, path, rule, heard, for_all)


def _shadowed(
    file: CheckedFile, path: Path, rule: Rule, heard: dict[_Where, _Heard], for_all: dict[_Where, _Heard]
) -> Iterator[Diagnostic]:
    """Say when an earlier rule takes all of this one's messages, then remember what this one takes."""
    when = rule.when or Cond()
    defaults = file.model.defaults or _NO_DEFAULTS
    mode = mode_of(rule, defaults)
    exempt = "" if path[0] == "reply" else repr(rule.exempt or defaults.exempt)
    hit = _covered(file, when, heard, mode=mode, exempt=exempt)
    if hit is not None:
        line = str(hit.file.source.place((*hit.path, "rule")).line)
        same = hit.file.path == file.path
        args = {"rule": rule.rule, "other": hit.rule, "line": line if same else f"{hit.file.path}:{line}"}
        yield file.source.diagnose("W203", (*path, "rule"), args, part="key")
    if (key := _only_line(rule, when, defaults, section=str(path[0]))) is not None:
        seen = _Seen(rule.rule, file, path)
        for where in _takes(when, defaults, mode if key else "", exempt):
            _remember(heard.setdefault(where, _Heard()), file, when, key, mode=mode, seen=seen)
        if path[0] == "guard" and {name.text for name in rule.exempt or defaults.exempt or ()} == {"none"}:
            for where in _takes(when, defaults, mode if key else "", ""):
                _remember(for_all.setdefault(where, _Heard()), file, when, key, mode=mode, seen=seen)


def _remember(heard: _Heard, file: CheckedFile, when: Cond, key: str, *, mode: Mode, seen: _Seen) -> None:
    if not key:
        heard.every_text = heard.every_text or seen
        heard.everything = heard.everything or (seen if when.MsgType is None else None)
        return
    texts = when.regex or () if key == "regex" else folded_words(file, getattr(when, key), mode)
    for text in texts:
        heard.lines.setdefault(key, _Words()).add(text, seen)


def _only_line(rule: Rule, when: Cond, defaults: Defaults, section: str) -> str | None:
    """The one text line the rule looks at, "" when it takes all; None when it looks at more or lets others answer."""
    given = {name.rstrip("_") for name in when.model_fields_set} - _PLACE
    if len(given) > 1 or not given <= {*_ANY_OF, "regex"} or (when.MsgType and set(when.MsgType) != {"text"}):
        return None
    goes_on = rule.then == "continue" and section != "guard"
    limited = rule.valid or rule.unless or defaults.hours or defaults.days or (rule.exempt and section != "guard")
    if goes_on or limited or (rule.mode or defaults.mode or "live") != "live":
        return None
    return next(iter(given), "")


def mode_of(rule: Rule, defaults: Defaults | None) -> Mode:
    """How a rule compares texts."""
    match = rule.match or (defaults.match if defaults else None)
    return "exact" if match == "exact" else "loose" if match == "loose" else "normal"


def _names(names: tuple[Name, ...] | None) -> _Names:
    return tuple(sorted((n.text or "", n.regex or "") for n in names or ()))


def _takes(when: Cond, defaults: Defaults, mode: str, exempt: str) -> Iterator[_Where]:
    """The places, as a later rule would write them, in which a rule with these lines hears everything."""
    where = effective(when, defaults)
    groups, people = _names(where.group), _names(where.person)
    for selves in ("never", "only", "also") if when.self_ == "also" else (when.self_ or "never",):
        for group in _alike(groups):
            for person in _alike(people):
                yield mode + exempt, where.sender, group, person, selves, when.mention


def _alike(names: _Names) -> set[_Names]:
    """All names of a line, and each alone."""
    return {names, *((name,) for name in names[:_FEW_NAMES])}


def _asks(when: Cond, defaults: Defaults, exempt: str) -> Iterator[_Where]:
    """The places in which an earlier rule would hear all that a rule with these lines hears."""
    where = effective(when, defaults)
    places = [(_names(where.group), _names(where.person))]
    if where.sender == "@@":
        places.append(((("all", ""),), ()))
    if where.sender == "@":
        places.append(((), ()))
    for group, person in dict.fromkeys(places):
        for mention in dict.fromkeys((None, when.mention)):
            yield exempt, where.sender, group, person, when.self_ or "never", mention


def _covered(file: CheckedFile, when: Cond, heard: dict[_Where, _Heard], *, mode: Mode, exempt: str) -> _Seen | None:
    """The earlier rule that takes every message of this one."""
    if when.event or not heard:
        return None
    defaults = file.model.defaults or _NO_DEFAULTS
    kinds = set(when.MsgType or ())
    lines = _needs(file, when, mode)
    places = list(_asks(when, defaults, exempt))
    for where in places:
        if (taken := heard.get(where)) is None or when.any_:
            continue
        if taken.everything and kinds <= _SAID:
            return taken.everything
        if taken.every_text and (kinds == {"text"} or (lines and not kinds)):
            return taken.every_text
    if not lines or kinds - {"text"}:
        return None
    for where in places:
        if (taken := heard.get((mode + where[0], *where[1:]))) is not None and (
            hit := _line_covered(lines, taken)
        ) is not None:
            return hit
    return None


def _line_covered(lines: list[_Line], taken: _Heard) -> _Seen | None:
    """The earlier rule that takes every word of one line."""
    for key, words in lines:
        first = taken.take(key, words[0])
        if first is not None and all(taken.take(key, word) is first for word in words[1:]):
            return first
    return None


def folded_words(file: CheckedFile, words: tuple[str, ...] | None, mode: Mode) -> list[str]:
    """The folded words of a line; none for a line of very many, which no author means as a simple case."""
    out: list[str] = []
    for word in words or ():
        if word.startswith("$") and not word.startswith("$$"):
            entries = file.lists.get(word[1:], ())
            if len(entries) > _MANY:
                return []
            out += (fold_key(entry, mode) for entry in entries)
        else:
            out.append(fold_key(word.removeprefix("$") if word.startswith("$$") else word, mode))
    return [word for word in out if word]


def _needs(file: CheckedFile, when: Cond, mode: Mode) -> list[_Line]:
    """Words of which a matching text has at least one, a list for each line; empty when that is not certain."""
    lines = [(key, folded_words(file, getattr(when, key), mode)) for key in _ANY_OF if key in when.model_fields_set]
    lines += [("contains", [word]) for word in folded_words(file, when.contains_all, mode)]
    lines += [("regex", list(when.regex))] if when.regex else []
    return [line for line in lines if line[1]]
