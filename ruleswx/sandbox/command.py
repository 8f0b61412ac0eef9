"""`ruleswx sandbox`: the world alone on a port, for any web-WeChat client.

Prints one line of JSON that says where it is, then serves until it is told to stop.
"""

from __future__ import annotations

import json
import signal
from typing import TextIO

import trio

from .hosts import is_loopback
from .server import serve
from .world import World

__all__ = ["run_sandbox"]


async def run_sandbox(port: int, auto: bool, world_file: str | None, out: TextIO, *, host: str = "127.0.0.1") -> None:
    """Serve a world until SIGINT or SIGTERM; raises SandboxError for a bad world file."""
    world = World(auto=auto) if world_file is None else World.from_file(world_file)
    world.options.auto = world.options.auto or auto
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            address: str = await nursery.start(serve, world, host, port)
            out.write(json.dumps(_greeting(world, address, host), ensure_ascii=False) + "\n")
            out.flush()
            async for _ in signals:
                break
            nursery.cancel_scope.cancel()


def _greeting(world: World, address: str, host: str) -> dict[str, object]:
    return {
        "sandbox": address,
        "control": f"{address}/sandbox/",
        "account": world.account().person.nick,
        "auto": world.options.auto,
        "people": len(world.directory.people),
        "groups": len(world.directory.groups),
        "local": is_loopback(host),
    }
