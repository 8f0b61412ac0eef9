from random import Random

import httpx
import pytest
import trio
from trio.testing import MockClock as Clock

from ruleswx.errors import ScanTimedOut
from ruleswx.protocol.login import Login, LoginEvent, PushAsked, QRShown, Waiting
from ruleswx.sandbox import make_app
from ruleswx.signon import Patience, log_in
from ruleswx.transport import open_transport
from tests.livebot import new_world

ORIGIN = "http://127.0.0.1:9"


async def test_a_server_that_does_not_hold_its_polls_is_asked_twice_a_second_at_most(autojump_clock: Clock) -> None:
    world = new_world(auto=False, hold=0.0, qr_life=60)
    events: list[LoginEvent] = []
    async with open_transport(app=make_app(world)) as transport:
        with pytest.raises(ScanTimedOut):
            await log_in(
                transport,
                Login(ORIGIN),
                events.append,
                lambda error, _: pytest.fail(str(error)),
                now=world.clock.now,
                rng=Random(1),
                patience=Patience(codes=1),
            )
    assert sum(isinstance(event, Waiting) for event in events) <= 121
    assert sum(isinstance(event, QRShown) for event in events) == 1


async def test_a_push_nobody_confirms_ends_in_a_code(autojump_clock: Clock) -> None:
    world = new_world()
    async with open_transport(app=make_app(world)) as transport:

        async def once(stored: object, patience: Patience) -> tuple[list[LoginEvent], object]:
            events: list[LoginEvent] = []
            login = Login(ORIGIN, stored=stored, ended=stored is not None)  # type: ignore[arg-type]
            done = await log_in(
                transport,
                login,
                events.append,
                lambda *_: None,
                now=world.clock.now,
                rng=Random(1),
                patience=patience,
            )
            return events, done.session

        _, session = await once(None, Patience())
        world.options.auto = False
        async with trio.open_nursery() as nursery:

            async def later() -> None:
                await trio.sleep(400)
                world.options.auto = True
                world.scan()
                world.confirm()

            nursery.start_soon(later)
            events, _ = await once(session, Patience(push_seconds=300))
    kinds = [type(event) for event in events]
    assert kinds.index(PushAsked) < kinds.index(QRShown)


async def test_without_any_network_it_asks_for_ever(autojump_clock: Clock) -> None:
    waits: list[float] = []

    async def dead(*_: object) -> None:
        raise httpx.ConnectError("no route")

    async with open_transport(app=dead) as transport:
        with trio.move_on_after(24 * 3600) as scope:
            await log_in(
                transport,
                Login(ORIGIN),
                lambda _: None,
                lambda _, seconds: waits.append(seconds),
                now=trio.current_time,
                rng=Random(1),
            )
    assert scope.cancelled_caught
    assert 24 * 60 <= len(waits) <= 24 * 60 * 3
