"""How fast the whole bot is against the sandbox over loopback: first reply, latency at 20 a second, a burst.

    python -m benchmarks.serve [--big] [--burst 2000] [--rate 20] [--seconds 10] [--json]

The sandbox runs here, the bot in a process of its own; it answers `ping N` with `pong N` at `pace: off`. Times are the
sandbox's: from a message being said to its answer arriving. Only ratios travel between machines.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import quantiles

import trio

from benchmarks.measure import Report
from ruleswx.sandbox import World, crowd, serve

CONFIG = """
wechat: {{endpoint: '{address}'}}
rules: [rules.yaml]
pace: off
max_age: 1h
log: {{level: warning, format: json}}
"""
RULES = r"""
reply:
  - rule: 私聊
    when: {sender: '@', starts: ping}
    do: {reply: 'pong {{ text | replace("ping ", "") }}'}
    examples: {hit: [ping 1]}
"""


QUIET = 2.0


class Bench:
    """One world, one bot, and the clock between them."""

    def __init__(self, world: World, bot: subprocess.Popen[bytes], who: list[str]) -> None:
        self.world = world
        self.bot = bot
        self.who = who
        self.confirmed = 0.0
        self._news = trio.Event()
        world.watch(self._ring)

    def _ring(self) -> None:
        self._news.set()
        self._news = trio.Event()

    async def until(self, done: Callable[[], object], seconds: float = 300.0) -> None:
        """Wait for something in the world."""
        with trio.fail_after(seconds):
            while not done():
                await self._news.wait()

    async def answers(self, count: int) -> None:
        """Wait until so many were sent."""
        await self.until(lambda: len(self.world.sent_log) >= count)

    def say(self, number: int) -> None:
        """Somebody says `ping NUMBER`."""
        self.world.say(self.who[number % len(self.who)], f"ping {number}")

    def waits(self, first: int, last: int) -> list[float]:
        """Milliseconds between each message and its answer."""
        when = {said["text"]: said["time"] for said in self.world.said()}
        return sorted(1000 * (when[f"pong {n}"] - when[f"ping {n}"]) for n in range(first, last))

    async def first_reply(self) -> float:
        """Seconds from the phone's confirmation to the first reply, with a message already waiting."""
        await self.until(lambda: self.world.gates)
        self.world.scan()
        await trio.sleep(1.5)
        self.say(0)
        self.confirmed = self.world.clock.now()
        self.world.confirm()
        await self.answers(1)
        return float(self.world.sent_log[0].get("time") or self.world.clock.now()) - self.confirmed

    async def quiet(self) -> None:
        """Wait until the address book is read: no request but the poll for a while."""
        before: dict[str, int] = {}
        while True:
            now = dict(self.world.requests)
            if now == before:
                break
            before = now
            await trio.sleep(QUIET)
        gc.freeze()  # the simulator's own people are not what is measured

    async def latency(self, rate: float, seconds: float) -> tuple[float, float]:
        """p50 and p99 at a steady rate."""
        before, first, last = len(self.world.sent_log), 1_000_000, 1_000_000 + int(rate * seconds)
        begin = trio.current_time()
        for number in range(first, last):
            await trio.sleep_until(begin + (number - first) / rate)
            self.say(number)
        await self.answers(before + last - first)
        cuts = quantiles(self.waits(first, last), n=100)
        return cuts[49], cuts[98]

    async def burst(self, count: int) -> tuple[float, float]:
        """Seconds until a burst is all answered, and the bot's CPU seconds for it."""
        before, cpu, begin = len(self.world.sent_log), self.cpu(), trio.current_time()
        for number in range(2_000_000, 2_000_000 + count):
            self.say(number)
        await self.answers(before + count)
        took = trio.current_time() - begin
        texts = [entry["text"] for entry in self.world.sent_log[before:]]
        if len(set(texts)) != count:
            raise SystemExit(f"{count - len(set(texts))} lost or doubled")
        return took, self.cpu() - cpu

    def cpu(self) -> float:
        """CPU seconds the bot has used."""
        fields = Path(f"/proc/{self.bot.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self) -> float:
        """The bot's peak resident memory in MiB."""
        lines = Path(f"/proc/{self.bot.pid}/status").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def start_bot(folder: Path, address: str, given: str = CONFIG) -> subprocess.Popen[bytes]:
    """A bot against this sandbox, with the rules of the folder."""
    config = folder / "config.yaml"
    config.write_text(given.format(address=address), "utf-8")
    return subprocess.Popen([sys.executable, "-m", "ruleswx", "serve", str(config)], stdout=subprocess.DEVNULL)


async def measure(args: argparse.Namespace) -> dict[str, float]:
    """Run one bot through everything."""
    cast = crowd(5000, 300, 100) if args.big else crowd(200, 20, 10)
    world = World(cast, strict=True)
    who = [person["name"] for person in cast["people"][:20]]
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        async with trio.open_nursery() as nursery:
            address = await nursery.start(partial(serve, world))
            (Path(name) / "rules.yaml").write_text(RULES, "utf-8")
            bot = start_bot(Path(name), address)
            try:
                bench = Bench(world, bot, who)
                found["first_reply_s"] = await bench.first_reply()
                await bench.quiet()
                found["known_s"] = bench.world.clock.now() - bench.confirmed - QUIET
                found["p50_ms"], found["p99_ms"] = await bench.latency(args.rate, args.seconds)
                found["burst_s"], found["burst_cpu_s"] = await bench.burst(args.burst)
                found["burst_ms"] = found["burst_s"] * 1e3 / args.burst
                found["burst_cpu_ms"] = found["burst_cpu_s"] * 1e3 / args.burst
                found["peak_mib"] = bench.peak()
                found["violations"] = len(world.violations)
                bot.send_signal(signal.SIGTERM)
                await trio.sleep(1)
            finally:
                bot.kill()
            nursery.cancel_scope.cancel()
    return found


def main() -> None:
    """Measure; the comparison, or one JSON object."""
    parser = argparse.ArgumentParser(description="first reply, latency and a burst, against the sandbox")
    parser.add_argument("--big", action="store_true", help="5,000 contacts and 300 groups of 100")
    parser.add_argument("--burst", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = trio.run(measure, args)
    if args.json:
        print(json.dumps({key: round(value, 4) for key, value in found.items()}))
        return
    judge(found, big=args.big)


def judge(found: dict[str, float], *, big: bool) -> None:
    """Print the figures beside what was wanted: ahead of the clients that exist, as measured where the targets were
    set."""
    report, world = Report(), "big world" if big else "small world"
    report.line(f"phone confirms to first reply, {world}", found["first_reply_s"] * 1e3, 60 if big else 50, unit=" ms")
    report.line("latency of a reply, median", found["p50_ms"], 9.4 if big else 7.7, unit=" ms")
    report.line("latency of a reply, 99 of 100", found["p99_ms"], 26 if big else 12.4, unit=" ms")
    report.line("a message of a burst", found["burst_ms"], 2.1, unit=" ms")
    report.line("CPU of it", found["burst_cpu_ms"], 1.85, unit=" ms")
    report.line("peak resident memory", found["peak_mib"], 75 if big else 60, unit=" MiB")
    report.line("violations of the protocol", found["violations"], 0, unit="")
    print(f"     address book known {found['known_s']:.1f} s after the confirmation")
    report.end()


if __name__ == "__main__":
    main()
