"""Faults on order, as far as they need no connection (see test_server for those)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import trio

from ruleswx.sandbox import SandboxError, World, trio_clock
from ruleswx.sandbox.control import run_verb
from tests.sandbox.visitor import CGI, Visitor, open_visitor


@pytest.fixture
def world() -> World:
    return World(auto=True)


@pytest.fixture
async def visitor(world: World) -> Visitor:
    visitor = open_visitor(world)
    await visitor.login()
    return visitor


async def raw(visitor: Visitor, text: str = "x") -> httpx.Response:
    msg = visitor.msg("filehelper", Type=1, Content=text)
    content = json.dumps({"BaseRequest": visitor.base, "Msg": msg, "Scene": 0})
    return await visitor.http.post(f"{CGI}/webwxsendmsg", content=content)


@pytest.mark.parametrize(
    ("order", "status", "body"),
    [
        ({"kind": "502"}, 502, b""),
        ({"kind": "http", "status": 503}, 503, b""),
        ({"kind": "html"}, 200, "系统繁忙".encode()),
        ({"kind": "empty"}, 200, b""),
        ({"kind": "redirect", "location": "https://elsewhere.example/"}, 302, b""),
        ({"kind": "1205"}, 200, b"1205"),
        ({"kind": "ret", "code": -1}, 200, b"-1"),
        ({"kind": "no_effect"}, 200, b'"Ret": 0'),
        ({"kind": "no_base"}, 200, b"Count"),
        ({"kind": "garbage"}, 200, b""),
    ],
)
async def test_a_request_that_is_not_carried_out(
    world: World, visitor: Visitor, order: dict[str, Any], status: int, body: bytes
) -> None:
    run_verb(world, "fault", {"endpoint": "webwxsendmsg", "times": 1, **order})
    reply = await raw(visitor)
    assert reply.status_code == status
    assert body in reply.content
    assert world.sent() == []
    assert (await raw(visitor)).json()["BaseResponse"]["Ret"] == 0
    assert len(world.sent()) == 1


@pytest.mark.parametrize("kind", ["truncate", "bad_utf8", "slow", "lose_cookies"])
async def test_a_request_that_is_carried_out_and_answered_badly(autojump_clock: Any, kind: str) -> None:
    world = World(auto=True, clock=trio_clock())
    visitor = open_visitor(world)
    await visitor.login()
    world.faults.add("webwxsendmsg", kind)
    reply = await raw(visitor)
    assert len(world.sent()) == 1
    assert trio.current_time() == (5 if kind == "slow" else 0)
    if kind in ("truncate", "bad_utf8"):
        with pytest.raises(ValueError, match=r"utf-8|delimiter|Expecting|Unterminated"):
            json.loads(reply.content)
    assert ("wxsid" in visitor.http.cookies) == (kind != "lose_cookies")


async def test_a_closed_connection_is_an_error_in_process(world: World, visitor: Visitor) -> None:
    for kind, sent in (("drop", 0), ("lost", 1), ("reset", 2)):
        world.faults.add("webwxsendmsg", kind)
        with pytest.raises(ConnectionError):
            await raw(visitor, kind)
        assert len(world.sent()) == sent


async def test_a_stalled_request_ends_after_its_seconds(autojump_clock: Any) -> None:
    world = World(clock=trio_clock())
    visitor = open_visitor(world)
    world.faults.add("jslogin", "stall", seconds=60)
    with pytest.raises(ConnectionError):
        await visitor.jslogin()
    assert trio.current_time() == 60
    assert not world.gates


async def test_selector_storms_and_odd_retcodes(world: World, visitor: Visitor) -> None:
    world.faults.add("synccheck", "selector", 3)
    assert [await visitor.check() for _ in range(3)] == [("0", "7")] * 3
    world.faults.add("synccheck", "retcode", retcode=-14)
    assert await visitor.check() == ("-14", "0")
    world.faults.add("synccheck", "1205")
    assert (await visitor.check())[0] == "1205"


async def test_keys_that_are_lost_or_go_back_and_doubled_messages(world: World, visitor: Visitor) -> None:
    world.say("老王", "一")
    world.faults.add("webwxsync", "empty_key")
    reply = await visitor.sync()
    assert reply["SyncKey"] == reply["SyncCheckKey"] == {"Count": 0, "List": []}
    world.faults.add("webwxsync", "old_key")
    before = visitor.key
    assert (await visitor.sync())["SyncKey"] == before
    world.faults.add("webwxsync", "duplicate")
    assert [each["Content"] for each in (await visitor.sync())["AddMsgList"]] == ["一", "一"]
    assert (await visitor.sync())["AddMsgList"] == []


async def test_a_kick_and_a_dying_code_in_the_middle_of_a_request(world: World, visitor: Visitor) -> None:
    world.faults.add("webwxsendmsg", "kick", code=1100)
    assert (await raw(visitor)).json()["BaseResponse"]["Ret"] == 1100
    uuid = await visitor.jslogin()
    world.faults.add("login", "expire")
    assert "400" in await visitor.poll(uuid)


async def test_chance_is_repeatable_and_skipping_counts(world: World, visitor: Visitor) -> None:
    outcomes = []
    for _ in range(2):
        run_verb(world, "heal", {})
        order = {"endpoint": "*", "kind": "500", "times": 100, "chance": 0.5, "seed": 7}
        run_verb(world, "fault", order)
        outcomes.append([(await raw(visitor)).status_code for _ in range(20)])
    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0]) == {200, 500}
    run_verb(world, "heal", {})
    world.faults.add("webwxsendmsg", "500", skip=1)
    assert [(await raw(visitor)).status_code for _ in range(3)] == [200, 500, 200]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"endpoint": "sync", "kind": "500"}, "webwxsync"),
        ({"endpoint": "webwxsync", "kind": "late", "seconds": "long"}, "number"),
        ({"endpoint": "webwxsync", "kind": "drop", "often": 2}, "It takes"),
    ],
)
def test_an_order_for_a_fault_is_checked(order: dict[str, Any], words: str) -> None:
    with pytest.raises(SandboxError, match=words):
        run_verb(World(), "fault", order)
