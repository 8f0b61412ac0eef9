"""Reading the arguments of an order, with errors that say what was expected."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from pathlib import PurePosixPath
from random import Random
from typing import Any

from .errors import SandboxError
from .media import Blob, mime_of, sample

__all__ = ["Arguments", "blob", "integer", "maybe", "number", "text"]

Arguments = Mapping[str, Any]

_MOST_BYTES = 128 * 1024 * 1024


def text(given: Arguments, name: str) -> str:
    """Return a required string; raises SandboxError."""
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise SandboxError(f"`{name}` is missing: it must be a non-empty string.")
    return value


def maybe(given: Arguments, name: str) -> str | None:
    """Return an optional string; raises SandboxError for anything else."""
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise SandboxError(f"`{name}` must be a string, got {value!r}.")
    return value or None


def number(given: Arguments, name: str, default: float) -> float:
    """Return an optional number; raises SandboxError for anything else."""
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SandboxError(f"`{name}` must be a number, got {value!r}.")
    return value


def integer(given: Arguments, name: str, default: int) -> int:
    """Return an optional whole number; raises SandboxError for anything else."""
    return int(number(given, name, default))


def blob(given: Arguments, kind: str, rng: Random) -> Blob:
    """Return the file of an order: `data` in base64, or `size` random bytes, or a small sample."""
    made = sample(kind, maybe(given, "name") or "")
    name = made.name
    data = given.get("data")
    size = integer(given, "size", 0)
    if not 0 <= size <= _MOST_BYTES:
        raise SandboxError(f"`size` must be between 0 and {_MOST_BYTES}.")
    if data is not None:
        try:
            return Blob(b64decode(str(data), validate=True), name, mime_of(name))
        except ValueError:
            raise SandboxError("`data` must be base64.") from None
    if size:
        return Blob((made.data + rng.randbytes(size))[:size], name, mime_of(name))
    return made if PurePosixPath(name).suffix == f".{kind}" else Blob(made.data, name, mime_of(name))
