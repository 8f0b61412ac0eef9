"""The waiting half of a login: carries what `protocol.login` asks, and decides how long and how often to try.

The table of the login knows what may follow what; this module knows patience. The network failing is never a reason
to give a door up: only well-formed replies are. A code that died is renewed a few times; when nobody scans any of
them the login ends with ScanTimedOut. It must not know who shows the code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import trio

from ruleswx.errors import RemoteProtocolError, ScanTimedOut, TimedOut, TransportError
from ruleswx.protocol.login import (
    LoggedIn,
    Login,
    LoginEvent,
    PushAsked,
    QRShown,
    State,
    Waiting,
)
from ruleswx.ratelimit import Backoff
from ruleswx.transport import Transport

__all__ = ["Patience", "log_in"]

_QUICK = 1.0
_QUICK_PAUSE = 0.5
"""A poll that comes back at once is answered by a short sleep, or a server that does not hold makes a storm."""
_NOISE = 3


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for people: `codes` shown one after the other, seconds a code is trusted to live, seconds for
    the phone to confirm without a scan."""

    codes: int = 5
    code_seconds: float = 300.0
    push_seconds: float = 300.0


async def log_in(
    transport: Transport,
    login: Login,
    show: Callable[[LoginEvent], None],
    trouble: Callable[[Exception, float], None],
    *,
    now: Callable[[], float],
    rng: Random,
    patience: Patience = Patience(),
) -> LoggedIn:
    """Drive a login to its end; `show` hears every event, `trouble` every failed try and the wait before the next.

    Raises LoginRefused when the account may not use the web and ScanTimedOut when nobody came to scan.
    """
    backoff = Backoff()
    deadline = float("inf")
    last: LoginEvent | None = None
    while True:
        if trio.current_time() >= deadline:
            login.skip()
            deadline = float("inf")
        if login.state is State.CODE and login.codes >= patience.codes:
            raise ScanTimedOut(f"{patience.codes} codes were shown and nobody scanned")
        asked = trio.current_time()
        try:
            response = await transport.send(login.request(now(), rng))
            event = login.receive(response, now())
        except TimedOut as error:
            if error.phase == "read" and login.state in {State.SCAN, State.SCANNED}:
                continue  # the usual end of a long poll that nobody answered
            await _wait(error, login, backoff, trouble, rng)
        except (TransportError, RemoteProtocolError) as error:
            await _wait(error, login, backoff, trouble, rng)
        else:
            backoff.worked()
            show(event)
            if isinstance(event, LoggedIn):
                return event
            deadline = _deadline(event, deadline, patience)
            if trio.current_time() - asked < _QUICK and (isinstance(event, Waiting) or type(event) is type(last)):
                await trio.sleep(_QUICK_PAUSE)
            last = event


async def _wait(
    error: Exception, login: Login, backoff: Backoff, trouble: Callable[[Exception, float], None], rng: Random
) -> None:
    seconds = backoff.failed(rng)
    trouble(error, seconds)
    # The doors below can be tried again from the start; the stored session and asking for a code are never given up.
    unreadable = isinstance(error, RemoteProtocolError)
    if unreadable and backoff.failures >= _NOISE and login.state in {State.PUSH, State.EXCHANGE}:
        login.skip()
        backoff.worked()
    await trio.sleep(seconds)


def _deadline(event: LoginEvent, before: float, patience: Patience) -> float:
    """When the present code or prompt counts as dead although the server has not said so."""
    match event:
        case QRShown():
            return trio.current_time() + patience.code_seconds
        case PushAsked():
            return trio.current_time() + patience.push_seconds
        case Waiting():
            return before
        case _:
            return float("inf")
