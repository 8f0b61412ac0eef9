"""The store of the running bot: every method that writes is one transaction, there whole or not at all.

Three promises rest on it. A message and the cursor behind it are stored together, so none is lost and none comes
twice. A decision is stored whole (effects, memory, trace, "done"), so a message is answered once. An effect is marked
before it leaves, so a crash can only make its end unknown, never repeat it.

Three kinds of writing do not wait for the disk, because a power cut may undo them without breaking a promise: a
decision that sends nothing (it is made again), the end of a send (it becomes unknown), and what can be learnt again. A
killed process loses none of them either.

A damaged file is refused and left as it is: the queue in it is worth a look before anybody begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ruleswx.model import Change, Effect, Json, Receipt, State, WriteLog
from ruleswx.store import inbox, memory, queue, traces
from ruleswx.store.database import Database, connect
from ruleswx.store.folder import Folder, Notice
from ruleswx.store.reader import Reader
from ruleswx.store.recent import Recent
from ruleswx.store.rows import InboxRow, Incoming, OutboxRow, Pruned
from ruleswx.store.schema import prepare

__all__ = ["Store", "open_store"]

_KNOWN_IDS = 20_000
_SENT_IDS = 4_000
_SPARE_TRACES = 64
"""So many traces above the limit are put up with, so that not every decision deletes one."""
_ID_SECONDS = 30 * 86_400.0
_FREED_PAGES = 400


class Store(Reader):
    """What must survive. Open it with `open_store`. Everything raises StoreError, and StoreUnavailable when the disk
    may take it later; then nothing of the transaction was written and memory says the same as the disk."""

    def __init__(self, database: Database, notices: Sequence[Notice] = (), *, keep_traces: int = 500) -> None:
        super().__init__(database)
        self.notices = tuple(notices)
        """What was found and mended at the opening, for the log."""
        self.keep_traces = keep_traces
        self._session = self.load_session()
        self._image = memory.load(database)
        self._traces = traces.counts(database)
        self._known = Recent(_KNOWN_IDS, inbox.recent_ids(database, _KNOWN_IDS))
        self._ours = Recent(_SENT_IDS, queue.sent_ids(database, _SENT_IDS // 2))
        self._undo: list[Callable[[], object]] | None = None
        self._old = max((row.seq for row in self.pending()), default=0)
        with database.transaction():
            queue.refuse_unreadable(database)
            self._lost = queue.lose_departed(database)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Every writing call of the block in one transaction, durable when the block ends: one wait for the disk
        instead of many. Let nothing out before that (rows to send above all), and wait for nothing inside."""
        self._undo = []
        try:
            with self._database.transaction():
                yield
        except BaseException:
            # By what is known here: a disk that does not take anything may not give anything either.
            for step in reversed(self._undo):
                step()
            raise
        finally:
            self._undo = None

    def _undoable(self, step: Callable[[], object]) -> None:
        """How memory becomes again what it was, should the transaction around come to nothing."""
        if self._undo is not None:
            self._undo.append(step)

    def _set_session(self, blob: bytes | None) -> None:
        self._undoable(partial(setattr, self, "_session", self._session))
        self._session = blob

    def _set_traces(self, counts: dict[str, int]) -> None:
        self._undoable(partial(setattr, self, "_traces", self._traces))
        self._traces = counts

    # -- the session, the pace, the address book

    def save_session(self, blob: bytes) -> None:
        """Keep the session for the next start."""
        if blob != self._session:
            with self._database.transaction():
                self._put("session", blob)
            self._set_session(blob)

    def forget_session(self) -> None:
        """The account was logged out, or its session is dead."""
        with self._database.transaction():
            self._database.execute("DELETE FROM blob WHERE name = 'session'")
        self._set_session(None)
        # The log still holds the old pages: fold it into the file, where deleted text is overwritten.
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def save_pace(self, blob: bytes) -> None:
        """Keep the pace, so that a restart refills nothing."""
        self.save_blob("pace", blob)

    def save_blob(self, name: str, blob: bytes) -> None:
        """Keep a few bytes under a name."""
        with self._database.transaction():
            self._put(name, blob)

    def save_contacts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Add or replace (key, text) pairs of the address book."""
        wanted = list(rows)
        if wanted:
            with self._database.transaction(durable=False):
                for key, text in wanted:
                    self._database.execute("INSERT OR REPLACE INTO contact (key, body) VALUES (?, ?)", (key, text))

    def forget_contacts(self, keys: Iterable[str]) -> None:
        """Remove these from the address book."""
        with self._database.transaction(durable=False):
            for key in keys:
                self._database.execute("DELETE FROM contact WHERE key = ?", (key,))

    def keys_in_use(self) -> frozenset[str]:
        """Every chat and person that something remembered or queued speaks of."""
        keys: set[str] = set()
        for (_, _, scope), state in self._image.items():
            keys.update(scope.split("/"))
            keys.update(_keys_within(state.value))
        for row in self.outbox(("queued", "sending")):
            keys.add(row.chat)
            keys.add(getattr(getattr(row.effect, "person", None), "key", ""))
        return frozenset(keys)

    # -- what came in

    def take(self, batch: Sequence[Incoming], session: bytes, now: float) -> tuple[InboxRow, ...]:
        """Store a batch and the cursor behind it together; returns what is new of it, in order."""
        new = [message for message in batch if message.msg_id not in self._known]
        if not new and session == self._session:
            return ()
        with self._database.transaction():
            rows = inbox.add(self._database, new, now)
            if session != self._session:
                self._put("session", session)
        self._set_session(session)
        self._undoable(partial(self._known.forget, [message.msg_id for message in new]))
        self._known.add(message.msg_id for message in new)
        return rows

    def trying(self, seq: int) -> bool:
        """Call before a message is handled; False when it must be left alone, because it was tried too often.

        Only messages an earlier run left behind are counted: what ended that run may have been this very message.
        """
        if seq > self._old:
            return True
        return not self.failed(seq)

    def failed(self, seq: int) -> bool:
        """Handling it failed (an exception); True when it is set aside now and must not be tried again."""
        with self._database.transaction(durable=False):
            return inbox.count_try(self._database, seq)

    def commit(  # noqa: PLR0917 - a decision has these parts
        self,
        seq: int | None,
        effects: Sequence[Effect],
        changes: Sequence[Change],
        trace_json: bytes,
        outcome: str,
        now: float,
    ) -> tuple[OutboxRow, ...]:
        """Store one decision whole; returns the rows to send, in order. `seq` is None for what no message caused.

        Raises AlreadyDecided when that message does not wait for one (any more), so that none is answered twice.
        Log lines are not queued: they are the caller's to write. Without a trace (b"") none is kept.
        """
        outward = any(not isinstance(effect, WriteLog) for effect in effects)
        with self._database.transaction(durable=outward):
            cause = "" if seq is None else inbox.finish(self._database, seq)
            rows = queue.add(self._database, effects, cause, now)
            memory.write(self._database, changes)
            kept = self._add_trace(cause, now, outcome, trace_json) if trace_json else 0
        self._undoable(partial(memory.restore, self._image, memory.present(self._image, changes)))
        memory.apply(self._image, changes)
        if trace_json:
            self._set_traces({**self._traces, outcome: kept})
        return rows

    def _add_trace(self, cause: str, now: float, outcome: str, body: bytes) -> int:
        """Store it and make room when there are too many; how many there are then."""
        traces.add(self._database, cause, now, outcome, body)
        count = self._traces.get(outcome, 0) + 1
        if count > self.keep_traces + _SPARE_TRACES:
            count -= traces.keep_newest(self._database, outcome, self.keep_traces)
        return count

    # -- what goes out

    def sending(self, row_id: int, client_msg_id: str, pace: bytes | None = None) -> bool:
        """It leaves now under this id (and with this pace): on disk when this returns. False: it is not queued."""
        with self._database.transaction():
            leaves = queue.depart(self._database, row_id, client_msg_id)
            if pace is not None:
                self._put("pace", pace)
        self._undoable(partial(self._ours.forget, (client_msg_id,)))
        self._ours.add((client_msg_id,))
        return leaves

    def settle(self, row_id: int, receipt: Receipt, now: float) -> bool:
        """What became of it. False when it has its end already."""
        with self._database.transaction(durable=False):
            settled = queue.close(self._database, row_id, receipt, now)
        if receipt.msg_id:
            self._undoable(partial(self._ours.forget, (receipt.msg_id,)))
            self._ours.add((receipt.msg_id,))
        return settled

    def requeue(self, row_id: int, pace: bytes | None = None) -> bool:
        """It provably did not leave: back to its place in the queue (with this pace). False when it was not under
        way."""
        with self._database.transaction(durable=False):
            if pace is not None:
                self._put("pace", pace)
            return queue.reopen(self._database, row_id, ("sending",))

    def retry(self, row_id: int) -> OutboxRow | None:
        """Queue one that failed, was dropped or has an unknown end once more, under the id it had; None otherwise."""
        with self._database.transaction():
            reopened = queue.reopen(self._database, row_id, ("failed", "unknown", "dropped"))
        return self.outbox_row(row_id) if reopened else None

    def drop(self, row_id: int, now: float) -> bool:
        """Take one back that did not leave, or put one aside that somebody has looked at."""
        with self._database.transaction():
            return queue.drop(self._database, row_id, now)

    def recover(self) -> tuple[OutboxRow, ...]:
        """What was under way when the last run ended: its end is unknown now, and somebody should see it."""
        return self._lost

    def is_ours(self, msg_id: str) -> bool:
        """Whether this id, the service's or our own, belongs to something the bot sent lately."""
        return msg_id in self._ours

    # -- what rules remember

    def state(self, kind: str, name: str, scope: str) -> State | None:
        """One remembered value, from memory."""
        return self._image.get((kind, name, scope))

    def states(self, kind: str) -> Mapping[tuple[str, str], State]:
        """Every remembered value of a kind by (name, scope)."""
        return {(name, scope): state for (of, name, scope), state in self._image.items() if of == kind}

    # -- housekeeping

    def prune(self, now: float, *, messages: float, keep_traces: int | None = None) -> Pruned:
        """Forget texts older than `messages` seconds, traces above the limit, values past their time."""
        if keep_traces is not None:
            self.keep_traces = keep_traces
        before = now - messages
        with self._database.transaction():
            expired = memory.forget_expired(self._database, self._image, now)
            counts = {outcome: self._prune_traces(outcome, count) for outcome, count in self._traces.items()}
            pruned = Pruned(
                messages=inbox.forget_texts(self._database, before),
                traces=sum(self._traces.values()) - sum(counts.values()),
                outbox=queue.clean(self._database, before),
                states=len(expired),
            )
            inbox.clean(self._database, now - max(messages, _ID_SECONDS))
        self._set_traces(counts)
        self._undoable(partial(memory.restore, self._image, {key: self._image[key] for key in expired}))
        for key in expired:
            self._image.pop(key)
        self._database.rows(f"PRAGMA incremental_vacuum({_FREED_PAGES})")
        return pruned

    def _prune_traces(self, outcome: str, count: int) -> int:
        if count <= self.keep_traces:
            return count
        return count - traces.keep_newest(self._database, outcome, self.keep_traces)

    def checkpoint(self) -> None:
        """Fold the log into the file; call it when nothing else is to be done."""
        self._database.rows("PRAGMA wal_checkpoint(PASSIVE)")

    def _put(self, name: str, blob: bytes) -> None:
        self._database.execute("INSERT OR REPLACE INTO blob (name, body) VALUES (?, ?)", (name, blob))


def _keys_within(value: Json) -> Iterator[str]:
    """The keys of chats and people in a stored wait or question."""
    if isinstance(value, dict):
        if isinstance(key := value.get("key"), str):
            yield key
        for inner in value.values():
            yield from _keys_within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys_within(inner)


@contextmanager
def open_store(directory: Path, *, keep_traces: int = 500) -> Iterator[Store]:
    """The state in this folder, made if missing, for this process alone.

    Raises StoreLocked at once when another process has it, StoreError when it cannot be used.
    """
    folder = Folder(directory)
    try:
        database = connect(folder.make_private(folder.database.name))
        try:
            prepare(database, folder)
            yield Store(database, folder.notices, keep_traces=keep_traces)
        finally:
            database.close()
    finally:
        folder.close()
