"""What a whole reload of 10,000 rules costs the people who write meanwhile: a real bot, a steady stream, edits.

    python -m benchmarks.reload [--rules 10000] [--rate 50] [--edits 5]

The bot is a process of its own and answers `ping N`. Each edit changes what it answers, so the first new answer tells
when the new rules are in force; the wait for a quiet moment after the edit is part of that. Delays are the simulator's
clock, from a message being said to its answer. Windows of calm and of edits take turns. Other work on the machine
delays messages too, so what an edit adds is the slowest message of its window less the slowest of a calm one, each of
the window that was disturbed least; on a machine with other work that still says little. What it says nothing about is
measured first: the same loads beside a loop that wants its turn every millisecond, in CPU time of this process, which
other work does not lengthen.
"""

from __future__ import annotations

import argparse
import gc
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import process_time
from zoneinfo import ZoneInfo

import trio

from benchmarks.load import written
from benchmarks.measure import Report
from benchmarks.serve import Bench, start_bot
from ruleswx.aside import let_go, pieces_of, run_aside
from ruleswx.reload import Loader
from ruleswx.rules.load import Loaded, Options, load_rules
from ruleswx.sandbox import World, crowd, serve

CONFIG = """
wechat: {{endpoint: '{address}'}}
rules: ['rules/*.yaml']
pace: off
max_age: 1h
log: {{level: warning, format: json}}
"""
ANSWER = """
reply:
  - rule: ping
    when: {{sender: '@', starts: ping}}
    do: {{reply: '{word} {{{{ text | replace("ping ", "") }}}}'}}
"""
WINDOW = 3.0
BUSY = 12.0
"""Milliseconds the middle message waits while nobody edits, when other work holds the processors. Otherwise it is 6."""


@dataclass
class Kind:
    """The windows of one kind: milliseconds every message waited, and seconds until new rules answered."""

    windows: list[list[float]] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    @property
    def worst(self) -> float:
        """The slowest message of the window that other work disturbed least."""
        return min(max(waits) for waits in self.windows)

    @property
    def middle(self) -> float:
        """The median of all messages."""
        return median(wait for waits in self.windows for wait in waits)

    def __str__(self) -> str:
        """The delays of all messages."""
        every = [wait for waits in self.windows for wait in waits]
        cuts = quantiles(every, n=100)
        return f"p50 {cuts[49]:5.1f} ms, p99 {cuts[98]:5.1f} ms, slowest {max(every):5.1f} ms of {len(every)} messages"


class Stream:
    """Somebody who writes all the time, to a bot whose rules change."""

    def __init__(self, bench: Bench, folder: Path, files: dict[str, bytes], rate: float) -> None:
        self.bench, self.folder, self.files, self.rate = bench, folder, files, rate
        self.number = 1

    async def write(self) -> None:
        """Say `ping N` until cancelled."""
        begin = trio.current_time()
        while True:
            self.bench.say(self.number)
            self.number += 1
            await trio.sleep_until(begin + self.number / self.rate)

    async def window(self, kind: Kind, word: str = "", *, every_file: bool = False) -> None:
        """One window, with an edit at its beginning or a calm one."""
        since, began = self.number, trio.current_time()
        if word:
            put(self.folder, word, self.files if every_file else {})
            await self.bench.until(lambda: self.bench.world.sent_log[-1]["text"].startswith(word), 60)
            kind.took.append(trio.current_time() - began)
        await trio.sleep_until(max(began + WINDOW, trio.current_time() + 0.7))
        until = self.number
        await self.bench.answers(until)
        kind.windows.append(self.waits(since, until))

    def waits(self, since: int, until: int) -> list[float]:
        """Milliseconds between messages and answers."""
        said = [(entry["text"].partition(" "), entry["time"]) for entry in self.bench.world.said()]
        asked = {number: when for (word, _, number), when in said if word == "ping"}
        told = {number: when for (word, _, number), when in said if word.startswith("edit")}
        return [1000 * (told[str(n)] - asked[str(n)]) for n in range(since, until)]


def put(folder: Path, word: str, files: dict[str, bytes]) -> None:
    """Save an edit: the small file that answers, and these."""
    for name, data in files.items():
        (folder / name).write_bytes(f"# {word}\n".encode() + data)
    (folder / "rules" / "answer.yaml").write_text(ANSWER.format(word=word), "utf-8")


async def measure(args: argparse.Namespace) -> tuple[dict[str, Kind], float]:
    """Run one bot through its edits; returns the delays by kind of window, and the bot's peak memory in MiB."""
    cast, files = crowd(20, 2, 5), written(args.rules)
    world = World(cast, strict=True)
    kinds = {"calm": Kind(), "one": Kind(), "all": Kind()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rules").mkdir()
        async with trio.open_nursery() as nursery:
            address = await nursery.start(partial(serve, world))
            put(folder, "edit0", files)
            bench = Bench(world, start_bot(folder, address, CONFIG), [person["name"] for person in cast["people"]])
            stream = Stream(bench, folder, files, args.rate)
            try:
                await bench.first_reply()
                await bench.quiet()
                gc.disable()  # a pause of the simulator is not the bot's
                nursery.start_soon(stream.write)
                for number in range(1, args.edits + 1):
                    await stream.window(kinds["calm"])
                    await stream.window(kinds["one"], f"edit{number}a")
                    await stream.window(kinds["all"], f"edit{number}b", every_file=True)
                peak = bench.peak()
                bench.bot.send_signal(signal.SIGTERM)
                await trio.sleep(1)
            finally:
                bench.bot.kill()
            nursery.cancel_scope.cancel()
    return kinds, peak


def load(paths: Sequence[str], read: Callable[[str], bytes], _: Mapping[str, str], last: list[Loaded]) -> Loaded:
    """Load as the bot does, reading again what changed."""
    last[:] = [load_rules(paths, read, Options(zone=ZoneInfo("Asia/Shanghai")), last[0] if last else None)]
    return last[0]


async def stretches(files: dict[str, bytes], edits: int) -> tuple[float, float]:
    """Milliseconds of CPU the loop was kept from its turn at worst: with one file edited, with all of them."""
    worst = {False: list[float](), True: list[float]()}
    gaps: list[float] = []

    async def tick() -> None:
        while True:
            before = process_time()
            await trio.sleep(0.001)
            gaps.append((process_time() - before) * 1e3)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rules").mkdir()
        put(folder, "edit0", files)
        loader = Loader(lambda: sorted(map(str, folder.glob("rules/*"))), dict, partial(load, last=[]))
        held = loader.load().ruleset
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tick)
            for number in range(2 * edits):
                put(folder, f"edit{number}", files if number % 2 else {})
                gaps.clear()
                pieces = pieces_of(held)
                held = (await run_aside(loader.load)).ruleset
                await let_go(pieces)
                await trio.sleep(0.01)
                worst[bool(number % 2)].append(max(gaps))
            nursery.cancel_scope.cancel()
    return min(worst[False]), min(worst[True])


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second")
    parser.add_argument("--edits", type=int, default=5)
    args = parser.parse_args()
    report = Report()
    one_file, every_file = trio.run(stretches, written(args.rules), args.edits)
    report.line("CPU that kept the loop from its turn, one file edited", one_file, 20, unit=" ms")
    report.line("CPU that kept the loop from its turn, every file edited", every_file, 20, unit=" ms")
    kinds, peak = trio.run(measure, args)
    calm, one, every = kinds["calm"], kinds["one"], kinds["all"]
    print(f"     nobody edits:     {calm}\n     one file edited:  {one}\n     all files edited: {every}")
    print(f"     peak memory {peak:.0f} MiB")
    if calm.middle > BUSY:
        print("     this machine is busy: messages wait without any edit, so the rest is not judged")
    else:
        report.line("delay an edit of one file adds to a message", one.worst - calm.worst, 20, unit=" ms")
        report.line("delay an edit of every file adds", every.worst - calm.worst, 20, unit=" ms")
        report.line("from the edit of one file to the first new answer", min(one.took), 2.0, unit=" s")
        report.line("from the edit of every file", min(every.took), 2.5, unit=" s")
    report.end()


if __name__ == "__main__":
    main()
