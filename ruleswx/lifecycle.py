"""The process and its signals: stop politely once, stop at once the second time, reload on SIGHUP.

Handlers are plain ones, not tasks: a second signal must end the process even while the loop is busy. Stopping is a
cancellation of the scope handed out; nothing here logs out or knows what runs inside.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import trio

__all__ = ["FORCED_EXIT", "stop_on_signals"]

FORCED_EXIT = 128
"""A second signal ends the process with this plus its number: 130 for SIGINT, 143 for SIGTERM."""


@contextmanager
def stop_on_signals(stop: Callable[[str], None], reload: Callable[[], None]) -> Iterator[None]:
    """Call `stop` (with the signal's name) at the first SIGINT or SIGTERM and `reload` at each SIGHUP, inside the loop.

    A second SIGINT or SIGTERM ends the process there and then. Call it inside trio, in the main thread. Signals a
    parent told us to ignore (nohup and SIGHUP) stay ignored.
    """
    token = trio.lowlevel.current_trio_token()
    stopping = False

    def on_stop(number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if stopping:
            os._exit(FORCED_EXIT + number)
        stopping = True
        token.run_sync_soon(stop, signal.Signals(number).name)

    def on_reload(_number: int, _frame: FrameType | None) -> None:
        token.run_sync_soon(reload)

    handlers = {"SIGINT": on_stop, "SIGTERM": on_stop, "SIGHUP": on_reload}
    before = {}
    for name, handler in handlers.items():
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and not (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
