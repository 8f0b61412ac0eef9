"""The unmodified wechat4u of the npm registry, against the sandbox over a port."""

from __future__ import annotations

import hashlib
import shutil
from base64 import b64encode
from pathlib import Path

import pytest

from ruleswx.sandbox import World
from tests.npm import install
from tests.sandbox.third_party import running

BOT = Path(__file__).parent / "clients" / "wechat4u_bot.cjs"
VERSION = "0.7.14"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@pytest.fixture(scope="module")
def wechat4u(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package in its node_modules."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node is not installed")
    return install(f"wechat4u@{VERSION}", tmp_path_factory.mktemp("npm")).parent


async def test_wechat4u_chats_and_exchanges_files(wechat4u: Path, tmp_path: Path) -> None:
    world = World(auto=True)
    picture, document = tmp_path / "picture.png", tmp_path / "报告.txt"
    picture.write_bytes(PNG)
    document.write_bytes(b"0123456789" * 60_000)
    command = ["node", str(BOT), str(wechat4u), str(picture), str(document)]
    async with running(world, tmp_path, command) as client:
        await client.sees("login", me="小助手")
        await client.sees("ready")
        friends = set((await client.sees("friends"))["names"])
        assert {"老板", "小李", "林老师", "晨报"} <= friends, friends
        assert "路人甲" in (await client.sees("room", name="产品交流群"))["members"]

        world.say("老王", "在吗 <b>")
        await client.sends(to="老王", text="收到：在吗 <b>")
        for order, kind, file in (("发图", "image", picture), ("发文件", "file", document)):
            world.say("小李", order)
            sent = await client.sends(to="小李", type=kind)
            assert sent["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        world.send("小林", "image", data=b64encode(PNG).decode(), name="a.png")
        await client.sees("media", size=len(PNG), hex=PNG[:8].hex())
        world.send("小林", "file", data=b64encode(b"a document").decode(), name="笔记.pdf")
        await client.sees("media", size=10, hex=b"a docume".hex())
        world.recall(world.say("小李", "说错了"))
        assert "撤回了一条消息" in (await client.sees("recall"))["text"]
        world.kick(1101)
        await client.until(lambda: world.requests["synccheck"] > 1)
    assert world.violations == []
