"""`ruleswx send [CONFIG] --to NAME TEXT` or `--file PATH`: one message through the running bot, at its pace.

The bot must be running: it has the session. Waits a moment for the end, so that the person who sends sees it; what the
pace holds back is left in the queue. Exit 1 when nothing could be queued, or it was not sent.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruleswx.config import Config
from ruleswx.control import SOCKET, ask
from ruleswx.store import OutboxRow, open_reader
from ruleswx.verbs.state import shown, with_config
from ruleswx.wording import error_words, reason_words

__all__ = ["run"]

EXIT_NOT_SENT = 1
_PATIENCE_SECONDS = 20.0
_LOOK_SECONDS = 0.1
_OPEN = frozenset({"queued", "sending"})
_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "absent": "机器人没有在运行：先 ruleswx serve {config}\n",
        "busy": "正在运行的机器人没有回应：{why}\n",
        "nobody": "没有叫 {to} 的好友或群，ruleswx chats {config} 能看到所有名字\n",
        "several": "叫 {to} 的有 {count} 个，不知道发给谁；给其中一个改备注\n",
        "too_long": "太长：{count} 个字，最多 40000\n",
        "file": "发不了这个文件：{why}\n",
        "outside": "只能发 {folder} 里的文件，{path} 不在里面\n",
        "dry": "机器人在演习（--dry），什么都不往外发\n",
        "sent": "已发给 {to}\n",
        "waiting": "已排队（编号 {ids}），轮到就发；ruleswx outbox {config} 可以看\n",
        "failed": "没发成：{why}\n",
    },
    "en": {
        "absent": "the bot is not running: ruleswx serve {config}\n",
        "busy": "the running bot does not answer: {why}\n",
        "nobody": "no friend or group is called {to}; ruleswx chats {config} lists the names\n",
        "several": "{count} are called {to}, so nobody knows which; give one of them a 备注\n",
        "too_long": "too long: {count} characters, 40000 at most\n",
        "file": "this file cannot be sent: {why}\n",
        "outside": "only files inside {folder} are sent, and {path} is not\n",
        "dry": "the bot is on a dry run (--dry) and sends nothing\n",
        "sent": "sent to {to}\n",
        "waiting": "queued ({ids}) and sent when its turn comes; see ruleswx outbox {config}\n",
        "failed": "not sent: {why}\n",
    },
}


def run(args: argparse.Namespace) -> int:
    """Hand it to the running bot and wait a moment for its end."""
    return with_config(args.config, args.lang, lambda config: _send(config, args))


def _send(config: Config, args: argparse.Namespace) -> int:
    path = "" if args.file is None else _inside(config.files, args.file)
    if path is None:
        return _refuse(args, "outside", folder=config.files, path=args.file)
    try:
        told = ask(config.state / SOCKET, {"ask": "send", "to": args.to, "text": args.text, "file": path})
        if told is not None and "error" in told:
            raise OSError(str(told["error"]))
    except OSError as error:
        return _refuse(args, "busy", why=error_words(error, args.lang))
    if told is None:
        return _refuse(args, "absent")
    if "refused" in told:
        values = {**told, "why": reason_words(str(told.get("why", "")), args.lang)}
        return _refuse(args, str(told["refused"]), **{key: values[key] for key in ("count", "why") if key in values})
    return _report(args, _end(config, told["queued"]))


def _inside(folder: Path, path: str) -> str | None:
    """The path as rules write it, whether it was typed from here or from the folder; None when it is elsewhere."""
    for whole in (Path(path).absolute(), (folder / path).absolute()):
        if whole.is_relative_to(folder.absolute()) and ".." not in whole.parts and whole.exists():
            return whole.relative_to(folder.absolute()).as_posix()
    return None


def _end(config: Config, ids: Sequence[int]) -> list[OutboxRow]:
    """The entries as they are once all have their end, or when patience is."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with open_reader(config.state) as reader:
            rows = [row for row_id in ids if (row := reader.outbox_row(row_id)) is not None]
        if all(row.state not in _OPEN for row in rows) or time.monotonic() > until:
            return rows
        time.sleep(_LOOK_SECONDS)  # noqa: TID251 - the same


def _report(args: argparse.Namespace, rows: list[OutboxRow]) -> int:
    words = _WORDS[args.lang]
    waiting = [row for row in rows if row.state in _OPEN]
    lost = next((row for row in rows if row.state not in {*_OPEN, "sent"}), None)
    if args.json:
        entries = [{"id": row.id, "state": row.state, "ret": row.ret, "reason": row.reason} for row in rows]
        sys.stdout.write(json.dumps({"to": args.to, "entries": entries}, ensure_ascii=False) + "\n")
    elif lost is not None:
        sys.stderr.write(words["failed"].format(why=shown(reason_words(lost.reason, args.lang, lost.ret))))
    elif waiting:
        ids = ", ".join(str(row.id) for row in waiting)
        sys.stdout.write(words["waiting"].format(ids=ids, config=args.config))
    else:
        sys.stdout.write(words["sent"].format(to=shown(args.to)))
    return EXIT_NOT_SENT if lost is not None else 0


def _refuse(args: argparse.Namespace, refused: str, /, **values: Any) -> int:
    """Nothing was queued; say why."""
    if args.json:
        sys.stdout.write(json.dumps({"to": args.to, "refused": refused}, ensure_ascii=False) + "\n")
    else:
        shown_values = {key: shown(str(value)) for key, value in values.items()}
        sys.stderr.write(_WORDS[args.lang][refused].format(config=args.config, to=shown(args.to), **shown_values))
    return EXIT_NOT_SENT
