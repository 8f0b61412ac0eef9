"""The world on a port: control, faults that break connections, stopping."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from ruleswx.sandbox import World, serve
from ruleswx.sandbox.command import run_sandbox

LOGIN = "/jslogin?appid=wx782c26e4c19acffb&redirect_uri=x"


async def test_every_verb_answers_over_http(nursery: trio.Nursery) -> None:
    world = World()
    address: str = await nursery.start(serve, world)
    async with httpx.AsyncClient(base_url=f"{address}/sandbox/") as client:

        async def order(verb: str, **given: Any) -> Any:
            reply = await client.post(verb, content=json.dumps(given))
            assert reply.status_code == 200, reply.text
            return reply.json()

        await client.get(address + LOGIN)
        assert (await order("scan"))["state"] == "scanned"
        assert (await order("confirm"))["state"] == "confirmed"
        assert (await order("say", **{"as": "老板", "text": "在吗"}))["MsgId"].isdigit()
        assert any(each["remark"] == "老板" for each in await order("people"))
        assert {each["name"] for each in await order("groups")} >= {"读书会📚"}
        assert await order("sent", since=0) == []
        assert await order("violations") == []
        before = (await order("state"))["time"]
        assert (await order("clock", advance=60))["time"] >= before + 60
        assert (await order("options", hold=1.5))["hold"] == 1.5


@pytest.mark.parametrize(
    ("verb", "given", "words"),
    [
        ("say", {"as": "老忘", "text": "x"}, "老王"),
        ("say", {"as": "张伟", "text": "x"}, "wxid_zhangwei0000001"),
        ("say", {"as": "路人甲", "text": "x"}, "friend_request"),
        ("say", {"as": "阿青", "in": "读书会📚", "text": "x"}, "join"),
        ("say", {"as": "老王"}, "`text` is missing"),
        ("say", {"as": "老王", "text": "x", "too": "小李"}, "It takes: as, in"),
        ("says", {}, "say"),
        ("scan", {}, "jslogin"),
        ("fault", {"endpoint": "webwxsync", "kind": "truncated"}, "truncate"),
        ("kick", {}, "nobody is logged in"),
        ("options", {"holds": 1}, "hold"),
    ],
)
async def test_a_mistaken_order_says_how_to_mend_it(
    nursery: trio.Nursery, verb: str, given: dict[str, Any], words: str
) -> None:
    address: str = await nursery.start(serve, World())
    async with httpx.AsyncClient() as client:
        reply = await client.post(f"{address}/sandbox/{verb}", json=given)
    assert reply.status_code == 400
    assert words in reply.json()["error"]


async def test_control_is_for_this_machine_only(nursery: trio.Nursery) -> None:
    address: str = await nursery.start(serve, World())
    async with httpx.AsyncClient() as client:
        for headers in ({"host": "evil.example"}, {"origin": "https://evil.example"}, {"origin": "http://10.0.0.1"}):
            assert (await client.post(f"{address}/sandbox/people", headers=headers)).status_code == 403
        assert (await client.post(f"{address}/sandbox/people", headers={"origin": address})).status_code == 200
        assert (await client.get(f"{address}/sandbox/people")).status_code == 405
        reply = await client.get(address + LOGIN, headers={"host": "login.wx.qq.com"})
        assert reply.status_code == 200


@pytest.mark.parametrize("kind", ["drop", "reset", "long", "lost"])
async def test_faults_that_break_the_connection(nursery: trio.Nursery, kind: str) -> None:
    world = World()
    address: str = await nursery.start(serve, world)
    world.faults.add("jslogin", kind)
    async with httpx.AsyncClient(base_url=address) as client:
        with pytest.raises(httpx.TransportError):
            await client.get(LOGIN)
        assert (await client.get(LOGIN)).status_code == 200
    assert len(world.gates) == {"drop": 1}.get(kind, 2)


async def test_a_client_that_goes_away_ends_its_poll(nursery: trio.Nursery) -> None:
    world = World()
    address: str = await nursery.start(serve, world)
    uuid = world_code(await fetch(address + LOGIN))
    with trio.fail_after(5):
        async with trio.open_nursery() as polling:
            polling.start_soon(fetch, f"{address}/cgi-bin/mmwebwx-bin/login?uuid={uuid}&tip=0")
            await until(world, lambda: world.held.get("login") == 1)
            polling.cancel_scope.cancel()
        await until(world, lambda: world.held["login"] == 0)


async def test_the_command_prints_its_address_and_stops_at_a_signal(nursery: trio.Nursery, tmp_path: Path) -> None:
    out = Told()
    path = tmp_path / "world.json"
    path.write_text('{"people": [{"name": "客人"}]}', "utf-8")

    with trio.fail_after(5):
        async with trio.open_nursery() as running:
            running.start_soon(run_sandbox, 0, False, str(path), out)
            await out.told.wait()
            address = json.loads(out.getvalue())["sandbox"]
            uuid = world_code(await fetch(address + LOGIN))
            nursery.start_soon(gone, f"{address}/cgi-bin/mmwebwx-bin/login?uuid={uuid}&tip=1")
            async with httpx.AsyncClient() as client:
                while not (await client.post(f"{address}/sandbox/state")).json()["held"].get("login"):
                    pass
            os.kill(os.getpid(), signal.SIGTERM)


class Told(io.StringIO):
    """Standard output that says when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.told = trio.Event()

    def flush(self) -> None:
        self.told.set()


async def until(world: World, condition: Callable[[], bool]) -> None:
    """Wait for a change of the world after which `condition` holds."""
    while not condition():
        news = trio.Event()
        unwatch = world.watch(news.set)
        await news.wait()
        unwatch()


async def gone(url: str) -> None:
    with pytest.raises(httpx.TransportError):
        await fetch(url)


async def fetch(url: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text


def world_code(text: str) -> str:
    return text.partition('uuid = "')[2].partition('"')[0]
