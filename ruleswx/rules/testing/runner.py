"""Runs tests, each with empty state, and says what was not as expected. It must not know files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ruleswx.diagnostics import Lang
from ruleswx.fold import fold
from ruleswx.model import Timer
from ruleswx.rules.compile import RuleSet, TimedRule
from ruleswx.rules.engine import decide
from ruleswx.rules.schema import Expect, Said, Test
from ruleswx.rules.schema import World as WrittenWorld
from ruleswx.rules.testing.expectation import Happened, Slip, compare, nearest
from ruleswx.rules.testing.stage import LIMITS, MOST, Stage, build_world
from ruleswx.rules.testing.wording import phrase
from ruleswx.rules.trace import Trace
from ruleswx.schedule import occurrences

__all__ = ["Failure", "Result", "run_test"]

CLOCK = datetime(2026, 3, 2, 10, 0)  # noqa: DTZ001 - local time in whatever zone the rules have


@dataclass(frozen=True, slots=True)
class Failure:
    """The first step that went wrong: its number from 1 (0: the test has no steps), what was said, what was not as
    expected and why it came so."""

    step: int
    said: str
    folded: str
    slips: tuple[Slip, ...]
    because: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one test; `traces` are of all its decisions, for coverage."""

    name: str
    failure: Failure | None
    traces: tuple[Trace, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return self.failure is None


def run_test(
    ruleset: RuleSet, test: Test, written: WrittenWorld | None, clock: datetime | None = None, lang: Lang = "en"
) -> Result:
    """Run one test with empty state; what went wrong is told in that language."""
    zone = ruleset.options.zone
    start = (test.clock or clock or CLOCK).replace(tzinfo=zone)
    stage = Stage(ruleset, build_world(written, frozenset(ruleset.options.admins)), written, start)
    if test.schedule is not None:
        return _run_schedule(stage, test, lang)
    for number, said in enumerate(test.steps or (test,), 1):
        failure = _step(stage, said, test, number if test.steps else 0, lang)
        if failure is not None:
            return Result(test.test, failure, tuple(stage.traces))
    return Result(test.test, None, tuple(stage.traces))


def _step(stage: Stage, said: Said, test: Test, number: int, lang: Lang) -> Failure | None:
    strange = stage.strange(said, test, lang)
    if strange is not None:
        return Failure(number, said.say or "", fold(said.say or "", "normal").text, (Slip(*strange),), "")
    happened = Happened(stage.play(said, test), admins=stage.admins)
    if stage.overran:
        slip = Slip(phrase(lang, "in_time", most=MOST), phrase(lang, "more"))
        return Failure(number, said.say or "", "", (slip,), "")
    return _failure(stage, said, happened, number, lang)


def _run_schedule(stage: Stage, test: Test, lang: Lang) -> Result:
    rule = stage.ruleset.find(test.schedule or "")
    if not isinstance(rule, TimedRule) or test.between is None:
        got = phrase(lang, "no_schedule" if not isinstance(rule, TimedRule) else "no_between")
        slip = Slip(phrase(lang, "a_schedule", name=test.schedule), got)
        return Result(test.test, Failure(0, "", "", (slip,), ""))
    zone = rule.spec.zone
    first, last = (moment.replace(tzinfo=zone) for moment in (test.between.first, test.between.last))
    times = [] if rule.mode == "off" else list(occurrences(rule.spec, first, last))
    for due in times:
        stage.now = due
        stage.follow(decide(stage.ruleset, Timer(rule.name, due), stage.world, now=due, rng=stage.rng, limits=LIMITS))
        if not _asks_for_effects(test.expect):
            stage.traces[-1:] = [_only_rows(stage.traces[-1])]
    fires = tuple(f"{due:%Y-%m-%d %H:%M:%S}".removesuffix(":00") for due in times)
    happened = Happened(tuple(stage.traces), fires, stage.admins)
    return Result(test.test, _failure(stage, test, happened, 0, lang), happened.traces)


def _asks_for_effects(expect: Expect | None) -> bool:
    """Whether a schedule's test looks at more than its times."""
    return expect is not None and bool(expect.model_fields_set - {"fires", "rule", "because"})


def _only_rows(trace: Trace) -> Trace:
    return Trace(trace.heard, trace.gate, trace.rules, (), trace.judged)


def _failure(stage: Stage, said: Said, happened: Happened, number: int, lang: Lang) -> Failure | None:
    """What went wrong; a step that expects nothing in words expects that nothing goes out."""
    slips = compare(said.expect or Expect.model_validate({}), happened, lang)
    if not slips:
        return None
    heard = next((trace.heard for trace in happened.traces if not trace.heard.timer), None)
    text = heard.text if heard else said.say or ""
    return Failure(number, text, _folded(stage.ruleset, happened, text), slips, nearest(happened, lang))


def _folded(ruleset: RuleSet, happened: Happened, text: str) -> str:
    """As the rule that answered compares it."""
    rule = next((rule for rule in ruleset.rules if rule.name == happened.rule), None)
    return fold(text, rule.match if rule else "normal").text
