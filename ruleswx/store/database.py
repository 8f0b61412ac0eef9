"""The one connection: transactions that are whole or nothing, and SQLite's errors in our words.

It must not know which tables there are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from ruleswx.errors import StoreError, StoreUnavailable

__all__ = ["Database", "connect", "connect_to_read"]

_PASSING = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_INTERRUPT,
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Database:
    """Statements on one connection. Outside a transaction each stands for itself."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._durable = True
        self._file = _identity(path)
        self.path = path

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement. Raises StoreUnavailable when it may work later, StoreError otherwise."""
        try:
            return self._connection.execute(sql, values)
        except sqlite3.Error as error:
            raise self._explain(error) from error

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Every row of a query."""
        try:
            return self.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._explain(error) from error

    def one(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, None without one."""
        return next(iter(self.rows(sql, values)), None)

    def run_all(self, statements: Iterable[str]) -> None:
        """Several statements, in order."""
        for statement in statements:
            self.execute(statement)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """All of the block or nothing of it; whatever ends the block early undoes it.

        On the disk when the block ends; without `durable` the process may be killed at once but the power must stay on
        until the next durable one. A block inside another is undone alone when it fails, and is as durable as the
        outer one.
        """
        inner = self._connection.in_transaction
        if durable and not inner:
            self._look_for_file()
        if not inner and durable is not self._durable:
            self.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._durable = durable
        self.execute("SAVEPOINT inner" if inner else "BEGIN IMMEDIATE")
        try:
            yield
            self.execute("RELEASE inner" if inner else "COMMIT")
        except BaseException:
            # A full disk has rolled everything back by itself; a second rollback would only hide the first error.
            if self._connection.in_transaction:
                self.run_all(("ROLLBACK TO inner", "RELEASE inner") if inner else ("ROLLBACK",))
            raise

    def _look_for_file(self) -> None:
        """Whether the file that is written is the one people see: SQLite goes on writing into a deleted one."""
        try:
            found = _identity(self.path)
        except OSError as error:
            raise StoreUnavailable(f"{self.path} cannot be found: {error.strerror}") from error
        if found != self._file:
            raise StoreError(
                f"{self.path} was replaced while it was in use; start anew", event="state_replaced", path=str(self.path)
            )

    def back_up(self, target: Path) -> None:
        """A copy of the whole file as it is now. Raises StoreError."""
        try:
            with closing(sqlite3.connect(target)) as copy:
                self._connection.backup(copy)
        except sqlite3.Error as error:
            raise self._explain(error) from error

    def close(self) -> None:
        """Close the file; what was not committed is gone."""
        self._connection.close()

    def _explain(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _PASSING:
            return StoreUnavailable(f"{self.path} cannot be used now: {error}")
        if code in _DAMAGED:
            return self.damaged(str(error))
        return StoreError(f"{self.path}: {error}")

    def damaged(self, why: str) -> StoreError:
        """What to say about a broken file. It is never replaced by itself: unsent answers would go with it unseen."""
        return StoreError(
            f"{self.path} is damaged ({why}). Nothing was changed. To begin anew, move the file away together "
            "with its -wal and -shm: a scan will be needed, and answers that were not sent yet stay in it",
            event="state_damaged",
            path=str(self.path),
            why=why,
        )


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def connect(path: Path) -> Database:
    """Open for the one process that writes: write-ahead log, every commit on the disk before it returns.

    Deleted text is overwritten, so that what was pruned or forgotten is gone from the file.
    """
    return _open(path, "rwc", ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"))


def connect_to_read(path: Path) -> Database:
    """Open beside the process that writes; every statement sees whole transactions only. Raises StoreError."""
    return _open(path, "ro", ("query_only = ON",))


def _open(path: Path, mode: str, pragmas: Sequence[str]) -> Database:
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=1.0
        )
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{path} cannot be opened: {error}") from error
    database = Database(connection, path)
    try:
        database.run_all(f"PRAGMA {pragma}" for pragma in pragmas)
    except BaseException:
        connection.close()
        raise
    return database
