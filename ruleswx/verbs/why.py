"""`ruleswx why [CONFIG] [last | MSGID] [--in CHAT]`: why a message that really came was answered, or was not.

It reads the stored trace, also while the bot runs. Exit 1 when no trace fits.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from ruleswx.config import Config
from ruleswx.diagnostics import Lang
from ruleswx.fold import fold_key
from ruleswx.rules.trace import Trace, render
from ruleswx.store import Reader, TraceRow
from ruleswx.verbs.state import clock, with_state
from ruleswx.wording import cut

__all__ = ["as_json", "find", "run", "tell"]

EXIT_NOTHING = 1
LAST = "last"
_LOOKED_AT = 10_000
_WORDS = {
    "zh": {
        "none": "没有存下这样的消息。保留多少由配置里的 keep 决定。\n",
        "head": "{time}  消息 {msg_id}",
        "timer": "{time}  定时",
        "later": "{time}  等过之后接着做",
    },
    "en": {
        "none": "no such message is stored. `keep` in the configuration says how many are.\n",
        "head": "{time}  message {msg_id}",
        "timer": "{time}  schedule",
        "later": "{time}  went on after waiting",
    },
}


def find(reader: Reader, what: str, chat: str = "") -> tuple[TraceRow, Trace] | None:
    """The newest trace of a message id, or of all ("last"), in a chat of this name if one is given."""
    wanted = fold_key(chat) if chat else ""
    for row, trace in _stored(reader, what):
        if not wanted or fold_key(trace.heard.chat) == wanted:
            return row, trace
    return None


def _stored(reader: Reader, what: str) -> Iterator[tuple[TraceRow, Trace]]:
    for row in reader.traces(msg_id="" if what == LAST else what, limit=_LOOKED_AT):
        try:
            yield row, Trace.from_record(json.loads(row.body))
        except ValueError:
            continue  # another version wrote it


def tell(row: TraceRow, trace: Trace, config: Config, lang: Lang) -> str:
    """The story for people."""
    head = _WORDS[lang]["head" if row.msg_id else "timer" if trace.heard.timer else "later"]
    time = clock(row.at, config.zone)
    return f"{head.format(time=time, msg_id=row.msg_id)}\n{render(trace, lang)}\n"


def as_json(row: TraceRow, trace: Trace, lang: Lang) -> str:
    """The one object of `--json`: what `explain` prints, with the id, the Unix time and the outcome."""
    head = {"id": row.msg_id, "at": row.at, "outcome": row.outcome}
    return json.dumps({**head, **_short(trace.to_json(lang), lang)}, ensure_ascii=False) + "\n"


def _short(value: Any, lang: Lang) -> Any:
    """The same with every long text cut: a message may have 64 KB."""
    match value:
        case str():
            return cut(value, lang)
        case dict():
            return {key: _short(part, lang) for key, part in value.items()}
        case list() | tuple():
            return [_short(part, lang) for part in value]
        case _:
            return value


def run(args: argparse.Namespace) -> int:
    """Print one stored trace."""

    def use(config: Config, reader: Reader) -> int:
        found = find(reader, args.what, args.chat or "")
        if found is None:
            sys.stderr.write(_WORDS[args.lang]["none"])
            return EXIT_NOTHING
        sys.stdout.write(as_json(*found, args.lang) if args.json else tell(*found, config, args.lang))
        return 0

    return with_state(args.config, args.lang, use)
