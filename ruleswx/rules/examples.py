"""The sentences beside a rule, tried at every load: does this rule, alone, hit this text?

Only lines about the text are asked; where, when and what went before are taken as satisfied. It must not know how
files are read or what the rule would do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from ruleswx.diagnostics import Diagnostic, Lang
from ruleswx.model import Chat, Message, Person, State
from ruleswx.rules.compile import Rule, RuleSet
from ruleswx.rules.conditions import Context, judge, refusal
from ruleswx.rules.trace import Verdict, say

__all__ = ["Tried", "run_examples", "try_examples"]

_NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
_LOOSE = {"zh": "，因为 match: loose 忽略空格和标点", "en": " because match: loose skips blanks and signs"}


@dataclass(frozen=True, slots=True)
class Tried:
    """One example: `kind` is hit, miss or todo, `hits` what the rule says, `number` its place in the list."""

    rule: Rule
    kind: str
    number: int
    text: str
    hits: bool
    verdict: Verdict

    @property
    def good(self) -> bool:
        """Whether it is as the author says; a todo always is."""
        return self.kind == "todo" or self.hits == (self.kind == "hit")


def run_examples(ruleset: RuleSet) -> tuple[Diagnostic, ...]:
    """A finding for every example that does not hold, with the literal or pattern that decided."""
    return tuple(_finding(tried, ruleset.options.lang) for tried in try_examples(ruleset) if not tried.good)


def try_examples(ruleset: RuleSet) -> Iterator[Tried]:
    """Every example of every rule, rules switched off too: they are to be switched on again."""
    for rule in ruleset.rules:
        examples = rule.written.examples
        if examples is None:
            continue
        for kind in ("hit", "miss", "todo"):
            for number, text in enumerate(getattr(examples, kind) or ()):
                verdict = _verdict(ruleset, rule, text)
                yield Tried(rule, kind, number, text, verdict.matched, verdict)


class _Nothing:
    """A world with nobody in it."""

    admins: frozenset[str] = frozenset()

    def find(self, _name: str) -> tuple[Chat, ...]:
        """Nobody goes by any name."""
        return ()

    def chats(self) -> tuple[Chat, ...]:
        """There are no chats."""
        return ()

    def state(self, _kind: str, _name: str, _scope: str) -> State | None:
        """Nothing is remembered."""
        return None


def _verdict(ruleset: RuleSet, rule: Rule, text: str) -> Verdict:
    who = Person("example")
    facts = {"title": text, "file_name": text}
    message = Message("example", "text", Chat("example", "person"), who, text, _NOW, facts=facts)
    context = Context(message, _Nothing(), _NOW, Random(0), variables=ruleset.variables, trial=True)  # noqa: S311
    verdict, _ = judge(rule.when, context)
    if not verdict.matched:
        return verdict
    return refusal(rule.unless, context) or verdict


def _finding(tried: Tried, lang: Lang) -> Diagnostic:
    rule = tried.rule
    because = say(tried.verdict.because, lang)
    if tried.verdict.span:
        start, end = tried.verdict.span
        caught = tried.text[start:end]
        shown = "" if caught == tried.verdict.because.args.get("word") else f": {caught}"
        because += f"{shown} ({start}-{end})" + (_LOOSE[lang] if rule.match == "loose" and tried.hits else "")
    key = "text" if tried.kind == "hit" else "hits"
    where = (*rule.path, "examples", tried.kind, tried.number)
    return rule.file.source.diagnose("E141", where, {key: tried.text, "because": because, "rule": rule.name})
