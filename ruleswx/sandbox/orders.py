"""The verbs that make something happen: the phone, the people, the faults, the clock."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from . import events, groups, talk
from .arguments import Arguments, integer, maybe, number, text
from .booklet import add_group, add_person
from .endpoints import ENDPOINTS
from .errors import SandboxError, did_you_mean
from .looks import show_faults
from .options import change_options

if TYPE_CHECKING:
    from .world import World


def do_scan(world: World, given: Arguments) -> Any:
    gate = world.scan(maybe(given, "uuid"), maybe(given, "account"))
    return {"uuid": gate.uuid, "state": gate.state.value}


def do_confirm(world: World, given: Arguments) -> Any:
    gate = world.confirm(maybe(given, "uuid"), maybe(given, "account"))
    return {"uuid": gate.uuid, "state": gate.state.value}


def do_cancel(world: World, given: Arguments) -> Any:
    return {"state": world.cancel(maybe(given, "uuid")).state.value}


def do_expire(world: World, given: Arguments) -> Any:
    return {"state": world.expire(maybe(given, "uuid")).state.value}


def do_kick(world: World, given: Arguments) -> Any:
    code = integer(given, "code", 1101)
    world.kick(code, maybe(given, "account"))
    return {"kicked": code}


def do_say(world: World, given: Arguments) -> Any:
    who, words, account = text(given, "as"), text(given, "text"), maybe(given, "account")
    at = _when(world, given)
    return {"MsgId": world.say(who, words, into=maybe(given, "in"), account=account, at=at)}


def _when(world: World, given: Arguments) -> float | None:
    age = number(given, "age", 0)
    return world.clock.now() - age if age else number(given, "time", 0) or None


def do_send(world: World, given: Arguments) -> Any:
    return {"MsgId": events.send(world, given, at=_when(world, given))}


def do_recall(world: World, given: Arguments) -> Any:
    return {"MsgId": world.recall(text(given, "MsgId"), form=maybe(given, "form") or "msgid")}


def do_accept(world: World, given: Arguments) -> Any:
    person = world.directory.person(text(given, "person"))
    return {"MsgId": events.accept_us(world, person, world.account(maybe(given, "account")))}


def do_unfriend(world: World, given: Arguments) -> Any:
    person, how = world.directory.person(text(given, "person")), maybe(given, "how") or "we"
    events.forget_friend(world, person, world.account(maybe(given, "account")), how)
    return {"person": given["person"], "how": how}


def do_notify(world: World, given: Arguments) -> Any:
    chat, account = world.directory.chat(text(given, "in")), world.account(maybe(given, "account"))
    return {"MsgId": events.notice(world, account, integer(given, "code", 2), chat)}


def do_card_name(world: World, given: Arguments) -> Any:
    group, name = world.directory.group(text(given, "in")), maybe(given, "name") or ""
    person = talk.speaker(world, text(given, "person"))
    if person.key not in group.members:
        raise SandboxError(f"{given['person']!r} is not in {group.nick!r}.")
    group.members[person.key] = name
    groups.show(world, group)
    return {"person": given["person"], "name": name}


def do_alter(world: World, given: Arguments) -> Any:
    person = talk.speaker(world, text(given, "person"))
    changes = {name: text(given, name) for name in ("nick", "alias", "signature") if name in given}
    remark = str(given["remark"]) if "remark" in given else None
    groups.alter(world, person, remark=remark, **changes)
    return {"id": person.key, **changes}


def do_add(world: World, given: Arguments) -> Any:
    entry = {name: value for name, value in given.items() if name != "kind"}
    if given.get("kind") == "group":
        group = add_group(world.directory, entry, world.rng)
        groups.show(world, group)
        return {"id": group.key}
    return {"id": add_person(world.directory, entry, world.rng).key}


def do_fault(world: World, given: Arguments) -> Any:
    details = {
        name: value
        for name, value in given.items()
        if name not in ("endpoint", "kind", "times", "chance", "skip", "seed")
    }
    if "seed" in given:
        world.faults.rng.seed(integer(given, "seed", 0))
    endpoint = text(given, "endpoint")
    if endpoint not in (*ENDPOINTS, "*"):
        raise SandboxError(f"no endpoint {endpoint!r}.{did_you_mean(endpoint, ENDPOINTS)} `*` means all.")
    world.faults.add(
        endpoint,
        str(given.get("kind", "")),
        integer(given, "times", 1),
        chance=number(given, "chance", 1.0),
        skip=integer(given, "skip", 0),
        **details,
    )
    return show_faults(world, {})


def do_heal(world: World, _given: Arguments) -> Any:
    world.faults.clear()
    return {"plan": []}


def do_clock(world: World, given: Arguments) -> Any:
    return {"time": world.advance(number(given, "advance", 0))}


def do_join(world: World, given: Arguments) -> Any:
    people = given.get("people", given.get("person"))
    names = [people] if isinstance(people, str) else people
    if not isinstance(names, list) or not names:
        raise SandboxError("`people` is missing: a name or a list of names.")
    how = maybe(given, "how") or "invite"
    world.join(text(given, "in"), *map(str, names), by=maybe(given, "by"), how=how)
    return {"joined": names}


def do_leave(world: World, given: Arguments) -> Any:
    world.leave(text(given, "in"), text(given, "person"), by=maybe(given, "by"))
    return {"left": given["person"]}


def do_rename(world: World, given: Arguments) -> Any:
    world.rename(text(given, "in"), text(given, "name"), by=maybe(given, "by"))
    return {"name": given["name"]}


def do_options(world: World, given: Arguments) -> Any:
    change_options(world.options, dict(given))
    world.changed()
    return dataclasses.asdict(world.options)
