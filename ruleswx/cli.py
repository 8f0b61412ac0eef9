"""The command line: words in, one verb called, an exit code out.

It knows the verbs and their flags and nothing of what they do. Only argparse is imported here, so that `--help`
answers at once; each verb imports its own world when it is called.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import keyword
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from ruleswx import __version__

__all__ = ["main"]

EXIT_USAGE = 2
DEFAULT_CONFIG = "config.yaml"


class _Parser(argparse.ArgumentParser):
    """argparse, with "did you mean" for a mistyped verb or flag."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"ruleswx: {message}{_suggestion(message)}\n{self.format_usage()}")


def _suggestion(message: str) -> str:
    if "choose from" in message:
        wrong = message.split("'")[1]
        near = difflib.get_close_matches(wrong, VERBS, n=1)
    elif message.startswith("unrecognized arguments:"):
        wrong = message.split()[2].partition("=")[0]
        near = difflib.get_close_matches(wrong, _FLAGS, n=1)
    else:
        return ""
    return f"\n  did you mean {near[0]}?" if near else ""


def _common(parser: argparse.ArgumentParser, *, config: bool = True, json: bool = True) -> None:
    if config:
        parser.add_argument("config", nargs="?", default=DEFAULT_CONFIG, metavar="CONFIG")
    if json:
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--lang", choices=("zh", "en"), default=_locale_lang(), help="default: from the locale")


def _serve(p: argparse.ArgumentParser) -> None:
    _common(p, json=False)
    p.add_argument("--dry", action="store_true", help="send nothing outward, and say so at every line")
    p.add_argument("--last-good", action="store_true", help="with broken rules, start from the last set that loaded")


def _check(p: argparse.ArgumentParser) -> None:
    _common(p)
    p.add_argument("--strict", action="store_true", help="warnings count as errors")


def _test(p: argparse.ArgumentParser) -> None:
    _common(p)
    p.add_argument(
        "--coverage", type=_percent, metavar="PERCENT", help="what no test reached; =80: fail below 80 %% of the rules"
    )
    p.add_argument("--all", action="store_true", help="list everything that was not reached")


def _percent(text: str) -> int:
    if not text.isdecimal() or int(text) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no percentage; write --coverage or --coverage=80")
    return int(text)


def _explain(p: argparse.ArgumentParser) -> None:
    p.add_argument("words", nargs="+", metavar="[CONFIG] TEXT", help="the last one is the text, or a code as E112")
    _common(p, config=False)
    p.add_argument("--in", dest="chat", metavar="GROUP", help="said in this group (default: in private)")
    p.add_argument("--as", dest="sender", metavar="NAME", help="said by this person")
    p.add_argument("--me", metavar="NAME", help="what the bot is called (default: the stored account)")
    p.add_argument("--at", metavar="'DATE HH:MM'", help="said at this time (default: now)")
    p.add_argument("--type", metavar="KIND", help="a MsgType instead of text")
    p.add_argument("--event", metavar="KIND", help="a system event such as member_join")


def _try(p: argparse.ArgumentParser) -> None:
    _common(p, json=False)
    p.add_argument("--in", dest="chat", metavar="GROUP", help="begin in this group (default: in private)")
    p.add_argument("--as", dest="sender", metavar="NAME", help="begin as this person")
    p.add_argument("--me", metavar="NAME", help="what the bot is called (default: the stored account)")
    p.add_argument("--at", metavar="'DATE HH:MM'", help="begin at this time (default: now)")


def _replay(p: argparse.ArgumentParser) -> None:
    _common(p)
    p.add_argument("--since", default="7d", metavar="LENGTH", help="how far back, as 24h or 7d (default: 7d)")
    p.add_argument("--diff", metavar="OLD_RULES", help="also through these rules: a file, a folder or a pattern")


def _list(p: argparse.ArgumentParser) -> None:
    _common(p)
    p.add_argument("--at", metavar="'DATE HH:MM'", help="when schedules are due after this time (default: now)")


def _why(p: argparse.ArgumentParser) -> None:
    p.add_argument("words", nargs="*", metavar="[CONFIG] [last|MSGID]", help="default: the last message")
    _common(p, config=False)
    p.add_argument("--in", dest="chat", metavar="CHAT", help="the last message of this chat")


def _outbox(p: argparse.ArgumentParser) -> None:
    p.add_argument("words", nargs="*", metavar="[CONFIG] [retry ID | drop ID]", help="default: list what is not sent")
    _common(p, config=False)


def _send(p: argparse.ArgumentParser) -> None:
    p.add_argument("words", nargs="*", metavar="[CONFIG] TEXT", help="the last one is the text; --file needs none")
    _common(p, config=False)
    p.add_argument("--to", required=True, metavar="NAME", help="a friend or a group, as `ruleswx chats` lists them")
    p.add_argument("--file", metavar="PATH", help="a file of the `files` folder; pictures go as pictures")


def _schema(p: argparse.ArgumentParser) -> None:
    p.add_argument("--config", dest="for_config", action="store_true", help="of the configuration, not of rule files")
    _common(p, config=False, json=False)


def _sandbox(p: argparse.ArgumentParser) -> None:
    _common(p, config=False, json=False)
    p.add_argument("--port", type=int, default=0, metavar="N", help="default: a free port")
    p.add_argument("--auto", action="store_true", help="scan and confirm by itself")
    p.add_argument("--world", metavar="FILE", help="people and groups, as JSON")
    p.add_argument("--gateway", metavar="DIR", help="also a loopback proxy that leads unmodified clients here")


def _init(p: argparse.ArgumentParser) -> None:
    p.add_argument("dir", metavar="DIR", help="where the starter files go")
    _common(p, config=False, json=False)


def _logout(p: argparse.ArgumentParser) -> None:
    _common(p, json=False)
    p.add_argument("--forget", action="store_true", help="also forget the account's keys, so that only a scan returns")


VERBS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "serve": ("log in, sync, run the rules, reload them, send", _serve),
    "check": ("load configuration, rules, templates and lists; print every finding", _check),
    "test": ("run the examples, the `tests:` blocks and every *.test.yaml", _test),
    "explain": ("how every rule judges a message, or the page of a code", _explain),
    "why": ("why a message that really came was answered, or not", _why),
    "try": ("chat with the rules in the terminal, offline", _try),
    "replay": ("stored messages through today's rules: what they would do", _replay),
    "list": ("every rule in effective order, and when schedules are due next", _list),
    "status": ("what the running bot is doing", _common),
    "health": ("exit 0 healthy, 1 degraded, 2 down, under a second", _common),
    "chats": ("everybody rules could name, and which names two chats share", _common),
    "doctor": ("what would keep this bot from working well, and how to mend it", _common),
    "outbox": ("what is queued, sending, unknown or refused; retry or drop one", _outbox),
    "send": ("one message through the running bot", _send),
    "sandbox": ("the simulated WeChat alone, for any web WeChat client", _sandbox),
    "schema": ("JSON Schema of rule files, for editors", _schema),
    "init": ("starter configuration, rules, templates", _init),
    "logout": ("give the session up", _logout),
}
_FLAGS = ("--json", "--lang", "--dry", "--last-good", "--strict", "--coverage", "--all", "--in", "--as",
          "--me", "--at", "--type", "--event", "--since", "--diff", "--config", "--port", "--auto", "--world",
          "--gateway", "--to", "--file", "--forget", "--version", "--help")  # fmt: skip


_ALONE = {"--coverage": "--coverage=0"}
"""Flags whose value may be left out take one only after `=`: the next word is the configuration."""


def _locale_lang() -> str:
    """Chinese for a zh locale, English otherwise (POSIX order: LC_ALL, LC_MESSAGES, LANG)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    """The words of one command; flags may stand anywhere among a verb's other words."""
    parser = _Parser(prog="ruleswx", description="A bot for personal WeChat, programmed by editing YAML files.")
    parser.add_argument("--version", action="version", version=f"ruleswx {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=_Parser)
    parsers = {}
    for name, (summary, fill) in VERBS.items():
        parsers[name] = verbs.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        fill(parsers[name])
    if not argv or argv[0] not in parsers:
        return parser.parse_args(argv)
    words = [_ALONE.get(word, word) for word in argv[1:]] if argv[0] == "test" else argv[1:]
    return parsers[argv[0]].parse_intermixed_args(words, argparse.Namespace(verb=argv[0]))


def _explain_words(args: argparse.Namespace) -> str:
    *config, args.text = args.words
    args.config = config[0] if config else DEFAULT_CONFIG
    return "explain takes [CONFIG] TEXT; quote a text that has blanks" if len(config) > 1 else ""


def _why_words(args: argparse.Namespace) -> str:
    """A word is the message when it is `last` or a number, else the configuration."""
    what = [w for w in args.words if w == "last" or w.isdigit()]
    config = [w for w in args.words if w not in what]
    args.what = what[0] if what else "last"
    args.config = config[0] if config else DEFAULT_CONFIG
    return "why takes [CONFIG] [last|MSGID]" if len(what) > 1 or len(config) > 1 else ""


def _outbox_words(args: argparse.Namespace) -> str:
    words = list(args.words)
    args.action = args.id = None
    if len(words) > 1 and words[-2] in {"retry", "drop"}:
        args.action, number = words[-2:]
        del words[-2:]
        if not number.isdigit():
            return f"{number} is no ID; `ruleswx outbox` lists them"
        args.id = int(number)
    args.config = words[0] if words else DEFAULT_CONFIG
    return "outbox takes [CONFIG] [retry ID | drop ID]" if len(words) > 1 or args.config in {"retry", "drop"} else ""


def _send_words(args: argparse.Namespace) -> str:
    """With a file one word is the configuration, without one it is the text."""
    words = list(args.words)
    args.text = words.pop() if words and (args.file is None or len(words) > 1) else ""
    args.config = words[0] if words else DEFAULT_CONFIG
    if not args.text and args.file is None:
        return "send takes [CONFIG] TEXT, or --file PATH"
    return "send takes [CONFIG] TEXT; quote a text that has blanks" if len(words) > 1 else ""


_WORDS = {"send": _send_words, "explain": _explain_words, "why": _why_words, "outbox": _outbox_words}
"""Verbs whose CONFIG may be left out although other words follow: each sorts its words and returns what is wrong."""


def module_of(verb: str) -> str:
    """The module that does what a verb says."""
    return f"ruleswx.verbs.{verb}" + "_" * keyword.iskeyword(verb)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code (0 fine, 2 bad command line, others as the manual lists them)."""
    args = _parse(sys.argv[1:] if argv is None else argv)
    if (words := _WORDS.get(args.verb)) and (slip := words(args)):
        sys.stderr.write(f"ruleswx: {slip}\n")
        return EXIT_USAGE
    verb = importlib.import_module(module_of(args.verb))
    code: int = verb.run(args)
    return code
