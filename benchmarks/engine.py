"""The whole engine: loading rule files, deciding with the index and without it, and what a decision costs.

python -m benchmarks.engine --rules 10000 --messages 400
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

from benchmarks.corpus import messages, rules
from benchmarks.load import written
from benchmarks.measure import Report
from ruleswx.aside import never_searched
from ruleswx.model import Chat, Message, Person, State
from ruleswx.rules.engine import Decision, Limits, decide
from ruleswx.rules.load import Loaded, Options, load_rules

__all__ = ["Nobody", "compare"]

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
FRIEND = Person("p:小李", nick="小李", user_name="@1")
CHAT = Chat("p:小李", "person", ("小李",), "@1")


@dataclass(frozen=True)
class Nobody:
    """A world in which nothing has happened yet."""

    admins: frozenset[str] = field(default_factory=frozenset)

    def find(self, name: str) -> tuple[Chat, ...]:
        """Nobody goes by any name."""
        del name
        return ()

    def state(self, kind: str, name: str, scope: str) -> State | None:
        """Nothing is remembered."""
        del kind, name, scope
        return None


def loaded(files: dict[str, bytes], previous: Loaded | None = None) -> Loaded:
    """Load rule files as `serve` does, the collector kept away."""
    with never_searched():
        return load_rules(list(files), lambda path: files[path], Options(zone=ZoneInfo("Asia/Shanghai")), previous)


def decided(made: Loaded, text: str, number: int, *, thorough: bool) -> Decision:
    """Decide about one text from a friend."""
    assert made.ruleset is not None, made.findings[:3]
    message = Message(str(number), "text", CHAT, FRIEND, text, NOW)
    return decide(made.ruleset, message, Nobody(), now=NOW, rng=Random(number), limits=Limits(thorough=thorough))


def compare(files: dict[str, bytes], texts: list[str]) -> tuple[int, int]:
    """Return (messages decided otherwise without the index, messages that led to anything)."""
    made, wrong, answered = loaded(files), 0, 0
    for number, text in enumerate(texts):
        fast = decided(made, text, number, thorough=False)
        slow = decided(made, text, number, thorough=True)
        wrong += (fast.effects, fast.changes) != (slow.effects, slow.changes)
        answered += bool(fast.effects)
    return wrong, answered


def main() -> None:
    """Measure and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=200)
    chosen = parser.parse_args()
    report, files = Report(), written(chosen.rules)
    times = []
    for _ in range(4):
        started = perf_counter()
        made = loaded(files)
        times.append(perf_counter() - started)
    print(f"     loads: {[round(spent, 2) for spent in times]} s, the first one cold")
    report.line(f"loading {chosen.rules:,} rules, cold", times[0], 3.0, unit=" s")
    report.line("loading them again, every file edited", min(times[1:]), 1.5, unit=" s")
    last = next(iter(files))
    files[last] += b"# edited\n"
    started = perf_counter()
    made = loaded(files, made)
    report.line("the same with one file edited", perf_counter() - started, 1.5, unit=" s")
    texts = messages(2_000, rules(chosen.rules), 0.01)
    spent = []
    for number, text in enumerate(texts):
        started = perf_counter()
        decided(made, text, number, thorough=False)
        spent.append(perf_counter() - started)
    report.line("a decision, median", median(spent) * 1e6, 200, unit=" us")
    report.line("a decision, the slowest of a thousand", sorted(spent)[-2] * 1e3, 20, unit=" ms")
    wrong, answered = compare(files, messages(chosen.messages, rules(chosen.rules), 0.6, 9))
    print(f"     {chosen.messages} messages, {answered} answered")
    report.line("decisions that differ without the index", wrong, 0, unit="")
    report.end()


if __name__ == "__main__":
    main()
