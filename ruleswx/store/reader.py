"""Reading: what the bot itself and those who look on beside it may ask. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ruleswx.errors import StoreError
from ruleswx.model import State
from ruleswx.store import inbox, memory, queue, traces
from ruleswx.store.database import Database, connect_to_read
from ruleswx.store.folder import DATABASE
from ruleswx.store.rows import InboxRow, OutboxRow, OutboxState, TraceRow
from ruleswx.store.schema import refuse_other_versions

__all__ = ["ALL_STATES", "Reader", "open_reader"]

ALL_STATES: tuple[OutboxState, ...] = ("queued", "sending", "sent", "failed", "unknown", "dropped")


class Reader:
    """Questions about what is stored. Everything raises StoreError (StoreUnavailable when later may be better)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def blob(self, name: str) -> bytes | None:
        """What was last stored under a name."""
        found = self._database.one("SELECT body FROM blob WHERE name = ?", (name,))
        return bytes(found[0]) if found else None

    def load_session(self) -> bytes | None:
        """The session as it was last saved; None when there is none."""
        return self.blob("session")

    def load_pace(self) -> bytes:
        """The state of the pace; empty when there is none."""
        return self.blob("pace") or b""

    def load_contacts(self) -> tuple[tuple[str, str], ...]:
        """Every (key, text) pair of the address book."""
        return tuple((key, text) for key, text in self._database.rows("SELECT key, body FROM contact ORDER BY key"))

    def pending(self) -> tuple[InboxRow, ...]:
        """Messages whose decision is not stored yet, in order of arrival."""
        return inbox.waiting(self._database)

    def messages(self, since: float) -> tuple[InboxRow, ...]:
        """Messages received since then whose text is still kept, in order of arrival."""
        return inbox.messages(self._database, since)

    def message(self, msg_id: str) -> InboxRow | None:
        """One message whose text is still kept, or None."""
        return inbox.message(self._database, msg_id)

    def queued(self) -> tuple[OutboxRow, ...]:
        """What waits to be sent, in order."""
        return tuple(queue.by_state(self._database, ("queued",), -1))

    def outbox(self, states: Iterable[OutboxState] = ALL_STATES, limit: int = -1) -> tuple[OutboxRow, ...]:
        """Rows in these states in order, the last `limit` of them."""
        return tuple(queue.by_state(self._database, states, limit))

    def outbox_row(self, row_id: int) -> OutboxRow | None:
        """One row of the outbox, or None."""
        return queue.get(self._database, row_id)

    def outbox_counts(self) -> Mapping[str, int]:
        """How many rows are in each state."""
        return dict(self._database.rows("SELECT state, count(*) FROM outbox GROUP BY state"))

    def remembered(self) -> Mapping[tuple[str, str, str], State]:
        """Everything rules remember, by kind, name and scope, as it is on the disk."""
        return memory.load(self._database)

    def traces(self, *, msg_id: str = "", outcome: str = "", limit: int = 1) -> tuple[TraceRow, ...]:
        """The newest traces, of one message or one outcome if given, the newest first."""
        return traces.find(self._database, msg_id=msg_id, outcome=outcome, limit=limit)


@contextmanager
def open_reader(directory: Path) -> Iterator[Reader]:
    """Look into the state of a bot, running or not. Raises StoreError; its event is "state_none" when there is none."""
    path = directory / DATABASE
    if not path.exists():
        raise StoreError(f"{path} does not exist; has the bot ever run?", event="state_none", path=str(path))
    database = connect_to_read(path)
    try:
        refuse_other_versions(database)
        yield Reader(database)
    finally:
        database.close()
