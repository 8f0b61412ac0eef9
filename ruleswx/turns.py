"""Who is next: rows in order within a lane, one of a lane under way at a time, and lanes that take turns.

Theory. A lane stands in line with its first row, in the line of that row's kind, because the pace may hold one kind up
and not another. Each lane has a ticket; the smallest one that may leave goes first. What was carried to its end gives
its lane a new ticket, what came back keeps the old one. A line is a heap from which entries are taken lazily: an entry
counts only while its serial number is the one the lane was last filed under. So finding the next row costs the same
with ten lanes waiting and with ten thousand.

It must not know the pace, the store or the wire.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ruleswx.ratelimit import Kind
from ruleswx.store import OutboxRow

__all__ = ["Turns"]


class _Entry(NamedTuple):
    ticket: int
    serial: int
    lane: str


class Turns:
    """Rows that wait and rows under way."""

    def __init__(self) -> None:
        self._rows: dict[str, deque[OutboxRow]] = {}
        self._tickets: dict[str, int] = {}
        self._lines: dict[Kind, list[_Entry]] = {}
        self._filed: dict[str, int] = {}
        self._busy: set[str] = set()
        self._numbers = itertools.count()
        self._count = 0

    def __len__(self) -> int:
        """How many rows wait."""
        return self._count - len(self._busy)

    @property
    def under_way(self) -> int:
        """How many rows are under way."""
        return len(self._busy)

    def oldest(self) -> float:
        """When the row that waits longest was queued; 0 without one."""
        return min((rows[0].created for rows in self._rows.values()), default=0.0)

    def add(self, row: OutboxRow) -> None:
        """Put a row at the end of its lane."""
        lane = _lane(row)
        self._rows.setdefault(lane, deque()).append(row)
        self._count += 1
        if lane not in self._filed and lane not in self._busy:
            self._file(lane)

    def remove(self, row_id: int) -> None:
        """Forget a row that is not under way."""
        for lane, rows in self._rows.items():
            kept = deque(row for row in rows if row.id != row_id)
            if len(kept) < len(rows):
                self._rows[lane] = kept
                self._count -= 1
                if lane not in self._busy:
                    self._file(lane, again=True)
                return

    def next(
        self, kind_wait: Callable[[Kind], float], chat_wait: Callable[[str], float]
    ) -> tuple[OutboxRow | None, float]:
        """The row whose turn it is, or how many seconds until one may leave (for ever when none waits)."""
        best: _Entry | None = None
        soonest = float("inf")
        for kind, line in self._lines.items():
            if not self._first(line):
                continue
            wait = kind_wait(kind)
            if wait <= 0:
                entry, wait = self._ready(line, chat_wait)
                if entry is not None and (best is None or entry < best):
                    best = entry
            soonest = min(soonest, wait)
        return (None, soonest) if best is None else (self._rows[best.lane][0], 0.0)

    def depart(self, row: OutboxRow) -> None:
        """The first row of its lane is under way, as given."""
        lane = _lane(row)
        self._rows[lane][0] = row
        self._filed.pop(lane, None)
        self._busy.add(lane)

    def back(self, row: OutboxRow) -> None:
        """It waits again, in its old place."""
        self._busy.discard(_lane(row))
        self._file(_lane(row), again=True)

    def done(self, row: OutboxRow) -> None:
        """The first row of its lane is gone; the lane goes to the end of the line."""
        lane = _lane(row)
        self._busy.discard(lane)
        self._rows[lane].popleft()
        self._count -= 1
        self._file(lane)

    def _file(self, lane: str, *, again: bool = False) -> None:
        """Put a lane in line; with `again` where it was before."""
        self._filed.pop(lane, None)
        rows = self._rows[lane]
        if not rows:
            del self._rows[lane]
            self._tickets.pop(lane, None)
            return
        number = next(self._numbers)
        if not again or lane not in self._tickets:
            self._tickets[lane] = number
        self._filed[lane] = number
        heapq.heappush(self._lines.setdefault(rows[0].kind, []), _Entry(self._tickets[lane], number, lane))

    def _first(self, line: list[_Entry]) -> bool:
        """Take entries off the head of a line that do not count any more; False when none is left."""
        while line and self._filed.get(line[0].lane) != line[0].serial:
            heapq.heappop(line)
        return bool(line)

    def _ready(self, line: list[_Entry], chat_wait: Callable[[str], float]) -> tuple[_Entry | None, float]:
        """The first lane of a line whose chat may be spoken to, or how long until one may."""
        passed: list[_Entry] = []
        soonest = float("inf")
        try:
            for entry in self._in_order(line, passed):
                wait = chat_wait(self._rows[entry.lane][0].chat)
                if wait <= 0:
                    return entry, 0.0
                soonest = min(soonest, wait)
        finally:
            for entry in passed:
                heapq.heappush(line, entry)
        return None, soonest

    def _in_order(self, line: list[_Entry], passed: list[_Entry]) -> Iterator[_Entry]:
        while self._first(line):
            passed.append(heapq.heappop(line))
            yield passed[-1]


def _lane(row: OutboxRow) -> str:
    """What keeps order: the chat; effects without one each have a lane of their own. A broadcast may wait for its turn
    for an hour, and an answer in the same chat does not wait behind it."""
    if not row.chat:
        return f"#{row.id}"
    return f"{row.chat} broadcast" if row.kind == "broadcast" else row.chat
