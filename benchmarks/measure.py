"""Interleaved timing: candidates take turns, each round is timed, medians are compared."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter
from typing import TypeVar

__all__ = ["Report", "per_item"]

T = TypeVar("T")


def per_item(candidates: Mapping[str, tuple[Callable[[T], object], Sequence[T]]], rounds: int = 7) -> dict[str, float]:
    """Return microseconds an item, by candidate."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, (call, items) in candidates.items():
            started = perf_counter()
            for item in items:
                call(item)
            times[name].append((perf_counter() - started) / len(items) * 1e6)
    return {name: median(found) for name, found in times.items()}


class Report:
    """Prints what was wanted beside what was found."""

    def __init__(self) -> None:
        self.missed = 0

    def line(self, what: str, found: float, wanted: float, *, least: bool = False, unit: str = "x") -> None:
        """Print one comparison; `least`: more is better."""
        met = found >= wanted if least else found <= wanted
        self.missed += not met
        sign = ">=" if least else "<="
        print(f"{'ok  ' if met else 'MISS'} {what:<66} {found:9.2f}{unit}  wanted {sign} {wanted:g}{unit}", flush=True)

    def end(self) -> None:
        """Leave with 1 if anything was missed."""
        sys.exit(1 if self.missed else 0)
