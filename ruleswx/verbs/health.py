"""`ruleswx health [CONFIG]`: one word for supervisors and containers, in well under a second, without any network.

Exit 0 healthy, 1 degraded (a person is wanted, the rules have mistakes, something is stuck), 2 down. Only 2 is a reason
to restart the bot: a restart brings nobody to scan.
"""

from __future__ import annotations

import argparse
import json
import sys

from ruleswx.config import Config
from ruleswx.verbs.state import with_config
from ruleswx.verbs.status import EXIT_DEGRADED, EXIT_DOWN, question, reason_lines
from ruleswx.wording import word

__all__ = ["run"]

_CODES = {"healthy": 0, "degraded": EXIT_DEGRADED}


def run(args: argparse.Namespace) -> int:
    """Print the word and the reasons; 3 for a broken configuration."""
    return with_config(args.config, args.lang, lambda config: _show(config, args))


def _show(config: Config, args: argparse.Namespace) -> int:
    told = question(config, args, "health")
    if told is None:
        return EXIT_DOWN
    if args.json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(
            "\n".join([word("health", told["health"], args.lang), *reason_lines(told["reasons"], args.lang)]) + "\n"
        )
    return _CODES.get(told["health"], EXIT_DOWN)
