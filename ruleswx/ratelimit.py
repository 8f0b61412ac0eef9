"""How fast the account may speak: gaps drawn at random, windows per chat, minute and day, and freezes. Pure.

Every limit is a window that is never exceeded, wherever one lays it: the sends of the last minute are kept one by
one, those of the last day by the hour (the oldest hour counts whole until it is over). The state is plain JSON so
that a restart refills nothing. Times are Unix seconds given by the caller; this module reads no clock and draws
only from the generator it is handed. It is courtesy to the service, not a way past its eyes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType
from typing import Any, Literal

__all__ = ["CAREFUL", "GENTLE", "OFF", "PROFILES", "Backoff", "Kind", "Pace", "Profile", "Range", "Spent"]

Kind = Literal["text", "media", "group", "friend", "broadcast"]
Range = tuple[float, float]

_MINUTE = 60.0
_HOUR = 3600.0
_DAY = 24 * _HOUR
_FIRST_FREEZE = 300.0
_LONGEST_FREEZE = 6 * _HOUR
_FAMILY: Mapping[str, str] = MappingProxyType({"broadcast": "text"})
"""To the service a broadcast is text: they freeze together."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One pace. A limit of 0 means none. `gap` is the range between any two sends, `gaps` the wider ones of a kind."""

    name: str
    gap: Range = (0.0, 0.0)
    chat_minute: int = 0
    minute: int = 0
    day: int = 0
    gaps: Mapping[str, Range] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def off(self) -> bool:
        """Whether nothing is limited."""
        return not (self.gap[1] or self.chat_minute or self.minute or self.day or self.gaps)


# Group and friend operations are what the service punishes first (reports: 15-25 s and a minute apart were safe).
_KIND_GAPS: Mapping[str, Range] = MappingProxyType(
    {"media": (3.0, 8.0), "group": (20.0, 40.0), "friend": (60.0, 120.0), "broadcast": (15.0, 35.0)}
)
GENTLE = Profile("gentle", gap=(6.0, 18.0), chat_minute=10, minute=10, day=200, gaps=_KIND_GAPS)
CAREFUL = Profile("careful", gap=(1.5, 4.0), chat_minute=10, minute=20, day=600, gaps=_KIND_GAPS)
OFF = Profile("off")
PROFILES: Mapping[str, Profile] = MappingProxyType({p.name: p for p in (GENTLE, CAREFUL, OFF)})


class Backoff:
    """Waits between tries while something is down: 1, 2, 4 … 60 s, each drawn between nothing and that (full jitter),
    so that many clients do not come back at once. It never gives up; that is the caller's business."""

    def __init__(self, first: float = 1.0, longest: float = 60.0) -> None:
        self.first = first
        self.longest = longest
        self.failures = 0

    def failed(self, rng: Random) -> float:
        """Count one failure and return how many seconds to wait; at least a tenth of the first step, never a spin."""
        ceiling = min(self.longest, self.first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return max(self.first / 10, rng.uniform(0.0, ceiling))

    def worked(self) -> None:
        """Something got through: the next failure begins anew."""
        self.failures = 0


@dataclass(slots=True)
class _Freeze:
    until: float
    level: int

    @property
    def seconds(self) -> float:
        """How long it lasts from its beginning."""
        return float(min(_FIRST_FREEZE * 2.0 ** (min(self.level, 30) - 1), _LONGEST_FREEZE))


@dataclass(frozen=True, slots=True)
class Spent:
    """What one send took from the budget, so that it can be given back. `gaps`: by kind, when the next send was
    allowed before and after."""

    at: float
    chat: str
    gaps: Mapping[str, tuple[float, float]]


class Pace:
    """The budget of one account. Ask `delay`, send, then `spend`; after Ret 1205 `freeze`. Keep `dump()` on disk."""

    def __init__(self, profile: Profile, state: bytes = b"") -> None:
        """Continue from `dump()`'s bytes; a state that cannot be read counts as empty (the file is ours alone)."""
        self.profile = profile
        self._next: dict[str, float] = {}
        self._recent: list[tuple[float, str]] = []
        self._hours: dict[int, int] = {}
        self._frozen: dict[str, _Freeze] = {}
        if state:
            self._load(state)

    def delay(self, now: float, chat: str, kind: Kind = "text") -> float:
        """Seconds until a send of this kind in this chat is allowed; 0 when it is now."""
        return max(self.kind_delay(now, kind), self.chat_delay(now, chat))

    def kind_delay(self, now: float, kind: Kind) -> float:
        """Seconds until a send of this kind is allowed at all, whatever the chat."""
        self._forget(now)
        until: list[float] = [now, self.frozen_until(kind)]
        if not self.profile.off:
            until += [self._next.get("", 0.0), self._next.get(kind, 0.0)]
            until += [_room([when for when, _ in self._recent], self.profile.minute), self._day_end(now)]
        return max(until) - now

    def chat_delay(self, now: float, chat: str) -> float:
        """Seconds until anything may be said in this chat, as far as that depends on the chat."""
        if self.profile.off:
            return 0.0
        mine = [when for when, where in self._recent if where == chat]
        return max(0.0, _room(mine, self.profile.chat_minute) - now)

    def spend(self, now: float, chat: str, kind: Kind, rng: Random) -> Spent:
        """Count one send that leaves now, and draw the gaps to the next ones."""
        if self.profile.off:
            return Spent(now, chat, {})
        self._recent.append((now, chat))
        hour = int(now // _HOUR)
        self._hours[hour] = self._hours.get(hour, 0) + 1
        gaps = {"": self.profile.gap} | ({kind: wider} if (wider := self.profile.gaps.get(kind)) else {})
        drawn = {name: now + rng.uniform(*gap) for name, gap in gaps.items()}
        before = {name: self._next.get(name, 0.0) for name in drawn}
        self._next |= drawn
        return Spent(now, chat, {name: (before[name], drawn[name]) for name in drawn})

    def refund(self, spent: Spent) -> None:
        """That send did not leave: it counts for nothing, unless its time is past anyway."""
        if self.profile.off:
            return
        # A clock set back meanwhile has moved what was counted to an earlier time.
        mine = [n for n, (at, chat) in enumerate(self._recent) if chat == spent.chat and at <= spent.at]
        if mine:
            del self._recent[mine[-1]]
        hour = min(int(spent.at // _HOUR), max(self._hours, default=0))
        if hour in self._hours:
            self._hours[hour] -= 1
            if not self._hours[hour]:
                del self._hours[hour]
        for name, (before, drawn) in spent.gaps.items():
            if self._next.get(name) == drawn:
                self._next[name] = before

    def freeze(self, now: float, kind: Kind) -> float:
        """The service said "too often": stop this kind for 5 minutes, doubled each time it says so again within a
        day. Returns until when. What comes back while the freeze lasts (sends already under way) adds nothing."""
        family = _FAMILY.get(kind, kind)
        known = self._frozen.get(family)
        if known and now < known.until:
            return known.until
        freeze = _Freeze(now, known.level + 1 if known and now - known.until < _DAY else 1)
        freeze.until += freeze.seconds
        self._frozen[family] = freeze
        return freeze.until

    def frozen_until(self, kind: Kind) -> float:
        """When this kind may go on after "too often", 0 when it never was stopped."""
        known = self._frozen.get(_FAMILY.get(kind, kind))
        return known.until if known else 0.0

    def left_today(self, now: float) -> int | None:
        """How many sends the last 24 hours leave, None without a daily limit."""
        self._forget(now)
        return max(0, self.profile.day - sum(self._hours.values())) if self.profile.day else None

    def dump(self) -> bytes:
        """The state for the store: at most the sends of a minute, 25 hours and the freezes."""
        state = {
            "next": self._next,
            "recent": self._recent,
            "hours": {str(hour): n for hour, n in self._hours.items()},
            "frozen": {kind: [f.until, f.level] for kind, f in self._frozen.items()},
        }
        return json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()

    def _load(self, state: bytes) -> None:
        try:
            raw: dict[str, Any] = json.loads(state)
            self._next = {str(k): float(v) for k, v in raw["next"].items()}
            self._recent = [(float(when), str(chat)) for when, chat in raw["recent"]]
            self._hours = {int(hour): int(n) for hour, n in raw["hours"].items()}
            self._frozen = {str(k): _Freeze(float(until), int(level)) for k, (until, level) in raw["frozen"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            self._next, self._recent, self._hours, self._frozen = {}, [], {}, {}

    def _forget(self, now: float) -> None:
        """Drop what no window reaches any more. A clock set back must not lock the account for the difference."""
        self._recent = [(min(when, now), chat) for when, chat in self._recent if when > now - _MINUTE]
        hours: dict[int, int] = {}
        for hour, count in self._hours.items():
            if (hour + 1) * _HOUR > now - _DAY:
                hour = min(hour, int(now // _HOUR))
                hours[hour] = hours.get(hour, 0) + count
        self._hours = hours
        for freeze in self._frozen.values():
            freeze.until = min(freeze.until, now + freeze.seconds)
        longest = {"": self.profile.gap[1], **{k: r[1] for k, r in self.profile.gaps.items()}}
        self._next = {k: min(at, now + longest.get(k, 0.0)) for k, at in self._next.items() if at > now}

    def _day_end(self, now: float) -> float:
        if self.left_today(now) != 0:
            return 0.0
        oldest = min(self._hours, default=int(now // _HOUR))
        return (oldest + 1) * _HOUR + _DAY


def _room(times: list[float], limit: int) -> float:
    if not limit or len(times) < limit:
        return 0.0
    return sorted(times)[-limit] + _MINUTE
