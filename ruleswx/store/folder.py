"""The state folder: private, ours, and held by one process at a time.

Modes are set when a thing is made, not afterwards. What is looser but ours is tightened and said (`notices`): an
unpacked backup or a volume made with the usual mask should not stop the bot, and after it nobody else can read it.
What belongs to somebody else is refused, since its owner could put another session in place; only root, who runs in
many containers on folders of other users, goes on and says so.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path

from ruleswx.errors import StoreError, StoreLocked

__all__ = ["DATABASE", "LOCK", "Folder", "Notice"]

Notice = tuple[str, Mapping[str, str]]
"""The name of a sentence and its values, for whoever shows it."""

DATABASE = "ruleswx.db"
LOCK = "lock"
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600


class Folder:
    """A private folder, locked for this process until `close`.

    The lock goes with the process however it ends, so one that was killed leaves no obstacle behind.
    """

    def __init__(self, path: Path) -> None:
        """Make or check the folder and take the lock. Raises StoreLocked at once when another process holds it,
        StoreError when the folder cannot be used."""
        self.path = path
        self.notices: list[Notice] = []
        try:
            self._claim()
            self._lock = self._take_lock()
        except OSError as error:
            raise _unusable(path, error) from error

    @property
    def database(self) -> Path:
        """Where the SQLite file is."""
        return self.path / DATABASE

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)

    def make_private(self, name: str) -> Path:
        """A file of this folder, made 0600 if it is missing and tightened if it is not. Raises StoreError."""
        path = self.path / name
        try:
            os.close(self._open(path))
        except OSError as error:
            raise _unusable(path, error) from error
        return path

    def put_aside(self, name: str) -> Path:
        """Give the database another name, numbered when that one is taken. Nobody may have it open.

        Raises StoreError when the disk refuses.
        """
        target, number = self.path / name, 1
        while target.exists():
            number += 1
            target = self.path / f"{name}-{number}"
        try:
            for ending in ("-wal", "-shm", ""):
                part = self.path / f"{DATABASE}{ending}"
                if part.exists():
                    part.rename(f"{target}{ending}")
        except OSError as error:
            raise _unusable(self.path, error) from error
        return target

    def _claim(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.path.mkdir(mode=_PRIVATE_FOLDER)
        except FileExistsError:
            if not self.path.is_dir():
                raise StoreError(
                    f"{self.path} is not a folder; give `state` another place",
                    event="state_no_folder",
                    path=str(self.path),
                ) from None
        self._tighten(self.path, self.path.stat(), _PRIVATE_FOLDER)

    def _open(self, path: Path) -> int:
        """The file's descriptor. A link is refused: it could lead out of the private folder."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags, _PRIVATE_FILE)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise StoreError(f"{path} is no ordinary file; move it away", event="state_no_file", path=str(path))
            self._tighten(path, found, _PRIVATE_FILE)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _tighten(self, path: Path, found: os.stat_result, mode: int) -> None:
        me = os.geteuid()
        if found.st_uid != me:
            if me != 0:
                raise StoreError(
                    f"{path} belongs to user {found.st_uid}, not to {me} who runs this; "
                    "give `state` a folder inside it, which is then made private",
                    event="state_foreign",
                    path=str(path),
                    owner=str(found.st_uid),
                    me=str(me),
                )
            self._notice("state_of_other", path=str(path), owner=str(found.st_uid))
        if stat.S_IMODE(found.st_mode) & 0o077 == 0:
            return
        path.chmod(mode)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise StoreError(
                f"{path} is open to others and its file system keeps no modes; put `state` elsewhere",
                event="state_modeless",
                path=str(path),
            )
        self._notice("state_tightened", path=str(path), mode=f"{mode:04o}")

    def _notice(self, event: str, **values: str) -> None:
        self.notices.append((event, values))

    def _take_lock(self) -> int:
        descriptor = self._open(self.path / LOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read_holder(descriptor)
            os.close(descriptor)
            if error.errno in {errno.EAGAIN, errno.EACCES}:
                raise StoreLocked(holder) from None
            raise
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {socket.gethostname()}\n".encode(), 0)
        return descriptor


def _read_holder(descriptor: int) -> str:
    pid, _, host = os.pread(descriptor, 300, 0).decode("utf-8", "replace").strip().partition(" ")
    return f"process {pid} on {host}" if pid and host else "another process"


def _unusable(path: Path, error: OSError) -> StoreError:
    why = f"{error.strerror or error} ({error.filename or path})"
    return StoreError(f"the state folder cannot be used: {why}", why=why)
