"""Which literals must be in any text a pattern matches, so that most patterns never have to be run.

For every part of the tree: either the whole (small) set of texts it can match, or the groups of literals of which
one each must occur. Literals are given as they stand in the text that is searched: under the normal fold a folded
text has one form of each letter, in an unfolded text a letter of any case has several.
The answer may only err by asking for too little. This module must not know RE2 or the index.
"""

from __future__ import annotations

from dataclasses import dataclass

from ruleswx.rules.patterns.tree import Alternatives, Anchor, Chars, Group, Literal, Node, Repeat, Sequence

__all__ = ["required"]

_MOST = 64
_LONGEST = 64
_MOST_WORDS = 512
# Letters that RE2 takes for one another besides upper and lower case.
_KIN = {"k": "\u212a", "s": "\u017f", "å": "\u212b"}
_EMPTY = frozenset({""})

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class _Need:
    """`exact`: all it can match; else `groups`, and with `edge` it begins and ends with one of those words."""

    exact: Words | None
    groups: tuple[Words, ...] = ()
    edge: Words | None = None


_NOTHING = _Need(None)


def required(tree: Node, *, folded: bool) -> tuple[Words, ...] | None:
    """Return groups of literals, one of each group being in every match; None when nothing can be asked for."""
    need = _need(tree, folded)
    groups = need.groups if need.exact is None else _flushed(need.exact)
    return tuple(dict.fromkeys(groups)) or None


def _forms(char: str, any_case: bool, folded: bool) -> Words | None:
    """Return what one written character looks like in the text; None when that is not certain."""
    if not any_case:
        return frozenset({char})
    if folded:
        form = char.casefold()
        return frozenset({form}) if len(form) == 1 else None
    forms = {char, char.lower(), char.upper(), _KIN.get(char.lower(), char)}
    if not char.isascii() and len(forms) > 1:
        return None
    return frozenset(forms)


def _cross(left: Words, right: Words) -> Words | None:
    if len(left) * len(right) > _MOST:
        return None
    joined = frozenset(a + b for a in left for b in right)
    return None if max(map(len, joined)) > _LONGEST else joined


def _flushed(words: Words) -> tuple[Words, ...]:
    """Return the words as a group, without those another one is part of; nothing when the empty text is among them."""
    if "" in words or not words:
        return ()
    return (frozenset(w for w in words if not any(o != w and o in w for o in words)),)


def _need(node: Node, folded: bool) -> _Need:
    match node:
        case Literal(text, any_case):
            return _chain([_known(_forms(c, any_case, folded)) for c in text])
        case Chars(_, few, any_case):
            return _class(few, any_case, folded)
        case Anchor():
            return _Need(_EMPTY)
        case Group(_, body):
            return _need(body, folded)
        case Repeat(body, least, most):
            return _repeat(_need(body, folded), least, most)
        case Sequence(items):
            return _chain([_need(item, folded) for item in items])
        case Alternatives(branches):
            return _either([_need(branch, folded) for branch in branches])


def _known(words: Words | None) -> _Need:
    return _NOTHING if words is None else _Need(words)


def _class(few: Words | None, any_case: bool, folded: bool) -> _Need:
    forms = [_forms(c, any_case, folded) for c in few or ()]
    if not forms or None in forms:
        return _NOTHING
    return _Need(frozenset[str]().union(*(f for f in forms if f)))


def _chain(needs: list[_Need]) -> _Need:
    if len(needs) == 1:
        return needs[0]
    run, groups, whole = _EMPTY, list[Words](), True
    for need in needs:
        words = need.exact if need.exact is not None else need.edge
        joined = None if words is None else _cross(run, words)
        if need.exact is not None and joined is not None:
            run = joined
            continue
        whole = False
        groups += _flushed(run if joined is None else joined)
        groups += need.groups
        run = words if words is not None else _EMPTY
    if whole:
        return _Need(run)
    return _Need(None, (*groups, *_flushed(run)))


def _either(needs: list[_Need]) -> _Need:
    exacts = [need.exact for need in needs if need.exact is not None]
    if len(exacts) == len(needs):
        words = frozenset[str]().union(*exacts)
        if len(words) <= _MOST:
            return _Need(words)
    groups = [_best(need.groups if need.exact is None else _flushed(need.exact)) for need in needs]
    if not all(groups):
        return _NOTHING
    words = frozenset[str]().union(*groups)
    return _Need(None, _flushed(words)) if len(words) <= _MOST_WORDS else _NOTHING


def _best(groups: tuple[Words, ...]) -> Words:
    """Return the group that is rarest by the look of it: the longest shortest word, then the fewest words."""
    return max(groups, key=lambda words: (min(map(len, words)), -len(words)), default=frozenset())


def _repeat(need: _Need, least: int, most: int | None) -> _Need:
    if least == 0:
        if most == 1 and need.exact is not None:
            return _Need(need.exact | _EMPTY)
        return _NOTHING
    if need.exact is None:
        return need if (least, most) == (1, 1) else _Need(None, need.groups, need.edge)
    if least == most and least <= _LONGEST:
        run: Words | None = _EMPTY
        for _ in range(least):
            run = run and _cross(run, need.exact)
        if run:
            return _Need(run)
    return _Need(None, _flushed(need.exact), need.exact)
