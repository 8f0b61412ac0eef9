"""What others send besides words is kept when the configuration says so, in the whole bot."""

import hashlib
import json
from pathlib import Path
from typing import Any

import trio
from trio.testing import MockClock as Clock

from tests.livebot import CONFIG, live_bot, new_world, write_bot

KEEP = f"{CONFIG}keep: {{media: 1MB, messages: 2h}}\n"


def kept(folder: Path) -> list[dict[str, Any]]:
    """What is known about every file, by the time it came; each file is there and is what its notes say."""
    media = folder / "state" / "media"
    notes = [json.loads(path.read_text("utf-8")) for path in media.glob("*.json")] if media.is_dir() else []
    for note in notes:
        data = (media / note["file"]).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (note["sha256"], note["size"])
    assert media.is_dir() or not notes
    return sorted(notes, key=lambda note: str(note["received"]) + str(note["message"]))


async def test_every_kind_is_kept_whole(tmp_path: Path, autojump_clock: Clock) -> None:
    world, lines = new_world(), list[dict[str, Any]]()
    async with live_bot(write_bot(tmp_path, config=KEEP), world, lines=lines) as bot:
        await bot.ready()
        ids = [
            world.send("小李", "image", size=70_000),
            world.send("小李", "voice"),
            world.send("小李", "video", size=130_000, into="产品交流群"),
            world.send("小李", "emoticon"),
            world.send("小李", "file", size=200_000, name="../报 价&<单>.exe"),
        ]
        world.say("小李", "只是字")
        world.send("phone", "image", into="小李")
        await bot.settle()
        await bot.until(lambda: len(kept(tmp_path)) == 5)
        await trio.sleep(60)
    notes = {note["message"]: note for note in kept(tmp_path)}
    assert set(notes) == set(ids)
    for msg_id in ids:
        assert notes[msg_id]["sha256"] == world.messages[msg_id].draft.blob.sha256  # type: ignore[union-attr]
    assert [Path(notes[msg_id]["file"]).suffix for msg_id in ids[:4]] == [".jpg", ".mp3", ".mp4", ".gif"]
    file = notes[ids[4]]
    assert (Path(file["file"]).suffix, file["file_name"]) == (".bin", "../报 价&<单>.exe")
    assert (notes[ids[2]]["chat"], file["sender"]) == ("产品交流群", "小李")
    asked = ("webwxgetmsgimg", "webwxgetvoice", "webwxgetvideo", "webwxgetmedia")
    assert [world.requests[name] for name in asked] == [2, 1, 1, 1]
    assert world.violations == []
    assert sum(line["event"] == "media_saved" for line in lines) == 5


async def test_nothing_is_kept_unless_asked(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        world.send("小李", "image")
        await bot.settle()
    assert not (tmp_path / "state" / "media").exists()
    assert "webwxgetmsgimg" not in world.requests


async def test_trouble_is_tried_again_and_then_logged_and_stops_nothing(tmp_path: Path, autojump_clock: Clock) -> None:
    world, lines = new_world(), list[dict[str, Any]]()
    async with live_bot(write_bot(tmp_path, config=KEEP), world, lines=lines) as bot:
        await bot.ready()
        world.faults.add("webwxgetmsgimg", "html", times=2)
        world.faults.add("webwxgetvoice", "drop", times=5)
        picture = world.send("小李", "image")
        world.send("小李", "voice")
        large = world.send("小李", "file", size=1_200_000)
        after = world.send("小李", "video")
        world.say("小李", "ping 1")
        await bot.settle()
        await bot.until(lambda: len(kept(tmp_path)) == 2)
    assert {note["message"] for note in kept(tmp_path)} == {picture, after}
    assert large not in {note["message"] for note in kept(tmp_path)}
    assert [line["kind"] for line in lines if line["event"] == "media_lost"] == ["voice message", "file"]
    assert bot.answers == [("小李", "pong 1")]


async def test_what_is_old_goes_and_the_folder_keeps_its_size(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path, config=KEEP), world) as bot:
        await bot.ready()
        ids = []
        for _ in range(4):
            ids.append(world.send("小李", "file", size=300_000))
            await bot.settle()
            await trio.sleep(20)
        assert [note["message"] for note in kept(tmp_path)] == ids[1:]
        await trio.sleep(3 * 3600 + 600)
        assert kept(tmp_path) == []


async def test_what_a_lost_session_left_is_fetched_by_the_next(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path, config=KEEP), world) as bot:
        await bot.ready()
        world.faults.add("webwxgetmsgimg", "stall", times=1, seconds=200)
        picture = world.send("小李", "image")
        await bot.settle()
        world.kick(1101)
        await bot.until(lambda: world.logins == 2)
        await bot.until(lambda: kept(tmp_path))
    assert [note["message"] for note in kept(tmp_path)] == [picture]
