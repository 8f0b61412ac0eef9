"""What the phone does about the web login: scan, confirm, cancel, log out.

Also the other side of it: dealing the session once a client redeems a confirmed
code. A second login ends the first one with 1101.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from .cast import Account
from .errors import SandboxError
from .gate import Gate, State
from .session import Session, deal_session, token

if TYPE_CHECKING:
    from .world import World

__all__ = ["end_session", "find_gate", "kick", "move_gate", "open_gate", "open_session", "redirect_uri"]

_KEPT_GATES = 200


def open_gate(world: World, account: Account | None = None, uvid: str = "") -> Gate:
    """Deal a new uuid; with an account it is a push login, which needs no scan."""
    now = world.clock.now()
    uuid = token(world.rng, 10) + "=="
    ticket = f"A{token(world.rng, 15)}@qrticket_0"
    gate = Gate(uuid, now, now + world.options.qr_life, ticket, account, uvid)
    if account is not None:
        gate.state, gate.told = State.SCANNED, True
    world.gates[uuid] = gate
    for old in list(world.gates)[:-_KEPT_GATES]:
        del world.gates[old]
    if world.options.auto:
        _answer_by_itself(world, gate)
    world.changed()
    return gate


def find_gate(world: World, uuid: str | None) -> Gate:
    """Return the code `uuid`, or the newest one that lives; raises SandboxError for none."""
    if uuid is not None:
        if uuid not in world.gates:
            raise SandboxError(f"there is no QR code {uuid!r}.")
        return world.gates[uuid]
    for gate in reversed(world.gates.values()):
        gate.age(world.clock.now())
        if gate.state in (State.NEW, State.SCANNED):
            return gate
    if world.gates:
        return next(reversed(world.gates.values()))
    raise SandboxError("no QR code is waiting: let a client ask for one (jslogin) first.")


def move_gate(world: World, verb: str, *, uuid: str | None = None, account: str | None = None) -> Gate:
    """Scan, confirm, cancel or expire a code; raises SandboxError when it cannot be done."""
    gate = find_gate(world, uuid)
    owner = world.directory.account(account)
    if verb == "confirm" and gate.state is State.NEW:
        gate.move("scan", world.clock.now())
        gate.account = owner
    gate.move(verb, world.clock.now())
    if gate.account is None or account is not None:
        gate.account = owner
    world.changed()
    return gate


def open_session(world: World, gate: Gate, *, desktop: bool) -> Session:
    """Deal a session for a confirmed code, ending the session the account had."""
    account = gate.account or world.directory.account(None)
    if account.session is not None:
        end_session(world, account.session, 1101)
    number = world.logins = world.logins + 1
    session = deal_session(number, account, world.rng, world.clock.seconds(), gate.uvid)
    session.desktop = desktop
    account.session = session
    account.devices[session.uvid] = session.auth_ticket
    world.sessions[session.sid] = session
    world.changed()
    return session


def kick(world: World, code: int = 1101, account: str | None = None) -> None:
    """End the web session from outside; raises SandboxError when there is none."""
    session = world.directory.account(account).session
    if session is None or session.over:
        raise SandboxError("nobody is logged in.")
    end_session(world, session, code)


def end_session(world: World, session: Session, code: int) -> None:
    """Mark a session as over; held polls hear of it at once."""
    if not session.over:
        session.over = code
    world.changed()


def redirect_uri(gate: Gate, origin: str) -> str:
    """Return the address a confirmed client has to open."""
    return (
        f"{origin}/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket={quote(gate.ticket, safe='@')}"
        f"&uuid={gate.uuid}&lang=zh_CN&scan={int(gate.confirmed)}"
    )


def _answer_by_itself(world: World, gate: Gate) -> None:
    now = world.clock.now()
    if gate.account is None:
        gate.move("scan", now)
        gate.account = world.directory.account(None)
    gate.move("confirm", now)
