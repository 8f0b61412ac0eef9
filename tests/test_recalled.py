"""What somebody takes back is known and can be passed on, pictures included, in the whole bot."""

from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock as Clock

from tests.livebot import live_bot, new_world, write_bot

RULES = """
reply:
  - rule: 撤回
    when: {event: recall, group: all}
    do: {forward: recalled, to: 小林, prefix: '{{ member }} 撤回了 {{ msg.original_kind }}：{{ msg.original }}'}
  - rule: 私聊撤回
    when: {event: recall, sender: '@'}
    do: {forward: recalled, to: 小林}
"""
GROUP = "产品交流群"


@pytest.mark.parametrize("form", ["msgid", "newmsgid"])
async def test_a_text_and_a_picture_taken_back_are_passed_on(tmp_path: Path, autojump_clock: Clock, form: str) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path, RULES), world) as bot:
        await bot.ready()
        text = world.say("小李", "原话", into=GROUP)
        picture = world.send("小李", "image", into=GROUP, size=3000)
        sticker = world.send("小李", "emoticon")
        await bot.settle()
        for msg_id in (text, picture, sticker):
            world.recall(msg_id, form=form)
            await bot.settle()
    sent: list[dict[str, Any]] = world.sent()
    assert [(entry["to"], entry["type"]) for entry in sent] == [
        ("小林", "text"),
        ("小林", "text"),
        ("小林", "image"),
        ("小林", "emoticon"),
    ]
    assert sent[0]["text"] == "李工 撤回了 text：原话原话"
    assert sent[2]["sha256"] == world.messages[picture].draft.blob.sha256  # type: ignore[union-attr]
    assert world.violations == []


async def test_what_was_said_before_the_bot_came_is_a_failure_with_a_reason(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    world, lines = new_world(backlog=False), list[dict[str, Any]]()
    text = world.say("小李", "早就说了", into=GROUP)
    async with live_bot(write_bot(tmp_path, RULES), world, lines=lines) as bot:
        await bot.ready()
        world.recall(text)
        await bot.settle()
        await trio.sleep(5)
    assert [(entry["to"], entry["text"]) for entry in world.sent()] == [
        ("文件传输助手", "Rule 撤回 failed: what was taken back is not kept")
    ]


PASS_ON = """
reply:
  - rule: 转发
    when: {sender: '@', MsgType: [image, video, file, emoticon, link, voice]}
    do: {forward: message, to: 阿青}
"""


@pytest.mark.parametrize("kind", ["image", "video", "file", "emoticon"])
async def test_what_was_received_is_passed_on_whole(tmp_path: Path, autojump_clock: Clock, kind: str) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path, PASS_ON), world) as bot:
        await bot.ready()
        msg_id = world.send("小李", kind, size=70_000)
        await bot.settle()
    (entry,) = world.sent()
    assert (entry["to"], entry["type"]) == ("阿青", kind)
    assert entry["sha256"] == world.messages[msg_id].draft.blob.sha256  # type: ignore[union-attr]
    assert "webwxuploadmedia" not in world.requests
    assert world.violations == []


async def test_what_the_web_cannot_pass_on_is_told_with_its_reason(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path, PASS_ON), world) as bot:
        await bot.ready()
        world.send("小李", "voice")
        await bot.settle()
    assert bot.answers == [
        ("文件传输助手", "Rule 转发 failed: forward failed: web WeChat cannot forward this kind of message: voice")
    ]
