"""`ruleswx sandbox`: the simulated WeChat alone, on a loopback port, for this or any other web WeChat client.

One JSON line on standard output says where it is; then it serves until it is told to stop.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial

import trio

from ruleswx.lifecycle import stop_on_signals
from ruleswx.sandbox import SandboxError, World, serve

__all__ = ["run"]

EXIT_WORLD = 3
EXIT_PORT = 1
_WORDS = {
    "zh": {"world": "这个世界读不了：{why}\n", "port": "端口 {port} 用不了：{why}\n"},
    "en": {"world": "cannot read this world: {why}\n", "port": "cannot use port {port}: {why}\n"},
}


def run(args: argparse.Namespace) -> int:
    """Serve a world until a signal; 3 when the world's file is wrong, 1 when the port cannot be had."""
    words = _WORDS[args.lang]
    try:
        world = World.from_file(args.world) if args.world else World()
    except SandboxError as error:
        sys.stderr.write(words["world"].format(why=error))
        return EXIT_WORLD
    if args.auto:
        world.options.auto = True
    try:
        trio.run(_serve, world, args.port)
    except OSError as error:
        sys.stderr.write(words["port"].format(port=args.port, why=error.strerror or error))
        return EXIT_PORT
    return 0


async def _serve(world: World, port: int) -> None:
    """Raises OSError when the port cannot be had."""
    failed: list[OSError] = []
    with trio.CancelScope() as life, stop_on_signals(lambda _: life.cancel(), lambda: None):
        try:
            async with trio.open_nursery() as nursery:
                address = await nursery.start(partial(serve, world, port=port))
                sys.stdout.write(json.dumps({"address": address, "auto": world.options.auto}) + "\n")
                sys.stdout.flush()
        except* OSError as errors:
            failed += _leaves(errors)
    if failed:
        raise failed[0]


def _leaves(errors: ExceptionGroup[OSError]) -> list[OSError]:
    return [leaf for e in errors.exceptions for leaf in (_leaves(e) if isinstance(e, ExceptionGroup) else [e])]
