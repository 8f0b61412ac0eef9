"""Reading rule files: our reader beside PyYAML's own loader, and everything `check` does beside that.

python -m benchmarks.load --rules 10000
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable
from statistics import median
from time import perf_counter

import yaml

from benchmarks.corpus import rules
from benchmarks.measure import Report
from ruleswx.rules.load.files import read_files
from ruleswx.rules.source import read_yaml

__all__ = ["written"]

A_FILE = 2_500
RULE = """\
  - rule: 规则{number}
    when:
      sender: '@'
      {line}
    do: {{reply: '第 {number} 条，{{{{ person }}}}'}}
    cooldown: 10m per person
"""


def written(count: int) -> dict[str, bytes]:
    """Return rule files of so many rules together, each small enough to be read."""
    files: dict[str, bytes] = {}
    made = rules(count)
    for start in range(0, count, A_FILE):
        parts = ["reply:\n"]
        for number, (kind, source) in enumerate(made[start : start + A_FILE], start):
            line = f"contains: [{source}, 词{number}]" if kind == "keyword" else f"regex: '{source}'"
            parts.append(RULE.format(number=number, line=line))
        files[f"rules/{start:06}.yaml"] = "".join(parts).encode()
    return files


def taken(calls: dict[str, Callable[[], object]], rounds: int = 5) -> dict[str, float]:
    """Return seconds a call, interleaved."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            gc.collect()
            started = perf_counter()
            call()
            found[name].append(perf_counter() - started)
    return {name: median(values) for name, values in found.items()}


def read(files: dict[str, bytes]) -> None:
    """Read files as a load does: with the collector paused, since nothing in them is garbage."""
    gc.disable()
    for path, data in files.items():
        read_yaml(path, data)
    gc.enable()


def events(data: bytes) -> int:
    """Return how many events libyaml makes of a file: the floor of any reader."""
    return sum(1 for _ in yaml.parse(data, Loader=yaml.CSafeLoader))


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=10_000)
    chosen = parser.parse_args()
    report, files = Report(), written(chosen.rules)
    print(f"     {chosen.rules:,} rules, {sum(map(len, files.values())) / 1e6:.1f} MB")
    found = taken({
        "ours": lambda: read(files),
        "safe": lambda: [yaml.load(data, Loader=yaml.CSafeLoader) for data in files.values()],
        "events": lambda: [events(data) for data in files.values()],
    })  # fmt: skip
    print(f"     seconds: { ({name: round(value, 2) for name, value in found.items()}) }")
    report.line("PyYAML's C loader against our reader", found["safe"] / found["ours"], 3, least=True)
    known = {typed.path: typed for typed in read_files(list(files), files.__getitem__).files}
    found = taken({
        "cold": lambda: read_files(list(files), files.__getitem__),
        "again": lambda: read_files(list(files), files.__getitem__, known),
    })  # fmt: skip
    report.line("files that did not change, read and shaped again, cold = 1", found["again"] / found["cold"], 0.2)
    report.end()


if __name__ == "__main__":
    main()
