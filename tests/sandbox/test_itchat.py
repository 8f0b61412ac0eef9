"""The unmodified itchat-uos of the package index, against the sandbox over a port."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ruleswx.sandbox import World
from tests.sandbox.third_party import running

BOT = Path(__file__).parent / "clients" / "itchat_bot.py"


async def test_itchat_logs_in_lists_everybody_and_answers(tmp_path: Path) -> None:
    pytest.importorskip("itchat")
    world = World(auto=True)
    async with running(world, tmp_path, [sys.executable, "-W", "ignore", str(BOT)]) as client:
        await client.sees("ready")
        friends = (await client.sees("friends"))["names"]
        assert {"老王", "小李", "小林", "小明☀"} <= set(friends)
        room = await client.sees("room", name="读书会📚")
        assert room["members"].count("张伟") == 2

        world.say("老王", "1 < 2 & 😂")
        await client.sends(to="老王", text="收到：1 < 2 & 😂")
        world.say("小李", "大家好", into="产品交流群")
        world.say("小李", "@助手\u2005 在吗", into="产品交流群")
        await client.sends(to="产品交流群", text="在")
        assert len(world.sent()) == 2
    assert world.violations == []
    rules = {each["rule"] for each in world.notes}
    assert rules <= {"Skey empty", "pass_ticket", "tip", "sid encoding", "DeviceID", "hot polling"}
