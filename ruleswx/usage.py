"""A command line in the reader's language: argparse's help and complaints in Chinese or English, with "did you mean".

It must not know which verbs there are. Only argparse is imported, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from typing import Any, NoReturn

__all__ = ["EXIT_USAGE", "Parser"]

EXIT_USAGE = 2
_HEADINGS = {
    "usage: ": "用法：",
    "positional arguments:": "要写的：",
    "options:": "选项：",
}
_ERRORS = (
    (r"the following arguments are required: (.*)", r"还要写：\1"),
    (r"unrecognized arguments: (.*)", r"不认识：\1"),
    (r"argument VERB: invalid choice: '(.*?)' \(choose from .*\)", r"没有 \1 这个命令"),
    (r"argument (\S+): invalid choice: '(.*?)' \(choose from (.*)\)", r"\1 不能是 \2，可以写：\3"),
    (r"argument --port: (\S+) is no port.*", r"--port 不能是 \1，要 0 到 65535"),
    (r"argument --coverage: '(.*)' is no .*", r"--coverage 不能是 \1，写 --coverage 或 --coverage=80"),
    (r"argument (\S+): expected one argument", r"\1 后面要跟一个值"),
    (r"argument (\S+): ignored explicit argument '(.*)'", r"\1 后面不要 =\2"),
    (r"argument (\S+): invalid \w+ value: '(.*)'", r"\1 不能是 \2"),
    (r"argument (\S+): (.*)", r"\1：\2"),
)
"""What argparse says, in Chinese."""


class Parser(argparse.ArgumentParser):
    """argparse in the reader's language, with "did you mean" for a mistyped verb or flag of this verb."""

    lang = "en"
    verbs: Sequence[str] = ()
    """What a mistyped verb may have meant."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.flags: list[str] = []
        super().__init__(*args, **{**more, "add_help": False, "allow_abbrev": False})
        self.add_argument("-h", "--help", action="help", help=self.say("show this and exit", "显示这些说明"))

    def say(self, en: str, zh: str) -> str:
        """The words for this reader."""
        return zh if self.lang == "zh" else en

    def add_argument(self, *names: Any, **more: Any) -> argparse.Action:
        """The same, remembering which flags there are."""
        self.flags += [name for name in names if str(name).startswith("--")]
        return super().add_argument(*names, **more)

    def format_help(self) -> str:
        """The help in the reader's language."""
        return self._translated(super().format_help())

    def _translated(self, text: str) -> str:
        if self.lang == "zh":
            for ours, theirs in _HEADINGS.items():
                text = re.sub(f"^{re.escape(ours)}", theirs, text, flags=re.MULTILINE)
        return text

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line and end with exit code 2."""
        said = message
        if self.lang == "zh":
            fitting = (re.sub(pattern, words, message) for pattern, words in _ERRORS if re.fullmatch(pattern, message))
            said = next(fitting, message).replace("'", "")
        self.exit(EXIT_USAGE, f"ruleswx: {said}{self._suggestion(message)}\n{self._translated(self.format_usage())}")

    def _suggestion(self, message: str) -> str:
        if message.startswith("argument VERB:"):
            near = difflib.get_close_matches(message.split("'")[1], self.verbs, n=1)
        elif message.startswith("unrecognized arguments:"):
            near = difflib.get_close_matches(message.split()[2].partition("=")[0], self.flags, n=1)
        else:
            return ""
        return self.say(f"\n  did you mean {near[0]}?", f"\n  是不是 {near[0]}？") if near else ""
