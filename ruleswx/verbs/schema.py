"""`ruleswx schema`: the JSON Schema of rule files, or with `--config` of the configuration, for editors."""

from __future__ import annotations

import argparse
import json
import sys

from ruleswx.config import config_schema
from ruleswx.rules.schema import rule_file_schema

__all__ = ["run"]


def run(args: argparse.Namespace) -> int:
    """Print the schema with hover texts in the chosen language."""
    schema = config_schema(args.lang) if args.for_config else rule_file_schema(args.lang)
    sys.stdout.write(json.dumps(schema, ensure_ascii=False, indent=1) + "\n")
    return 0
