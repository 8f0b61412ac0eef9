"""A simulated WeChat without any input or output.

Holds who lives in it, who is logged in, and what was said; the server asks it for
answers, a test or the control verbs tell it what happens. Time is read from a
`Clock`, chance from a seeded `Random`: the same orders give the same world.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from . import events, groups, phone, talk
from .booklet import fill
from .cast import Account
from .clock import Clock
from .errors import SandboxError
from .faults import Faults
from .gate import Gate
from .limits import Limits
from .names import Directory
from .options import Options, change_options
from .session import Session
from .starters import DEFAULT_WORLD
from .talk import Said
from .uploads import Store

__all__ = ["World"]

_KEPT_FINDINGS = 10_000


class World:
    """People, groups, accounts, and everything that was said."""

    def __init__(
        self,
        cast: Mapping[str, Any] | None = None,
        *,
        seed: int = 0,
        clock: Clock | None = None,
        **options: Any,
    ) -> None:
        self.rng = Random(seed)  # noqa: S311 - repeatable on purpose
        self.clock = clock or Clock()
        self.options = Options()
        self.directory = Directory()
        self.gates: dict[str, Gate] = {}
        self.sessions: dict[str, Session] = {}
        self.logins = 0
        self.history: list[Said] = []
        self.forgotten = 0
        self.messages: dict[str, Said] = {}
        self.sent_log: list[dict[str, Any]] = []
        self.violations: list[dict[str, str]] = []
        self.notes: list[dict[str, str]] = []
        self.requests: dict[str, int] = {}  # how often each endpoint was asked
        self.held: dict[str, int] = {}  # long polls being held now
        self.faults = Faults(Random(seed + 1))  # noqa: S311
        self.limits = Limits()
        self.store = Store(self.rng)
        self.tickets: dict[str, tuple[str, str]] = {}  # friend requests: ticket -> (account, person)
        self.requested: list[dict[str, str]] = []  # friend requests the client sent
        self.invited: list[dict[str, str]] = []  # invitations the client sent
        self._watchers: list[Callable[[], None]] = []
        self._last_id = 0
        written = DEFAULT_WORLD if cast is None else cast
        fill(self.directory, written, self.rng)
        change_options(self.options, {**written.get("options", {}), **options})

    @classmethod
    def from_file(cls, path: str | Path, *, clock: Clock | None = None, **options: Any) -> World:
        """Read a world from a JSON file; raises SandboxError when it is none."""
        try:
            cast = json.loads(Path(path).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise SandboxError(f"cannot read the world file {path}: {error}") from None
        if not isinstance(cast, dict):
            raise SandboxError(f"{path}: a world is a JSON object with `people` and `groups`.")
        return cls(cast, seed=int(cast.get("seed", 0)), clock=clock, **options)

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after every change; returns a function that ends it."""
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback)

    def changed(self) -> None:
        """Tell everybody who watches that something is new."""
        for callback in tuple(self._watchers):
            callback()

    def next_msg_id(self) -> str:
        """Deal a message id: 19 digits, never twice, beyond what a double holds exactly."""
        self._last_id += self.rng.randrange(1, 10**9)
        return str(5_550_000_000_000_000_000 + self._last_id)

    def record(self, endpoint: str, rule: str, detail: str) -> None:
        """Write down something a client must not do."""
        _keep(self.violations, endpoint, rule, detail)

    def oddity(self, endpoint: str, rule: str, detail: str) -> bool:
        """Write down something known clients do all the same; True when it must be refused."""
        if self.options.strict:
            self.record(endpoint, rule, detail)
        else:
            _keep(self.notes, endpoint, rule, detail)
        return self.options.strict

    def stale(self, session: Session, user_name: str) -> bool:
        """Tell whether a UserName belongs to another login than `session`."""
        return any(user_name in each.keys for each in self.sessions.values() if each is not session)

    def account(self, name: str | None = None) -> Account:
        """Return an account by name, or the first one."""
        return self.directory.account(name)

    @property
    def logged_in(self) -> bool:
        """Whether the first account has a living session that asked for webwxinit."""
        session = self.account().session
        return bool(session and session.started and not session.over)

    def scan(self, uuid: str | None = None, account: str | None = None) -> Gate:
        """Let the phone scan the newest QR code."""
        return phone.move_gate(self, "scan", uuid=uuid, account=account)

    def confirm(self, uuid: str | None = None, account: str | None = None) -> Gate:
        """Let the phone confirm the login (scanning first when that is still to be done)."""
        return phone.move_gate(self, "confirm", uuid=uuid, account=account)

    def cancel(self, uuid: str | None = None) -> Gate:
        """Let the phone refuse the login after the scan."""
        return phone.move_gate(self, "cancel", uuid=uuid)

    def expire(self, uuid: str | None = None) -> Gate:
        """Let the QR code die."""
        return phone.move_gate(self, "expire", uuid=uuid)

    def kick(self, code: int = 1101, account: str | None = None) -> None:
        """End the web session: 1100 logged out, 1101 another login, 1102 cookies invalid."""
        phone.kick(self, code, account)

    def say(
        self,
        who: str,
        text: str,
        *,
        into: str | None = None,
        account: str | None = None,
        at: float | None = None,
    ) -> str:
        """Let anybody say a text, in private or `into` a group; returns the MsgId."""
        return talk.say(self, who, text, into=into, account=account, at=at)

    def send(self, who: str, kind: str, *, into: str | None = None, at: float | None = None, **given: Any) -> str:
        """Let anybody send a message of any kind (see `making.KINDS`); returns the MsgId."""
        order = {"as": who, "type": kind, **given}
        return events.send(self, order if into is None else {**order, "in": into}, at=at)

    def recall(self, msg_id: str, *, form: str = "msgid") -> str:
        """Take a message back, whoever said it; returns the MsgId of the notice."""
        return events.recall(self, msg_id, form=form)

    def join(self, group: str, *people: str, by: str | None = None, how: str = "invite") -> None:
        """Let people join a group, invited by `by` (default: its owner) or over their QR code."""
        room = self.directory.group(group)
        host = self.directory.people[room.owner] if by is None else talk.speaker(self, by)
        guests = [talk.speaker(self, person) for person in people]
        groups.join(self, room, guests, by=host, how=how)

    def leave(self, group: str, person: str, *, by: str | None = None) -> None:
        """Let somebody leave a group, or be removed `by` somebody."""
        room, who = self.directory.group(group), talk.speaker(self, person)
        if by is None:
            groups.leave(self, room, who)
        else:
            groups.remove(self, room, who, by=talk.speaker(self, by))

    def rename(self, group: str, name: str, *, by: str | None = None) -> None:
        """Give a group a new name."""
        room = self.directory.group(group)
        host = self.directory.people[room.owner] if by is None else talk.speaker(self, by)
        groups.rename(self, room, name, by=host)

    def sent(self, since: int = 0) -> list[dict[str, Any]]:
        """Return what clients sent, by names, from after the sequence number `since`."""
        return [entry for entry in self.sent_log if entry["seq"] > since]

    def said(self, since: int = 0) -> list[dict[str, Any]]:
        """Return everything that was said in the world, whoever said it."""
        return [talk.public(self, said) for said in self.history if said.seq > since]

    def advance(self, seconds: float) -> float:
        """Turn the clock forward and return the new time."""
        now = self.clock.advance(seconds)
        self.changed()
        return now


def _keep(findings: list[dict[str, str]], endpoint: str, rule: str, detail: str) -> None:
    if len(findings) < _KEPT_FINDINGS:
        findings.append({"endpoint": endpoint[:80], "rule": rule, "detail": detail[:300]})
