"""The bytes of a generation that loads, in memory and on the disk, so that a broken file can go on as it last was.

It must not know what is in the files.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Snapshot", "read_from", "read_last_good", "save_last_good"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The bytes of every file of one generation, by the path the user knows. `saved`: when, as the user reads it."""

    rules: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    saved: str = ""

    def same_as(self, other: Snapshot) -> bool:
        """Whether the rules made of both are the same."""
        return (self.rules, self.files, self.templates) == (other.rules, other.files, other.templates)


def read_from(snapshot: Snapshot) -> Callable[[str], bytes]:
    """Reads what was kept, never the disk."""

    def reader(path: str) -> bytes:
        if path not in snapshot.files:
            raise FileNotFoundError(2, "not in the last good set", path)
        return snapshot.files[path]

    return reader


def save_last_good(folder: Path, good: Snapshot, when: str) -> None:
    """Keep the bytes of a generation on disk, whole or not at all. Raises OSError when the disk refuses."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    names = {path: f"{number:04}" for number, path in enumerate(sorted(good.files))}
    for path, name in names.items():
        (fresh / name).write_bytes(good.files[path])
    manifest = {"saved": when, "rules": good.rules, "files": names, "templates": dict(good.templates)}
    (fresh / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def read_last_good(folder: Path) -> Snapshot | None:
    """The set kept by `save_last_good`, or None when there is none that can be read."""
    for place in (folder, folder.with_name(folder.name + ".old")):
        try:
            manifest = json.loads((place / "manifest.json").read_text("utf-8"))
            files = {path: (place / Path(name).name).read_bytes() for path, name in manifest["files"].items()}
            return Snapshot(tuple(manifest["rules"]), files, dict(manifest["templates"]), str(manifest["saved"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None
