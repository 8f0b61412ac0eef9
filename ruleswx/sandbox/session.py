"""One login: its secrets, the UserNames dealt for it, and its events.

Everybody gets a new UserName at every login, oneself included; within a session
they never change. The old ones stay known to the world, so that a client which
kept one can be told so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from .cast import SPECIAL, Account, Group, Person
from .streams import Streams

__all__ = ["Session", "deal_session", "hexes", "token"]

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(slots=True)
class Session:
    """The web session of one account."""

    number: int
    account: Account
    sid: str
    skey: str
    pass_ticket: str
    data_ticket: str
    uvid: str
    auth_ticket: str
    born: int
    streams: Streams
    rng: Random
    desktop: bool = False
    old_skeys: dict[str, float] = field(default_factory=dict)  # with the moment each was replaced
    ids: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)  # EncryChatRoomId -> group key
    sent_ids: dict[str, tuple[str, str, str, float]] = field(default_factory=dict)
    started: bool = False  # webwxinit was answered once
    over: int = 0  # the code that ended it; 0 while it lives

    def user_name(self, who: Person | Group) -> str:
        """Return the id of `who` in this session, dealing one at first sight."""
        if who.key not in self.ids:
            name = _deal(self.rng, who)
            self.ids[who.key] = name
            self.keys[name] = who.key
        return self.ids[who.key]

    def room(self, group: Group) -> str:
        """Return the EncryChatRoomId of a group."""
        for room, key in self.rooms.items():
            if key == group.key:
                return room
        room = "@" + hexes(self.rng, 32)
        self.rooms[room] = group.key
        return room

    def renew_skey(self, now: float) -> str:
        """Deal a new Skey; the one before stays known as an old one."""
        self.old_skeys[self.skey] = now
        self.skey = _skey(self.rng)
        return self.skey


def deal_session(number: int, account: Account, rng: Random, now: int, uvid: str = "") -> Session:
    """Return a fresh session of `account`; `uvid` keeps the device of an earlier login."""
    uvid = uvid or hexes(rng, 32)
    return Session(
        number=number,
        account=account,
        sid=token(rng, 12) + "+" + token(rng, 2) + "/",
        skey=_skey(rng),
        pass_ticket=f"{token(rng, 4)}%2B{token(rng, 5)}%2F{token(rng, 6)}%3D",
        data_ticket=token(rng, 24),
        uvid=uvid,
        auth_ticket="CIsBEJ" + token(rng, 22),
        born=now,
        streams=Streams(base=700_000_000 + rng.randrange(1, 9_000) * 10_000, born=now),
        rng=rng,
        ids={key: key for key in SPECIAL},
        keys={key: key for key in SPECIAL},
    )


def hexes(rng: Random, length: int) -> str:
    """Return `length` random hexadecimal digits."""
    return format(rng.getrandbits(length * 4), f"0{length}x")


def token(rng: Random, length: int) -> str:
    """Return `length` random letters and digits."""
    return "".join(rng.choices(_BASE64, k=length))


def _skey(rng: Random) -> str:
    return f"@crypt_{hexes(rng, 8)}_{hexes(rng, 32)}"


def _deal(rng: Random, who: Person | Group) -> str:
    if isinstance(who, Group):
        return "@@" + hexes(rng, 64)
    short = bool(who.alias) or who.official
    return "@" + hexes(rng, 32 if short else 64)
