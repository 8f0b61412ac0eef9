"""Scanning, confirming, being refused, coming back."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
import trio

from ruleswx.sandbox import World, trio_clock
from tests.sandbox.visitor import open_visitor

POLL = "/cgi-bin/mmwebwx-bin/login"


def code(text: str) -> str:
    return re.search(r"window\.code=(\d+)", text)[1]  # type: ignore[index]


async def test_the_poll_tells_each_step(autojump_clock: Any) -> None:
    world = World(clock=trio_clock(), strict=True)
    visitor = open_visitor(world)
    uuid = await visitor.jslogin()
    assert code(await visitor.poll(uuid, 1)) == "408"
    assert trio.current_time() == 25.0
    world.scan()
    assert "userAvatar = 'data:img/jpg;base64," in await visitor.poll(uuid)
    world.confirm()
    reply = await visitor.redeem(await visitor.poll(uuid))
    assert reply.status_code == 200
    assert {"skey", "wxsid", "wxuin", "pass_ticket"} <= visitor.secrets.keys()
    assert {cookie.name for cookie in visitor.http.cookies.jar} >= {"wxuin", "wxsid", "webwx_data_ticket"}
    assert (await visitor.init())["User"]["NickName"] == "小助手"
    assert world.violations == []


async def test_a_scan_wakes_a_held_poll_at_once(autojump_clock: Any) -> None:
    world = World(clock=trio_clock())
    visitor = open_visitor(world)
    uuid = await visitor.jslogin()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(visitor.poll, uuid, 1)
        await trio.sleep(3)
        world.scan()
    assert trio.current_time() == 3.0


async def test_tip_zero_hears_of_the_scan_once_and_then_waits(autojump_clock: Any) -> None:
    world = World(clock=trio_clock())
    visitor = open_visitor(world)
    uuid = await visitor.jslogin()
    world.scan()
    assert [code(await visitor.poll(uuid, tip)) for tip in (0, 1, 0)] == ["201", "201", "408"]


@pytest.mark.parametrize(("verb", "expected"), [("cancel", "202"), ("expire", "400")])
async def test_a_code_that_goes_no_further(verb: str, expected: str) -> None:
    world = World()
    visitor = open_visitor(world)
    uuid = await visitor.jslogin()
    world.scan()
    getattr(world, verb)()
    assert code(await visitor.poll(uuid)) == expected


async def test_a_code_dies_of_old_age(autojump_clock: Any) -> None:
    world = World(clock=trio_clock())
    visitor = open_visitor(world)
    uuid = await visitor.jslogin()
    await trio.sleep(241)
    assert code(await visitor.poll(uuid)) == "400"
    assert code(await visitor.poll("nonsense==")) == "400"


async def test_without_flags_the_exchange_is_a_301_with_a_body() -> None:
    world = World(auto=True)
    visitor = open_visitor(world)
    uuid = await visitor.jslogin()
    await visitor.poll(uuid)
    reply = await visitor.redeem(await visitor.poll(uuid), extra="")
    assert reply.status_code == 301
    assert "location" not in reply.headers
    assert visitor.secrets["ret"] == "0"


async def test_an_account_that_may_not_use_the_web() -> None:
    world = World(auto=True, login="refused")
    visitor = open_visitor(world)
    uuid = await visitor.jslogin()
    await visitor.poll(uuid)
    await visitor.redeem(await visitor.poll(uuid))
    assert visitor.secrets["ret"] == "1203"
    assert "不能登录网页微信" in visitor.secrets["message"]
    assert "skey" not in visitor.secrets


async def test_a_desktop_account_wants_the_desktop_headers() -> None:
    world = World(auto=True, login="desktop")
    visitor = open_visitor(world)
    uuid = await visitor.jslogin()
    await visitor.poll(uuid)
    text = await visitor.poll(uuid)
    await visitor.redeem(text, **{"client-version": "2.0.0", "extspam": "made up"})
    assert visitor.secrets["ret"] == "1203"
    config = pytest.importorskip("itchat.config")
    await visitor.redeem(text, **{"client-version": "2.0.0", "extspam": config.UOS_PATCH_EXTSPAM})
    assert visitor.secrets["ret"] == "0"


async def test_an_account_the_desktop_mode_is_closed_to() -> None:
    world = World(auto=True, login="web")
    visitor = open_visitor(world)
    uuid = await visitor.jslogin()
    await visitor.poll(uuid)
    text = await visitor.poll(uuid)
    config = pytest.importorskip("itchat.config")
    await visitor.redeem(text, **{"client-version": "2.0.0", "extspam": config.UOS_PATCH_EXTSPAM})
    assert visitor.secrets["ret"] == "1203"
    await visitor.redeem(text)
    assert visitor.secrets["ret"] == "0"


async def test_push_login_needs_the_old_cookies_and_no_scan() -> None:
    world = World(auto=True)
    visitor = open_visitor(world)
    await visitor.login()
    uin = visitor.secrets["wxuin"]
    path = f"/cgi-bin/mmwebwx-bin/webwxpushloginurl?uin={uin}"
    world.kick(1101)
    offer = (await visitor.http.get(path)).json()
    assert offer["ret"] == "0"
    assert "redirect_uri" in await visitor.poll(offer["uuid"], 1)
    assert (await open_visitor(world).http.get(path)).json()["ret"] != "0"


async def test_every_login_deals_new_names_and_ends_the_one_before() -> None:
    world = World(auto=True, strict=True)
    first, second = open_visitor(world), open_visitor(world)
    await first.login()
    friend = await first.find("老王")
    assert await first.find("老王") == friend
    await second.login()
    assert await second.find("老王") != friend
    assert first.me != second.me
    assert await first.check() == ("1101", "0")
    reply = await second.send(friend, "在吗")
    assert reply["BaseResponse"]["Ret"] == 1201
    assert [each["rule"] for each in world.violations] == ["stale id"]


async def test_logout_ends_the_session_and_takes_the_cookies() -> None:
    world = World(auto=True, strict=True)
    visitor = open_visitor(world)
    await visitor.login()
    form = {"sid": visitor.secrets["wxsid"], "uin": visitor.secrets["wxuin"]}
    reply = await visitor.http.post("/cgi-bin/mmwebwx-bin/webwxlogout?redirect=1&type=0", data=form)
    assert reply.headers["location"] == "http://sandbox/"
    assert "wxsid" not in visitor.http.cookies
    assert not world.logged_in
    assert world.violations == []


async def test_the_redirect_names_the_host_of_the_account() -> None:
    world = World(auto=True, base="wx2.qq.com")
    visitor = open_visitor(world, "https://login.wx.qq.com")
    uuid = await visitor.jslogin()
    await visitor.poll(uuid)
    reply = await visitor.redeem(await visitor.poll(uuid))
    assert reply.url.host == "wx2.qq.com"
    cookies = reply.headers.get_list("set-cookie")
    domains = [re.search(r"Domain=(\S+?);", each)[1] for each in cookies if each.startswith("wxuin")]  # type: ignore[index]
    assert domains == ["wx2.qq.com", ".qq.com"]
    assert all(each.endswith("Secure") for each in cookies)


async def test_a_wrong_appid_gets_no_code() -> None:
    world = World()
    visitor = open_visitor(world)
    text = (await visitor.http.get("/jslogin?appid=wxeb7ec651dd0aefa9&redirect_uri=x")).text
    assert "uuid" not in text
    assert world.violations[0]["rule"] == "appid"


async def test_one_sandbox_plays_every_host_of_a_family(autojump_clock: Any) -> None:
    world = World(auto=True, strict=True, base="wx2.qq.com", clock=trio_clock())
    visitor = open_visitor(world, "https://login.wx.qq.com")
    uuid = await visitor.jslogin()
    await visitor.poll(uuid, 1)
    await visitor.redeem(await visitor.poll(uuid))
    visitor.http.base_url = httpx.URL("https://wx2.qq.com")
    await visitor.init()
    for host, call in (
        ("webpush.wx2.qq.com", visitor.check),
        ("wx2.qq.com", visitor.sync),
        ("file.wx2.qq.com", visitor.contacts),
    ):
        visitor.http.base_url = httpx.URL(f"https://{host}")
        await call()
    assert world.violations == []
    visitor.http.base_url = httpx.URL("https://wx8.qq.com")
    await visitor.sync()
    assert [each["rule"] for each in world.violations] == ["cookies"]
