"""The verbs that drive a world: `POST /sandbox/VERB` with a JSON object.

Each verb is a function of the world and its arguments and returns something JSON
can hold. Whatever is wrong with an order is a SandboxError that says how to mend it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .errors import SandboxError, did_you_mean
from .options import Options, change_options

if TYPE_CHECKING:
    from .world import World

__all__ = ["VERBS", "run_verb"]

Arguments = Mapping[str, Any]
Verb = Callable[["World", Arguments], Any]


def run_verb(world: World, verb: str, arguments: Arguments) -> Any:
    """Carry out one verb; raises SandboxError for an unknown verb or bad arguments."""
    if verb not in VERBS:
        hint = did_you_mean(verb, VERBS)
        raise SandboxError(f"unknown verb {verb!r}.{hint} The verbs are: {', '.join(VERBS)}.")
    function, names = VERBS[verb]
    allowed = names.split()
    for name in arguments:
        if name not in allowed:
            takes = ", ".join(allowed) or "nothing"
            raise SandboxError(f"{verb}: unknown argument {name!r}.{did_you_mean(name, allowed)} It takes: {takes}.")
    return function(world, arguments)


def text(arguments: Arguments, name: str) -> str:
    """Return a required string; raises SandboxError."""
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise SandboxError(f"`{name}` is missing: it must be a non-empty string.")
    return value


def maybe(arguments: Arguments, name: str) -> str | None:
    """Return an optional string; raises SandboxError for anything else."""
    value = arguments.get(name)
    if value is not None and not isinstance(value, str):
        raise SandboxError(f"`{name}` must be a string, got {value!r}.")
    return value or None


def number(arguments: Arguments, name: str, default: float) -> float:
    """Return an optional number; raises SandboxError for anything else."""
    value = arguments.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SandboxError(f"`{name}` must be a number, got {value!r}.")
    return value


def _scan(world: World, given: Arguments) -> Any:
    gate = world.scan(maybe(given, "uuid"), maybe(given, "account"))
    return {"uuid": gate.uuid, "state": gate.state.value}


def _confirm(world: World, given: Arguments) -> Any:
    gate = world.confirm(maybe(given, "uuid"), maybe(given, "account"))
    return {"uuid": gate.uuid, "state": gate.state.value}


def _cancel(world: World, given: Arguments) -> Any:
    return {"state": world.cancel(maybe(given, "uuid")).state.value}


def _expire(world: World, given: Arguments) -> Any:
    return {"state": world.expire(maybe(given, "uuid")).state.value}


def _kick(world: World, given: Arguments) -> Any:
    code = int(number(given, "code", 1101))
    world.kick(code, maybe(given, "account"))
    return {"kicked": code}


def _say(world: World, given: Arguments) -> Any:
    when = number(given, "time", 0) or None
    age = number(given, "age", 0)
    at = world.clock.now() - age if age else when
    who, words = text(given, "as"), text(given, "text")
    account = maybe(given, "account")
    return {"MsgId": world.say(who, words, into=maybe(given, "in"), account=account, at=at)}


def _sent(world: World, given: Arguments) -> Any:
    return world.sent(int(number(given, "since", 0)))


def _said(world: World, given: Arguments) -> Any:
    return world.said(int(number(given, "since", 0)))


def _people(world: World, given: Arguments) -> Any:
    account = world.account(maybe(given, "account"))
    shown = []
    for person in world.directory.people.values():
        contact = account.contact(person.key)
        shown.append(
            {
                "name": world.directory.name_of(person.key),
                "nick": person.nick,
                "remark": contact.remark if contact else "",
                "id": person.key,
                "friend": bool(contact and contact.friend),
                "official": person.official,
                "me": person.key == account.key,
            }
        )
    return shown


def _groups(world: World, _given: Arguments) -> Any:
    name = world.directory.name_of
    return [
        {
            "name": name(group.key),
            "id": group.key,
            "owner": name(group.owner),
            "members": [{"name": name(key), "display": display} for key, display in group.members.items()],
        }
        for group in world.directory.groups.values()
    ]


def _violations(world: World, _given: Arguments) -> Any:
    return list(world.violations)


def _notes(world: World, _given: Arguments) -> Any:
    return list(world.notes)


def _fault(world: World, given: Arguments) -> Any:
    details = {
        name: value
        for name, value in given.items()
        if name not in ("endpoint", "kind", "times", "chance", "skip", "seed")
    }
    if "seed" in given:
        world.faults.rng.seed(int(number(given, "seed", 0)))
    world.faults.add(
        text(given, "endpoint"),
        str(given.get("kind", "")),
        int(number(given, "times", 1)),
        chance=number(given, "chance", 1.0),
        skip=int(number(given, "skip", 0)),
        **details,
    )
    return _faults(world, {})


def _faults(world: World, _given: Arguments) -> Any:
    plan = [dataclasses.asdict(fault) for fault in world.faults.plan]
    return {"plan": plan, "done": list(world.faults.done)}


def _heal(world: World, _given: Arguments) -> Any:
    world.faults.clear()
    return {"plan": []}


def _clock(world: World, given: Arguments) -> Any:
    return {"time": world.advance(number(given, "advance", 0))}


def _join(world: World, given: Arguments) -> Any:
    people = given.get("people", given.get("person"))
    names = [people] if isinstance(people, str) else people
    if not isinstance(names, list) or not names:
        raise SandboxError("`people` is missing: a name or a list of names.")
    how = maybe(given, "how") or "invite"
    world.join(text(given, "in"), *map(str, names), by=maybe(given, "by"), how=how)
    return {"joined": names}


def _leave(world: World, given: Arguments) -> Any:
    world.leave(text(given, "in"), text(given, "person"), by=maybe(given, "by"))
    return {"left": given["person"]}


def _rename(world: World, given: Arguments) -> Any:
    world.rename(text(given, "in"), text(given, "name"), by=maybe(given, "by"))
    return {"name": given["name"]}


def _options(world: World, given: Arguments) -> Any:
    change_options(world.options, dict(given))
    world.changed()
    return dataclasses.asdict(world.options)


def _state(world: World, given: Arguments) -> Any:
    account = world.account(maybe(given, "account"))
    session = account.session
    return {
        "account": account.person.nick,
        "logged_in": bool(session and session.started and not session.over),
        "logins": world.logins,
        "polling": session.polls if session else 0,
        "over": session.over if session else 0,
        "codes": [{"uuid": gate.uuid, "state": gate.state.value} for gate in world.gates.values()][-5:],
        "time": world.clock.now(),
        "said": len(world.history) + world.forgotten,
        "sent": len(world.sent_log),
        "violations": len(world.violations),
        "notes": len(world.notes),
        "requests": dict(world.requests),
    }


_OPTION_NAMES = " ".join(field.name for field in dataclasses.fields(Options))

VERBS: dict[str, tuple[Verb, str]] = {
    "scan": (_scan, "uuid account"),
    "confirm": (_confirm, "uuid account"),
    "cancel": (_cancel, "uuid"),
    "expire": (_expire, "uuid"),
    "kick": (_kick, "code account"),
    "say": (_say, "as in text time age account"),
    "sent": (_sent, "since"),
    "said": (_said, "since"),
    "people": (_people, "account"),
    "groups": (_groups, ""),
    "join": (_join, "in people person by how"),
    "leave": (_leave, "in person by"),
    "rename": (_rename, "in name by"),
    "violations": (_violations, ""),
    "notes": (_notes, ""),
    "fault": (
        _fault,
        "endpoint kind times chance skip seed status seconds code selector retcode location",
    ),
    "faults": (_faults, ""),
    "heal": (_heal, ""),
    "clock": (_clock, "advance"),
    "options": (_options, _OPTION_NAMES),
    "state": (_state, "account"),
}
"""Each verb with its function and the arguments it takes."""
