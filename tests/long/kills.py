"""Kill a serving bot at random moments, again and again: `python -m tests.long.kills [--seed N] [--rounds N]`.

Each round is a fresh account, some hundred messages and a dozen kills; nothing may be lost or said twice, and a send of
unknown end must be shown.
"""

import argparse
import tempfile
from pathlib import Path

from tests.verbs.test_serve import kill_and_check


def main() -> None:
    """Run the rounds; the first broken promise ends it with its seed."""
    parser = argparse.ArgumentParser(description="random kills against the sandbox")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--messages", type=int, default=300)
    args = parser.parse_args()
    for seed in range(args.seed, args.seed + args.rounds):
        with tempfile.TemporaryDirectory() as folder:
            kill_and_check(Path(folder), seed, kills=args.kills, messages=args.messages)
        print(f"seed {seed}: {args.kills} kills, {args.messages} messages, nothing lost, nothing twice", flush=True)


if __name__ == "__main__":
    main()
