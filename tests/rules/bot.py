"""A bot without an account: rules from a text, a told world, a clock that stands still."""

from datetime import datetime, timedelta
from random import Random
from textwrap import dedent
from zoneinfo import ZoneInfo

from ruleswx.diagnostics import Lang
from ruleswx.model import Effect, SendText, Timer
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.engine import Continuation, Decision, Limits, Outcome, continuations, decide, judge_all, resume
from ruleswx.rules.load import Options, load_rules
from ruleswx.rules.testing import Group, World
from ruleswx.rules.trace import RuleTrace, Trace, say

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=ZONE)


def load(text: str, *, lang: Lang = "en", **files: str) -> RuleSet:
    """The rule set of one file, other files by name; fails with every finding."""
    made = {"rules.yaml": dedent(text), **{name.replace("__", "."): body for name, body in files.items()}}
    options = Options(
        ZONE, ("老王",), frozenset({"KEY"}), {"帮助菜单": "菜单"}, lang=lang, speaks=lang, commands=frozenset({"echo"})
    )
    loaded = load_rules(["rules.yaml"], lambda path: made[path].encode(), options)
    assert loaded.ruleset is not None, [(str(f.place), f.code, dict(f.args)) for f in loaded.findings]
    return loaded.ruleset


class Bot:
    """Say something, see what comes of it. Changes are kept, the clock moves when told."""

    def __init__(self, text: str, *, lang: Lang = "en", **files: str) -> None:
        self.ruleset = load(text, lang=lang, **files)
        self.world = World(
            people={"小李": "friend", "老王": "admin", "路人": "stranger", "公众号": "official"},
            groups={"产品群": Group("产品群", "me", ("小李", "老王", "路人")), "值班群": Group("值班群")},
        )
        self.now = NOW
        self.rng = Random(7)
        self.limits = Limits(breakers=False)
        self.count = 0
        self.last: Decision | None = None

    def say(self, text: str, who: str = "小李", group: str = "", **more: object) -> Decision:
        """Somebody says something now."""
        self.count += 1
        message = self.world.message(who, text, more.pop("time", self.now), group=group, number=self.count, **more)
        return self._keep(
            decide(self.ruleset, message, self.world, now=self.now, rng=self.rng, limits=self.limits)
        )  # fmt: skip

    def tick(self, rule: str) -> Decision:
        """A schedule is due."""
        return self._keep(decide(self.ruleset, Timer(rule, self.now), self.world, now=self.now, rng=self.rng))

    def wait(self, **length: float) -> list[Decision]:
        """Time passes; what was waiting goes on."""
        self.now += timedelta(**length)
        due = [c for c in self.waiting() if c.due <= self.now.timestamp()]
        return [self.resume(c, Outcome("due")) for c in due]

    def waiting(self) -> list[Continuation]:
        """Everything that waits."""
        kinds = ("wait", "dialogue")
        return [c for kind in kinds for state in self.world.states(kind).values() for c in continuations(state)]

    def resume(self, continuation: Continuation, outcome: Outcome) -> Decision:
        """An outcome comes back."""
        return self._keep(
            resume(self.ruleset, continuation, outcome, self.world, now=self.now, rng=self.rng, limits=self.limits)
        )  # fmt: skip

    def outcome(self, value: object = None, reason: str = "") -> Decision:
        """The outcome of the one effect that is waited for."""
        (continuation,) = [c for c in self.waiting() if c.kind == "outcome"]
        return self.resume(continuation, Outcome("failed" if reason else "done", value, reason))

    def judge(self, text: str, who: str = "小李", group: str = "", **more: object) -> Trace:
        """How every rule judges it."""
        message = self.world.message(who, text, self.now, group=group, **more)
        return judge_all(self.ruleset, message, self.world, self.now, self.rng)

    def _keep(self, decision: Decision) -> Decision:
        self.world.keep(decision.changes)
        self.last = decision
        return decision


def texts(decision: Decision) -> list[str]:
    """What is said, in order."""
    return [effect.text for effect in decision.effects if isinstance(effect, SendText)]


def told(decision: Decision) -> list[tuple[str, str]]:
    """Every effect as (action, to)."""
    return [(done.kind, done.to) for done in decision.trace.effects]


def one(decision: Decision, kind: type[Effect]) -> Effect:
    """The only effect of this kind."""
    (found,) = [effect for effect in decision.effects if isinstance(effect, kind)]
    return found


def row(trace: Trace, rule: str) -> RuleTrace:
    """The row of one rule."""
    (found,) = [r for r in trace.rules if r.rule == rule]
    return found


def why(trace: Trace, rule: str) -> str:
    """Why a rule did what it did, in English."""
    return say(row(trace, rule).because, "en")
