"""A real bot, killed again and again while messages come in: nothing lost, nothing twice, every doubt reported.

The sandbox and the bot are processes of their own, the state is on the disk. A kill may leave at most one send whose
end nobody knows; it must be listed, and it must not be repeated.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.measure import Report
from ruleswx.store import open_reader

RULES = """
reply:
  - rule: echo
    when: {sender: '@', regex: '^ping (?P<n>\\d+)$'}
    do: [{reply: 'pong {{ n }}'}]
"""
CONFIG = """
wechat: {{endpoint: "{address}"}}
pace: off
page: off
max_age: 1h
rules: [rules.yaml]
log: {{level: warning}}
"""
QUIET_SECONDS = 3.0
LONGEST_WAIT = 60.0


class World:
    """The sandbox over its control port."""

    def __init__(self, address: str) -> None:
        self.address = address

    def ask(self, verb: str, **values: Any) -> Any:
        """Give one order."""
        body = json.dumps(values).encode()
        request = Request(f"{self.address}/sandbox/{verb}", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def answers(self) -> list[int]:
        """Return the numbers answered, in order of arrival."""
        found = self.ask("sent", since=0)
        sent = found["sent"] if isinstance(found, dict) else found
        return [int(item["text"].split()[1]) for item in sent if item["text"].startswith("pong ")]


@contextmanager
def sandbox() -> Iterator[World]:
    """Start a simulated WeChat that scans by itself."""
    words = [sys.executable, "-m", "ruleswx", "sandbox", "--auto"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield World(json.loads(process.stdout.readline())["sandbox"])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start the bot."""
    words = [sys.executable, "-m", "ruleswx", "serve", str(folder / "config.yaml")]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(words, stdout=log, stderr=log)


def talk(world: World, folder: Path, messages: int, every: float, rng: Random) -> int:
    """Say everything while the bot is killed and started again; returns how often it was."""
    bot, kills = start(folder), 0
    due = time.monotonic() + 3 * every
    try:
        for number in range(messages):
            world.ask("say", **{"as": "小李", "text": f"ping {number}"})
            time.sleep(rng.uniform(0.0, 0.02))
            if time.monotonic() > due:
                bot.kill()
                bot.wait()
                bot, kills = start(folder), kills + 1
                due = time.monotonic() + rng.uniform(0.2, 2 * every)
        wait_until_quiet(world)
        bot.send_signal(signal.SIGTERM)
        print(f"     the bot stopped with {bot.wait(timeout=10)}")
    finally:
        bot.kill()
        bot.wait()
    return kills


def wait_until_quiet(world: World) -> None:
    """Wait until no answer has come for a while."""
    began = changed = time.monotonic()
    before = -1
    while time.monotonic() - changed < QUIET_SECONDS and time.monotonic() - began < LONGEST_WAIT:
        count = len(world.answers())
        if count != before:
            before, changed = count, time.monotonic()
        time.sleep(0.2)


def judge(report: Report, world: World, folder: Path, messages: int, kills: int) -> None:
    """Compare what arrived with what the state says."""
    answers = world.answers()
    with open_reader(folder / "state") as reader:
        unknown = {int(getattr(row.effect, "text", "pong -1").split()[1]) for row in reader.outbox(["unknown"])}
        waiting = len(reader.pending()) + len(reader.queued())
    missing = set(range(messages)) - set(answers)
    print(
        f"     {messages} messages, {kills} kills, {len(unknown)} of unknown end, {len(missing)} of those not arrived"
    )
    report.line("messages nobody answered and nobody reported", len(missing - unknown), 0, unit="")
    report.line("answers that came twice", sum(n > 1 for n in Counter(answers).values()), 0, unit="")
    report.line("answers out of order", sum(a > b for a, b in pairwise(answers)), 0, unit="")
    report.line("sends of unknown end for each kill", len(unknown) / max(1, kills), 1, unit="")
    report.line("left undone", waiting, 0, unit="")
    report.line("violations of the protocol", len(world.ask("violations")), 0, unit="")


def main() -> None:
    """Kill and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--every", type=float, default=1.5, help="seconds between kills, about")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    report = Report()
    with sandbox() as world, tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        (folder / "rules.yaml").write_text(RULES, "utf-8")
        (folder / "config.yaml").write_text(CONFIG.format(address=world.address), "utf-8")
        kills = talk(world, folder, options.messages, options.every, Random(options.seed))
        judge(report, world, folder, options.messages, kills)
    report.end()


if __name__ == "__main__":
    main()
