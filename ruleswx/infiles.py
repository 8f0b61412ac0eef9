"""The folder received files are kept in: names of our own, a bound for all of them together, gone when their time is.

A file is written piece by piece under a random name; what its sender called it, who sent it and when stands beside it
in a small JSON file of the same name. The oldest files make room for new ones. Nothing a sender says ever becomes part
of a path. It must not know where bytes come from.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MediaFolder", "NoRoom", "Writing"]

_ABOUT = ".json"
_HEAD = 16
_PART = ".part"


class NoRoom(OSError):
    """One file alone is larger than the folder may get."""


@dataclass(frozen=True, slots=True)
class _Kept:
    name: str
    size: int
    since: float


class Writing:
    """A file on its way in. `write` its pieces; it is kept when `keep` was called, else nothing of it stays."""

    def __init__(self, folder: MediaFolder, descriptor: int) -> None:
        self._folder = folder
        self._descriptor = descriptor
        self._digest = hashlib.sha256()
        self.size = 0
        self.head = b""
        self.kept = ""
        self._keep: tuple[str, Mapping[str, object]] | None = None

    def write(self, piece: bytes) -> None:
        """Add a piece. Raises OSError when the disk does not take it, NoRoom when the folder never could."""
        self._folder.make_room(self.size + len(piece))
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self._digest.update(piece)
        self.size += len(piece)
        self.head = self.head or piece[:_HEAD]

    def again(self) -> None:
        """Begin anew: what came so far is worth nothing."""
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self._digest, self.size, self.head = hashlib.sha256(), 0, b""

    def keep(self, ending: str, about: Mapping[str, object]) -> None:
        """It is whole: keep it under an `ending` of ours, with what is known `about` it."""
        self._keep = (ending, {**about, "size": self.size, "sha256": self._digest.hexdigest()})

    @property
    def wanted(self) -> tuple[str, Mapping[str, object]] | None:
        """What `keep` was told."""
        return self._keep


class MediaFolder:
    """The folder and what is in it. One process has it."""

    def __init__(self, path: Path, limit: int) -> None:
        """`limit` bounds the bytes of all files together; the folder is made when the first file comes."""
        self.path = path
        self.limit = limit
        self._files: list[_Kept] | None = None

    @contextmanager
    def receive(self, now: float) -> Iterator[Writing]:
        """A new file, private from its first byte. Raises OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = secrets.token_hex(12)
        part = self.path / f"{stem}{_PART}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            writing = Writing(self, descriptor)
            yield writing
            if writing.wanted is not None:
                self._finish(part, stem, writing, now)
        finally:
            os.close(descriptor)
            part.unlink(missing_ok=True)

    def make_room(self, size: int) -> None:
        """Let the oldest files go until so many more bytes fit. Raises NoRoom when they never can."""
        if size > self.limit:
            raise NoRoom(f"more than {self.limit} bytes")
        files = self._known()
        total = sum(kept.size for kept in files)
        while files and total + size > self.limit:
            total -= files[0].size
            self._remove(files.pop(0))

    def prune(self, before: float) -> int:
        """Let go what came before then; how many files that were. Raises OSError."""
        if not self.path.is_dir():
            return 0
        files = self._known()
        old = [kept for kept in files if kept.since < before]
        for kept in old:
            self._remove(kept)
        files[:] = files[len(old) :]
        return len(old)

    def _finish(self, part: Path, stem: str, writing: Writing, now: float) -> None:
        ending, about = writing.wanted or ("", {})
        name = f"{stem}{ending}"
        text = json.dumps({"file": name, **about}, ensure_ascii=False, indent=1).encode("utf-8", "replace")
        beside = self.path / f"{name}{_ABOUT}"
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
        part.rename(self.path / name)
        os.utime(self.path / name, (now, now))
        writing.kept = name
        self._known().append(_Kept(name, writing.size, now))

    def _known(self) -> list[_Kept]:
        """What is there, the oldest first; read once, and what an ended run left unfinished is removed."""
        if self._files is None:
            found = list(self._scan())
            self._files = sorted(found, key=lambda kept: (kept.since, kept.name))
        return self._files

    def _scan(self) -> Iterator[_Kept]:
        names = {entry.name for entry in os.scandir(self.path)}
        for entry in os.scandir(self.path):
            if not entry.is_file(follow_symlinks=False):
                continue
            if entry.name.endswith(_ABOUT):
                if entry.name.removesuffix(_ABOUT) not in names:
                    self._unlink(entry.name)
            elif f"{entry.name}{_ABOUT}" in names:
                told = entry.stat(follow_symlinks=False)
                yield _Kept(entry.name, told.st_size, told.st_mtime)

    def _remove(self, kept: _Kept) -> None:
        self._unlink(kept.name)
        self._unlink(f"{kept.name}{_ABOUT}")

    def _unlink(self, name: str) -> None:
        with suppress(FileNotFoundError):
            (self.path / name).unlink()

    def sweep(self) -> None:
        """Remove what an earlier run did not finish. Raises OSError."""
        if self.path.is_dir():
            for part in self.path.glob(f"*{_PART}"):
                part.unlink(missing_ok=True)
