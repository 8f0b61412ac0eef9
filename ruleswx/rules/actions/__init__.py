"""What rules do: steps as frozen values, and the interpreter that turns them into effects and changes.

Nothing is sent, nothing waits here: a step that must wait ends the decision, and what follows is kept as data. This
package must not know sections, gates or files.
"""

from __future__ import annotations

from ruleswx.rules.actions.branching import Branch, Choose
from ruleswx.rules.actions.counting import Add, Pardon, Put, Strike
from ruleswx.rules.actions.interpreter import Arrival, Stopped, run_from, steps_at
from ruleswx.rules.actions.people import Accept, BringIn, PutOut, Remark, RenameTo
from ruleswx.rules.actions.run import Acting, Overlay, Run
from ruleswx.rules.actions.sending import Log, Media, Msg, Notice, PassOn, Reply, Say, TakeBack
from ruleswx.rules.actions.step import OnError, Path, Pause, Step, StepFailed, Steps, show_path
from ruleswx.rules.actions.targets import Targets
from ruleswx.rules.actions.texts import Text
from ruleswx.rules.actions.waiting import Ask, Http, Program, Wait

__all__ = [
    "Accept",
    "Acting",
    "Add",
    "Arrival",
    "Ask",
    "Branch",
    "BringIn",
    "Choose",
    "Http",
    "Log",
    "Media",
    "Msg",
    "Notice",
    "OnError",
    "Overlay",
    "Pardon",
    "PassOn",
    "Path",
    "Pause",
    "Program",
    "Put",
    "PutOut",
    "Remark",
    "RenameTo",
    "Reply",
    "Run",
    "Say",
    "Step",
    "StepFailed",
    "Steps",
    "Stopped",
    "Strike",
    "TakeBack",
    "Targets",
    "Text",
    "Wait",
    "run_from",
    "show_path",
    "steps_at",
]
