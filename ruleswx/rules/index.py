"""Which rules may match a message, without asking every rule.

Theory: a rule that needs one of some literals cannot match a text that has none of them. All such literals of all
rules go into one automaton, one pass over the folded text finds the ones that are there, and only their rules are
candidates. Patterns that need no literal go together through RE2's set matching. Rules that ask nothing of the text
are looked up by what kind of message it is and where it was said; that answer is remembered. The index may name too
many rules, never too few: the engine judges every candidate with the plain predicates, in order.
The only module that knows the multi-pattern engines. It must not know actions, state or what a rule means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import re2
from ahocorasick_rs import BytesAhoCorasick, Implementation

from ruleswx.fold import Folds, Mode
from ruleswx.rules.patterns import Pattern
from ruleswx.rules.patterns.pattern import engine_options

__all__ = ["Entry", "Index", "Need", "Place", "all_of", "any_of", "literals", "pattern"]

NONE: frozenset[str] = frozenset()
_MODES: tuple[Mode, ...] = ("normal", "loose", "exact")
# At most this many literals of the automaton may end at one place of a text, or a flood of nested words
# (6, 66, 666 …) would cost as many hits for each character.
_DEEPEST = 8
# What one set of patterns may hold: members, copies of counted repeats, size of the program. A set never gives up on
# building states, so what can be alive in it at once is bounded; what is too lively for a set is searched by itself.
_SET_SIZE, _SET_COPIES, _SET_PROGRAM = 64, 400, 30_000
_CALM_COPIES, _CALM_PROGRAM = 32, 5_000
_SET_MEMORY = 8 << 20
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Need:
    """One of these must be in the text: a literal (as `fold_key` gives it, by mode) or a match of a pattern."""

    normal: frozenset[str] = NONE
    loose: frozenset[str] = NONE
    exact: frozenset[str] = NONE
    patterns: tuple[Pattern, ...] = ()

    def words(self, mode: Mode) -> frozenset[str]:
        """Return the literals to be found in the text under this mode."""
        return self.normal if mode == "normal" else self.loose if mode == "loose" else self.exact

    @property
    def rank(self) -> tuple[int, int, int]:
        """How much a need rules out, by the look of it: no patterns, long words, few words."""
        words = [len(word) + (not word.isascii()) for mode in _MODES for word in self.words(mode)]
        return (-len(self.patterns), min(words, default=0), -len(words))


@dataclass(frozen=True, slots=True)
class Place:
    """What a message is and where it was said, as far as the index looks. `groups`: folded names of the group."""

    kind: str
    event: str
    chat: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule as the index sees it: its position, and the one need without which it cannot match, if there is any.

    `fits` may rule out a whole place (kind, event, chat, group) for a rule without a need; it must depend on nothing
    but the place, since its answers are remembered. None fits everywhere.
    """

    position: int
    need: Need | None = None
    fits: Callable[[Place], bool] | None = None


def literals(words: Iterable[str], mode: Mode) -> Need | None:
    """Return the need of `contains`, `equals`, `starts` or `ends`: one of these folded words. None if one is empty."""
    found = frozenset(words)
    if "" in found:
        return None
    return _need(found, mode)


def pattern(pattern: Pattern) -> Need:
    """Return the need of a `regex`: its rarest group of required literals, else the pattern itself."""
    best = max((_need(group, pattern.mode) for group in pattern.required or ()), key=_rank, default=None)
    if best is None or best.rank[1] <= 1:
        return Need(patterns=(pattern,))
    return best


def any_of(needs: Iterable[Need | None]) -> Need | None:
    """Return what is needed when any one of several conditions will do; None when one of them needs nothing."""
    merged = list(needs)
    if not merged or None in merged:
        return None
    known = [need for need in merged if need is not None]
    normal, loose, exact = (frozenset[str]().union(*(need.words(mode) for need in known)) for mode in _MODES)
    return Need(normal, loose, exact, tuple(dict.fromkeys(p for need in known for p in need.patterns)))


def all_of(needs: Iterable[Need | None]) -> Need | None:
    """Return what is needed when all of several conditions must hold: the need that rules out most."""
    return max((need for need in needs if need is not None), key=_rank, default=None)


def _need(words: frozenset[str], mode: Mode) -> Need:
    if mode == "normal":
        return Need(normal=words)
    return Need(loose=words) if mode == "loose" else Need(exact=words)


def _rank(need: Need) -> tuple[int, int, int]:
    return need.rank


class Index:
    """Built once for a rule set; cheap to ask."""

    __slots__ = ("_free", "_kept", "_texts")

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._free: list[Entry] = []
        self._kept: dict[Place, tuple[int, ...]] = {}
        words: dict[Mode, dict[str, list[int]]] = {mode: {} for mode in _MODES}
        patterns: dict[Mode, dict[Pattern, list[int]]] = {mode: {} for mode in _MODES}
        for entry in entries:
            if entry.need is None:
                self._free.append(entry)
                continue
            for mode in _MODES:
                if found := entry.need.words(mode):
                    for word in _minimal(found):
                        words[mode].setdefault(word, []).append(entry.position)
            for one in entry.need.patterns:
                patterns[one.mode].setdefault(one, []).append(entry.position)
        self._texts = [(mode, _Text(words[mode], patterns[mode])) for mode in _MODES if words[mode] or patterns[mode]]

    def candidates(self, place: Place, folds: Folds) -> Sequence[int]:
        """Return the positions of the rules that may match, in order. `folds` is of the very text rules look at."""
        found: set[int] = set()
        for mode, text in self._texts:
            text.find(folds.get(mode).data, found)
        free = self._of_place(place) if self._free else ()
        if not found:
            return free
        found.update(free)
        return sorted(found)

    def _of_place(self, place: Place) -> tuple[int, ...]:
        kept = self._kept.get(place)
        if kept is None:
            if len(self._kept) >= _REMEMBERED:
                self._kept.clear()
            fitting = [entry.position for entry in self._free if entry.fits is None or entry.fits(place)]
            kept = self._kept[place] = tuple(sorted(fitting))
        return kept


def _minimal(words: frozenset[str]) -> Iterable[str]:
    """Drop words that contain another one of the same rule: the shorter one is there as well."""
    if len(words) < 2:
        return words
    lengths = sorted({len(word) for word in words})
    kept = set[str]()
    for word in sorted(words, key=len):
        if not any(word[i : i + n] in kept for n in lengths if n < len(word) for i in range(len(word) - n + 1)):
            kept.add(word)
    return kept


class _Text:
    """All literals and literal-free patterns that look at the text under one mode."""

    __slots__ = ("_hits", "_positions", "_sets", "_singles")

    def __init__(self, words: dict[str, list[int]], patterns: dict[Pattern, list[int]]) -> None:
        shallow: dict[str, list[int]] = {}
        for word, positions in words.items():
            shallow.setdefault(_shallow(word, words), []).extend(positions)
        self._positions = [tuple(positions) for positions in shallow.values()]
        automaton = BytesAhoCorasick(map(_utf8, shallow), implementation=Implementation.ContiguousNFA)
        self._hits = automaton.find_matches_as_indexes if shallow else None
        calm = [one for one in patterns if _is_calm(one)]
        self._sets = [_set(members, patterns) for members in _parted(calm)]
        self._singles = [(one.engine().search, found) for one, found in patterns.items() if not _is_calm(one)]

    def find(self, data: bytes, found: set[int]) -> None:
        """Add the positions of all rules whose need this text meets."""
        hits = self._hits(data, True) if self._hits is not None else None
        if hits:
            for number in {hit[0] for hit in hits}:
                found.update(self._positions[number])
        for one in self._sets:
            one.find(data, found)
        for search, positions in self._singles:
            if search(data):
                found.update(positions)


def _utf8(word: str) -> bytes:
    return word.encode("utf-8", "replace")


def _shallow(word: str, words: dict[str, list[int]]) -> str:
    """Return the word, or its ending that is deep enough when too many words are endings of it."""
    endings = [word[i:] for i in range(len(word) - 1, -1, -1) if word[i:] in words]
    return endings[min(len(endings), _DEEPEST) - 1]


@dataclass(slots=True)
class _Set:
    """Patterns without a required literal, matched together. The first one of a set is in every text: when it
    is not reported, RE2 ran out of room and the set knows nothing, so every pattern of it is a candidate."""

    match: Callable[[bytes], Sequence[int] | None]
    positions: list[tuple[int, ...]]

    def find(self, data: bytes, found: set[int]) -> None:
        hits = self.match(data)
        if hits is None:
            hits = range(len(self.positions))
        if len(hits) > 1:
            for number in hits:
                found.update(self.positions[number])


def _is_calm(one: Pattern) -> bool:
    return one.counted <= _CALM_COPIES and one.cost <= _CALM_PROGRAM


def _parted(patterns: Iterable[Pattern]) -> list[list[Pattern]]:
    """Return the patterns in parts that one set can hold."""
    parts: list[list[Pattern]] = []
    copies = program = 0
    for one in patterns:
        copies, program = copies + one.counted, program + one.cost
        if not parts or len(parts[-1]) == _SET_SIZE or copies > _SET_COPIES or program > _SET_PROGRAM:
            parts.append([])
            copies, program = one.counted, one.cost
        parts[-1].append(one)
    return parts


def _set(members: list[Pattern], patterns: dict[Pattern, list[int]]) -> _Set:
    options = engine_options(any_case=members[0].any_case, large=False)
    options.max_mem = _SET_MEMORY
    engine = re2.Set.SearchSet(options)
    engine.Add(rb"\z")
    for one in members:
        engine.Add(one.re2.encode())
    engine.Compile()
    return _Set(engine.Match, [(), *(tuple(patterns[one]) for one in members)])
