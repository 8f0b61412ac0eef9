"""`ruleswx sandbox`: the world alone on a port, for any web-WeChat client.

Prints one line of JSON that says where it is, then serves until it is told to stop.
"""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TextIO

import trio

from .proxy import Gateway, serve_gateway
from .server import serve
from .world import World

__all__ = ["run_sandbox"]


async def run_sandbox(
    port: int,
    auto: bool,
    world_file: str | None,
    out: TextIO,
    *,
    host: str = "127.0.0.1",
    gateway: str | None = None,
) -> None:
    """Serve a world until SIGINT or SIGTERM; raises SandboxError for a bad world file.

    With `gateway` (a folder for certificates) a proxy is opened too, and the line also
    holds the environment that leads an unmodified client here.
    """
    world = World(auto=auto) if world_file is None else World.from_file(world_file)
    world.options.auto = world.options.auto or auto
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            if gateway is None:
                address: str = await nursery.start(serve, world, host, port)
                line = _greeting(world, address)
            else:
                gate: Gateway = await nursery.start(serve_gateway, world, Path(gateway), host, port)
                line = _greeting(world, gate.address) | {"environment": gate.environment}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            out.flush()
            async for _ in signals:
                break
            nursery.cancel_scope.cancel()


def _greeting(world: World, address: str) -> dict[str, object]:
    return {
        "sandbox": address,
        "control": f"{address}/sandbox/",
        "account": world.account().person.nick,
        "auto": world.options.auto,
        "people": len(world.directory.people),
        "groups": len(world.directory.groups),
    }
