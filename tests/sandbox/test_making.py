"""Every kind of message that can be made up."""

from __future__ import annotations

from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ruleswx.sandbox import SandboxError, World
from ruleswx.sandbox.control import run_verb
from ruleswx.sandbox.making import KINDS
from tests.sandbox.visitor import open_visitor

NEEDED: dict[str, dict[str, Any]] = {
    "text": {"text": "你好"},
    "link": {"title": "一 & 二 <三>"},
    "invitation": {"group": "客户群一"},
    "quote": {"text": "同意"},
    "card": {"person": "路人甲"},
    "system": {"text": "位置共享已经结束"},
}
TYPES = {
    **dict.fromkeys(("text", "location", "news", "raw"), 1),
    "image": 3,
    "voice": 34,
    "video": 43,
    "clip": 62,
    "emoticon": 47,
    "card": 42,
    "call": 50,
    "system": 10000,
    "redpacket": 10000,
    "pat": 10002,
}


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_each_kind_arrives_in_private_and_in_a_group(kind: str) -> None:
    world = World(auto=True, strict=True)
    visitor = open_visitor(world)
    await visitor.login()
    order = {"as": "小李", "type": kind, **NEEDED.get(kind, {})}
    for place in ({}, {"in": "产品交流群"}):
        run_verb(world, "send", {**order, **place})
    private, group = (await visitor.sync())["AddMsgList"]
    friend, room = await visitor.find("小李"), await visitor.find("产品交流群")
    assert private["FromUserName"] == friend
    assert group["FromUserName"] == room
    assert {private["MsgType"], group["MsgType"]} == {TYPES.get(kind, 49)}
    assert group["Content"].startswith(f"{friend}:<br/>") == (private["MsgType"] != 10000)
    if private["Content"].startswith("&lt;"):
        ET.fromstring(unescape(private["Content"].replace("<br/>", "\n")).strip())


async def test_the_title_of_a_link_is_what_was_written() -> None:
    world = World(auto=True)
    visitor = open_visitor(world)
    await visitor.login()
    world.send("晨报", "link", title="一 & 二 <三>", url="https://example.com/?a=1&b=2")
    (message,) = (await visitor.sync())["AddMsgList"]
    root = ET.fromstring(unescape(message["Content"].replace("<br/>", "\n")).strip())
    assert root.findtext("appmsg/title") == "一 & 二 <三>"
    assert root.findtext("appmsg/url") == "https://example.com/?a=1&b=2"
    assert unescape(message["FileName"]) == "一 & 二 <三>"


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"as": "老王", "type": "pictur"}, "gif_app|link|image|text"),
        ({"as": "老王", "type": "image", "file": "/etc/passwd"}, "It takes"),
        ({"as": "老王", "type": "image", "data": "不"}, "base64"),
        ({"as": "老王", "type": "link"}, "`title` is missing"),
        ({"type": "image"}, "`as` is missing"),
        ({"as": "老王", "type": "friend_request"}, "friend"),
    ],
)
def test_a_wrong_order_says_what_is_wrong(order: dict[str, Any], words: str) -> None:
    with pytest.raises(SandboxError, match=words):
        run_verb(World(), "send", order)
