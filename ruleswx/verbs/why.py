"""`ruleswx why [CONFIG] [last | MSGID] [--in CHAT]`: why a message that really came was answered, or was not.

It reads the stored trace, also while the bot runs. A message no rule answered is judged once more by the rules as they
are now, for traces hold only rules that could have matched: that names the nearest one and what it lacked. Exit 1 when
no trace fits.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruleswx.catalogue import width
from ruleswx.config import Config
from ruleswx.diagnostics import Lang
from ruleswx.fold import fold_key
from ruleswx.log import escape
from ruleswx.model import Json
from ruleswx.rules.trace import RuleTrace, Trace, render, say
from ruleswx.store import Reader, TraceRow
from ruleswx.verbs.again import Again, judge_again, unanswered
from ruleswx.verbs.state import clock, with_state
from ruleswx.wording import cut

__all__ = ["Story", "as_json", "find", "run", "story", "tell"]

EXIT_NOTHING = 1
LAST = "last"
_LOOKED_AT = 10_000
_LABEL = 10
_WORDS = {
    "zh": {
        "none": "没有存下这样的消息。保留多少由配置里的 keep 决定。\n",
        "head": "{time}  消息 {msg_id}",
        "timer": "{time}  定时",
        "later": "{time}  等过之后接着做",
        "on": "{time}  等过之后接着做消息 {msg_id} 的事",
        "before": "起因",
        "nearest": "最接近",
        "now": "现在",
        "again": "（按现在的规则重新看的）",
        "saved": "消息来了以后改过：{files}",
    },
    "en": {
        "none": "no such message is stored. `keep` in the configuration says how many are.\n",
        "head": "{time}  message {msg_id}",
        "timer": "{time}  schedule",
        "later": "{time}  went on after waiting",
        "on": "{time}  went on after waiting, for message {msg_id}",
        "before": "began",
        "nearest": "nearest",
        "now": "now",
        "again": "(judged again by the rules of now)",
        "saved": " saved since the message came: {files}",
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


@dataclass(frozen=True, slots=True)
class Story:
    """One stored trace and what helps to understand it: `again` for a message nobody answered, `before` the row by
    which the rule that goes on here had matched."""

    row: TraceRow
    trace: Trace
    again: Again | None = None
    before: RuleTrace | None = None


def story(reader: Reader, row: TraceRow, trace: Trace, config: Config, lang: Lang) -> Story:
    """A trace with everything that can be found out about it now. Raises StoreError."""
    heard = trace.heard
    if row.msg_id and unanswered(trace):
        return Story(row, trace, again=judge_again(reader, row.msg_id, trace, config, lang))
    rules = {told.rule for told in trace.rules}
    first = find(reader, heard.goes_on) if heard.goes_on else None
    return Story(row, trace, before=next((r for r in first[1].rules if r.rule in rules), None) if first else None)


def tell(told: Story, config: Config, lang: Lang) -> str:
    """The story for people."""
    words, row, trace = _WORDS[lang], told.row, told.trace
    key = "head" if row.msg_id else "timer" if trace.heard.timer else "on" if trace.heard.goes_on else "later"
    head = words[key].format(time=clock(row.at, config.zone), msg_id=row.msg_id or trace.heard.goes_on)
    lines = [head, render(trace, lang), *_before(told.before, lang), *_again(told.again, lang)]
    return "\n".join(lines) + "\n"


def _before(row: RuleTrace | None, lang: Lang) -> Iterator[str]:
    """Why the rule that goes on had matched in the first place."""
    if row is not None:
        where = f" ({row.matched[0]}-{row.matched[1]})" if row.matched else ""
        label = _labelled(_WORDS[lang]["before"])
        yield f"{label}{escape(row.rule)} ✓ {escape(say(row.because, lang))}{where}"


def _again(again: Again | None, lang: Lang) -> Iterator[str]:
    """What the rules of now say."""
    if again is None:
        return
    words, row = _WORDS[lang], again.row
    sign = "✓" if again.fits else "✗"
    label = _labelled(words["now" if again.fits else "nearest"])
    place = f"   {row.place.path}:{row.place.line}" if row.place.line else ""
    yield f"{label}{escape(row.rule)} {sign} {escape(say(row.because, lang))}{place}"
    saved = words["saved"].format(files=", ".join(map(escape, again.saved))) if again.saved else ""
    yield f"{_labelled('')}{words['again']}{saved}"


def _labelled(label: str) -> str:
    return label + " " * max(1, _LABEL - width(label))


def as_json(told: Story, lang: Lang) -> str:
    """The one object of `--json`: what `explain` prints, with the id, the Unix time and the outcome; `again` is how the
    rules of now judge a message nobody answered, `before` the match that something goes on from."""
    row, heard = told.row, told.trace.heard
    head: dict[str, Json] = {"id": row.msg_id, "at": row.at, "outcome": row.outcome}
    if heard.goes_on:
        head |= {"goes_on": heard.goes_on, "before": told.before.to_json(lang) if told.before else None}
    if told.again is not None:
        rule, saved = told.again.row.to_json(lang), [*told.again.saved]
        head["again"] = {"fits": told.again.fits, "rule": rule, "saved": [*saved]}
    return json.dumps(_short({**head, **told.trace.to_json(lang)}, lang), ensure_ascii=False) + "\n"


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
        told = story(reader, *found, config, args.lang)
        sys.stdout.write(as_json(told, args.lang) if args.json else tell(told, config, args.lang))
        return 0

    return with_state(args.config, args.lang, use)
