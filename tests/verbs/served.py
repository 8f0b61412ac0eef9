"""A real bot in a process of its own, talking to a real sandbox over a loopback port."""

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruleswx.control import ask
from tests.livebot import RULES, write_bot

CONFIG = """
wechat: {{endpoint: '{endpoint}'}}
rules: [rules/*.yaml]
state: state
pace: off
log: {{level: info, format: text}}
"""


class Lines:
    """What a process says, line by line, with a patience."""

    def __init__(self, stream: Any) -> None:
        self.seen: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: Any) -> None:
        for line in stream:
            self._queue.put(line.rstrip("\n"))
        stream.close()
        self._queue.put(None)

    def wait_for(self, pattern: str, seconds: float = 15.0) -> str:
        """The first line from here on that matches."""
        end = time.monotonic() + seconds
        while True:
            line = self._queue.get(timeout=max(0.01, end - time.monotonic()))
            if line is None:
                raise AssertionError(f"it ended without {pattern!r}: {self.seen}")
            self.seen.append(line)
            if re.search(pattern, line):
                return line

    def rest(self) -> list[str]:
        """Everything until the end."""
        while (line := self._queue.get(timeout=15)) is not None:
            self.seen.append(line)
        return self.seen


class Served:
    """The bot and its sandbox."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address
        self.process: subprocess.Popen[str]
        self.lines: Lines

    def start(self, *flags: str, environ: dict[str, str] | None = None) -> None:
        """Run `ruleswx serve`."""
        command = [sys.executable, "-m", "ruleswx", "serve", str(self.folder / "config.yaml"), "--lang", "en", *flags]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())} if environ is None else environ,
        )
        self.lines = Lines(self.process.stdout)

    def wait_for(self, pattern: str, seconds: float = 15.0) -> str:
        """The first line of its output from here on that matches."""
        return self.lines.wait_for(pattern, seconds)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(10)

    def sandbox(self, verb: str, **body: Any) -> Any:
        """One control verb."""
        request = urllib.request.Request(f"{self.address}/sandbox/{verb}", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def answers(self) -> list[tuple[str, str]]:
        """What was sent so far, as (chat, text)."""
        return [(entry["to"], entry["text"]) for entry in self.sandbox("sent")]

    def until_answers(self, count: int, seconds: float = 15.0) -> list[tuple[str, str]]:
        """Wait until so many were sent."""
        end = time.monotonic() + seconds
        while len(found := self.answers()) < count:
            if time.monotonic() > end:
                raise AssertionError(f"{len(found)} of {count} answers: {found[-5:]} {self.lines.seen[-5:]}")
            time.sleep(0.02)  # noqa: TID251 - another process, real time
        return found

    def until_quiet(self, last: str, seconds: float = 20.0) -> None:
        """Wait until this text was sent and the bot says that nothing waits any more."""
        end = time.monotonic() + seconds
        while True:
            told = ask(self.folder / "state" / "ruleswx.sock", {"ask": "status"}) or {}
            waiting = told["outbox"]["queued"] + told["outbox"]["in_flight"] + told["inbox"]["waiting"] if told else 1
            if not waiting and any(text == last for _, text in self.answers()):
                return
            if time.monotonic() > end:
                raise AssertionError(f"still waiting: {told}")
            time.sleep(0.05)  # noqa: TID251 - another process, real time


@contextlib.contextmanager
def served(folder: Path, *flags: str, rules: str = RULES, start: bool = True, **options: Any) -> Iterator[Served]:
    """A sandbox on a port and a bot that serves against it."""
    world = folder / "world.json"
    from ruleswx.sandbox import DEFAULT_WORLD

    world.write_text(json.dumps({**DEFAULT_WORLD, "options": {"strict": True, **options}}), "utf-8")
    command = [sys.executable, "-m", "ruleswx", "sandbox", "--world", str(world)]
    if options.get("auto", True):
        command.append("--auto")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        address = json.loads(sandbox.stdout.readline())["sandbox"]
        write_bot(folder, rules, CONFIG.format(endpoint=address))
        bot = Served(folder, address)
        try:
            if start:
                bot.start(*flags)
            yield bot
        finally:
            if hasattr(bot, "process"):
                bot.process.kill()
                bot.process.wait()
            sandbox.terminate()


__all__ = ["Lines", "Served", "served"]
