"""`ruleswx explain [CONFIG] 'text'`: how every rule judges a message, with the closest miss; `explain E112`: a page.

Nothing is logged in, sent or remembered. Names nobody knows are taken as given.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import datetime
from random import Random

from ruleswx.catalogue import codes, page
from ruleswx.config import Config
from ruleswx.diagnostics import Lang
from ruleswx.errors import StoreError
from ruleswx.model import Message
from ruleswx.protocol.saved import load_session
from ruleswx.rules.compile import RuleSet, broad_targets
from ruleswx.rules.engine import judge_all
from ruleswx.rules.schema import EVENTS, KINDS
from ruleswx.rules.testing import World
from ruleswx.rules.trace import Trace
from ruleswx.rules.trace import render as tell
from ruleswx.store import open_reader
from ruleswx.verbs.loading import with_rules

__all__ = ["describe", "judge", "run", "stored_name"]

EXIT_USAGE = 2
_CODE = re.compile(r"[EW]\d+", re.IGNORECASE)
_WORDS = {
    "zh": {
        "code": "没有 {code} 这个编号。\n",
        "at": "--at 要写成 '2026-03-02 10:00'，不是 {value}\n",
        "kind": "--type 没有 {value} 这种。可以写：{known}\n",
        "event": "--event 没有 {value} 这种。可以写：{known}\n",
        "somebody": "某人",
        "me": "小助手",
    },
    "en": {
        "code": "there is no code {code}.\n",
        "at": "--at wants '2026-03-02 10:00', not {value}\n",
        "kind": "--type knows no {value}. Known: {known}\n",
        "event": "--event knows no {value}. Known: {known}\n",
        "somebody": "somebody",
        "me": "小助手",
    },
}


def run(args: argparse.Namespace) -> int:
    """Print the page of a code, or the story of a message. 2 for a bad flag, 3 for a configuration or rules that do
    not load."""
    if _CODE.fullmatch(args.text):
        return _page(args.text.upper(), args.lang)
    if (wrong := _wrong(args)) is not None:
        sys.stderr.write(wrong)
        return EXIT_USAGE

    def use(config: Config, ruleset: RuleSet) -> int:
        trace = judge(ruleset, config, args)
        told = json.dumps(trace.to_json(args.lang), ensure_ascii=False) if args.json else tell(trace, args.lang)
        sys.stdout.write(told + "\n")
        return 0

    return with_rules(args.config, args.lang, use)


def _page(code: str, lang: Lang) -> int:
    text = page(code, lang)
    if text is None:
        sys.stderr.write(_WORDS[lang]["code"].format(code=code) + f"  {' '.join(codes())}\n")
        return EXIT_USAGE
    sys.stdout.write(text)
    return 0


def _wrong(args: argparse.Namespace) -> str | None:
    """What is wrong with the flags, if anything."""
    words = _WORDS[args.lang]
    if args.at is not None and _moment(args.at) is None:
        return words["at"].format(value=args.at)
    if args.type is not None and args.type not in KINDS:
        return words["kind"].format(value=args.type, known=", ".join(KINDS))
    if args.event is not None and args.event not in EVENTS:
        return words["event"].format(value=args.event, known=", ".join(EVENTS))
    return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is None and 1970 <= moment.year < 9000 else None


def judge(ruleset: RuleSet, config: Config, args: argparse.Namespace) -> Trace:
    """The story of the message the flags describe."""
    at = _moment(args.at) if args.at else None
    now = at.replace(tzinfo=config.zone) if at else datetime.now(config.zone)  # noqa: TID251 - a verb may
    sender = args.sender or _WORDS[args.lang]["somebody"]
    world = World(
        me=args.me or stored_name(config) or _WORDS[args.lang]["me"],
        people={sender: "friend"},
        remarks={sender: sender},
        admin_names=frozenset(config.admins),
        trusting=True,
        patterns=broad_targets(ruleset),
    )
    message = describe(
        world, sender, args.text, now, group=args.chat or "", kind=args.type or "", event=args.event or ""
    )
    return judge_all(ruleset, message, world, now, Random(0))  # noqa: S311


def describe(
    world: World, sender: str, text: str, now: datetime, *, group: str = "", kind: str = "", event: str = ""
) -> Message:
    """A message of this kind (default: what the event comes as, else text); for a kind without text it is the title."""
    return world.message(sender, text, now, group=group, kind=kind, event=event)


def stored_name(config: Config) -> str:
    """What the account is called, if it ever logged in with this state."""
    try:
        with open_reader(config.state) as reader:
            blob = reader.load_session()
        return load_session(blob).nick_name if blob else ""
    except (StoreError, ValueError):
        return ""
