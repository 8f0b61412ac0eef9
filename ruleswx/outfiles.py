"""Files that rules may send: from one folder only, opened so that no name and no link leads out of it.

The path is walked component by component without following links, the last one must be a regular file, and everything
is done on the opened file, so that nothing can be exchanged in between. It must not know what is done with the bytes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import trio

from ruleswx.errors import CannotSend

__all__ = ["OutFile", "open_file"]

_PIECE = 512 * 1024
_HEAD = 4096
_LARGEST = 100 * 1024 * 1024
_REASONS = {errno.ENOENT: "missing", errno.ENOTDIR: "missing", errno.ELOOP: "link", errno.EISDIR: "no_file"}


@dataclass(frozen=True, slots=True)
class OutFile:
    """One opened file."""

    descriptor: int
    name: str
    size: int
    modified: float

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of it; fewer when it got shorter. Raises CannotSend when the disk does."""
        try:
            return os.pread(self.descriptor, length, offset)
        except OSError as error:
            raise CannotSend(
                "unreadable", f"{self.name}: {error.strerror}", file=self.name, why=error.strerror or ""
            ) from error

    @property
    def head(self) -> bytes:
        """Its first bytes, by which its kind is told."""
        return self.read(0, _HEAD)

    async def md5(self) -> str:
        """The hash of the whole, with a breath for others between the pieces. Raises CannotSend."""
        digest = hashlib.md5(usedforsecurity=False)
        for offset in range(0, self.size, _PIECE):
            digest.update(self.read(offset, _PIECE))
            await trio.lowlevel.checkpoint()
        return digest.hexdigest()


@contextmanager
def open_file(root: Path, path: str) -> Iterator[OutFile]:
    """Open a file under `root` by its relative path, `/` between folders; raises CannotSend when there is no such
    file, when it is none, or when the path tries to leave the folder."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise CannotSend("outside", f"{path!r} is not inside the files folder", file=path)
    folders: list[int] = []
    try:
        folders.append(os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        for part in parts[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            folders.append(os.open(part, flags, dir_fd=folders[-1]))
        # Not blocking: a FIFO would wait for a writer for ever.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(parts[-1], flags, dir_fd=folders[-1])
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, "unreadable")
        raise CannotSend(reason, f"{path}: {error.strerror}", file=path, why=error.strerror or "") from error
    finally:
        for folder in folders:
            with suppress(OSError):
                os.close(folder)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise CannotSend("no_file", f"{path} is no ordinary file", file=path)
        if found.st_size > _LARGEST:
            size = f"{found.st_size / 1048576:.1f}"
            raise CannotSend("too_big", f"{path} has {size} MiB; 100 MiB is the most", file=path, size=size, most="100")
        yield OutFile(descriptor, parts[-1], found.st_size, found.st_mtime)
    finally:
        os.close(descriptor)
