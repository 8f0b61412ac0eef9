"""What judging gives back: verdicts with reasons, the trace of a message, and how both are told.

The lowest room of the rule engine: it must not know conditions, rules or files, only what they answered.
"""

from __future__ import annotations

from ruleswx.rules.trace.render import render
from ruleswx.rules.trace.trace import Done, Heard, RuleTrace, StepTrace, Trace
from ruleswx.rules.trace.verdict import Near, Outcome, Reason, Span, Verdict
from ruleswx.rules.trace.words import WORDS, say

__all__ = [
    "WORDS",
    "Done",
    "Heard",
    "Near",
    "Outcome",
    "Reason",
    "RuleTrace",
    "Span",
    "StepTrace",
    "Trace",
    "Verdict",
    "render",
    "say",
]
