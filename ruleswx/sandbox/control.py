"""The verbs that drive a world: `POST /sandbox/VERB` with a JSON object.

Each verb is a function of the world and its arguments and returns something JSON
can hold. Whatever is wrong with an order is a SandboxError that says how to mend it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import looks, orders
from .arguments import Arguments
from .errors import SandboxError, did_you_mean
from .options import Options

if TYPE_CHECKING:
    from .world import World

__all__ = ["VERBS", "run_verb"]


Verb = Callable[["World", Arguments], Any]


def run_verb(world: World, verb: str, arguments: Arguments) -> Any:
    """Carry out one verb; raises SandboxError for an unknown verb or bad arguments."""
    if verb not in VERBS:
        hint = did_you_mean(verb, VERBS)
        raise SandboxError(f"unknown verb {verb!r}.{hint} The verbs are: {', '.join(VERBS)}.")
    function, names = VERBS[verb]
    allowed = names.split()
    for name in arguments:
        if names != "*" and name not in allowed:
            takes = ", ".join(allowed) or "nothing"
            raise SandboxError(f"{verb}: unknown argument {name!r}.{did_you_mean(name, allowed)} It takes: {takes}.")
    return function(world, arguments)


_OPTION_NAMES = " ".join(field.name for field in dataclasses.fields(Options))

VERBS: dict[str, tuple[Verb, str]] = {
    "scan": (orders.do_scan, "uuid account"),
    "confirm": (orders.do_confirm, "uuid account"),
    "cancel": (orders.do_cancel, "uuid"),
    "expire": (orders.do_expire, "uuid"),
    "kick": (orders.do_kick, "code account"),
    "say": (orders.do_say, "as in text time age account"),
    "send": (orders.do_send, "*"),
    "recall": (orders.do_recall, "MsgId form"),
    "accept": (orders.do_accept, "person account"),
    "unfriend": (orders.do_unfriend, "person how account"),
    "notify": (orders.do_notify, "in code account"),
    "display": (orders.do_card_name, "in person name"),
    "alter": (orders.do_alter, "person nick alias signature remark"),
    "add": (orders.do_add, "*"),
    "blob": (looks.show_blob, "MsgId"),
    "sent": (looks.show_sent, "since"),
    "said": (looks.show_said, "since"),
    "people": (looks.show_people, "account"),
    "groups": (looks.show_groups, ""),
    "join": (orders.do_join, "in people person by how"),
    "leave": (orders.do_leave, "in person by"),
    "rename": (orders.do_rename, "in name by"),
    "violations": (looks.show_violations, ""),
    "notes": (looks.show_notes, ""),
    "fault": (
        orders.do_fault,
        "endpoint kind times chance skip seed status seconds code selector retcode location",
    ),
    "faults": (looks.show_faults, ""),
    "heal": (orders.do_heal, ""),
    "clock": (orders.do_clock, "advance"),
    "options": (orders.do_options, _OPTION_NAMES),
    "state": (looks.show_state, "account"),
}
"""Each verb with its function and the arguments it takes."""
