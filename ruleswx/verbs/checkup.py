"""The machine a bot runs on, looked at from outside: versions, clock, state folder, disk, names of hosts, terminal.

Every check takes what it judges as arguments and gives findings as values; `doctor` fetches the facts and says the
words. It must not know rules or chats.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from ruleswx.diagnostics import NOWHERE, Place
from ruleswx.qr import Style

__all__ = ["Disk", "Finding", "Level", "clock", "disk", "hosts", "modes", "terminal", "versions"]

Level = Literal["ok", "note", "mend"]
_FLOOR = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?\s*([^;]*)(;.*)?")
_EXPAT = (2, 6, 0)
_BUILT = 1_735_689_600.0  # 2025-01-01: no clock that is right shows an earlier day
_DRIFT = 1.0
_SLOW, _STALLS = 20.0, 100.0
_ROOM = 200 * 1024 * 1024
_COLUMNS = {True: 33, False: 66}
"""What a login code takes, drawn with half blocks and without."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `what` names its sentence, `values` fill it; `mend`: it does not work well as it is."""

    level: Level
    topic: str
    what: str
    values: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Disk:
    """How long one durable commit took, in milliseconds, over `count` of them, and how many bytes are free."""

    mean: float
    worst: float
    count: int
    free: int


def versions(
    floors: Iterable[str], installed: Callable[[str], str | None], python: str, expat: Sequence[int]
) -> Iterator[Finding]:
    """What is installed against the oldest versions that will do; `floors` as a package's metadata spells them."""
    low, count = [], 0
    for floor in floors:
        found = _FLOOR.fullmatch(floor)
        least = re.search(r">=\s*([0-9.]+)", found[2]) if found else None
        if found is None or found[3] or least is None:
            continue  # wanted on other systems only, or by those who build
        count += 1
        there = installed(found[1])
        if there is None or _numbers(there) < _numbers(least[1]):
            low.append({"name": found[1], "found": there or "-", "least": least[1]})
    yield from (Finding("mend", "versions", "old", values) for values in low)
    if not low:
        yield Finding("ok", "versions", "versions", {"python": python, "count": str(count)})
    if tuple(expat) < _EXPAT:
        yield Finding("note", "versions", "expat", {"found": _dotted(expat), "least": _dotted(_EXPAT)})


def _numbers(version: str) -> tuple[int, ...]:
    found = [int(part) for part in re.findall(r"\d+", version.partition("+")[0])]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def _dotted(version: Iterable[int]) -> str:
    return ".".join(map(str, version))


def clock(now: float, drift: float, zone: ZoneInfo) -> Iterator[Finding]:
    """Whether the time can be right at all; `drift`: seconds the wall clock moved against the steady one just now."""
    local = f"{datetime.fromtimestamp(now, zone):%Y-%m-%d %H:%M:%S}"
    values = {"time": local, "zone": zone.key, "drift": f"{drift:+.1f}"}
    if now < _BUILT:
        yield Finding("mend", "clock", "past", values)
    elif abs(drift) > _DRIFT:
        yield Finding("mend", "clock", "jumps", values)
    else:
        yield Finding("ok", "clock", "clock", values)


def modes(state: Path, me: int) -> Iterator[Finding]:
    """Whether anybody else on this machine could read the state or put another in its place."""
    if not state.is_dir():
        yield Finding("note", "state", "no_state", {"path": str(state)})
        return
    wrong = False
    for path in (state, *sorted(state.iterdir())):
        found = path.lstat()
        values = {"path": str(path), "mode": f"{stat.S_IMODE(found.st_mode):04o}", "owner": str(found.st_uid)}
        if found.st_uid != me and me:
            wrong = True
            yield Finding("mend", "state", "foreign", values)
        elif stat.S_IMODE(found.st_mode) & 0o077:
            wrong = True
            values["least"] = "0700" if stat.S_ISDIR(found.st_mode) else "0600"
            yield Finding("mend", "state", "open", values)
    if not wrong:
        yield Finding("ok", "state", "private", {"path": str(state)})


def disk(measured: Disk | OSError) -> Iterator[Finding]:
    """Whether storing is fast enough that a commit does not hold everything up, and whether there is room."""
    if isinstance(measured, OSError):
        yield Finding("mend", "disk", "no_disk", {"why": measured.strerror or str(measured)})
        return
    values = {
        "mean": f"{measured.mean:.1f}",
        "worst": f"{measured.worst:.1f}",
        "count": str(measured.count),
        "free": f"{measured.free / 2**30:.1f}",
    }
    if measured.mean > _STALLS:
        yield Finding("mend", "disk", "stalls", values)
    else:
        yield Finding("note" if measured.mean > _SLOW else "ok", "disk", "disk", values)
    if measured.free < _ROOM:
        yield Finding("mend", "disk", "full", values)


def hosts(names: Sequence[str], resolve: Callable[[str], object]) -> Iterator[Finding]:
    """Whether the service's names are known here; `resolve` raises OSError for one that is not."""
    lost = []
    for name in names:
        try:
            resolve(name)
        except OSError as error:
            lost.append(name)
            yield Finding("mend", "dns", "unknown_host", {"name": name, "why": error.strerror or str(error)})
    if names and not lost:
        yield Finding("ok", "dns", "dns", {"names": ", ".join(names)})


def terminal(columns: int | None, style: Style) -> Iterator[Finding]:
    """Whether a login code can be shown here; None for no terminal at all."""
    if columns is None:
        yield Finding("note", "terminal", "no_terminal")
        return
    values = {"columns": str(columns), "least": str(_COLUMNS[style.blocks])}
    if columns < _COLUMNS[style.blocks]:
        yield Finding("mend", "terminal", "narrow", values)
    else:
        yield Finding("ok", "terminal", "terminal" if style.colour else "plain_terminal", values)
