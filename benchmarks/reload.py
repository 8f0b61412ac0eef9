"""What a whole reload of 10,000 rules costs the people who write meanwhile: a real bot, a steady stream, edits.

    python -m benchmarks.reload [--rules 10000] [--rate 50] [--edits 5]

The bot is a process of its own and answers `ping N`. Each edit changes what it answers, so the first new answer tells
when the new rules are in force; the wait for a quiet moment after the edit is part of that. Delays are the simulator's
clock, from a message being said to its answer. Windows of calm and of edits take turns. Other work on the machine
delays messages too, so what an edit adds is the slowest message of its window less the slowest of a calm one, each of
the window that was disturbed least.
"""

from __future__ import annotations

import argparse
import gc
import signal
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import quantiles

import trio

from benchmarks.load import written
from benchmarks.measure import Report
from benchmarks.serve import Bench, start_bot
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


@dataclass
class Kind:
    """The windows of one kind: milliseconds every message waited, and seconds until new rules answered."""

    windows: list[list[float]] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    @property
    def worst(self) -> float:
        """The slowest message of the window that other work disturbed least."""
        return min(max(waits) for waits in self.windows)

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


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second")
    parser.add_argument("--edits", type=int, default=5)
    args = parser.parse_args()
    kinds, peak = trio.run(measure, args)
    calm, one, every = kinds["calm"], kinds["one"], kinds["all"]
    print(f"     nobody edits:     {calm}\n     one file edited:  {one}\n     all files edited: {every}")
    print(f"     peak memory {peak:.0f} MiB")
    report = Report()
    report.line("delay an edit of one file adds to a message", one.worst - calm.worst, 20, unit=" ms")
    report.line("delay an edit of every file adds", every.worst - calm.worst, 20, unit=" ms")
    report.line("from the edit of one file to the first new answer", min(one.took), 2.0, unit=" s")
    report.line("from the edit of every file", min(every.took), 2.5, unit=" s")
    report.end()


if __name__ == "__main__":
    main()
