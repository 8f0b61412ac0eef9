"""The way in as a table.

Theory. There are three doors, tried in the order of what they cost the operator. STORED: ask webwxinit whether the
session on disk still lives. PUSH: ask the phone of a device that was logged in before to confirm, without a scan. CODE:
deal a code, show it, wait until somebody scans (SCAN) and confirms (SCANNED). Both last ones end in EXCHANGE, where the
login page trades the confirmed address for secrets (it may first send us to another host, MOVED, or DECLINE the desktop
mode, after which the web mode is tried once on the same address), and START, where webwxinit tells who we are. IN and
REFUSED are final.

    STORED ──alive──────────────────────────────────────────────────────────► IN
      │ over, skip                                                            ▲
      ▼                                                                       │ alive
    PUSH ──offered──► SCAN ──scanned──► SCANNED ──confirmed──► EXCHANGE ──secrets──► START
      │ declined, skip  ▲ │ gone, cancelled   │                  │ stale               │ over
      ▼                 │ ▼                   │                  ▼                     ▼
    CODE ────dealt──────┘ CODE ◄──────────────┘                CODE                  CODE

A reply is first read into one of INPUTS, then the table says where that leads. A pair that is not in MOVES is a bug of
ours and raises LocalProtocolError naming both. A reply nobody can read raises RemoteProtocolError and moves nothing, so
asking again is always right. The machine never waits, reads no clock and keeps no connection; how often and how long to
try is the driver's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from random import Random
from typing import Literal, TypeAlias, get_args

from ruleswx.errors import LocalProtocolError, LoginRefused, RemoteProtocolError, SessionEnded
from ruleswx.protocol.codes import classify
from ruleswx.protocol.cookies import cookie_value, merge
from ruleswx.protocol.hosts import hosts_for, link_of, moved, related
from ruleswx.protocol.signin import (
    Exchanged,
    build_exchange,
    build_jslogin,
    build_poll,
    build_push,
    parse_exchange,
    parse_jslogin,
    parse_poll,
    parse_push,
)
from ruleswx.protocol.sync import Started, build_init, parse_init
from ruleswx.protocol.wire import Cookie, Mode, Request, Response, Session

__all__ = [
    "INPUTS",
    "MOVES",
    "CodeGone",
    "Confirmed",
    "Door",
    "Exchanging",
    "LoggedIn",
    "Login",
    "LoginEvent",
    "PushAsked",
    "QRShown",
    "Scanned",
    "State",
    "StoredOver",
    "Waiting",
    "without_login",
]

Door = Literal["stored", "push", "scan"]
Input = Literal[
    "alive",
    "over",
    "offered",
    "dealt",
    "waiting",
    "scanned",
    "confirmed",
    "cancelled",
    "gone",
    "secrets",
    "moved",
    "declined",
    "stale",
    "refused",
    "skip",
]
INPUTS: tuple[Input, ...] = get_args(Input)


class State(Enum):
    """Where the login stands."""

    STORED = "trying the stored session"
    PUSH = "asking the phone to confirm"
    CODE = "asking for a code"
    SCAN = "waiting for a scan"
    SCANNED = "waiting for the confirmation"
    EXCHANGE = "trading the confirmation for a session"
    START = "starting the session"
    IN = "logged in"
    REFUSED = "refused"


S = State
_POLLED: dict[Input, State] = {
    "scanned": S.SCANNED,
    "confirmed": S.EXCHANGE,
    "cancelled": S.CODE,
    "gone": S.CODE,
    "skip": S.CODE,
}
MOVES: Mapping[State, Mapping[Input, State]] = {
    S.STORED: {"alive": S.IN, "over": S.PUSH, "refused": S.REFUSED, "skip": S.PUSH},
    S.PUSH: {"offered": S.SCAN, "declined": S.CODE, "skip": S.CODE},
    S.CODE: {"dealt": S.SCAN},
    S.SCAN: {"waiting": S.SCAN, **_POLLED},
    S.SCANNED: {"waiting": S.SCANNED, **_POLLED},
    S.EXCHANGE: {
        "secrets": S.START,
        "moved": S.EXCHANGE,
        "declined": S.EXCHANGE,
        "stale": S.CODE,
        "refused": S.REFUSED,
        "skip": S.CODE,
    },
    S.START: {"alive": S.IN, "over": S.CODE, "refused": S.REFUSED, "skip": S.CODE},
    S.IN: {},
    S.REFUSED: {},
}
_MOST_MOVES = 3


@dataclass(frozen=True, slots=True)
class QRShown:
    """There is a code to scan; `link` is its text. Nobody must open or pre-fetch it."""

    link: str


@dataclass(frozen=True, slots=True)
class PushAsked:
    """The phone was asked to confirm; no scan is needed."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing happened within this poll."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """Somebody scanned and has to confirm on the phone; `avatar` is a JPEG or empty."""

    avatar: bytes = b""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The phone confirmed; the rest needs nobody."""


@dataclass(frozen=True, slots=True)
class CodeGone:
    """The code died or the phone said no; the next request asks for a new one."""

    reason: Literal["cancelled", "expired"]


@dataclass(frozen=True, slots=True)
class StoredOver:
    """The stored session (or the fresh one) is not accepted; another door comes next."""

    ret: int = 0


@dataclass(frozen=True, slots=True)
class Exchanging:
    """The login page sent us on (another host, or the other mode); the next request follows."""

    base: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Done: everything webwxinit told, and through which door."""

    started: Started
    door: Door

    @property
    def session(self) -> Session:
        """The session to keep."""
        return self.started.session


LoginEvent: TypeAlias = (
    QRShown | PushAsked | Waiting | Scanned | Confirmed | CodeGone | StoredOver | Exchanging | LoggedIn
)


class Login:
    """One login. Ask for `request`, carry it, give the answer to `receive`, until LoggedIn comes out.

    `endpoint` is the configured origin, `mode` one of auto, desktop, web. With a stored session the first door is
    STORED; give `ended=True` when the server already said that it is over. A session of another endpoint is left alone.
    Raises LoginRefused when the account may not use the web; after that, and after LoggedIn, nothing is left to ask.
    """

    def __init__(
        self,
        endpoint: str,
        mode: Literal["auto", "desktop", "web"] = "auto",
        stored: Session | None = None,
        *,
        ended: bool = False,
    ) -> None:
        self.state = State.CODE
        self.codes = 0
        self._home = hosts_for(endpoint)
        self._hosts = self._home
        self._auto = mode == "auto"
        self._home_mode: Mode = "web" if mode == "web" else "desktop"
        self._mode = self._home_mode
        if stored is not None and not related(endpoint, stored.hosts):
            stored = None
        self._stored = stored
        self._session: Session | None = None
        self._jar: tuple[Cookie, ...] = ()
        self._uuid = ""
        self._redirect = ""
        self._first = True
        self._hops = 0
        self._door: Door = "scan"
        if stored is not None:
            self._hosts, self._jar, self._door = stored.hosts, stored.cookies, "stored"
            self.state = State.STORED
            if ended or not stored.sid:
                self._move("over")
                self._without_ticket()

    @property
    def door(self) -> Door:
        """Which door is being tried."""
        return self._door

    def request(self, now: float, rng: Random) -> Request:
        """The next question; raises LocalProtocolError when there is none left."""
        match self.state:
            case State.STORED:
                return build_init(self._known(self._stored), now, rng)
            case State.PUSH:
                return build_push(self._known(self._stored), now)
            case State.CODE:
                return build_jslogin(self._hosts, self._mode, now)
            case State.SCAN | State.SCANNED:
                return build_poll(self._hosts, self._uuid, first=self._first, now=now, jar=self._jar)
            case State.EXCHANGE:
                return build_exchange(self._redirect, self._hosts, self._mode, now, self._jar)
            case State.START:
                return build_init(self._known(self._session), now, rng)
            case _:
                raise LocalProtocolError(f"there is nothing to ask: {self.state.value}")

    def receive(self, response: Response, now: float) -> LoginEvent:
        """What the answer means; raises LoginRefused, or RemoteProtocolError after which the question stands."""
        match self.state:
            case State.STORED:
                return self._start(self._known(self._stored), response, now)
            case State.PUSH:
                return self._offered(parse_push(response))
            case State.CODE:
                return self._dealt(parse_jslogin(response))
            case State.SCAN | State.SCANNED:
                return self._polled(response)
            case State.EXCHANGE:
                return self._traded(response, now)
            case State.START:
                return self._start(self._known(self._session), response, now)
            case _:
                raise LocalProtocolError(f"nothing was asked: {self.state.value}")

    def skip(self) -> None:
        """Leave this door for the next one, for a driver that waited long enough or met only noise."""
        self._move("skip")
        self._without_ticket()

    def _move(self, told: Input) -> None:
        after = MOVES[self.state].get(told)
        if after is None:
            raise LocalProtocolError(f"{told!r} cannot happen while {self.state.value}")
        self.state = after
        if after is State.CODE:
            self._hosts, self._mode, self._jar = self._home, self._home_mode, ()
            self._door, self._hops = "scan", 0

    def _without_ticket(self) -> None:
        """The push door needs what an earlier login left in the jar."""
        if self.state is State.PUSH:
            self._door = "push"
            wanted = ("webwxuvid", "webwx_auth_ticket")
            if not all(cookie_value(self._jar, name) for name in wanted):
                self._move("declined")

    def _start(self, session: Session, response: Response, now: float) -> LoginEvent:
        try:
            started = parse_init(session, response, now)
        except SessionEnded as error:
            self._move("over")
            self._without_ticket()
            return StoredOver(error.ret)
        except LoginRefused:
            self._move("refused")
            raise
        self._move("alive")
        return LoggedIn(started, self._door)

    def _offered(self, uuid: str) -> LoginEvent:
        if not uuid:
            self._move("declined")
            return StoredOver()
        self._move("offered")
        self._uuid, self._first = uuid, True
        self._mode = self._known(self._stored).mode
        return PushAsked()

    def _dealt(self, uuid: str) -> LoginEvent:
        self._move("dealt")
        self._uuid, self._first = uuid, True
        self.codes += 1
        return QRShown(link_of(self._hosts, uuid))

    def _polled(self, response: Response) -> LoginEvent:
        poll = parse_poll(response)
        if poll.code == "confirmed":
            self._hosts = moved(self._hosts, poll.redirect)
            self._redirect = poll.redirect
        self._first = False
        self._move(poll.code)
        match poll.code:
            case "waiting":
                return Waiting()
            case "scanned":
                return Scanned(poll.avatar)
            case "confirmed":
                return Confirmed()
            case "cancelled":
                return CodeGone("cancelled")
            case _:
                return CodeGone("expired")

    def _traded(self, response: Response, now: float) -> LoginEvent:
        told = parse_exchange(response)
        self._jar = merge(self._jar, response, now)
        if told.redirect:
            return self._sent_on(told.redirect)
        if told.ret:
            return self._turned_down(told)
        self._session = Session(
            hosts=self._hosts,
            mode=self._mode,
            uin=told.uin,
            sid=told.sid,
            skey=told.skey,
            pass_ticket=told.pass_ticket,
            cookies=self._jar,
        )
        self._move("secrets")
        return Exchanging(self._hosts.base, self._mode)

    def _sent_on(self, redirect: str) -> LoginEvent:
        self._hops += 1
        if self._hops > _MOST_MOVES:
            self._move("stale")
            return CodeGone("expired")
        self._hosts = moved(self._hosts, redirect)
        self._redirect = redirect
        self._move("moved")
        return Exchanging(self._hosts.base, self._mode)

    def _turned_down(self, told: Exchanged) -> LoginEvent:
        """Refused for good, in this mode only, or just too late: the code and the words tell."""
        kind = classify(told.ret)
        if kind in {"throttled", "transport"}:
            raise RemoteProtocolError(f"the login page answered {told.ret}")
        if kind == "ended" or (kind != "refused" and not told.message):
            self._move("stale")
            return CodeGone("expired")
        if self._auto and self._mode == "desktop":
            self._mode = self._home_mode = "web"
            self._move("declined")
            return Exchanging(self._hosts.base, self._mode)
        self._move("refused")
        raise LoginRefused(told.ret, told.message)

    def _known(self, session: Session | None) -> Session:
        if session is None:
            raise LocalProtocolError(f"no session at hand: {self.state.value}")
        return session


def without_login(session: Session) -> Session:
    """What may stay after a logout: device cookies for a later push login, no secret of the session."""
    kept = tuple(c for c in session.cookies if c.name in {"webwxuvid", "webwx_auth_ticket", "wxuin"})
    empty = type(session.skey)()
    return replace(session, sid=empty, skey=empty, pass_ticket=empty, cookies=kept, sync_key=(), sync_check_key=())
