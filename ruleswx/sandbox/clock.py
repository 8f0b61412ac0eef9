"""The world's wall clock.

Every stamp the sandbox writes (CreateTime, cookie life, the life of a QR code)
is read here, so that a test can hand in virtual time and a person can move the
clock by hand. Knows nothing of trio: holding a long poll is the server's work.
"""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Clock"]


class Clock:
    """Seconds since the epoch, with a hand to turn it forward."""

    __slots__ = ("_ahead", "_read")

    def __init__(self, read: Callable[[], float] = time.time) -> None:  # noqa: TID251 - the door of the world's time
        self._read = read
        self._ahead = 0.0

    def now(self) -> float:
        """Return the present moment of the world."""
        return self._read() + self._ahead

    def seconds(self) -> int:
        """Return the present moment in whole seconds, as most of the wire has it."""
        return int(self.now())

    def milliseconds(self) -> int:
        """Return the present moment in milliseconds."""
        return int(self.now() * 1000)

    def advance(self, seconds: float) -> float:
        """Turn the clock by `seconds` (negative turns it back) and return the new time."""
        self._ahead += seconds
        return self.now()
