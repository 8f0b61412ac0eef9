"""What a test's step expects, against what happened: every slip in one go, in the words of the test.

Everything outward must be named: a test that forgets the kick must not pass. It must not run anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruleswx.fold import fold
from ruleswx.rules.patterns import compile_pattern
from ruleswx.rules.schema import ACTIONS, Expect, TextTest
from ruleswx.rules.trace import Done, StepTrace, Trace, say

__all__ = ["OUTWARD", "Happened", "Slip", "compare", "show_effect"]

OUTWARD = frozenset({
    "reply", "send", "image", "file", "video", "emoticon", "forward", "recall", "invite", "kick", "accept", "remark",
    "rename_group", "notify",
})  # fmt: skip
_MEDIA = frozenset({"image", "file", "video", "emoticon"})
_WORDS = {"accept": "request", "recall": "last", "kick": "member"}
_AS_REPLY = {"ask": "reply"}


@dataclass(frozen=True, slots=True)
class Happened:
    """What one step led to: the traces of its decisions in order, and the times a schedule fired."""

    traces: tuple[Trace, ...] = ()
    fires: tuple[str, ...] = ()

    @property
    def effects(self) -> tuple[Done, ...]:
        """Everything done, in order."""
        return tuple(done for trace in self.traces for done in trace.effects)

    @property
    def steps(self) -> tuple[StepTrace, ...]:
        """Every step that was reached."""
        return tuple(s for t in self.traces for row in t.rules for s in row.steps if row.outcome == "matched")

    @property
    def rule(self) -> str:
        """The guard or reply rule that answered, none if there was none."""
        return next((trace.answered_by for trace in self.traces if trace.answered_by), "none")

    @property
    def names(self) -> frozenset[str]:
        """What `rule` may say: the rule that answered; for silence none, or the rule silent in its cooldown."""
        if self.rule != "none":
            return frozenset({self.rule})
        rows = (row for trace in self.traces for row in trace.rules)
        return frozenset({"none", *(r.rule for r in rows if r.outcome == "cooldown" and r.section != "watch")})

    @property
    def because(self) -> tuple[str, ...]:
        """Every reason given, in English."""
        gates = [say(trace.gate, "en") for trace in self.traces if trace.gate]
        rows = [say(row.because, "en") for trace in self.traces for row in trace.rules]
        return (*gates, *rows, *(say(step.because, "en") for step in self.steps))


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing that is not as expected."""

    expected: str
    got: str


def compare(expect: Expect, happened: Happened) -> tuple[Slip, ...]:
    """Everything that is not as expected; empty when the step passed."""
    return (*_named(expect, happened), *_unnamed(expect, happened), *_forbidden(expect, happened))


def _named(expect: Expect, happened: Happened) -> Iterator[Slip]:
    if expect.rule is not None and expect.rule not in happened.names:
        yield Slip(f"rule {expect.rule}", f"rule {happened.rule}")
    if expect.because is not None and not _given(expect.because, happened):
        yield Slip(f"because {expect.because}", "; ".join(happened.because) or "no reason at all")
    if expect.fires is not None:
        wanted = tuple(f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(":00") for moment in expect.fires)
        if wanted != happened.fires:
            yield Slip(f"fires {', '.join(wanted) or 'never'}", f"fires {', '.join(happened.fires) or 'never'}")
    for action in ACTIONS:
        for test in _tests(expect, action):
            if not _met(test, action, happened):
                yield Slip(f"{action} {_show_test(test)}", _shown(action, happened))


def _unnamed(expect: Expect, happened: Happened) -> Iterator[Slip]:
    """Outward effects nobody named."""
    for effect in happened.effects:
        if effect.kind not in OUTWARD:
            continue
        tests = [
            t for action in ACTIONS if _AS_REPLY.get(action, action) == effect.kind for t in _tests(expect, action)
        ]
        if any(not _met(test, effect.kind, happened) for test in tests):
            continue  # said already: the named one did not come
        if not any(_fits(test, text, effect.to) for test in tests for text in _texts(effect)):
            wanted = "nothing" if expect.nothing else f"no {effect.kind}" + (" but the named" if tests else "")
            yield Slip(wanted, show_effect(effect))


def _met(test: TextTest, action: str, happened: Happened) -> bool:
    return any(_fits(test, text, to) for text, to in _seen(action, happened))


def _forbidden(expect: Expect, happened: Happened) -> Iterator[Slip]:
    other = expect.not_
    if other is None:
        return
    if other.rule is not None and other.rule in happened.names:
        yield Slip(f"not rule {other.rule}", f"rule {happened.rule}")
    if other.because is not None and _given(other.because, happened):
        yield Slip(f"not because {other.because}", "; ".join(happened.because))
    for action in ACTIONS:
        for test in _tests(other, action):
            if _met(test, action, happened):
                yield Slip(f"not {action} {_show_test(test)}", _shown(action, happened))


def _tests(expect: Expect, action: str) -> Sequence[TextTest]:
    found: tuple[TextTest, ...] | None = getattr(expect, "set_" if action == "set" else action)
    return found or ()


def _given(phrase: str, happened: Happened) -> bool:
    wanted = phrase.casefold()
    return any(wanted in reason.casefold() for reason in happened.because)


def _seen(action: str, happened: Happened) -> Iterator[tuple[str, str]]:
    """Every text this action can be compared with, and to whom."""
    kind = _AS_REPLY.get(action, action)
    for effect in happened.effects:
        if effect.kind == kind:
            yield from ((text, effect.to) for text in _texts(effect))
    if action not in OUTWARD:
        for step in happened.steps:
            if step.action == action:
                yield from ((text, "") for text in (say(step.because, "en"), *step.because.args.values()))


def _texts(effect: Done) -> tuple[str, ...]:
    values = tuple(effect.what.values())
    if effect.kind in _MEDIA:
        return (*values, *(f"files/{value}" for value in values))
    extra = (_WORDS[effect.kind],) if effect.kind in _WORDS else ()
    return (*values, effect.to, *extra) if effect.kind in {"invite", "kick", "accept", "recall"} else values or ("",)


def _fits(test: TextTest, text: str, to: str) -> bool:
    if test.to is not None and test.to != to:
        return False
    if test.equals is not None:
        return test.equals.strip() == text.strip()
    if test.contains is not None:
        return any(part in text for part in test.contains)
    if test.regex is not None:
        return compile_pattern(test.regex, "normal").search(fold(text)) is not None
    return True


def _show_test(test: TextTest) -> str:
    parts = []
    if test.equals is not None:
        parts.append(test.equals)
    if test.contains is not None:
        parts.append("contains " + " | ".join(test.contains))
    if test.regex is not None:
        parts.append(f"fits {test.regex}")
    if test.to is not None:
        parts.append(f"to {test.to}")
    return " ".join(parts)


def _shown(action: str, happened: Happened) -> str:
    kind = _AS_REPLY.get(action, action)
    same = [show_effect(effect) for effect in happened.effects if effect.kind == kind]
    others = [show_effect(effect) for effect in happened.effects]
    return "; ".join(same or others) or "nothing"


def show_effect(effect: Done) -> str:
    """An effect on one line."""
    said = re.sub(r"\s+", " ", " ".join(effect.what.values()))
    to = f"→ {effect.to}" if effect.to and effect.kind != "reply" else ""
    return " ".join(part for part in (effect.kind, said, to) if part)
