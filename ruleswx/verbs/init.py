"""`ruleswx init DIR`: a folder one can serve from at once, with every file explained and the editor's schema beside it.

It copies the shipped example; it never overwrites anything.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from ruleswx.diagnostics import Lang
from ruleswx.rules.schema import rule_file_schema
from ruleswx.wording import error_words

__all__ = ["run", "starter_files"]

EXIT_UNUSABLE = 3
SCHEMA = "ruleswx.schema.json"
_WORDS = {
    "zh": {
        "exists": "这些文件已经有了，没有动任何东西：{names}\n  换一个空文件夹，或者先把它们移走。\n",
        "blocked": "写不进 {directory}：{why}\n",
        "done": "已生成 {directory}：\n{names}\n下一步：  ruleswx serve {config}\n",
    },
    "en": {
        "exists": "these files exist already, nothing was touched: {names}\n  use another folder or move them.\n",
        "blocked": "cannot write to {directory}: {why}\n",
        "done": "{directory} is ready:\n{names}\nnext:  ruleswx serve {config}\n",
    },
}


_STARTER = Path(__file__).parents[1] / "starter"
"""The shipped example inside the package: what lies at the top of a checkout is for playing and may be edited."""


def starter_files(lang: Lang = "zh") -> Iterator[tuple[Path, bytes]]:
    """Every starter file as (path relative to the new folder, bytes); rule files carry the schema modeline. The bot's
    own words are in `lang`."""
    root = _STARTER
    config = (root / "config.example.yaml").read_bytes()
    yield Path("config.yaml"), config.replace(b"\nlang: zh ", f"\nlang: {lang} ".encode())
    for folder in ("rules", "templates", "files"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix not in {".pyc", ""}:
                yield path.relative_to(root), _modeline(path.relative_to(root)) + path.read_bytes()
    yield Path(SCHEMA), json.dumps(rule_file_schema(), ensure_ascii=False, indent=1).encode() + b"\n"


def _modeline(path: Path) -> bytes:
    if path.suffix != ".yaml":
        return b""
    up = "../" * (len(path.parts) - 1)
    return f"# yaml-language-server: $schema={up}{SCHEMA}\n".encode()


def run(args: argparse.Namespace) -> int:
    """Write the starter files; 3 with one sentence when a file is in the way or the folder cannot be written."""
    words = _WORDS[args.lang]
    directory = Path(args.dir)
    files = list(starter_files(args.lang if getattr(args, "lang_asked", False) else "zh"))
    if there := [str(path) for path, _ in files if (directory / path).exists()]:
        sys.stderr.write(words["exists"].format(names=" ".join(there)))
        return EXIT_UNUSABLE
    try:
        for path, data in files:
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_bytes(data)
    except OSError as error:
        sys.stderr.write(words["blocked"].format(directory=directory, why=error_words(error, args.lang)))
        return EXIT_UNUSABLE
    names = "\n".join(f"  {path}" for path, _ in files)
    sys.stdout.write(words["done"].format(directory=directory, names=names, config=directory / "config.yaml"))
    return 0
