"""What a test's step expects, against what happened: every slip in one go, in the words of the test.

Everything outward must be named, once for each time it happens and in its order: a test that forgets the kick, or the
second reply, must not pass. What schedules do while time passes may be named and need not be, unless the test is the
schedule's own. It must not run anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ruleswx.diagnostics import Lang
from ruleswx.fold import fold, fold_key
from ruleswx.model import FILEHELPER
from ruleswx.rules.patterns import compile_pattern
from ruleswx.rules.schema import ACTIONS, Expect, TextTest
from ruleswx.rules.testing.matching import align
from ruleswx.rules.testing.wording import phrase
from ruleswx.rules.trace import Done, Reason, RuleTrace, StepTrace, Trace, say

__all__ = ["OUTWARD", "Happened", "Slip", "compare", "nearest", "show_effect"]

OUTWARD = frozenset({
    "reply", "send", "image", "file", "video", "emoticon", "forward", "recall", "invite", "kick", "accept", "remark",
    "rename_group", "notify", "http", "run",
})  # fmt: skip
_MEDIA = frozenset({"image", "file", "video", "emoticon"})
_WORDS = {"accept": "request", "recall": "last", "kick": "member"}
_AS_REPLY = {"ask": "reply"}
_ADMINS = "admins"
_EACH_ADMIN = frozenset({*_MEDIA, "forward"})
_HELPER = frozenset(map(fold_key, FILEHELPER.names))


@dataclass(frozen=True, slots=True)
class Happened:
    """What one step led to: the traces of its decisions in order, and the times a schedule fired (None: it is not the
    test of a schedule). `admins`: the names the admins go by."""

    traces: tuple[Trace, ...] = ()
    fires: tuple[str, ...] | None = None
    admins: frozenset[str] = frozenset()

    @property
    def effects(self) -> tuple[Done, ...]:
        """Everything done, in order."""
        return tuple(done for trace in self.traces for done in trace.effects)

    @property
    def answers(self) -> tuple[Done, ...]:
        """What must be named: everything, but for what schedules did in passing."""
        return tuple(done for trace in self.traces if not trace.heard.timer for done in _once_for_admins(trace.effects))

    @property
    def steps(self) -> tuple[StepTrace, ...]:
        """Every step that was reached."""
        return tuple(s for t in self.traces for row in t.rules for s in row.steps if row.outcome == "matched")

    @property
    def rule(self) -> str:
        """The guard or reply rule that answered, none if there was none; in a schedule's own test the schedule."""
        return next((t.answered_by for t in self.traces if t.answered_by and self._counts(t)), "none")

    @property
    def names(self) -> frozenset[str]:
        """What `rule` may say: the rule that answered; for silence none, or the rule silent in its cooldown; also a
        schedule that was due."""
        passing = {t.answered_by for t in self.traces if t.answered_by and not self._counts(t)}
        if self.rule != "none":
            return frozenset({self.rule, *passing})
        rows = (row for trace in self.traces for row in trace.rules)
        silent = {r.rule for r in rows if r.outcome == "cooldown" and r.section != "watch"}
        return frozenset({"none", *silent, *passing})

    def _counts(self, trace: Trace) -> bool:
        return self.fires is not None or not trace.heard.timer

    @property
    def because(self) -> tuple[Reason, ...]:
        """Every reason given."""
        gates = [trace.gate for trace in self.traces if trace.gate]
        rows = [row.because for trace in self.traces for row in trace.rules]
        return (*gates, *rows, *(step.because for step in self.steps))


def _once_for_admins(effects: Sequence[Done]) -> Iterator[Done]:
    """What goes to each of the admins by itself was written once."""
    for number, done in enumerate(effects):
        if done.to != _ADMINS or done.kind not in _EACH_ADMIN or done not in effects[max(0, number - 1) : number]:
            yield done


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing that is not as expected."""

    expected: str
    got: str


def compare(expect: Expect, happened: Happened, lang: Lang = "en") -> tuple[Slip, ...]:
    """Everything that is not as expected; empty when the step passed."""
    one = _Comparison(expect, happened, lang)
    return (*one.named(), *one.unnamed(), *one.forbidden())


@dataclass(frozen=True, slots=True)
class _Comparison:
    expect: Expect
    happened: Happened
    lang: Lang

    def named(self) -> Iterator[Slip]:
        """What was named and is not there."""
        expect, happened = self.expect, self.happened
        if expect.rule is not None and expect.rule not in happened.names:
            yield Slip(self.rule(expect.rule), self.rule(happened.rule))
        if expect.because is not None and not self.given(expect.because):
            yield Slip(self.say("because", why=expect.because), nearest(happened, self.lang))
        if expect.fires is not None:
            wanted = tuple(f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(":00") for moment in expect.fires)
            if wanted != (happened.fires or ()):
                yield Slip(self.times(wanted), self.times(happened.fires or ()))
        for action in ACTIONS:
            for test in _tests(expect, action):
                if not self.met(test, action):
                    yield Slip(f"{action} {self.show(test)}", self.shown(action))

    def unnamed(self) -> Iterator[Slip]:
        """Outward effects nobody named, or named less often than they happened, or in another order."""
        if self.expect.nothing:
            yield from (
                Slip(self.say("nothing"), show_effect(done)) for done in self.happened.effects if _goes_out(done)
            )
            return
        for kind in dict.fromkeys(done.kind for done in self.happened.answers if _goes_out(done)):
            actions = [action for action in ACTIONS if _AS_REPLY.get(action, action) == kind]
            chains = [_tests(self.expect, action) for action in actions]
            tests = [test for chain in chains for test in chain]
            if all(self.met(test, kind) for test in tests):  # else it was said: the named one did not come
                yield from self.of_kind(kind, chains)

    def of_kind(self, kind: str, chains: Sequence[Sequence[TextTest]]) -> Iterator[Slip]:
        """The slips of one kind: what each chat got, against what was written."""
        tests = [test for chain in chains for test in chain]
        effects = [done for done in self.happened.answers if done.kind == kind]
        if self.happened.fires is not None:
            left = [done for done in effects if not any(self.fits(test, done) for test in tests)]
            yield from self.too_much(kind, left, tests)
            return
        used: set[int] = set()
        left = []
        for to in dict.fromkeys(done.to for done in effects):
            here = [done for done in effects if done.to == to]
            pairs = align(len(here), _numbered(chains), self.judge(tests, here))
            used.update(test for _, test in pairs)
            paired = {effect for effect, _ in pairs}
            left += [done for number, done in enumerate(here) if number not in paired and not self.wide(tests, done)]
        spare = [test for number, test in enumerate(tests) if number not in used and not _only_to(test)]
        spare = [test for test in spare if not any(self.fits(test, done) for done in self.passing(kind))]
        if left and any(self.fits(test, done) for test in spare for done in left):
            order = "; ".join(map(self.show, tests))
            yield Slip(self.say("order", action=kind, tests=order), self.shown(kind))
            return
        yield from self.too_much(kind, left, tests)
        yield from (Slip(self.say("once_more", action=kind, test=self.show(test)), self.shown(kind)) for test in spare)

    def judge(self, tests: Sequence[TextTest], effects: Sequence[Done]) -> Callable[[int, int], bool]:
        """Whether an effect is what a test names, both by number."""
        return lambda effect, test: self.fits(tests[test], effects[effect])

    def too_much(self, kind: str, left: Sequence[Done], tests: Sequence[TextTest]) -> Iterator[Slip]:
        """What nobody named."""
        for done in left:
            yield Slip(self.say("no_more" if tests else "unnamed", action=kind), show_effect(done))

    def forbidden(self) -> Iterator[Slip]:
        """What must not be there and is."""
        other, happened = self.expect.not_, self.happened
        if other is None:
            return
        if other.rule is not None and other.rule in happened.names:
            yield Slip(self.say("not", what=self.rule(other.rule)), self.rule(happened.rule))
        if other.because is not None and (given := self.given(other.because)):
            why = self.say("because", why=other.because)
            yield Slip(self.say("not", what=why), say(given, self.lang))
        for action in ACTIONS:
            for test in _tests(other, action):
                if self.met(test, action):
                    yield Slip(self.say("not", what=f"{action} {self.show(test)}"), self.shown(action))

    def say(self, code: str, **values: object) -> str:
        return phrase(self.lang, code, **values)

    def rule(self, name: str) -> str:
        return self.say("rule_none") if name == "none" else self.say("rule", name=name)

    def times(self, times: Sequence[str]) -> str:
        return self.say("fires", times=", ".join(times)) if times else self.say("never")

    def given(self, words: str) -> Reason | None:
        """The reason that says this, in either language."""
        wanted = words.casefold()
        langs: tuple[Lang, ...] = ("en", "zh")
        every = self.happened.because
        return next((why for why in every if any(wanted in say(why, lang).casefold() for lang in langs)), None)

    def met(self, test: TextTest, action: str) -> bool:
        return any(self.allows(test, text, to) for text, to in self.seen(action))

    def fits(self, test: TextTest, done: Done) -> bool:
        return any(self.allows(test, text, done.to) for text in _texts(done))

    def wide(self, tests: Sequence[TextTest], done: Done) -> bool:
        """Whether a test that only says where stands for everything that goes there."""
        return any(_only_to(test) and self.fits(test, done) for test in tests)

    def passing(self, kind: str) -> Iterator[Done]:
        """What schedules did meanwhile."""
        timed = (trace for trace in self.happened.traces if trace.heard.timer)
        return (done for trace in timed for done in trace.effects if done.kind == kind)

    def seen(self, action: str) -> Iterator[tuple[str, str]]:
        """Every text this action can be compared with, and to whom."""
        kind = _AS_REPLY.get(action, action)
        for done in self.happened.effects:
            if done.kind == kind:
                yield from ((text, done.to) for text in _texts(done))
        if action not in OUTWARD:
            for step in self.happened.steps:
                if step.action == action:
                    yield from ((text, "") for text in (say(step.because, "en"), *step.because.args.values()))

    def allows(self, test: TextTest, text: str, to: str) -> bool:
        if test.to is not None and not self.same_place(test.to, to):
            return False
        if test.equals is not None:
            return test.equals.strip() == text.strip()
        if test.contains is not None:
            return any(part in text for part in test.contains)
        if test.regex is not None:
            return compile_pattern(test.regex, "normal").search(fold(text)) is not None
        return True

    def same_place(self, written: str, to: str) -> bool:
        """Whether a chat may be spoken of like this: admins also by name, 文件传输助手 by both of its names."""
        here, there = fold_key(written), fold_key(to)
        if here == there or {here, there} <= _HELPER:
            return True
        return to == _ADMINS and here in {fold_key(name) for name in self.happened.admins}

    def show(self, test: TextTest) -> str:
        parts = []
        if test.equals is not None:
            parts.append(test.equals)
        if test.contains is not None:
            parts.append(self.say("contains", words=" | ".join(test.contains)))
        if test.regex is not None:
            parts.append(self.say("fits", pattern=test.regex))
        if test.to is not None:
            parts.append(self.say("to", to=test.to))
        return " ".join(parts)

    def shown(self, action: str) -> str:
        kind = _AS_REPLY.get(action, action)
        same = [show_effect(effect) for effect in self.happened.effects if effect.kind == kind]
        others = [show_effect(effect) for effect in self.happened.effects]
        return "; ".join(same or others) or self.say("got_nothing")


def _goes_out(done: Done) -> bool:
    return done.kind in OUTWARD


def _only_to(test: TextTest) -> bool:
    return test.to is not None and test.equals is None and test.contains is None and test.regex is None


def _numbered(chains: Sequence[Sequence[TextTest]]) -> list[list[int]]:
    """The chains as numbers over all tests; those that only say where stand in no order."""
    found, start = [], 0
    for chain in chains:
        found.append([start + number for number, test in enumerate(chain) if not _only_to(test)])
        start += len(chain)
    return [chain for chain in found if chain]


def _tests(expect: Expect, action: str) -> Sequence[TextTest]:
    found: tuple[TextTest, ...] | None = getattr(expect, "set_" if action == "set" else action)
    return found or ()


def _texts(effect: Done) -> tuple[str, ...]:
    values = tuple(effect.what.values())
    if effect.kind in _MEDIA:
        return (*values, *(f"files/{value}" for value in values))
    extra = (_WORDS[effect.kind],) if effect.kind in _WORDS else ()
    return (*values, effect.to, *extra) if effect.kind in {"invite", "kick", "accept", "recall"} else values or ("",)


def show_effect(effect: Done) -> str:
    """An effect on one line."""
    said = re.sub(r"\s+", " ", " ".join(effect.what.values()))
    to = f"→ {effect.to}" if effect.to and effect.kind != "reply" else ""
    return " ".join(part for part in (effect.kind, said, to) if part)


def nearest(happened: Happened, lang: Lang) -> str:
    """Why it came so, in one line: the gate, the rule that answered, or the one that came closest."""
    traces = [t for t in happened.traces if happened.fires is not None or not t.heard.timer] or happened.traces
    for trace in traces:
        if trace.gate is not None:
            return say(trace.gate, lang)
        for row in trace.rules:
            if row.outcome in {"matched", "cooldown"}:
                return _told(row, trace, lang)
        near = min((row for row in trace.rules if row.near), key=_away, default=None)
        near = next((row for row in trace.rules if row.outcome == "exempt"), near)
        if near is not None:
            outcome = phrase(lang, near.outcome)
            return f"{phrase(lang, 'rule', name=near.rule)} {outcome}: {say(near.because, lang)}"
    return phrase(lang, "no_rule")


def _away(row: RuleTrace) -> int:
    return row.near.away if row.near else 0


def _told(row: RuleTrace, trace: Trace, lang: Lang) -> str:
    """What a rule that answered, or was silent in its cooldown, has to say."""
    caught = trace.heard.text[slice(*row.matched)] if row.matched else ""
    where = f" {caught} ({row.matched[0]}-{row.matched[1]})" if row.matched else ""
    told = [say(s.because, lang) for s in row.steps if s.because.code not in {"done", "step.pending"}]
    why = [] if row.outcome == "matched" else [say(row.because, lang)]
    outcome = phrase(lang, row.outcome)
    return "; ".join([f"{phrase(lang, 'rule', name=row.rule)} {outcome}{where}", *why, *told])
