"""Running other people's clients against the sandbox, each in its own process."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import trio

from ruleswx.sandbox import World
from ruleswx.sandbox.proxy import Gateway, serve_gateway

PATIENCE = 30.0


class Client:
    """A process that prints JSON lines, and the world it talks to."""

    def __init__(self, world: World, process: trio.Process) -> None:
        self.world = world
        self.process = process
        self.seen: list[dict[str, Any]] = []
        self.noise: list[str] = []
        self._news = trio.Event()
        world.watch(self._ring)

    def _ring(self) -> None:
        self._news.set()
        self._news = trio.Event()

    async def listen(self) -> None:
        """Collect what the process prints."""
        rest = b""
        assert self.process.stdout is not None
        with suppress(trio.ClosedResourceError):
            async for piece in self.process.stdout:
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    self._read(line)
                self._ring()

    def _read(self, line: bytes) -> None:
        try:
            self.seen.append(json.loads(line))
        except ValueError:
            self.noise.append(line.decode("utf-8", "replace"))

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Wait until something is true; fails with what the client said so far."""
        with trio.move_on_after(PATIENCE):
            while not (found := condition()):
                await self._news.wait()
            return found
        raise AssertionError(f"seen: {self.seen}\nnoise: {self.noise[-20:]}\nnotes: {self.world.violations}")

    async def sees(self, kind: str, **what: Any) -> dict[str, Any]:
        """Wait for a line of a kind that has all the given values."""

        def found() -> dict[str, Any] | None:
            wanted = {"kind": kind, **what}.items()
            return next((each for each in self.seen if wanted <= each.items()), None)

        return await self.until(found)

    async def sends(self, **what: Any) -> dict[str, Any]:
        """Wait for something the client sent."""

        def found() -> dict[str, Any] | None:
            return next((each for each in self.world.sent() if what.items() <= each.items()), None)

        return await self.until(found)


@asynccontextmanager
async def running(world: World, folder: Path, command: list[str]) -> AsyncIterator[Client]:
    """Open a gateway to the world and run a client behind it."""
    async with trio.open_nursery() as nursery:
        gateway: Gateway = await nursery.start(serve_gateway, world, folder)
        environment = {**os.environ, **gateway.environment}
        process = await trio.lowlevel.open_process(command, env=environment, cwd=folder, stdout=-1, stderr=-2)
        client = Client(world, process)
        try:
            nursery.start_soon(client.listen)
            yield client
        finally:
            process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()
                assert process.stdout is not None
                await process.stdout.aclose()
        nursery.cancel_scope.cancel()
