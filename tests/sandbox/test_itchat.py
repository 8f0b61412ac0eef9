"""The unmodified itchat-uos of the package index, against the sandbox over a port."""

from __future__ import annotations

import hashlib
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from ruleswx.sandbox import World
from tests.sandbox.third_party import running

BOT = Path(__file__).parent / "clients" / "itchat_bot.py"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


async def test_itchat_logs_in_chats_and_exchanges_files(tmp_path: Path) -> None:
    pytest.importorskip("itchat")
    world = World(auto=True)
    picture, document = tmp_path / "picture.png", tmp_path / "报告.txt"
    picture.write_bytes(PNG)
    document.write_bytes(b"0123456789" * 60_000)
    command = [sys.executable, "-W", "ignore", str(BOT), str(picture), str(document)]
    async with running(world, tmp_path, command) as client:
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

        for order, kind, file in (("发图", "image", picture), ("发文件", "file", document)):
            world.say("小李", order)
            sent = await client.sends(to="小李", type=kind)
            assert sent["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        world.send("小林", "image", data=b64encode(PNG).decode(), name="a.png")
        await client.sees("media", type="Picture", size=len(PNG), hex=PNG[:8].hex())
        world.send("小林", "file", data=b64encode(b"a document").decode(), name="笔记.pdf")
        await client.sees("media", type="Attachment", name="笔记.pdf", size=10)
        world.recall(world.say("阿青", "说错了"))
        await client.sees("note", text='"阿青" 撤回了一条消息')
    assert world.violations == []
    rules = {each["rule"] for each in world.notes}
    assert rules <= {"Skey empty", "pass_ticket", "tip", "sid encoding", "DeviceID", "hot polling", "file name"}
