"""The tables, and how a file of an older version becomes one of this version.

`STEPS[n]` brings version n to n + 1, so a new file goes through all of them and every path is walked by every test.
A file that holds something is copied first; all steps and the new version number are one transaction. A file from the
future is refused, not half read. It must not know what the rows mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ruleswx.errors import StoreError
from ruleswx.store.database import Database
from ruleswx.store.folder import Folder

__all__ = ["STEPS", "VERSION", "prepare", "refuse_other_versions"]

STEPS: Mapping[int, Sequence[str]] = MappingProxyType(
    {
        0: (
            "CREATE TABLE blob (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID",
            "CREATE TABLE contact (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
            # status: 0 waits, 1 done, 2 set aside after too many tries
            """CREATE TABLE inbox (
                seq INTEGER PRIMARY KEY, msg_id TEXT NOT NULL UNIQUE, body BLOB NOT NULL,
                received REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, status INTEGER NOT NULL DEFAULT 0)""",
            "CREATE INDEX inbox_waiting ON inbox (seq) WHERE status = 0",
            "CREATE INDEX inbox_received ON inbox (received)",
            """CREATE TABLE state (
                kind TEXT, name TEXT, scope TEXT, value BLOB NOT NULL, until REAL,
                PRIMARY KEY (kind, name, scope)) WITHOUT ROWID""",
            # open = 1 for queued and sending: the partial index keeps the queue cheap however long the history is
            """CREATE TABLE outbox (
                id INTEGER PRIMARY KEY, effect TEXT NOT NULL, body BLOB NOT NULL, chat TEXT NOT NULL,
                kind TEXT NOT NULL, state TEXT NOT NULL, open INTEGER NOT NULL, rule TEXT NOT NULL,
                cause TEXT NOT NULL, created REAL NOT NULL, not_before REAL NOT NULL,
                attempts INTEGER NOT NULL DEFAULT 0, client_msg_id TEXT NOT NULL DEFAULT '',
                settled REAL NOT NULL DEFAULT 0, msg_id TEXT NOT NULL DEFAULT '', ret INTEGER NOT NULL DEFAULT 0,
                reason TEXT NOT NULL DEFAULT '')""",
            "CREATE INDEX outbox_open ON outbox (id) WHERE open = 1",
            "CREATE INDEX outbox_closed ON outbox (settled) WHERE open = 0",
            """CREATE TABLE trace (
                id INTEGER PRIMARY KEY, msg_id TEXT NOT NULL, at REAL NOT NULL, outcome TEXT NOT NULL,
                body BLOB NOT NULL)""",
            "CREATE INDEX trace_outcome ON trace (outcome, id)",
        ),
    }
)
VERSION = len(STEPS)
_CHECKED_BYTES = 32 * 1024 * 1024
"""A file up to here is checked page by page at the start; a larger one would hold the start up for seconds."""


def prepare(database: Database, folder: Folder, steps: Mapping[int, Sequence[str]] = STEPS) -> None:
    """Bring the file to this version. Raises StoreError when it is damaged or from a newer version."""
    version = _version(database)
    newest = len(steps)
    if version > newest:
        raise _too_new(database, version, newest)
    if version == newest:
        _check(database)
        return
    if version:
        copy = folder.make_private(f"{database.path.name}.v{version}.bak")
        database.back_up(copy)
    else:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("VACUUM")
    with database.transaction():
        for number in range(version, newest):
            database.run_all(steps[number])
        database.execute(f"PRAGMA user_version = {newest}")


def refuse_other_versions(database: Database) -> None:
    """For those who only read: raises StoreError unless the file is of exactly this version."""
    version = _version(database)
    if version > VERSION:
        raise _too_new(database, version, VERSION)
    if version < VERSION:
        raise StoreError(
            f"{database.path} is of version {version}; start the bot once to bring it to {VERSION}",
            event="state_old",
            path=str(database.path),
            found=str(version),
            known=str(VERSION),
        )


def _version(database: Database) -> int:
    found = database.one("PRAGMA user_version")
    return int(found[0]) if found else 0


def _check(database: Database) -> None:
    if database.path.stat().st_size > _CHECKED_BYTES:
        return
    found = database.one("PRAGMA quick_check(1)")
    if found and found[0] != "ok":
        raise database.damaged(str(found[0]))


def _too_new(database: Database, version: int, known: int) -> StoreError:
    return StoreError(
        f"{database.path} was written by a newer ruleswx (version {version}, this one reads {known}); "
        "use that one, or give `state` another folder",
        event="state_new",
        path=str(database.path),
        found=str(version),
        known=str(known),
    )
