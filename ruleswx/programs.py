"""One program of the host run for a rule: no shell, a small environment, its time, its output, its end.

Only a program that the configuration names is started, in a process group of its own, and the whole group is ended
when its time is over or the bot stops. It must not know queues or rules.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import trio

from ruleswx.model import RunCommand
from ruleswx.rules.engine import Outcome
from ruleswx.rules.trace import Reason

__all__ = ["MAX_BYTES", "run_program"]

MAX_BYTES = 64 * 1024
_KEPT = ("PATH", "LANG", "HOME")
_PIECE = 16 * 1024
_TAIL = 4096
_LINE = 200
_LINGER_SECONDS = 1.0
"""A child it left behind may hold its output open; nobody waits for that one longer."""


async def run_program(
    effect: RunCommand, commands: Mapping[str, Path], folder: Path, env: Mapping[str, str]
) -> Outcome:
    """Run it, and say what came of it: its output, or why there is none. Never raises for what programs do."""
    word, *arguments = effect.command
    path = commands.get(word)
    if path is None:
        return _failed("unknown", word)
    try:
        process = await trio.lowlevel.open_process(
            [str(path), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={name: env[name] for name in _KEPT if name in env},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return _failed("start", word, why=getattr(error, "strerror", None) or str(error))
    output = _Output()
    try:
        with trio.move_on_after(effect.timeout):
            await _follow(process, output)
            return _ended(word, process.returncode or 0, output)
        return _failed("time", word, seconds=f"{effect.timeout:g}")
    except _TooMuch:
        return _failed("large", word, limit=str(MAX_BYTES // 1024))
    finally:
        await _end(process, whole=not output.complete)


class _TooMuch(Exception):
    """It says more than anybody keeps."""


class _Output:
    """What it said so far: all of its output, the end of its complaints."""

    def __init__(self) -> None:
        self.said = bytearray()
        self.complaints = b""
        self.open = 2

    @property
    def complete(self) -> bool:
        """Whether nobody can say anything more."""
        return not self.open


async def _follow(process: trio.Process, output: _Output) -> None:
    """Read until it has ended. Raises _TooMuch."""
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_listen, process.stdout, output)
            nursery.start_soon(_overhear, process.stderr, output)
            await process.wait()
            nursery.cancel_scope.deadline = trio.current_time() + _LINGER_SECONDS
    except* _TooMuch:
        raise _TooMuch from None


async def _listen(stream: trio.abc.ReceiveStream | None, output: _Output) -> None:
    while stream is not None and (piece := await stream.receive_some(_PIECE)):
        output.said += piece
        if len(output.said) > MAX_BYTES:
            raise _TooMuch
    output.open -= 1


async def _overhear(stream: trio.abc.ReceiveStream | None, output: _Output) -> None:
    while stream is not None and (piece := await stream.receive_some(_PIECE)):
        output.complaints = (output.complaints + piece)[-_TAIL:]
    output.open -= 1


async def _end(process: trio.Process, *, whole: bool) -> None:
    """End the group, unless it is known to be over, and bury the program."""
    if process.returncode is None or whole:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with trio.CancelScope(shield=True, deadline=trio.current_time() + _LINGER_SECONDS):
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                await trio.aclose_forcefully(stream)
        await process.wait()


def _ended(word: str, code: int, output: _Output) -> Outcome:
    if code == 0:
        # One line break at the end belongs to the line, not to what was said; shells take it off too.
        said = output.said.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
        return Outcome("done", said)
    lines = [line.strip() for line in output.complaints.decode("utf-8", "replace").splitlines() if line.strip()]
    return _failed("code", word, code=str(code), says=f": {lines[-1][:_LINE]}" if lines else "")


def _failed(what: str, command: str, **values: str) -> Outcome:
    return Outcome("failed", because=Reason(f"fail.run_{what}", {"command": command[:_LINE], **values}))
