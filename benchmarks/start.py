"""How long `ruleswx --help` takes beside an interpreter that does nothing, and what it imports.

python -m benchmarks.start [--rounds 15]
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from statistics import median
from time import perf_counter

from benchmarks.measure import Report

BARE = ["-c", "pass"]
HELP = ["-m", "ruleswx", "--help"]
HEAVY = {
    "ahocorasick_rs", "anyio", "cronsim", "h11", "httpcore", "httpx", "hypercorn", "jinja2", "msgspec", "pydantic",
    "re2", "segno", "sqlite3", "ssl", "starlette", "structlog", "trio", "watchfiles", "yaml",
}  # fmt: skip
"""What no answer to `--help` needs: every library the bot stands on, and the dear parts of the standard one."""


def once(words: list[str]) -> float:
    """Return milliseconds a fresh interpreter takes."""
    started = perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    return (perf_counter() - started) * 1e3


def imported(words: list[str]) -> set[str]:
    """Return the top-level packages it imports."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", *words], check=True, capture_output=True, text=True
    ).stderr
    return {found[1] for found in re.finditer(r"\|\s+([\w]+)[\w.]*$", told, re.MULTILINE)}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    times: dict[str, list[float]] = {"bare": [], "help": []}
    once(HELP)
    for _ in range(rounds):
        times["bare"].append(once(BARE))
        times["help"].append(once(HELP))
    bare, told = median(times["bare"]), median(times["help"])
    heavy = sorted(imported(HELP) & HEAVY)
    print(f"     bare {bare:.0f} ms, --help {told:.0f} ms; heavy imports: {', '.join(heavy) or 'none'}")
    report = Report()
    report.line("--help against the bare interpreter", told / bare, 4)
    report.line("--help", told, 150, unit=" ms")
    report.line("heavy packages imported by --help", len(heavy), 0, unit="")
    report.end()


if __name__ == "__main__":
    main()
