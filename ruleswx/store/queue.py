"""Effects on their way, in order. An entry is on the disk before it is on the wire, and before every step of it.

    queued → sending → sent | failed | unknown
    queued ← sending     it provably did not leave
    queued → dropped     somebody took it back; unknown and failed ones too may be dropped or queued again by hand

Every writing function belongs inside a transaction of the caller's.
"""

# ruff: noqa: S608 - only constants of this module and question marks are put into statements
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ruleswx.model import Effect, Receipt, WriteLog
from ruleswx.store.codec import chat_of, decode_effect, encode_effect, kind_of, storable
from ruleswx.store.database import Database
from ruleswx.store.rows import CLOSED, OutboxRow, OutboxState

__all__ = [
    "add",
    "by_state",
    "clean",
    "close",
    "depart",
    "drop",
    "get",
    "lose_departed",
    "refuse_unreadable",
    "reopen",
    "sent_ids",
]

_COLUMNS = """id, effect, body, chat, kind, state, rule, cause, created, attempts, client_msg_id, settled, msg_id,
    ret, reason"""


def add(database: Database, effects: Iterable[Effect], cause: str, now: float) -> tuple[OutboxRow, ...]:
    """Queue what goes outward, in order; a line for our own log goes nowhere."""
    added = []
    for effect in map(storable, effects):
        if isinstance(effect, WriteLog):
            continue
        name, body = encode_effect(effect)
        chat, kind = chat_of(effect), kind_of(effect)
        cursor = database.execute(
            """INSERT INTO outbox (effect, body, chat, kind, state, open, rule, cause, created, not_before)
                VALUES (?, ?, ?, ?, 'queued', 1, ?, ?, ?, 0)""",
            (name, body, chat, kind, effect.rule, cause, now),
        )
        row_id = cursor.lastrowid or 0
        added.append(OutboxRow(row_id, effect, chat, kind, "queued", effect.rule, cause, now))
    return tuple(added)


def by_state(database: Database, states: Iterable[OutboxState], limit: int) -> Iterator[OutboxRow]:
    """Rows in these states in order, at most the last `limit` of them."""
    wanted = tuple(states)
    marks = ", ".join("?" * len(wanted))
    only_open = "" if set(wanted) - {"queued", "sending"} else "open = 1 AND "
    rows = database.rows(
        f"""SELECT * FROM (SELECT {_COLUMNS} FROM outbox
            WHERE {only_open}state IN ({marks}) ORDER BY id DESC LIMIT ?)
            ORDER BY id""",
        (*wanted, limit),
    )
    return (_row(values) for values in rows)


def get(database: Database, row_id: int) -> OutboxRow | None:
    """One row, or None."""
    found = database.one(f"SELECT {_COLUMNS} FROM outbox WHERE id = ?", (row_id,))
    return _row(found) if found else None


def _row(values: tuple[object, ...]) -> OutboxRow:
    row_id, name, body, *rest = values
    try:
        effect = decode_effect(str(name), bytes(body))  # type: ignore[call-overload]
    except ValueError:
        effect = WriteLog(f"? {name}")
    return OutboxRow(row_id, effect, *rest)  # type: ignore[arg-type]


def refuse_unreadable(database: Database) -> None:
    """What another version queued and this one cannot read will never leave: it failed, and is shown so."""
    for row in tuple(by_state(database, ("queued",), -1)):
        if isinstance(row.effect, WriteLog):
            receipt = Receipt("failed", reason="queued by another version, cannot be read")
            close(database, row.id, receipt, row.created)


def depart(database: Database, row_id: int, client_msg_id: str) -> bool:
    """It leaves now under this id; False when it is not waiting any more."""
    return _changed(
        database,
        """UPDATE outbox SET state = 'sending', client_msg_id = ?, attempts = attempts + 1
            WHERE id = ? AND state = 'queued'""",
        (client_msg_id, row_id),
    )


def reopen(database: Database, row_id: int, states: Iterable[OutboxState]) -> bool:
    """Back to the queue under the id it had; False when it was in none of these states."""
    marks = ", ".join(f"'{state}'" for state in states)
    return _changed(
        database,
        f"""UPDATE outbox SET state = 'queued', open = 1, settled = 0, ret = 0, reason = ''
            WHERE id = ? AND state IN ({marks})""",
        (row_id,),
    )


def close(database: Database, row_id: int, receipt: Receipt, now: float) -> bool:
    """What became of it. Also from `queued`, for what cannot be sent at all; False when it has its end already."""
    return _changed(
        database,
        """UPDATE outbox SET state = ?, open = 0, settled = ?, msg_id = ?, ret = ?, reason = ?
            WHERE id = ? AND open = 1""",
        (receipt.outcome, now, receipt.msg_id, receipt.ret, receipt.reason, row_id),
    )


def drop(database: Database, row_id: int, now: float) -> bool:
    """Take it back; False for what is under way or was sent."""
    return _changed(
        database,
        """UPDATE outbox SET state = 'dropped', open = 0, settled = ?
            WHERE id = ? AND state IN ('queued', 'failed', 'unknown')""",
        (now, row_id),
    )


def lose_departed(database: Database) -> tuple[OutboxRow, ...]:
    """After a crash: what was on its way has an unknown end. Returns it."""
    found = tuple(by_state(database, ("sending",), -1))
    if found:
        database.execute(
            """UPDATE outbox SET state = 'unknown', open = 0, settled = created, reason = 'interrupted'
                WHERE open = 1 AND state = 'sending'"""
        )
    return tuple(replace(row, state="unknown", settled=row.created, reason="interrupted") for row in found)


def sent_ids(database: Database, count: int) -> Iterator[str]:
    """The service's and our own ids of the last sends, the oldest first."""
    rows = database.rows(
        """SELECT client_msg_id, msg_id FROM outbox WHERE client_msg_id <> '' ORDER BY id DESC LIMIT ?""", (count,)
    )
    return (given for row in reversed(rows) for given in row if given)


def clean(database: Database, before: float) -> int:
    """Remove what reached an end nobody has to look at. Unknown ones stay until somebody did."""
    marks = ", ".join(f"'{state}'" for state in CLOSED)
    return database.execute(
        f"DELETE FROM outbox WHERE open = 0 AND settled < ? AND state IN ({marks})", (before,)
    ).rowcount


def _changed(database: Database, sql: str, values: tuple[object, ...]) -> bool:
    return database.execute(sql, values).rowcount > 0
