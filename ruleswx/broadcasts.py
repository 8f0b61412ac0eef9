"""How far each broadcast is: so many of so many chats. Pure counting over rows of the outbox.

What one decision of a rule queues at the pace of broadcasts is one broadcast. The rows are on disk, so counting begins
anew after a restart where it was. It must not know when anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ruleswx.report import Progress
from ruleswx.store import OutboxRow

__all__ = ["Broadcasts"]

_OPEN = frozenset({"queued", "sending"})


@dataclass(slots=True)
class _Broadcast:
    rule: str
    open: dict[str, set[int]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def progress(self) -> Progress:
        left = {chat for chat, rows in self.open.items() if rows}
        failed = len(self.failed - left)
        return Progress(self.rule, len(self.open) - len(left) - failed, failed, len(self.open))


class Broadcasts:
    """The broadcasts under way."""

    def __init__(self, rows: Iterable[OutboxRow] = ()) -> None:
        """Take over what the outbox holds, whatever became of it; broadcasts that are over are left out."""
        self._under_way: dict[tuple[str, float], _Broadcast] = {}
        known = tuple(rows)
        alive = {_key(row) for row in known if row.state in _OPEN}
        self.add(row for row in known if _key(row) in alive)
        for row in known:
            if row.state not in _OPEN and _key(row) in self._under_way:
                self.settled(row, arrived=row.state == "sent")

    def add(self, rows: Iterable[OutboxRow]) -> None:
        """What a decision has queued."""
        for row in rows:
            if row.kind == "broadcast" and row.rule:
                broadcast = self._under_way.setdefault(_key(row), _Broadcast(row.rule))
                broadcast.open.setdefault(row.chat, set()).add(row.id)

    def settled(self, row: OutboxRow, *, arrived: bool) -> Progress | None:
        """A row has its end; how far its broadcast is, None for a row of none or of one to a single chat."""
        broadcast = self._under_way.get(_key(row))
        if broadcast is None or row.id not in broadcast.open.get(row.chat, ()):
            return None
        broadcast.open[row.chat].discard(row.id)
        if not arrived:
            broadcast.failed.add(row.chat)
        progress = broadcast.progress()
        if progress.over:
            del self._under_way[_key(row)]
        return progress if progress.of > 1 else None

    def dropped(self, row_id: int) -> None:
        """Somebody took a row back."""
        for broadcast in tuple(self._under_way.values()):
            for chat, rows in broadcast.open.items():
                if row_id in rows:
                    rows.discard(row_id)
                    broadcast.failed.add(chat)
        self._under_way = {key: b for key, b in self._under_way.items() if not b.progress().over}

    def all(self) -> tuple[Progress, ...]:
        """Every broadcast to more than one chat that is under way."""
        return tuple(p for b in self._under_way.values() if (p := b.progress()).of > 1)


def _key(row: OutboxRow) -> tuple[str, float]:
    return row.rule, row.created
