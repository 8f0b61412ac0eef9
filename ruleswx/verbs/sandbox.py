"""`ruleswx sandbox`: the simulated WeChat alone, on a loopback port, for this or any other web WeChat client.

One JSON line on standard output says where it is; then it serves until it is told to stop.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial

import trio

from ruleswx.sandbox import SandboxError
from ruleswx.sandbox.command import run_sandbox

__all__ = ["run"]

EXIT_PORT = 1
EXIT_WORLD = 3
_WORDS = {
    "zh": {"world": "这个世界读不了：{why}\n", "port": "端口 {port} 用不了：{why}\n"},
    "en": {"world": "cannot read this world: {why}\n", "port": "cannot use port {port}: {why}\n"},
}


def run(args: argparse.Namespace) -> int:
    """Serve a world until a signal; 3 when the world's file is wrong, 1 when the port cannot be had."""
    words = _WORDS[args.lang]
    try:
        trio.run(partial(run_sandbox, args.port, args.auto, args.world, sys.stdout, gateway=args.gateway))
    except SandboxError as error:
        sys.stderr.write(words["world"].format(why=error))
        return EXIT_WORLD
    except ExceptionGroup as group:
        if group.split(OSError)[1] is not None:
            raise
        first = _first(group)
        sys.stderr.write(words["port"].format(port=args.port, why=getattr(first, "strerror", None) or first))
        return EXIT_PORT
    return 0


def _first(error: Exception) -> Exception:
    return _first(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error
