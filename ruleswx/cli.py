"""The command line: words in, one verb called, an exit code out.

It knows the verbs and their flags and nothing of what they do. Only argparse is imported here, so that `--help`
answers at once; each verb imports its own world when it is called.
"""

from __future__ import annotations

import argparse
import importlib
import io
import keyword
import os
import sys
from collections.abc import Callable, Sequence

from ruleswx import __version__
from ruleswx.usage import EXIT_USAGE, Parser

__all__ = ["main"]

EXIT_PIPE = 141
_LAST_PORT = 65535
DEFAULT_CONFIG = "config.yaml"
Slip = tuple[str, str]
"""What is wrong with the words of a command, in English and Chinese."""


class _Asked(argparse.Action):
    """`--lang`, remembered as asked for: a locale is not reason enough to make a bot speak English for good."""

    def __call__(self, _parser: object, namespace: argparse.Namespace, values: object, _option: object = None) -> None:
        """Keep the value, and that it was given."""
        namespace.lang, namespace.lang_asked = values, True


def _common(p: Parser, *, config: bool = True, json: bool = True) -> None:
    if config:
        words = p.say("the configuration (default: config.yaml)", "配置文件（默认 config.yaml）")
        p.add_argument("config", nargs="?", default=DEFAULT_CONFIG, metavar="CONFIG", help=words)
    if json:
        words = p.say("one JSON object on standard output", "在标准输出上写一个 JSON")
        p.add_argument("--json", action="store_true", help=words)
    words = p.say("language (default: from the locale)", "语言（默认看系统）")
    p.add_argument("--lang", choices=("zh", "en"), action=_Asked, default=_locale_lang(), help=words)


def _serve(p: Parser) -> None:
    _common(p, json=False)
    p.add_argument(
        "--dry",
        action="store_true",
        help=p.say("send nothing outward, and say so at every line", "什么都不往外发，每行都注明"),
    )
    p.add_argument(
        "--last-good",
        action="store_true",
        help=p.say("with broken rules, start from the last set that loaded", "规则有错时，用上一份好的启动"),
    )


def _check(p: Parser) -> None:
    _common(p)
    p.add_argument("--strict", action="store_true", help=p.say("warnings count as errors", "警告也算错误"))


def _test(p: Parser) -> None:
    _common(p)
    p.add_argument(
        "--coverage",
        type=_percent,
        metavar="PERCENT",
        help=p.say("what no test reached; =80: fail below 80 %% of the rules", "列出没测到的；=80：不到 80 %% 算失败"),
    )
    p.add_argument(
        "--all", action="store_true", help=p.say("list everything that was not reached", "没测到的全部列出来")
    )


def _percent(text: str) -> int:
    if not text.isdecimal() or int(text) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no percentage; write --coverage or --coverage=80")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port; 0 to {_LAST_PORT}")
    return int(text)


def _me(p: Parser) -> None:
    words = p.say("what the bot is called (default: the stored account)", "机器人叫什么（默认存下的账号）")
    p.add_argument("--me", metavar="NAME", help=words)


def _explain(p: Parser) -> None:
    p.add_argument(
        "words",
        nargs="+",
        metavar="[CONFIG] TEXT",
        help=p.say("the last one is the text, or a code as E112", "最后写要说的话，或代码如 E112"),
    )
    _common(p, config=False)
    p.add_argument(
        "--in",
        dest="chat",
        metavar="GROUP",
        help=p.say("said in this group (default: in private)", "在这个群里说（默认私聊）"),
    )
    p.add_argument("--as", dest="sender", metavar="NAME", help=p.say("said by this person", "说话的人"))
    _me(p)
    p.add_argument(
        "--at", metavar="'DATE HH:MM'", help=p.say("said at this time (default: now)", "什么时候说的（默认现在）")
    )
    p.add_argument("--type", metavar="KIND", help=p.say("a MsgType instead of text", "不是文字，是这种 MsgType"))
    p.add_argument(
        "--event", metavar="KIND", help=p.say("a system event such as member_join", "系统事件，如 member_join")
    )


def _try(p: Parser) -> None:
    _common(p, json=False)
    p.add_argument(
        "--in",
        dest="chat",
        metavar="GROUP",
        help=p.say("begin in this group (default: in private)", "从这个群开始（默认私聊）"),
    )
    p.add_argument("--as", dest="sender", metavar="NAME", help=p.say("begin as this person", "从这个人开始"))
    _me(p)
    p.add_argument(
        "--at", metavar="'DATE HH:MM'", help=p.say("begin at this time (default: now)", "从这个时刻开始（默认现在）")
    )


def _replay(p: Parser) -> None:
    _common(p)
    p.add_argument(
        "--since",
        default="7d",
        metavar="LENGTH",
        help=p.say("how far back, as 24h or 7d (default: 7d)", "往回多久，如 24h、7d（默认 7d）"),
    )
    p.add_argument(
        "--diff",
        metavar="OLD_RULES",
        help=p.say("also through these rules: a file, a folder or a pattern", "和这些规则比：文件、文件夹或通配"),
    )


def _list(p: Parser) -> None:
    _common(p)
    p.add_argument(
        "--at",
        metavar="'DATE HH:MM'",
        help=p.say("when schedules are due after this time (default: now)", "从这个时刻起算定时（默认现在）"),
    )


def _why(p: Parser) -> None:
    p.add_argument(
        "words", nargs="*", metavar="[CONFIG] [last|MSGID]", help=p.say("default: the last message", "默认最后一条消息")
    )
    _common(p, config=False)
    p.add_argument(
        "--in", dest="chat", metavar="CHAT", help=p.say("the last message of this chat", "这个聊天的最后一条")
    )


def _outbox(p: Parser) -> None:
    p.add_argument(
        "words",
        nargs="*",
        metavar="[CONFIG] [retry ID | drop ID]",
        help=p.say("default: list what is not sent", "默认列出没发出去的"),
    )
    _common(p, config=False)


def _send(p: Parser) -> None:
    words = p.say("the last one is the text; --file needs none", "最后写要发的话；有 --file 就不用")
    p.add_argument("words", nargs="*", metavar="[CONFIG] TEXT", help=words)
    _common(p, config=False)
    words = p.say("a friend or a group, as `ruleswx chats` lists them", "发给谁：好友或群，看 ruleswx chats")
    p.add_argument("--to", required=True, metavar="NAME", help=words)
    words = p.say("a file of the `files` folder; pictures go as pictures", "files 里的文件；图片就当图片发")
    p.add_argument("--file", metavar="PATH", help=words)


def _schema(p: Parser) -> None:
    p.add_argument(
        "--config",
        dest="for_config",
        action="store_true",
        help=p.say("of the configuration, not of rule files", "要配置的，不要规则文件的"),
    )
    _common(p, config=False, json=False)


def _sandbox(p: Parser) -> None:
    _common(p, config=False, json=False)
    p.add_argument(
        "--port", type=_port, default=0, metavar="N", help=p.say("default: a free port", "默认找一个空的端口")
    )
    p.add_argument("--auto", action="store_true", help=p.say("scan and confirm by itself", "自己扫码、自己确认"))
    p.add_argument("--world", metavar="FILE", help=p.say("people and groups, as JSON", "有哪些人和群（JSON 文件）"))
    p.add_argument(
        "--gateway",
        metavar="DIR",
        help=p.say("also a loopback proxy that leads unmodified clients here", "另开代理，把别的客户端引来"),
    )


def _init(p: Parser) -> None:
    p.add_argument("dir", metavar="DIR", help=p.say("where the starter files go", "放在哪个文件夹"))
    _common(p, config=False, json=False)


def _logout(p: Parser) -> None:
    _common(p, json=False)
    p.add_argument(
        "--forget",
        action="store_true",
        help=p.say("also forget the account's keys, so that only a scan returns", "连账号的钥匙也忘掉，只能再扫码"),
    )


VERBS: dict[str, tuple[str, str, Callable[[Parser], None]]] = {
    "serve": ("log in, sync, run the rules, reload them, send", "登录、收消息、按规则回答", _serve),
    "check": (
        "load configuration, rules, templates and lists; print every finding",
        "检查配置、规则、模板、词表，列出每个错",
        _check,
    ),
    "test": ("run the examples, the `tests:` blocks and every *.test.yaml", "跑例句、tests: 和每个 *.test.yaml", _test),
    "explain": (
        "how every rule judges a message, or the page of a code",
        "每条规则怎么判一句话；或代码的说明",
        _explain,
    ),
    "why": ("why a message that really came was answered, or not", "真来的消息为什么答了，或没答", _why),
    "try": ("chat with the rules in the terminal, offline", "在终端里和规则聊天，不用登录", _try),
    "replay": ("stored messages through today's rules: what they would do", "存下的消息按现在的规则再走一遍", _replay),
    "list": ("every rule in effective order, and when schedules are due next", "按先后列出规则，和定时的下几次", _list),
    "status": ("what the running bot is doing", "正在跑的机器人怎么样了", _common),
    "health": ("exit 0 healthy, 1 degraded, 2 down, under a second", "退出码：0 好，1 要人看看，2 没在跑", _common),
    "chats": ("everybody rules could name, and which names two chats share", "规则能写的每个名字，哪些重名", _common),
    "doctor": ("what would keep this bot from working well, and how to mend it", "有什么会妨碍它，怎么修", _common),
    "outbox": (
        "what is queued, sending, unknown or refused; retry or drop one",
        "等着发、没发成、说不准的；重发或丢掉",
        _outbox,
    ),
    "send": ("one message through the running bot", "让正在跑的机器人发一条", _send),
    "sandbox": (
        "the simulated WeChat alone, for any web WeChat client",
        "只开模拟微信，给任何网页微信客户端",
        _sandbox,
    ),
    "schema": ("JSON Schema of rule files, for editors", "规则文件的 JSON Schema，给编辑器用", _schema),
    "init": ("starter configuration, rules, templates", "生成一份能直接用的配置和规则", _init),
    "logout": ("give the session up", "退出登录", _logout),
}


def _percentages(words: Sequence[str]) -> list[str]:
    """`--coverage` may stand alone: the next word is the configuration, unless it is a number and no file."""
    found: list[str] = []
    for word in words:
        if found and found[-1] == "--coverage=0" and word.isdecimal() and not os.path.exists(word):  # noqa: PTH110 - as typed
            found[-1] = f"--coverage={word}"
        else:
            found.append("--coverage=0" if word == "--coverage" else word)
    return found


def _locale_lang() -> str:
    """Chinese for a zh locale, English otherwise (POSIX order: LC_ALL, LC_MESSAGES, LANG)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def _wanted_lang(argv: Sequence[str]) -> str:
    """The language to complain in: what --lang says, else the locale."""
    for before, word in zip(("", *argv), argv, strict=False):
        given = word if before == "--lang" else word.removeprefix("--lang=")
        if given in {"zh", "en"} and (before == "--lang" or word != given):
            return given
    return _locale_lang()


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    """The words of one command; flags may stand anywhere among a verb's other words."""
    speaking: type[Parser] = type("Parser", (Parser,), {"lang": _wanted_lang(argv), "verbs": tuple(VERBS)})
    parser = speaking(prog="ruleswx")
    parser.description = parser.say(
        "A bot for personal WeChat, programmed by editing YAML files.", "改 YAML 文件就能编程的个人微信机器人。"
    )
    words = parser.say("show the version and exit", "显示版本")
    parser.add_argument("--version", action="version", version=f"ruleswx {__version__}", help=words)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=speaking)
    parsers = {}
    for name, (en, zh, fill) in VERBS.items():
        summary = parser.say(en, zh)
        parsers[name] = verbs.add_parser(name, help=summary, description=summary)
        fill(parsers[name])
    if not argv or argv[0] not in parsers:
        return parser.parse_args(argv)
    given = _percentages(argv[1:]) if argv[0] == "test" else argv[1:]
    return parsers[argv[0]].parse_intermixed_args(given, argparse.Namespace(verb=argv[0]))


def _explain_words(args: argparse.Namespace) -> Slip | None:
    *config, args.text = args.words
    args.config = config[0] if config else DEFAULT_CONFIG
    return (
        (
            "explain takes [CONFIG] TEXT; quote a text that has blanks",
            "explain 后面写 [CONFIG] 和一句话；话里有空格要加引号",
        )
        if len(config) > 1
        else None
    )


def _why_words(args: argparse.Namespace) -> Slip | None:
    """A word is the message when it is `last` or a number, else the configuration."""
    what = [w for w in args.words if w == "last" or w.isdigit()]
    config = [w for w in args.words if w not in what]
    args.what = what[0] if what else "last"
    args.config = config[0] if config else DEFAULT_CONFIG
    wrong = len(what) > 1 or len(config) > 1
    return ("why takes [CONFIG] [last|MSGID]", "why 后面写 [CONFIG] 和 [last|消息编号]") if wrong else None


def _outbox_words(args: argparse.Namespace) -> Slip | None:
    words = list(args.words)
    args.action = args.id = None
    if len(words) > 1 and words[-2] in {"retry", "drop"}:
        args.action, number = words[-2:]
        del words[-2:]
        if not number.isdigit():
            return f"{number} is no ID; `ruleswx outbox` lists them", f"{number} 不是编号；ruleswx outbox 会列出来"
        args.id = int(number)
    args.config = words[0] if words else DEFAULT_CONFIG
    wrong = len(words) > 1 or args.config in {"retry", "drop"}
    return (
        ("outbox takes [CONFIG] [retry ID | drop ID]", "outbox 后面写 [CONFIG] 和 [retry 编号 | drop 编号]")
        if wrong
        else None
    )


def _send_words(args: argparse.Namespace) -> Slip | None:
    """With a file one word is the configuration, without one it is the text."""
    words = list(args.words)
    args.text = words.pop() if words and (args.file is None or len(words) > 1) else ""
    args.config = words[0] if words else DEFAULT_CONFIG
    if not args.text and args.file is None:
        return "send takes [CONFIG] TEXT, or --file PATH", "send 后面写 [CONFIG] 和一句话，或 --file 文件"
    wrong = (
        "send takes [CONFIG] TEXT; quote a text that has blanks",
        "send 后面写 [CONFIG] 和一句话；话里有空格要加引号",
    )
    return wrong if len(words) > 1 else None


_WORDS = {"send": _send_words, "explain": _explain_words, "why": _why_words, "outbox": _outbox_words}
"""Verbs whose CONFIG may be left out although other words follow: each sorts its words and returns what is wrong."""


def module_of(verb: str) -> str:
    """The module that does what a verb says."""
    return f"ruleswx.verbs.{verb}" + "_" * keyword.iskeyword(verb)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code (0 fine, 2 bad command line, others as the manual lists them)."""
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "errors", "") == "strict" and isinstance(stream, io.TextIOWrapper):
            # A stream that cannot write a character shows its number; no sentence is worth a traceback.
            stream.reconfigure(errors="backslashreplace")
    args = _parse(sys.argv[1:] if argv is None else argv)
    if (words := _WORDS.get(args.verb)) and (slip := words(args)):
        sys.stderr.write(f"ruleswx: {slip[args.lang == 'zh']}\n")
        return EXIT_USAGE
    verb = importlib.import_module(module_of(args.verb))
    try:
        code: int = verb.run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read it has seen enough, as with `| head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PIPE
    return code
