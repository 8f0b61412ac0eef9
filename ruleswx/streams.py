"""Standard streams that cannot end the process: whoever read the log has gone, the disk below it is full.

What cannot be written is dropped, and the work goes on. It must not know what is written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

__all__ = ["steady_streams"]


class _Steady:
    """A text stream whose `write` and `flush` never raise; everything else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write what can be written; signs the encoding does not have are escaped."""
        try:
            return self._stream.write(text)
        except UnicodeEncodeError:
            encoding = self._stream.encoding
            return self.write(text.encode(encoding, "backslashreplace").decode(encoding))
        except (OSError, ValueError) as error:
            self._give_up(error)
            return len(text)

    def flush(self) -> None:
        """Hand on what was written, if anybody takes it."""
        try:
            self._stream.flush()
        except (OSError, ValueError) as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """A reader that went away does not come back: what is still in the buffer must not fail at the very end."""
        if isinstance(error, BrokenPipeError):
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)


@contextmanager
def steady_streams() -> Iterator[None]:
    """Within the block, writing to standard output or standard error never raises. Streams that were closed before the
    start lead nowhere, so that no file of ours gets their number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", _Steady(stream or open(os.devnull, "w"))) for stream in before)  # noqa: SIM115, PTH123
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
