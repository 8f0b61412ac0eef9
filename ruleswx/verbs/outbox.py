"""`ruleswx outbox [CONFIG] [retry ID | drop ID]`: what waits, what is on its way, what failed, what nobody knows.

Listing reads the state beside a running bot. `retry` and `drop` ask the running bot, which has the queue in its
hands; without one they change the state themselves. Exit 1 when there is no such entry to retry or drop.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import fields
from typing import Any

from ruleswx.config import Config
from ruleswx.control import SOCKET, ask
from ruleswx.diagnostics import Lang
from ruleswx.model import CallHttp, Chat, Effect, Person, RunCommand
from ruleswx.store import OutboxRow, OutboxState, Reader, open_reader, open_store
from ruleswx.verbs.state import clock, shown, with_config, with_state
from ruleswx.wording import error_words, reason_words, word

__all__ = ["SHOWN", "as_json", "list_rows", "run"]

EXIT_NOTHING = 1
SHOWN: tuple[OutboxState, ...] = ("queued", "sending", "unknown", "failed")
_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "queued": "等待发送",
        "sending": "正在发送",
        "unknown": "不知道发没发出去",
        "failed": "没发成",
        "nothing": "没有要发的，也没有失败的。\n",
        "hint": "再发一次：ruleswx outbox {config} retry 编号    不要了：ruleswx outbox {config} drop 编号\n",
        "retried": "{id} 会再发一次\n",
        "dropped": "{id} 不发了\n",
        "no_retry": "{id} 不能再发：没有这一条，还在队列里，已经发出去了，或者是规则的 http、run（不会重做）\n",
        "no_drop": "{id} 不能丢掉：没有这一条，或者正在发送，或者已经发出去了\n",
        "busy": "正在运行的机器人没有回应：{why}\n",
    },
    "en": {
        "queued": "queued",
        "sending": "sending",
        "unknown": "outcome unknown",
        "failed": "failed",
        "nothing": "nothing waits and nothing failed.\n",
        "hint": "send once more: ruleswx outbox {config} retry ID    give up: ruleswx outbox {config} drop ID\n",
        "retried": "{id} will be sent once more\n",
        "dropped": "{id} is dropped\n",
        "no_retry": "{id} cannot be sent again: there is none, or it is queued still, or it was sent, or it is a rule's"
        " http or run step\n",
        "no_drop": "{id} cannot be dropped: there is none, or it is on its way, or it was sent\n",
        "busy": "the running bot does not answer: {why}\n",
    },
}


def list_rows(rows: tuple[OutboxRow, ...], config: Config, lang: Lang) -> str:
    """One line an entry, by state, the oldest first."""
    words = _WORDS[lang]
    if not rows:
        return words["nothing"]
    lines = []
    for state in SHOWN:
        group = [row for row in rows if row.state == state]
        lines += [f"{words[state]}:", *(f"  {_line(row, config, lang)}" for row in group)] if group else []
    hint = words["hint"] if any(row.state in {"unknown", "failed"} for row in rows) else ""
    return "\n".join(lines) + "\n" + hint.format(config=config.path)


def _line(row: OutboxRow, config: Config, lang: Lang) -> str:
    parts = [
        f"{row.id:>5}",
        clock(row.created, config.zone),
        f"→ {shown(_whom(row.effect, lang))}",
        shown(_what(row.effect, lang)),
    ]
    if row.rule:
        parts.append(f"[{shown(row.rule)}]")
    if row.reason or row.ret:
        parts.append(f"({shown(reason_words(row.reason, lang, row.ret))})")
    return "  ".join(part for part in parts if part)


def _whom(effect: Effect, lang: Lang | None = None) -> str:
    if isinstance(effect, CallHttp | RunCommand):
        return "http" if isinstance(effect, CallHttp) else "run"
    target: Any = getattr(effect, "to", None) or getattr(effect, "person", None)
    return target.name if isinstance(target, Chat | Person) else _name(effect, lang)


def _what(effect: Effect, lang: Lang | None = None) -> str:
    if isinstance(effect, CallHttp):
        return f"{effect.method} {effect.url.replace(effect.mark, '*') if effect.mark else effect.url}"
    for name in ("text", "path", "url", "command"):
        if value := getattr(effect, name, ""):
            return " ".join(value) if isinstance(value, tuple) else str(value)
    return _name(effect, lang)


def _name(effect: Effect, lang: Lang | None) -> str:
    """The effect's own name for machines, words for people."""
    if lang is None:
        return type(effect).__name__
    return f"[{word('effect', type(effect).__name__, lang)}]"


def as_json(rows: tuple[OutboxRow, ...]) -> str:
    """The one object of `--json`: every entry with the fields of the store; `to` and `text` in words."""
    left_out = {"effect", "chat"}
    entries = [
        {
            **{f.name: getattr(row, f.name) for f in fields(row) if f.name not in left_out},
            "effect": type(row.effect).__name__,
            "to": _whom(row.effect),
            "text": _what(row.effect),
        }
        for row in rows
    ]
    return json.dumps({"outbox": entries}, ensure_ascii=False) + "\n"


def run(args: argparse.Namespace) -> int:
    """List the open ends, or change one entry."""
    if args.action:
        return with_config(args.config, args.lang, lambda config: _change(config, args))
    return with_state(args.config, args.lang, lambda config, reader: _list(config, reader, args))


def _list(config: Config, reader: Reader, args: argparse.Namespace) -> int:
    rows = reader.outbox(SHOWN)
    sys.stdout.write(as_json(rows) if args.json else list_rows(rows, config, args.lang))
    return 0


def _change(config: Config, args: argparse.Namespace) -> int:
    words = _WORDS[args.lang]
    try:
        done = _ask(config, args.action, args.id)
    except OSError as error:
        sys.stderr.write(words["busy"].format(why=error_words(error, args.lang)))
        return EXIT_NOTHING
    if done is None:
        done = _do(config, args.action, args.id)
    if args.json:
        sys.stdout.write(json.dumps({"id": args.id, "action": args.action, "done": done}) + "\n")
    else:
        key = {"retry": "retried", "drop": "dropped"}[args.action] if done else f"no_{args.action}"
        (sys.stdout if done else sys.stderr).write(words[key].format(id=args.id))
    return 0 if done else EXIT_NOTHING


def _ask(config: Config, action: str, row_id: int) -> bool | None:
    """Let the running bot do it; None when none is running. Raises OSError when it does not answer."""
    answer = ask(config.state / SOCKET, {"ask": "outbox", "action": action, "id": row_id})
    if answer is None:
        return None
    if "error" in answer:
        raise OSError(str(answer["error"]))
    return bool(answer.get("done"))


def _do(config: Config, action: str, row_id: int) -> bool:
    with open_reader(config.state):
        pass  # a state that is not there has no entry to change, and looking makes none
    with open_store(config.state) as store:
        if action == "retry":
            row = store.outbox_row(row_id)
            return row is not None and not row.errand and store.retry(row_id) is not None
        return store.drop(row_id, time.time())  # noqa: TID251 - a verb is where the clock is read
