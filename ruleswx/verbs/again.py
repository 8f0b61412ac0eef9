"""A stored message no rule answered, judged again by the rules as they are now: which one came nearest.

Stored traces hold only rules that could match at all, so that deciding stays quick. Nothing is changed or sent. It must
not know how any of it is shown.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from ruleswx.config import Config
from ruleswx.diagnostics import Lang
from ruleswx.model import Change
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.engine import Limits, judge_all, nearest
from ruleswx.rules.trace import RuleTrace, Trace
from ruleswx.store import Reader
from ruleswx.verbs.loading import load_all
from ruleswx.verbs.recorded import read_one

__all__ = ["Again", "judge_again", "unanswered"]

_KEPT = frozenset({"var", "strike", "broken"})
"""What of the bot's memory says the same now as then, as a rule. Counts of messages have moved on."""
_FITS = frozenset({"matched", "cooldown", "dry"})
_LIMITS = Limits(max_age=timedelta(days=36_500), breakers=False)


@dataclass(frozen=True, slots=True)
class Again:
    """The rule that came nearest, or that would match now (`fits`). `saved`: rule files that were saved since."""

    row: RuleTrace
    fits: bool
    saved: tuple[str, ...]


def unanswered(trace: Trace) -> bool:
    """Whether nothing says why there was no answer: no gate, no guard or reply rule that had to do with it."""
    told = any(row.section != "watch" and row.outcome not in {"missed", "skipped"} for row in trace.rules)
    return trace.gate is None and not told and not trace.heard.timer and not trace.heard.goes_on


def judge_again(reader: Reader, msg_id: str, trace: Trace, config: Config, lang: Lang) -> Again | None:
    """Judge it; None when its text is gone, the rules do not load or there are none. Raises StoreError."""
    ruleset = load_all(config, lang).ruleset
    found = read_one(reader, msg_id, trace, config.admins) if ruleset is not None else None
    if ruleset is None or found is None:
        return None
    stored, world = found
    remembered = reader.remembered().items()
    world.keep(Change(*key, state) for key, state in remembered if key[0] in _KEPT)
    now = stored.received.astimezone(config.zone)
    judged = judge_all(ruleset, stored.message, world, now, Random(0), limits=_LIMITS)  # noqa: S311 - nothing is sent
    if judged.gate is not None:
        return None
    fitting = next((row for row in judged.rules if row.outcome in _FITS and row.section != "watch"), None)
    row = fitting or nearest(ruleset, stored.message, world, now, judged)
    return None if row is None else Again(row, fitting is not None, _saved(ruleset, stored.received.timestamp()))


def _saved(ruleset: RuleSet, since: float) -> tuple[str, ...]:
    """Files of the rules that are newer than the message."""
    return tuple(path for path in ruleset.files if _time(path) > since)


def _time(path: str) -> float:
    try:
        return os.stat(path).st_mtime  # noqa: PTH116 - the path as the user typed it
    except OSError:
        return 0.0
