"""The verbs that only look: who there is, what was said and sent, what went wrong."""

from __future__ import annotations

import dataclasses
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from .arguments import Arguments, integer, maybe, text
from .errors import SandboxError

if TYPE_CHECKING:
    from .world import World

_MOST_SHOWN = 8 * 1024 * 1024


def show_blob(world: World, given: Arguments) -> Any:
    said = world.messages.get(text(given, "MsgId"))
    if said is None or said.draft.blob is None:
        raise SandboxError("that message has no file (any more).")
    file = said.draft.blob
    if file.size > _MOST_SHOWN:
        raise SandboxError(f"the file has {file.size} bytes; more than {_MOST_SHOWN} are not shown.")
    shown = {"name": file.name, "type": file.mime, "size": file.size, "sha256": file.sha256}
    return {**shown, "data": b64encode(file.data).decode("ascii")}


def show_sent(world: World, given: Arguments) -> Any:
    return world.sent(integer(given, "since", 0))


def show_said(world: World, given: Arguments) -> Any:
    return world.said(integer(given, "since", 0))


def show_people(world: World, given: Arguments) -> Any:
    account = world.account(maybe(given, "account"))
    shown, names = [], world.directory.names()
    for person in world.directory.people.values():
        contact = account.contact(person.key)
        shown.append(
            {
                "name": names[person.key],
                "nick": person.nick,
                "remark": contact.remark if contact else "",
                "id": person.key,
                "friend": bool(contact and contact.friend),
                "official": person.official,
                "me": person.key == account.key,
            }
        )
    return shown


def show_groups(world: World, _given: Arguments) -> Any:
    names = world.directory.names()
    return [
        {
            "name": names[group.key],
            "id": group.key,
            "owner": names[group.owner],
            "members": [{"name": names[key], "display": display} for key, display in group.members.items()],
        }
        for group in world.directory.groups.values()
    ]


def show_violations(world: World, _given: Arguments) -> Any:
    return list(world.violations)


def show_notes(world: World, _given: Arguments) -> Any:
    return list(world.notes)


def show_faults(world: World, _given: Arguments) -> Any:
    plan = [dataclasses.asdict(fault) for fault in world.faults.plan]
    return {"plan": plan, "done": list(world.faults.done)}


def show_state(world: World, given: Arguments) -> Any:
    account = world.account(maybe(given, "account"))
    session = account.session
    return {
        "account": account.person.nick,
        "logged_in": bool(session and session.started and not session.over),
        "logins": world.logins,
        "held": dict(world.held),
        "over": session.over if session else 0,
        "codes": [{"uuid": gate.uuid, "state": gate.state.value} for gate in world.gates.values()][-5:],
        "time": world.clock.now(),
        "said": len(world.history) + world.forgotten,
        "sent": len(world.sent_log),
        "violations": len(world.violations),
        "notes": len(world.notes),
        "requests": dict(world.requests),
    }
