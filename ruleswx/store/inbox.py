"""Messages in the order they came, each id once: stored before the cursor moves, done when their decision is stored.

Every writing function belongs inside a transaction of the caller's.
"""

# ruff: noqa: S608 - only constants of this module and question marks are put into statements
from __future__ import annotations

from collections.abc import Iterable, Iterator

from ruleswx.errors import AlreadyDecided
from ruleswx.store.database import Database
from ruleswx.store.rows import InboxRow, Incoming

__all__ = [
    "TRIES",
    "add",
    "clean",
    "count_try",
    "finish",
    "forget_texts",
    "message",
    "messages",
    "recent_ids",
    "waiting",
]

TRIES = 3
"""A message that failed so often is set aside, so that one bad message never stops the others."""
_COLUMNS = "seq, msg_id, body, received, attempts"


def add(database: Database, batch: Iterable[Incoming], now: float) -> tuple[InboxRow, ...]:
    """Store what is new of the batch; an id that is known already is passed over."""
    added = []
    for message in batch:
        found = database.one(
            "INSERT INTO inbox (msg_id, body, received) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING seq",
            (message.msg_id, message.body, now),
        )
        if found:
            added.append(InboxRow(found[0], message.msg_id, message.body, now))
    return tuple(added)


def waiting(database: Database) -> tuple[InboxRow, ...]:
    """What no decision was stored for, in order."""
    rows = database.rows(f"SELECT {_COLUMNS} FROM inbox WHERE status = 0 ORDER BY seq")
    return tuple(InboxRow(*row) for row in rows)


def finish(database: Database, seq: int) -> str:
    """Its decision is stored in the same transaction; returns the message's id. Raises AlreadyDecided when it does not
    wait for one."""
    found = database.one("UPDATE inbox SET status = 1 WHERE seq = ? AND status = 0 RETURNING msg_id", (seq,))
    if found is None:
        raise AlreadyDecided(f"message {seq} waits for no decision")
    return str(found[0])


def count_try(database: Database, seq: int) -> bool:
    """One more failed try; True when it must not be tried again: it is set aside now, or was not waiting any more."""
    found = database.one(
        f"""UPDATE inbox SET attempts = attempts + 1, status = CASE WHEN attempts + 1 >= {TRIES} THEN 2 ELSE 0 END
            WHERE seq = ? AND status = 0 RETURNING status""",
        (seq,),
    )
    return found is None or found[0] == 2


def recent_ids(database: Database, count: int) -> Iterator[str]:
    """The newest ids, the oldest of them first."""
    rows = database.rows("SELECT msg_id FROM inbox ORDER BY seq DESC LIMIT ?", (count,))
    return (row[0] for row in reversed(rows))


def messages(database: Database, since: float) -> tuple[InboxRow, ...]:
    """Everything received since then whose text is still kept, in order."""
    rows = database.rows(
        f"SELECT {_COLUMNS} FROM inbox WHERE received >= ? AND length(body) > 0 ORDER BY seq", (since,)
    )
    return tuple(InboxRow(*row) for row in rows)


def message(database: Database, msg_id: str) -> InboxRow | None:
    """One message whose text is still kept, found by its id."""
    found = database.one(f"SELECT {_COLUMNS} FROM inbox WHERE msg_id = ? AND length(body) > 0", (msg_id,))
    return InboxRow(*found) if found else None


def forget_texts(database: Database, before: float) -> int:
    """Empty what is done and older; the ids stay, or an old message offered again would count as new."""
    return database.execute(
        "UPDATE inbox SET body = x'' WHERE received < ? AND status <> 0 AND length(body) > 0", (before,)
    ).rowcount


def clean(database: Database, before: float) -> int:
    """Remove rows so old that the service does not offer them any more."""
    return database.execute("DELETE FROM inbox WHERE received < ? AND status <> 0", (before,)).rowcount
