"""`ruleswx chats [CONFIG]`: everybody rules could name, as the account sees them, and which names are not enough.

It reads the stored address book, also while the bot runs. Chats met in an earlier login and not in this one are listed
last: nothing can be sent to them until they are met again.
"""

from __future__ import annotations

import argparse
import json
import sys

from ruleswx.config import Config
from ruleswx.diagnostics import Lang
from ruleswx.store import Reader
from ruleswx.verbs.roster import Known, Roster, read_roster
from ruleswx.verbs.state import shown, with_state

__all__ = ["as_json", "as_text", "run"]

_WORDS = {
    "zh": {
        "head": "账号：{name}\n",
        "nobody": "还没有登录过，通讯录是空的。\n",
        "person": "好友（{count}）",
        "group": "群（{count}）",
        "official": "公众号（{count}）",
        "unsaved": "没有保存到通讯录",
        "shared": "重名：{names}",
        "unnamed": "（没有名字的群）",
        "names": "这些名字不止一个聊天在用，发送时不能用（给其中一个设备注）：",
        "unbound": "以前登录时见过、这次还没见到（{count}）",
    },
    "en": {
        "head": "account: {name}\n",
        "nobody": "there was no login yet; the address book is empty.\n",
        "person": "friends ({count})",
        "group": "groups ({count})",
        "official": "official accounts ({count})",
        "unsaved": "not saved to the contacts",
        "shared": "shared: {names}",
        "unnamed": "(a group without a name)",
        "names": "several chats go by these names; nothing can be sent to them (give one of them a 备注):",
        "unbound": "known from an earlier login, not met in this one ({count})",
    },
}
_ONE = {
    "zh": {"person": "好友", "group": "群", "official": "公众号"},
    "en": {"person": "friend", "group": "group", "official": "official account"},
}


def as_text(roster: Roster, lang: Lang) -> str:
    """The lists for people."""
    words = _WORDS[lang]
    if not roster.chats and not roster.account:
        return words["nobody"]
    parts = [words["head"].format(name=shown(roster.account))]
    for kind in ("person", "group", "official"):
        chats = [chat for chat in roster.chats if chat.kind == kind and chat.bound]
        if chats:
            parts.append(_block(words[kind].format(count=len(chats)), [_line(chat, lang) for chat in chats]))
    if doubles := roster.shared():
        parts.append(_block(words["names"], [f"{shown(name)}: {_who(chats, lang)}" for name, chats in doubles]))
    if lost := [chat for chat in roster.chats if not chat.bound]:
        parts.append(_block(words["unbound"].format(count=len(lost)), [_line(chat, lang) for chat in lost]))
    return "\n".join(parts)


def _block(head: str, lines: list[str]) -> str:
    return head + "\n" + "".join(f"  {line}\n" for line in lines)


def _line(chat: Known, lang: Lang) -> str:
    words = _WORDS[lang]
    others = f" ({', '.join(map(shown, chat.names[1:]))})" if chat.names[1:] else ""
    notes = [words["unsaved"]] if chat.kind == "group" and chat.bound and not chat.saved else []
    notes += [words["shared"].format(names=", ".join(map(shown, chat.shared)))] if chat.shared else []
    return (shown(chat.name) or words["unnamed"]) + others + "".join(f"  [{note}]" for note in notes)


def _who(chats: tuple[Known, ...], lang: Lang) -> str:
    kinds = _ONE[lang]
    return "; ".join(f"{kinds[chat.kind]} {' / '.join(map(shown, chat.names))}" for chat in chats)


def as_json(roster: Roster) -> str:
    """The one object of `--json`."""
    chats = [
        {
            "key": chat.key,
            "kind": chat.kind,
            "names": list(chat.names),
            "shared": list(chat.shared),
            "bound": chat.bound,
            "saved": chat.saved,
        }
        for chat in roster.chats
    ]
    return json.dumps({"account": roster.account, "chats": chats}, ensure_ascii=False) + "\n"


def run(args: argparse.Namespace) -> int:
    """Print the chats."""

    def use(_config: Config, reader: Reader) -> int:
        roster = read_roster(reader)
        sys.stdout.write(as_json(roster) if args.json else as_text(roster, args.lang))
        return 0

    return with_state(args.config, args.lang, use)
