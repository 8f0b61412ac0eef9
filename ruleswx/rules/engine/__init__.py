"""The heart: one event, a view of the world, the rules; effects, changes and the trace come out.

`decide` for messages and schedules, `resume` for what had to wait, `judge_all` for people who ask why. Pure: time,
randomness and the world are arguments.
"""

from __future__ import annotations

from ruleswx.rules.engine.asking import judge_all, nearest
from ruleswx.rules.engine.continuation import Continuation, continuations, due_before, dump_message, load_message
from ruleswx.rules.engine.decide import decide
from ruleswx.rules.engine.decision import Decision, Limits, Outcome
from ruleswx.rules.engine.resume import resume
from ruleswx.rules.engine.running import report_failure

__all__ = [
    "Continuation",
    "Decision",
    "Limits",
    "Outcome",
    "continuations",
    "decide",
    "due_before",
    "dump_message",
    "judge_all",
    "load_message",
    "nearest",
    "report_failure",
    "resume",
]
