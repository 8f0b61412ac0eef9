"""Every measurement in one run, the long ones in their short form: `python -m benchmarks [NAME …]`, or `make bench`.

Ends with 1 and the list of what was missed when a target was missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from time import monotonic

RUNS = {
    "match": [],
    "render": [],
    "load": [],
    "engine": [],
    "decode": [],
    "message": [],
    "store": [],
    "transport": [],
    "start": [],
    "serve": ["--burst", "1000", "--seconds", "5"],
    "reload": ["--edits", "3"],
    "files": [],
    "kills": ["--messages", "300"],
    "agree": ["--messages", "1000", "--rules", "2000"],
}


def run(name: str) -> list[str]:
    """Run one measurement, showing its lines; returns the ones that tell of a miss."""
    print(f"\n{name}: python -m benchmarks.{name} {' '.join(RUNS[name])}", flush=True)
    words, began, missed = [sys.executable, "-m", f"benchmarks.{name}", *RUNS[name]], monotonic(), []
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if line.startswith("MISS"):
                missed.append(f"{name}: {line[5:].strip()}")
    if process.returncode and not missed:
        missed.append(f"{name}: ended with {process.returncode}")
    print(f"     {monotonic() - began:.0f} s")
    return missed


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(RUNS)}")
    chosen = parser.parse_args().names or list(RUNS)
    if unknown := [name for name in chosen if name not in RUNS]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(RUNS)}")
    missed = [line for name in chosen for line in run(name)]
    print("\nEvery target was met." if not missed else f"\nMissed, {len(missed)}:")
    print("\n".join(missed))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
