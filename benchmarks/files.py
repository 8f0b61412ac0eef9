"""Files of every size through the whole bot over loopback: right by hash, or refused; and what they cost in memory.

    python -m benchmarks.files [--json]

The sandbox runs here, the bot in a process of its own. "Over idle" is how far the bot's resident memory rose in a case,
at its highest, above what it was at rest before the first one. Sent ones come out of the files folder, received ones
go to state/media.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import trio

from benchmarks.measure import Report
from ruleswx.sandbox import World, crowd, serve

MIB = 1024 * 1024
PIECE = 524_288
ALLOWED = 8.0
CONFIG = """
wechat: {{endpoint: '{address}'}}
rules: [rules.yaml]
pace: off
max_age: 1h
keep: {{media: 1GB}}
log: {{level: error, format: json}}
"""
RULES = r"""
reply:
  - rule: file
    when: {sender: '@', starts: 'send '}
    do:
      - file: '{{ text | replace("send ", "") }}'
        on_error: {reply: refused}
"""
SENT = (0, 1, PIECE - 1, PIECE, PIECE + 1, 25 * MIB - 1, 25 * MIB, 25 * MIB + 1, 100 * MIB, 100 * MIB + 1)
RECEIVED = (1, PIECE, 25 * MIB)


@dataclass(frozen=True, slots=True)
class Found:
    """One case: what came of it, how long it took, how much memory it took above rest, in MiB."""

    what: str
    outcome: str
    seconds: float
    over_idle: float


def fill(path: Path, size: int) -> str:
    """A file of this size in which no two places are alike; its SHA-256."""
    noise = os.urandom(4088)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, 4096):
            piece = (start.to_bytes(8) + noise)[: size - start]
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


class Bench:
    """One world and one bot, measured from outside."""

    def __init__(self, world: World, bot: subprocess.Popen[bytes], folder: Path) -> None:
        self.world = world
        self.bot = bot
        self.folder = folder
        self.who = next(iter(world.account().book))
        self.idle = 0.0

    def memory(self, field: str) -> float:
        """VmRSS or VmHWM of the bot in MiB."""
        lines = Path(f"/proc/{self.bot.pid}/status").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))

    def forget_peak(self) -> None:
        """Let VmHWM begin anew from what it is now."""
        Path(f"/proc/{self.bot.pid}/clear_refs").write_text("5", "ascii")

    async def until(self, done: Callable[[], object], seconds: float = 120.0) -> None:
        """Look again until it is so."""
        with trio.fail_after(seconds):
            while not done():  # noqa: ASYNC110 - it is another process that is watched
                await trio.sleep(0.02)

    async def case(self, what: str, begin: Callable[[], object], outcome: Callable[[], str]) -> Found:
        """Begin something, wait for its outcome, and read the peak since."""
        await trio.sleep(0.3)
        self.idle = self.idle or self.memory("VmRSS")
        self.forget_peak()
        began = trio.current_time()
        begin()
        await self.until(outcome)
        return Found(what, outcome(), trio.current_time() - began, self.memory("VmHWM") - self.idle)

    async def send(self, what: str, name: str, digest: str) -> Found:
        """Let the bot send a file of its folder."""
        before = len(self.world.sent())

        def outcome() -> str:
            for said in self.world.sent()[before:]:
                blob = self.world.messages[said["MsgId"]].draft.blob
                if blob is None:
                    return "refused"
                return "right bytes" if blob.sha256 == digest else "WRONG BYTES"
            return ""

        return await self.case(what, lambda: self.world.say(self.who, f"send {name}"), outcome)

    async def receive(self, size: int) -> Found:
        """Let somebody send the bot a file, and find it in its folder."""
        media = self.folder / "state" / "media"
        told: dict[str, str] = {}

        def outcome() -> str:
            for path in media.glob("*.json") if media.is_dir() else ():
                about = json.loads(path.read_text("utf-8"))
                if about["message"] == told["id"]:
                    blob = self.world.messages[told["id"]].draft.blob
                    data = (media / about["file"]).read_bytes()
                    right = blob is not None and hashlib.sha256(data).hexdigest() == blob.sha256
                    return "right bytes" if right else "WRONG BYTES"
            return ""

        def begin() -> None:
            told["id"] = self.world.send(self.who, "file", size=size, name="收到 & <的>.bin")

        return await self.case(f"received, {size:,} B", begin, outcome)


def odd_files(files: Path) -> dict[str, str]:
    """Names that are no files to send, by what they are; and one name of 255 bytes that is."""
    os.mkfifo(files / "fifo")
    (files / "link").symlink_to(files.parent / "config.yaml")
    return {"a FIFO": "fifo", "a symlink": "link", "../": "../config.yaml", "nothing": "no.pdf"}


async def measure_all(folder: Path) -> list[Found]:
    """Every case against one bot."""
    files = folder / "files"
    files.mkdir()
    digests = {size: fill(files / f"f{size}", size) for size in SENT}
    long = "报" * 82 + "价" + "ab.pdf"
    long_digest = fill(files / long, 3 * PIECE)
    odd = odd_files(files)
    world = World(crowd(20, 2, 5), strict=True, auto=True)
    found: list[Found] = []
    async with trio.open_nursery() as nursery:
        address = await nursery.start(partial(serve, world))
        bot = start_bot(folder, address)
        try:
            bench = Bench(world, bot, folder)
            await bench.until(lambda: world.logged_in)
            await trio.sleep(3)
            for size in SENT:
                found.append(await bench.send(f"sent, {size:,} B", f"f{size}", digests[size]))
            found.append(await bench.send("sent, a name of 255 bytes", long, long_digest))
            for what, name in odd.items():
                found.append(await bench.send(f"sent, {what}", name, ""))
            for size in RECEIVED:
                found.append(await bench.receive(size))
            bot.send_signal(signal.SIGTERM)
            await trio.sleep(1)
        finally:
            bot.kill()
            bot.wait()
        nursery.cancel_scope.cancel()
    if world.violations:
        raise SystemExit(f"violations: {world.violations[:3]}")
    return found


def start_bot(folder: Path, address: str) -> subprocess.Popen[bytes]:
    """A bot against this sandbox."""
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(address=address), "utf-8")
    (folder / "rules.yaml").write_text(RULES, "utf-8")
    return subprocess.Popen([sys.executable, "-m", "ruleswx", "serve", str(config)], stdout=subprocess.DEVNULL)


def main() -> None:
    """Print every case, and whether the promises hold."""
    parser = argparse.ArgumentParser(description="files of every size and shape, both ways, and their memory")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = trio.run(measure_all, Path(name))
    if args.json:
        print(json.dumps([[f.what, f.outcome, round(f.seconds, 2), round(f.over_idle, 1)] for f in found]))
        return
    for case in found:
        print(f"{case.what:<28} {case.outcome:<12} {case.seconds:7.2f} s  {case.over_idle:6.1f} MiB over idle")
    report = Report()
    report.line("files with wrong bytes", sum(case.outcome.startswith("WRONG") for case in found), 0, unit="")
    report.line("memory above idle, at the highest", max(case.over_idle for case in found), ALLOWED, unit=" MiB")
    report.end()


if __name__ == "__main__":
    main()
