"""One session's events and the key that says how far the client has read them.

The service numbers several streams apart (here: 2 messages, 3 contacts, 1000
conversation notices). A client hands back the key of its last reply and gets what
came after it: the same key twice gives the same events twice, which is how a client
that was killed gets what it missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Batch", "Entry", "Streams"]

MESSAGES, CONTACTS, NOTICES = 2, 3, 1000
_KEPT = 10_000
_STREAMS = (MESSAGES, CONTACTS, NOTICES)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it will stand in a reply. `kind` is add, mod or del."""

    order: int
    kind: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one webwxsync brings, and the positions it leads to."""

    entries: tuple[Entry, ...]
    keys: tuple[tuple[int, int], ...]
    more: bool


@dataclass(slots=True)
class Streams:
    """The log of one session."""

    base: int
    born: int
    logs: dict[int, list[Entry]] = field(default_factory=lambda: {key: [] for key in _STREAMS})
    gone: dict[int, int] = field(default_factory=lambda: dict.fromkeys(_STREAMS, 0))  # forgotten, by age
    count: int = 0
    stamp: int = 0

    def add(self, stream: int, kind: str, payload: Mapping[str, Any], now: int) -> None:
        """Append one event."""
        self.count += 1
        self.stamp = now
        log = self.logs[stream]
        log.append(Entry(self.count, kind, payload))
        if len(log) > 2 * _KEPT:
            del log[:_KEPT]
            self.gone[stream] += _KEPT

    def keys(self) -> tuple[tuple[int, int], ...]:
        """Return the present position as (Key, Val) pairs in the order of the wire."""
        return self._keys({stream: self._length(stream) for stream in _STREAMS})

    def position(self, keys: Mapping[int, int]) -> dict[int, int] | None:
        """Return how far `keys` had read, or None when they are not of this session."""
        spot: dict[int, int] = {}
        for stream in _STREAMS:
            at = keys.get(stream, -1) - self.base - stream
            if not 0 <= at <= self._length(stream):
                return None
            spot[stream] = at
        return spot

    def selector(self, spot: Mapping[int, int]) -> int:
        """Return what synccheck should say to a client that read up to `spot`."""
        if self._length(MESSAGES) > spot[MESSAGES]:
            return 2
        waiting = self._since(CONTACTS, spot)
        if waiting:
            return 6 if any(entry.kind == "del" for entry in waiting) else 4
        return 7 if self._length(NOTICES) > spot[NOTICES] else 0

    def after(self, spot: Mapping[int, int], limit: int = 0) -> Batch:
        """Return the events after `spot`, at most `limit` of them when it is not 0."""
        waiting = sorted(
            ((entry, stream) for stream in _STREAMS for entry in self._since(stream, spot)),
            key=lambda pair: pair[0].order,
        )
        taken = waiting[:limit] if limit else waiting
        reached = {stream: max(at, self.gone[stream]) for stream, at in spot.items()}
        for _, stream in taken:
            reached[stream] += 1
        entries = tuple(entry for entry, _ in taken)
        return Batch(entries, self._keys(reached), len(taken) < len(waiting))

    def _length(self, stream: int) -> int:
        return self.gone[stream] + len(self.logs[stream])

    def _since(self, stream: int, spot: Mapping[int, int]) -> list[Entry]:
        return self.logs[stream][max(spot[stream] - self.gone[stream], 0) :]

    def _keys(self, spot: Mapping[int, int]) -> tuple[tuple[int, int], ...]:
        keys = [(1, self.base + 1)]
        keys += [(key, self.base + key + spot[key]) for key in (MESSAGES, CONTACTS)]
        if self.stamp:
            keys.append((201, self.stamp))
        keys.append((NOTICES, self.base + NOTICES + spot[NOTICES]))
        return tuple(keys)
