"""Rules that can never match, in the simple cases: lines that contradict, days that are over, too wide exceptions.

Only what is certain is said. It must not judge messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ruleswx.diagnostics import Diagnostic
from ruleswx.fold import Mode, fold, fold_key
from ruleswx.rules.load.shadow import folded_words, mode_of
from ruleswx.rules.load.walk import Path, rules, when_conds
from ruleswx.rules.patterns import PatternError, compile_pattern
from ruleswx.rules.schema import CheckedFile, Cond, Rule
from ruleswx.rules.shape import DateSpan

__all__ = ["check_never"]

_WORDS = ("equals", "contains", "contains_all", "starts", "ends")
_WORDLESS = frozenset({
    "image", "voice", "video", "emoticon", "card", "link", "file", "mini_program", "transfer", "app",
    "3", "34", "42", "43", "47", "62",
})  # fmt: skip
"""Kinds without a text of their own; what a link or file is called is its title."""
_TOLD = frozenset({
    "member_join", "member_leave", "group_renamed", "pat", "pat_me", "red_packet", "login", "logout",
})  # fmt: skip
"""Events whose text is a sentence with a name in it, or none."""
_LISTS = ("sender", "group", "person", "member", "role", "MsgType", "event", "mention", "has", "regex", "hours", "days")


def check_never(file: CheckedFile, today: date | None) -> Iterator[Diagnostic]:
    """W206 at lines that can never hold, W210 at days that are over, E129 at words nothing is left of."""
    for _, path, rule in rules(file.model):
        mode = mode_of(rule, file.model.defaults)
        for at, cond in when_conds(path, rule):
            yield from _empty_words(file, at, cond, mode)
            yield from _over(file, at, "dates", cond.dates, rule=rule.rule, today=today)
        yield from _over(file, path, "valid", (rule.valid,) if rule.valid else None, rule=rule.rule, today=today)
        if rule.when is None:
            continue
        for key, why in (*_at_odds(file, rule.when, mode), *_cancelled(file, rule, mode)):
            at = (*path, "when", key) if key else (*path, "unless")
            args = {"rule": rule.rule, "why": why, **({"length": ""} if key == "length" else {})}
            yield file.source.diagnose("W206", at, args, part="key")
            break
    for index, timed in enumerate(file.model.schedule or ()):
        path = ("schedule", index)
        yield from _over(file, path, "dates", timed.dates, rule=timed.rule, today=today)
        if today and timed.once and timed.once.date() < today:
            args = {"rule": timed.rule, "date": f"{timed.once:%Y-%m-%d}"}
            yield file.source.diagnose("W210", (*path, "once"), args)


def _over(
    file: CheckedFile, path: Path, key: str, spans: Iterable[DateSpan] | None, *, rule: str, today: date | None
) -> Iterator[Diagnostic]:
    last = max((span.last for span in spans or ()), default=None)
    if today and last and last < today:
        yield file.source.diagnose("W210", (*path, key), {"rule": rule, "date": last.isoformat()})


def _empty_words(file: CheckedFile, path: Path, cond: Cond, mode: Mode) -> Iterator[Diagnostic]:
    for key in (*_WORDS, "title", "file_name"):
        if key not in cond.model_fields_set:
            continue
        words: tuple[str, ...] = getattr(cond, key) or ()
        for index, word in enumerate(words):
            if key == "file_name" and "*" in {word[0], word[-1]}:
                continue
            if not word[0].isalnum() and word[0] != "$" and not fold_key(word, mode):
                args = {"key": key, "mode": mode, "word": word}
                yield file.source.diagnose("E129", (*path, key, index), args)


def _at_odds(file: CheckedFile, when: Cond, mode: Mode) -> Iterator[tuple[str, str]]:
    """The line of `when` that another line contradicts, and why."""
    given = [key for key in _WORDS if key in when.model_fields_set]
    if when.MsgType and set(when.MsgType) <= _WORDLESS:
        asked = given + (["regex"] if when.regex and not _finds_nothing(when.regex) else [])
        if asked:
            yield asked[0], f"MsgType: {', '.join(when.MsgType)} + {asked[0]}"
    if when.event and set(when.event) <= _TOLD and when.equals:
        yield "equals", f"event: {', '.join(when.event)} + equals"
    if when.length:
        yield from _too_long(when)
    if not when.equals:
        return
    wanted = folded_words(file, when.equals, mode)
    for key in given:
        words = folded_words(file, getattr(when, key), mode)
        if key != "equals" and wanted and words and not any(_fits(key, text, words) for text in wanted):
            yield key, f"equals: {_short(wanted)} + {key}: {_short(words)}"


def _short(words: list[str]) -> str:
    return ", ".join(words[:3]) + (" …" if len(words) > 3 else "")


def _fits(key: str, text: str, words: list[str]) -> bool:
    if key == "contains_all":
        return all(word in text for word in words)
    if key == "contains":
        return any(word in text for word in words)
    return any(text.startswith(word.lstrip()) if key == "starts" else text.endswith(word.rstrip()) for word in words)


def _finds_nothing(patterns: Iterable[str]) -> bool:
    """Whether one of them is found in an empty text too."""
    try:
        return any(compile_pattern(pattern, "normal").search(fold("")) is not None for pattern in patterns)
    except PatternError:
        return True


def _too_long(when: Cond) -> Iterator[tuple[str, str]]:
    low, high = (when.length.min or 0, when.length.max) if when.length else (0, None)
    exact = [w for w in when.equals or () if w[0] != "$"]
    if exact and len(exact) == len(when.equals or ()):
        if all(len(w) < low for w in exact):
            yield "length", f"length ≥ {low} > {max(len(w) for w in exact)}"
        elif high is not None and all(len(w) > high for w in exact):
            yield "length", f"length ≤ {high} < {min(len(w) for w in exact)}"
    for key in ("contains", "starts", "ends"):
        words: tuple[str, ...] = getattr(when, key) or ()
        if high is not None and words and all(w[0] != "$" and len(w) > high for w in words):
            yield "length", f"length ≤ {high} < {min(len(w) for w in words)}"


def _cancelled(file: CheckedFile, rule: Rule, mode: Mode) -> Iterator[tuple[str, str]]:
    """An exception that holds whenever the rule would match."""
    when, unless = rule.when, rule.unless
    if when is None or unless is None:
        return
    for key in _LISTS:
        mine, theirs = _items(getattr(when, key)), _items(getattr(unless, key))
        if theirs and mine and (mine <= theirs or (key == "group" and "all" in {str(n) for n in theirs})):
            yield "", f"unless: {key}"
    for key in ("contains", "starts", "ends", "equals"):
        cut = folded_words(file, getattr(unless, key), mode)
        for line in ("equals", key):
            wanted = folded_words(file, getattr(when, line), mode)
            if cut and wanted and all(_covers(key, cut, text) for text in wanted):
                yield "", f"{line}: {_short(wanted)} + unless {key}: {_short(cut)}"


def _covers(key: str, words: list[str], text: str) -> bool:
    return text in words if key == "equals" else _fits(key, text, words)


def _items(value: object) -> frozenset[object]:
    if value is None:
        return frozenset()
    many = value if isinstance(value, tuple) else (value,)
    return frozenset(getattr(item, "text", None) or repr(item) if hasattr(item, "regex") else item for item in many)
