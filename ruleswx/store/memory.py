"""What rules remember: cooldowns, counters, variables, dialogues. On disk, and whole in memory for reading.

Deciding reads it many times a message, so reads never touch the disk; the image changes only after the transaction
that changed the disk was committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from ruleswx.model import Change, State
from ruleswx.store.codec import decode_json, encode_json
from ruleswx.store.database import Database

__all__ = ["Key", "apply", "forget_expired", "load", "present", "restore", "write"]

Key = tuple[str, str, str]
"""(kind, name, scope)"""


def load(database: Database) -> dict[Key, State]:
    """Everything remembered. Raises ValueError never: a value that is no JSON is left out."""
    image: dict[Key, State] = {}
    for kind, name, scope, value, until in database.rows("SELECT kind, name, scope, value, until FROM state"):
        try:
            image[kind, name, scope] = State(decode_json(value), _moment(until))
        except ValueError:
            continue
    return image


def write(database: Database, changes: Iterable[Change]) -> None:
    """Store changes in order, inside the caller's transaction. Raises ValueError for a moment without a zone."""
    for change in changes:
        key = (change.kind, change.name, change.scope)
        if change.state is None:
            database.execute("DELETE FROM state WHERE kind = ? AND name = ? AND scope = ?", key)
            continue
        until = change.state.until
        if until is not None and until.tzinfo is None:
            raise ValueError(f"{change.kind} {change.name}: `until` needs a zone")
        database.execute(
            "INSERT OR REPLACE INTO state (kind, name, scope, value, until) VALUES (?, ?, ?, ?, ?)",
            (*key, encode_json(change.state.value), until.timestamp() if until else None),
        )


def apply(image: dict[Key, State], changes: Iterable[Change]) -> None:
    """The same in memory."""
    for change in changes:
        key = (change.kind, change.name, change.scope)
        if change.state is None:
            image.pop(key, None)
        else:
            image[key] = change.state


def present(image: Mapping[Key, State], changes: Iterable[Change]) -> dict[Key, State | None]:
    """What the image holds where the changes will write."""
    keys = {(change.kind, change.name, change.scope) for change in changes}
    return {key: image.get(key) for key in keys}


def restore(image: dict[Key, State], before: Mapping[Key, State | None]) -> None:
    """Undo what `present` was asked about before."""
    for key, state in before.items():
        if state is None:
            image.pop(key, None)
        else:
            image[key] = state


def forget_expired(database: Database, image: dict[Key, State], now: float) -> tuple[Key, ...]:
    """Delete what is past its time, inside the caller's transaction; the keys to take out of the image after it."""
    database.execute("DELETE FROM state WHERE until <= ?", (now,))
    return tuple(key for key, state in image.items() if state.until and state.until.timestamp() <= now)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
