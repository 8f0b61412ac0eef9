"""The last N names, for quick "have I seen this": a set with an order and a bound."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Recent"]


class Recent:
    """At most `limit` names, the oldest leave first."""

    def __init__(self, limit: int, names: Iterable[str] = ()) -> None:
        self._limit = limit
        self._names: dict[str, None] = {}
        self.add(names)

    def add(self, names: Iterable[str]) -> None:
        """Remember these as the newest."""
        for name in names:
            self._names.pop(name, None)
            self._names[name] = None
        while len(self._names) > self._limit:
            del self._names[next(iter(self._names))]

    def forget(self, names: Iterable[str]) -> None:
        """These were never there."""
        for name in names:
            self._names.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __len__(self) -> int:
        return len(self._names)
