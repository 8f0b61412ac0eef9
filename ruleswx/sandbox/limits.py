"""How often a real account may do things before it is told 1205.

The figures are twice what careful users of the service report as safe; beyond them
the simulated service refuses that kind of act. Off unless the world's option asks.
"""

from __future__ import annotations

from collections import deque

__all__ = ["Limits"]

# kind -> (acts, seconds) windows, each of which must hold
_WINDOWS: dict[str, tuple[tuple[int, float], ...]] = {
    "text": ((2, 1.0), (40, 60.0)),
    "media": ((1, 1.5), (40, 60.0)),
    "group": ((1, 10.0),),
    "friend": ((1, 30.0),),
}
_TARGETS, _TARGET_SECONDS = 80, 600.0


class Limits:
    """Counts acts of each kind for each account."""

    __slots__ = ("_acts", "_targets")

    def __init__(self) -> None:
        self._acts: dict[tuple[str, str], deque[float]] = {}
        self._targets: dict[str, deque[tuple[float, str]]] = {}

    def exceeded(self, account: str, kind: str, now: float, target: str = "") -> bool:
        """Count one act and tell whether it is one too many; a refused act is not counted."""
        acts = self._acts.setdefault((account, kind), deque(maxlen=100))
        for most, seconds in _WINDOWS[kind]:
            if sum(at > now - seconds for at in acts) >= most:
                return True
        if target and self._too_many_targets(account, now, target):
            return True
        acts.append(now)
        return False

    def _too_many_targets(self, account: str, now: float, target: str) -> bool:
        seen = self._targets.setdefault(account, deque())
        while seen and seen[0][0] <= now - _TARGET_SECONDS:
            seen.popleft()
        names = {name for _, name in seen}
        if target not in names and len(names) >= _TARGETS:
            return True
        seen.append((now, target))
        return False
