"""What lists alone show, in the whole bot: nobody's grey line tells it, and rules hear it once all the same."""

from pathlib import Path
from typing import Any

import trio
from trio.testing import MockClock as Clock

from ruleswx.sandbox import groups
from tests.livebot import live_bot, new_world, write_bot

RULES = """
vars: {次数: {type: number, start: 0, per: chat}}
reply:
  - rule: 退群
    when: {event: member_leave, group: all}
    do: {reply: '{{ left | join("、") }} 走了'}
  - rule: 入群
    when: {event: member_join, group: all}
    do: {reply: '欢迎 {{ joined | join("、") }}'}
  - rule: 改名
    when: {event: group_renamed, group: all}
    do: {reply: '现在叫 {{ group }}'}
  - rule: 计数
    when: {group: 产品交流群, contains: 计数}
    do: [{add: {次数: 1}}, {reply: '{{ 次数 }}'}]
    examples: {hit: [计数], miss: [在吗]}
"""
GROUP = "产品交流群"


def quietly(world: Any, group: str, *, add: str = "", remove: str = "", name: str = "") -> None:
    """Change a group without any grey line, as some phones do."""
    room = world.directory.group(group)
    if add:
        room.members[world.directory.person(add).key] = ""
    if remove:
        del room.members[world.directory.person(remove).key]
    if name:
        room.nick = name
    groups.show(world, room)


async def test_silent_comings_and_goings_are_heard_once(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path, RULES), world) as bot:
        await bot.ready()
        await trio.sleep(5)
        world.leave(GROUP, "老王")
        await bot.settle()
        await trio.sleep(15)
        quietly(world, GROUP, add="老王")
        await trio.sleep(15)
        quietly(world, GROUP, name="新产品群")
        await trio.sleep(60)
        await bot.settle()
    assert bot.answers == [(GROUP, "老板 走了"), (GROUP, "欢迎 老板"), ("新产品群", "现在叫 新产品群")]


async def test_what_a_grey_line_tells_is_heard_once(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path, RULES), world) as bot:
        await bot.ready()
        await trio.sleep(5)
        world.leave(GROUP, "老王", by="me")
        await trio.sleep(20)
        world.join(GROUP, "老王")
        await trio.sleep(20)
        world.rename(GROUP, "新产品群")
        await trio.sleep(60)
        await bot.settle()
    assert [text for _, text in bot.answers] == ["老王 走了", "欢迎 老板", "现在叫 新产品群"]


async def test_a_renamed_group_keeps_its_state_and_the_log_names_the_places(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    world, lines = new_world(), list[dict[str, Any]]()
    path = write_bot(tmp_path, RULES)
    async with live_bot(path, world, lines=lines) as bot:
        await bot.ready()
        await trio.sleep(5)
        world.say("小李", "计数", into=GROUP)
        await bot.settle()
        world.rename(GROUP, "新产品群")
        await trio.sleep(30)
        world.rename("新产品群", GROUP)
        await trio.sleep(30)
        world.say("小李", "计数", into=GROUP)
        await bot.settle()
        world.rename(GROUP, "又改名")
        await trio.sleep(30)
    said = [(line["old"], line["new"], line["places"]) for line in lines if line["event"] == "renamed_in_rules"]
    place = f"{tmp_path}/rules/a.yaml:14:19"
    assert [text for _, text in bot.answers if text.isdigit()] == ["1", "2"]
    assert said == [(GROUP, "新产品群", place), (GROUP, "又改名", place)]
    assert [line["old"] for line in lines if line["event"] == "group_renamed"] == ["新产品群"]


async def test_a_rename_while_nobody_was_logged_in_is_logged(tmp_path: Path, autojump_clock: Clock) -> None:
    world, lines = new_world(), list[dict[str, Any]]()
    path = write_bot(tmp_path, RULES)
    async with live_bot(path, world) as bot:
        await bot.ready()
        await trio.sleep(5)
    world.rename(GROUP, "新产品群")
    async with live_bot(path, world, lines=lines) as bot:
        await bot.ready()
        await trio.sleep(60)
        assert [text for _, text in bot.answers if text.startswith("现在叫")] == ["现在叫 新产品群"]
    assert [line["old"] for line in lines if line["event"] == "renamed_in_rules"] == [GROUP]
