"""A folder with a configuration and one rule file, and what a verb prints about it."""

import argparse
import importlib
from pathlib import Path
from textwrap import dedent
from typing import Any

from ruleswx import cli

CONFIG = "wechat: {endpoint: sandbox}\nrules: [rules/*.yaml]\nadmins: [老王]\n"


def write_rules(folder: Path, rules: str, config: str = CONFIG) -> str:
    """The path of the configuration; everything named as a user in that folder would."""
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "a.yaml").write_text(dedent(rules), "utf-8")
    (folder / "config.yaml").write_text(config, "utf-8")
    return "config.yaml"


def run_verb(verb: str, **args: Any) -> int:
    """Run one verb; flags that are not given are as on the command line."""
    code: int = importlib.import_module(cli.module_of(verb)).run(argparse.Namespace(**{"lang": "en", **args}))
    return code
