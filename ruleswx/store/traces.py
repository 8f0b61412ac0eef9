"""Why messages were answered or not, the newest of each outcome: a flood of one kind cannot push the others out.

Every writing function belongs inside a transaction of the caller's.
"""

# ruff: noqa: S608 - only constants of this module and question marks are put into statements
from __future__ import annotations

from ruleswx.store.database import Database
from ruleswx.store.rows import TraceRow

__all__ = ["add", "counts", "find", "keep_newest"]

_COLUMNS = "id, msg_id, at, outcome, body"


def add(database: Database, msg_id: str, at: float, outcome: str, body: bytes) -> None:
    """Store one."""
    database.execute("INSERT INTO trace (msg_id, at, outcome, body) VALUES (?, ?, ?, ?)", (msg_id, at, outcome, body))


def counts(database: Database) -> dict[str, int]:
    """How many there are of each outcome."""
    return dict(database.rows("SELECT outcome, count(*) FROM trace GROUP BY outcome"))


def keep_newest(database: Database, outcome: str, count: int) -> int:
    """Delete all but the newest of one outcome; how many went."""
    return database.execute(
        """DELETE FROM trace WHERE outcome = ? AND id <= (
            SELECT id FROM trace WHERE outcome = ? ORDER BY id DESC LIMIT 1 OFFSET ?)""",
        (outcome, outcome, count),
    ).rowcount


def find(database: Database, *, msg_id: str = "", outcome: str = "", limit: int = 1) -> tuple[TraceRow, ...]:
    """The newest traces, of one message or one outcome if given, the newest first."""
    rows = database.rows(
        f"""SELECT {_COLUMNS} FROM trace WHERE (? = '' OR msg_id = ?) AND (? = '' OR outcome = ?)
            ORDER BY id DESC LIMIT ?""",
        (msg_id, msg_id, outcome, outcome, limit),
    )
    return tuple(TraceRow(*row) for row in rows)
