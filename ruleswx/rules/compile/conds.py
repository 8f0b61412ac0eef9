"""From what an author wrote under `when` to conditions, cheap ones first.

What is not written but meant is added here: a rule about texts wants MsgType text, a rule without kind and event wants
something that was said, nobody hears official accounts or the owner's own words without asking for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta

from ruleswx.fold import Mode, fold_key
from ruleswx.rules.conditions import (
    AnyOf,
    Chance,
    Condition,
    Contains,
    ContainsAll,
    DatesIn,
    DaysIn,
    Ends,
    Equals,
    EventIs,
    FileName,
    FloodOf,
    GroupIs,
    Has,
    HoursIn,
    KindIs,
    Length,
    MemberIs,
    Mention,
    Muted,
    NameTest,
    NotOfficial,
    PersonIs,
    Regex,
    RepeatOf,
    Role,
    Said,
    Self,
    Sender,
    Starts,
    StrikesOf,
    Title,
    VarIs,
    WordList,
    in_order,
    name_test,
    word_list,
)
from ruleswx.rules.patterns import Pattern, compile_pattern
from ruleswx.rules.schema import Cond, Defaults, Name, Where, effective

__all__ = ["CondBuilder"]

_TEXT_LINES = ("equals", "contains", "contains_all", "starts", "ends", "regex", "length", "has")
_WORD_LINES: Mapping[str, Callable[[WordList, Mode], Condition]] = {
    "equals": Equals,
    "contains": Contains,
    "contains_all": ContainsAll,
    "starts": Starts,
    "ends": Ends,
}


class CondBuilder:
    """Builds conditions for the rules of one load; equal word lists and patterns are made once."""

    def __init__(self, lists: Mapping[str, tuple[str, ...]]) -> None:
        self._lists = lists
        self._made: dict[tuple[tuple[str, ...], Mode], WordList] = {}
        self._patterns: dict[tuple[str, Mode], Pattern] = {}

    def rule(self, when: Cond | None, defaults: Defaults | None, mode: Mode) -> tuple[Condition, ...]:
        """All lines of a rule's `when`, with the file's defaults and what is meant but not written."""
        cond = when or Cond()
        where = effective(cond, defaults)
        spread = _spread(cond)
        lines = [] if spread else list(self._where(where))
        lines += self._lines(cond, mode, outer=where if spread else None, kinds=_has_kind(cond))
        lines += self._meant(cond)
        lines.append(Self(cond.self_ or "never"))
        if defaults and defaults.hours and cond.hours is None:
            lines.append(HoursIn(defaults.hours))
        if defaults and defaults.days and cond.days is None:
            lines.append(DaysIn(frozenset(defaults.days)))
        return in_order(lines)

    def exceptions(self, unless: Cond | None, mode: Mode) -> tuple[Condition, ...]:
        """The lines of `unless`, each an exception by itself."""
        if unless is None:
            return ()
        own = list(self._where(Where(unless.sender, unless.group, unless.person), bare=True))
        if unless.self_:
            own.append(Self(unless.self_))
        return in_order([*own, *self._lines(unless, mode, outer=None, kinds=True)])

    def inner(self, cond: Cond | None, mode: Mode, *, answer: bool = False) -> tuple[Condition, ...]:
        """The lines of `if`, of a branch, or of `expect` (an answer: text lines want a text)."""
        if cond is None:
            return ()
        lines = [*self._where(Where(cond.sender, cond.group, cond.person), bare=True)]
        lines += self._lines(cond, mode, outer=None, kinds=_has_kind(cond) or not answer)
        if answer and _asks_text(cond) and not _has_kind(cond):
            lines.append(KindIs(frozenset({"text"})))
        return in_order(lines)

    def _where(self, where: Where, *, bare: bool = False) -> Iterator[Condition]:
        if where.sender is not None:
            yield Sender(where.sender)
        elif not bare:
            yield NotOfficial()
        if where.group:
            yield GroupIs(self.names(where.group, everyone=("all",)))
        if where.person:
            yield PersonIs(self.names(where.person))

    def _meant(self, cond: Cond) -> Iterator[Condition]:
        """The kind of message a rule wants without saying so."""
        if _has_kind(cond):
            return
        if _asks_text(cond):
            yield KindIs(frozenset({"text"}))
        elif not cond.any_:
            yield Said()

    def _lines(self, cond: Cond, mode: Mode, *, outer: Where | None, kinds: bool) -> Iterator[Condition]:
        yield from self._who(cond)
        yield from self._what(cond, mode)
        if cond.any_:
            yield AnyOf(tuple(self._block(block, mode, outer, kinds or _asks_text(cond)) for block in cond.any_))
        yield from self._facts(cond, mode)
        yield from _time(cond)
        yield from _history(cond)

    def _block(self, cond: Cond, mode: Mode, outer: Where | None, kinds: bool) -> tuple[Condition, ...]:
        """One block of `any`. With `outer`, each block says for itself where it listens."""
        where = effective(cond, outer=outer) if outer else Where(cond.sender, cond.group, cond.person)
        lines = [*self._where(where, bare=outer is None)]
        kinds = kinds or _has_kind(cond)
        lines += self._lines(cond, mode, outer=None, kinds=kinds)
        if not kinds:
            lines += self._meant(cond)
        return in_order(lines)

    def _who(self, cond: Cond) -> Iterator[Condition]:
        if cond.member:
            yield MemberIs(self.names(cond.member))
        if cond.role:
            yield Role(cond.role)
        if cond.muted is not None:
            yield Muted(cond.muted)
        if cond.MsgType:
            yield _kinds(cond.MsgType)
        if cond.event:
            yield EventIs(frozenset(cond.event))
        if cond.mention:
            yield Mention(cond.mention)

    def _what(self, cond: Cond, mode: Mode) -> Iterator[Condition]:
        for key, made in _WORD_LINES.items():
            texts: tuple[str, ...] | None = getattr(cond, key)
            if texts:
                yield made(self.words(texts, mode), mode)
        if cond.regex:
            yield Regex(tuple(self.pattern(text, mode) for text in cond.regex))

    def _facts(self, cond: Cond, mode: Mode) -> Iterator[Condition]:
        if cond.length:
            yield Length(cond.length)
        if cond.has:
            yield Has(tuple(cond.has))
        if cond.title:
            yield Title(self.words(cond.title, mode), mode)
        if cond.file_name:
            yield self._file_name(cond.file_name, mode)

    def _file_name(self, texts: tuple[str, ...], mode: Mode) -> Condition:
        """Words to be found in a name; with a * at an end the name must begin or end so."""
        starred = tuple(text for text in texts if text[0] == "*" or text[-1] == "*")
        plain = tuple(text for text in texts if text not in starred)
        names = name_test(starred, fold=lambda text: fold_key(text, mode)) if starred else None
        return FileName(self.words(plain, mode), mode, names)

    def names(self, given: Iterable[Name], everyone: Iterable[str] = ()) -> NameTest:
        """The test of a list of names; lists are filled in."""
        texts: list[str] = []
        patterns: list[Pattern] = []
        for name in given:
            if name.regex:
                patterns.append(self.pattern(name.regex, "normal"))
            elif name.text:
                texts += [text for text, _ in self._spelled((name.text,))]
        return name_test(texts, patterns, everyone=everyone)

    def words(self, texts: tuple[str, ...], mode: Mode) -> WordList:
        """The literals of a line; the same line is made once."""
        key = (texts, mode)
        if key not in self._made:
            lists = [(t[1:], len(self._lists.get(t[1:], ()))) for t in texts if _is_list(t)]
            self._made[key] = word_list(self._spelled(texts), mode, lists)
        return self._made[key]

    def spelled(self, text: str) -> list[str]:
        """A name or list as single names."""
        return [word for word, _ in self._spelled((text,))]

    def _spelled(self, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
        for text in texts:
            if _is_list(text):
                yield from ((word, text[1:]) for word in self._lists.get(text[1:], ()))
            else:
                yield (text[1:] if text.startswith("$$") else text), ""

    def pattern(self, text: str, mode: Mode) -> Pattern:
        """A pattern; the same one is made once. Raises PatternError."""
        key: tuple[str, Mode] = (text, "exact" if mode == "exact" else "normal")
        if key not in self._patterns:
            self._patterns[key] = compile_pattern(*key)
        return self._patterns[key]


def _is_list(text: str) -> bool:
    return len(text) > 1 and text[0] == "$" and text[1] != "$"


def _has_kind(cond: Cond) -> bool:
    return bool(cond.MsgType or cond.event)


def _asks_text(cond: Cond) -> bool:
    return any(getattr(cond, key) is not None for key in _TEXT_LINES)


def _spread(cond: Cond) -> bool:
    """Whether where a rule listens is said by the blocks of its `any`, not by itself."""
    if cond.sender or cond.group or cond.person or not cond.any_:
        return False
    return all(block.sender or block.group or block.person for block in cond.any_)


def _kinds(kinds: Iterable[str]) -> KindIs:
    names: set[str] = set()
    codes: set[tuple[int, int]] = set()
    for kind in kinds:
        code, slash, app = kind.partition("/")
        if code.isdigit():
            codes.add((int(code), int(app) if slash else -1))
        else:
            names.add(kind)
    return KindIs(frozenset(names), frozenset(codes))


def _time(cond: Cond) -> Iterator[Condition]:
    if cond.hours:
        yield HoursIn(cond.hours)
    if cond.days:
        yield DaysIn(frozenset(cond.days))
    if cond.dates:
        yield DatesIn(cond.dates)
    if cond.chance is not None:
        yield Chance(cond.chance)


def _history(cond: Cond) -> Iterator[Condition]:
    if cond.flood:
        yield FloodOf(cond.flood.messages, cond.flood.within)
    if cond.repeat:
        yield RepeatOf(cond.repeat.same, cond.repeat.within)
    if cond.strikes:
        yield StrikesOf(cond.strikes.of, cond.strikes)
    for name, test in (cond.var or {}).items():
        yield VarIs(name, test.equals, test.min, test.max)


def longest(windows: Iterable[tuple[int, timedelta]]) -> tuple[int, timedelta]:
    """The most messages and the longest time any of these needs."""
    known = list(windows)
    return max((n for n, _ in known), default=0), max((w for _, w in known), default=timedelta())
