"""Rules that can never answer, in the simple cases: an earlier rule has every word, or two lines contradict.

Only what is certain is said: the earlier rule must look at words alone, in the same place, and end the search. It
must not judge messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ruleswx.diagnostics import Diagnostic
from ruleswx.fold import Mode, fold_key
from ruleswx.rules.load.walk import Path, rules
from ruleswx.rules.schema import CheckedFile, Cond, Name, Rule, effective

__all__ = ["check_shadows"]

_ANY_OF = ("contains", "equals", "starts", "ends")
_MANY = 1_000
_KEPT = frozenset({"sender", "group", "person", "contains", "MsgType"})


_Wide: TypeAlias = "dict[tuple[object, ...], _Words]"


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


def check_shadows(files: tuple[CheckedFile, ...]) -> Iterator[Diagnostic]:
    """Warnings for rules nothing is left for (W203) and rules whose lines contradict (W206)."""
    for section in ("guard", "reply"):
        widest: _Wide = {}
        for file in files:
            for found, path, rule in rules(file.model):
                if found == section and rule.mode != "off" and rule.when is not None:
                    yield from _shadowed(file, path, rule, widest)
    for file in files:
        for _, path, rule in rules(file.model):
            yield from _contradiction(file, path, rule)


def _shadowed(file: CheckedFile, path: Path, rule: Rule, widest: _Wide) -> Iterator[Diagnostic]:
    """Say when an earlier rule covers this one, then remember this one's words."""
    when = rule.when or Cond()
    defaults = file.model.defaults
    mode: Mode = _mode(rule.match or (defaults.match if defaults else None))
    where = effective(when, defaults)
    keys = [(mode, where.sender, _names(where.group), _names(where.person))]
    if where.sender == "@@":
        keys.append((mode, "@@", (("all", ""),), ()))
    if where.sender == "@":
        keys.append((mode, "@", (), ()))
    needs = _needs(file, when, mode)
    for key in dict.fromkeys(keys):
        if needs and (hit := _covered(needs, widest.get(key))):
            line = str(hit.file.source.place((*hit.path, "rule")).line)
            same = hit.file.path == file.path
            args = {"rule": rule.rule, "other": hit.rule, "line": line if same else f"{hit.file.path}:{line}"}
            yield file.source.diagnose("W203", (*path, "rule"), args, part="key")
            break
    if _is_wide(rule, when, defaults is not None and (defaults.hours or defaults.days)):
        mine = widest.setdefault(keys[0], _Words())
        seen = _Seen(rule.rule, file, path)
        for word in _words(file, when.contains, mode):
            mine.add(word, seen)


def _mode(match: str | None) -> Mode:
    return "exact" if match == "exact" else "loose" if match == "loose" else "normal"


def _names(names: tuple[Name, ...] | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((n.text or "", n.regex or "") for n in names or ()))


def _words(file: CheckedFile, words: tuple[str, ...] | None, mode: Mode) -> list[str]:
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


def _needs(file: CheckedFile, when: Cond, mode: Mode) -> list[list[str]]:
    """Words of which a matching text has at least one, a list for each line; empty when that is not certain."""
    lines = [_words(file, getattr(when, key), mode) for key in _ANY_OF if key in when.model_fields_set]
    lines += [[word] for word in _words(file, when.contains_all, mode)]
    return [line for line in lines if line]


def _covered(needs: list[list[str]], wide: _Words | None) -> _Seen | None:
    """The earlier rule that has a part of every word of one line."""
    if wide is None:
        return None
    for line in needs:
        first = wide.part_of(line[0])
        if first is not None and all(wide.part_of(word) is first for word in line[1:]):
            return first
    return None


def _is_wide(rule: Rule, when: Cond, limited: object) -> bool:
    """Only words, always, and the search ends here."""
    given = {name.rstrip("_") for name in when.model_fields_set}
    plain = given <= _KEPT and when.contains is not None and (when.MsgType is None or set(when.MsgType) == {"text"})
    ends = rule.then != "continue" and rule.mode is None and rule.valid is None and rule.unless is None
    return plain and ends and rule.exempt is None and not limited


def _contradiction(file: CheckedFile, path: Path, rule: Rule) -> Iterator[Diagnostic]:
    when = rule.when
    if when is None or when.length is None:
        return
    low, high = when.length.min or 0, when.length.max
    shortest = [w for key in ("contains", "starts", "ends") for w in (getattr(when, key) or ()) if w[0] != "$"]
    exact = [w for w in when.equals or () if w[0] != "$"]
    line = getattr(when, "contains", None) or getattr(when, "starts", None) or getattr(when, "ends", None)
    why = ""
    if high is not None and line and len(shortest) == len(line) and all(len(w) > high for w in shortest):
        why = f"length ≤ {high} < {min(len(w) for w in shortest)}"
    elif exact and len(exact) == len(when.equals or ()) and all(len(w) < low for w in exact):
        why = f"length ≥ {low} > {max(len(w) for w in exact)}"
    elif exact and high is not None and len(exact) == len(when.equals or ()) and all(len(w) > high for w in exact):
        why = f"length ≤ {high} < {min(len(w) for w in exact)}"
    if why:
        yield file.source.diagnose("W206", (*path, "when", "length"), {"rule": rule.rule, "why": why}, part="key")
