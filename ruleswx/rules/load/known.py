"""Which names a template may use at each step: what the rule caught, what steps before it saved, what is empty here.

A name is `sure` when every way to the step sets it, `maybe` when one does. It must not know templates.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from ruleswx.rules.load.walk import Path, conds, every_step
from ruleswx.rules.patterns import PatternError, compile_pattern
from ruleswx.rules.schema import Cond, Defaults, Rule, Step, Timed, effective

__all__ = ["ALWAYS", "NAMES", "Known", "caught", "hears_no_group", "known_at", "no_value", "saved_by"]

NAMES = frozenset({
    "text", "person", "member", "group", "owner", "me", "now", "today", "weekday", "msg", "at", "secrets", "flood",
    "repeat", "strikes", "joined", "left", "inviter",
})  # fmt: skip
"""What templates may use; the rest comes from the rule."""
_ANYTIME = frozenset({"now", "today", "weekday", "secrets"})
ALWAYS = _ANYTIME | {"text", "person", "me", "msg", "at"}
"""Those that every message gives."""
_GROUP_ONLY = ("group", "member", "owner")
_PEOPLE = {"joined": "member_join", "inviter": "member_join", "left": "member_leave"}
_NOTES = frozenset({"system", "10000", "10002"})
_GROUP_NAME = re.compile(r"\(\?P?<(\w+)>")


@dataclass(frozen=True, slots=True)
class Known:
    """The names a rule has given by now; `asked` are those of an `ask`, which can be passed on."""

    sure: frozenset[str] = frozenset()
    maybe: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()

    def plus(self, other: Known) -> Known:
        """Both happened."""
        return Known(self.sure | other.sure, self.maybe | other.maybe, self.asked | other.asked)


_NOTHING = Known()


def _one_of(ways: Iterable[Known]) -> Known:
    """One of these happened."""
    known = list(ways) or [_NOTHING]
    return Known(
        frozenset.intersection(*(way.sure for way in known)),
        frozenset.union(*(way.maybe for way in known)),
        frozenset.union(*(way.asked for way in known)),
    )


def caught(cond: Cond | None) -> Known:
    """What the named groups of a condition's patterns catch."""
    if cond is None or not (cond.regex or cond.any_):
        return _NOTHING
    made = _one_of(_names(_groups(text)) for text in cond.regex or ())
    return made.plus(_one_of(caught(block) for block in cond.any_)) if cond.any_ else made


def _groups(pattern: str) -> frozenset[str]:
    if "(?" not in pattern:
        return frozenset()
    try:
        return frozenset(compile_pattern(pattern, "normal").groups)
    except PatternError:
        return frozenset(_GROUP_NAME.findall(pattern))  # the pattern has its own finding; its names are meant


def _names(names: frozenset[str]) -> Known:
    return Known(names, names)


def saved_by(step: Step) -> str:
    """The name a step keeps its outcome under, "" for none."""
    call = step.http or step.run
    return step.save or (call.save if call else None) or ""


def known_at(do: tuple[Step, ...] | None, path: Path, known: Known) -> Generator[tuple[Path, Step, Known], None, Known]:
    """Every step, inner ones included, with what is known when it runs; returns what is known at the end."""
    for index, step in enumerate(do or ()):
        known = yield from _step((*path, index), step, known)
    return known


def _step(here: Path, step: Step, before: Known) -> Generator[tuple[Path, Step, Known], None, Known]:
    start = before.plus(caught(step.if_)) if step.if_ else before
    yield here, step, start
    after = yield from _inside(here, step, start)
    if step.on_error and not step.on_error.go_on:
        failed = replace(start, maybe=start.maybe | after.maybe, asked=start.asked | after.asked)
        yield from known_at(step.on_error.steps, (*here, "on_error"), failed)
    if name := saved_by(step):
        after = after.plus(Known(*(frozenset({name}),) * (3 if step.ask else 2)))
    if step.expect:
        after = after.plus(caught(step.expect))
    if step.on_error and step.on_error.go_on:
        after = _one_of((start, after))
    return _one_of((before, after)) if step.if_ else after


def _inside(here: Path, step: Step, start: Known) -> Generator[tuple[Path, Step, Known], None, Known]:
    """The steps within a step; those after silence or a refusal end the rule."""
    ends = [start] if not step.choose or all(choice.when for choice in step.choose) else []
    for count, rung in (step.ladder or {}).items():
        ends.append((yield from known_at(rung, (*here, "ladder", count), start)))
    for branch, choice in enumerate(step.choose or ()):
        ends.append((yield from known_at(choice.do, (*here, "choose", branch, "do"), start)))
    yield from known_at(step.on_timeout, (*here, "on_timeout"), start)
    yield from known_at(step.on_cancel, (*here, "on_cancel"), start)
    return _one_of(ends)


def no_value(rule: Rule | Timed, defaults: Defaults | None) -> dict[str, str]:
    """The names that never hold anything in this rule, with the reason."""
    if isinstance(rule, Timed):
        return dict.fromkeys(NAMES - _ANYTIME, "@no_message")
    every = [cond for _, cond in conds(rule.when, ())]
    found = dict(_uncounted(rule, every))
    if hears_no_group(rule.when, defaults):
        found |= dict.fromkeys(_GROUP_ONLY, "@no_group_here")
    events = {event for cond in every for event in cond.event or ()}
    if not any(_NOTES & set(cond.MsgType or ()) for cond in every):
        found |= {name: f"@no_{event}" for name, event in _PEOPLE.items() if event not in events}
    return found


def _uncounted(rule: Rule, every: list[Cond]) -> Iterator[tuple[str, str]]:
    if not any(cond.flood for cond in every):
        yield "flood", "@no_flood"
    if not any(cond.repeat for cond in every):
        yield "repeat", "@no_repeat"
    if not any(cond.strikes for cond in every) and not any(step.strike for _, step in every_step((), rule)):
        yield "strikes", "@no_strikes"


def hears_no_group(when: Cond | None, defaults: Defaults | None) -> bool:
    """Whether no message of a group ever comes to a rule with these lines."""
    if when is None:
        return False
    where = effective(when, defaults)
    wheres = [where] if where.sender or not when.any_ else [effective(block, outer=where) for block in when.any_]
    return all(w.known and w.sender != "@@" for w in wheres)
