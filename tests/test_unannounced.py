"""What lists alone show, in the whole bot: nobody's grey line tells it, and rules hear it once all the same."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock as Clock

from ruleswx.addressbook import AddressBook, Noticed
from ruleswx.diagnostics import Place
from ruleswx.errors import StoreError, StoreUnavailable
from ruleswx.model import Chat, Message, Person
from ruleswx.sandbox import groups
from ruleswx.unannounced import Unannounced
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
    assert bot.answers == [(GROUP, "老王 走了"), (GROUP, "欢迎 老王"), ("新产品群", "现在叫 新产品群")]


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
    assert [text for _, text in bot.answers] == ["老王 走了", "欢迎 老王", "现在叫 新产品群"]


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


class Told:
    """Everything an Unannounced says, and a `hear` that fails as told."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.heard: list[tuple[float, str]] = []
        self.said: list[str] = []
        self.parked = True

    def hear(self, message: Message) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.heard.append((trio.current_time(), message.event))

    def renamed(self, old: str, new: str, places: tuple[str, ...]) -> None:
        self.said.append(f"{old} {new} {len(places)}")

    def unheard(self, message: Message, error: Exception) -> None:
        self.said.append(f"{message.event} {error}")

    def disk_trouble(self, error: Exception) -> None:
        self.said.append(str(error))


async def watching(told: Told, scene: Callable[[Unannounced], Awaitable[None]], places: int = 0) -> None:
    async def find(_name: str) -> tuple[Place, ...]:
        await trio.lowlevel.checkpoint()
        return tuple(Place("a.yaml", line) for line in range(1, places + 1))

    def now() -> datetime:
        return datetime(2026, 3, 2, 8, tzinfo=UTC)

    unannounced = Unannounced(AddressBook(), told.hear, lambda _chat: told.parked, find, told, now=now)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(unannounced.run)
        await scene(unannounced)
        nursery.cancel_scope.cancel()


CHAT = Chat("g-1", "group", ("群",), "@@1")
LEFT = Noticed("members_left", CHAT, (Person("p-1", nick="小林"),))


async def test_it_waits_for_the_disk_and_for_messages_that_wait_themselves(autojump_clock: Clock) -> None:
    told = Told(StoreUnavailable("the disk is full"), ValueError("x"))

    async def scene(unannounced: Unannounced) -> None:
        unannounced.notice([LEFT])
        await trio.sleep(25)
        assert told.said == []
        told.parked = False
        await trio.sleep(60)
        assert told.said == ["the disk is full", "member_leave x"]
        unannounced.notice([LEFT])
        await trio.sleep(60)

    await watching(told, scene)
    assert [event for _, event in told.heard] == ["member_leave"]


async def test_a_store_that_is_broken_ends_it(autojump_clock: Clock) -> None:
    told = Told(StoreError("broken"))
    told.parked = False

    async def scene(unannounced: Unannounced) -> None:
        unannounced.notice([LEFT])
        await trio.sleep(60)

    with pytest.raises(ExceptionGroup) as caught:
        await watching(told, scene)
    assert caught.group_contains(StoreError, match="broken")


async def test_many_places_are_cut_and_what_is_not_live_is_only_logged(autojump_clock: Clock) -> None:
    told = Told()
    told.parked = False

    async def scene(unannounced: Unannounced) -> None:
        unannounced.notice([Noticed("group_renamed", CHAT, old="旧", new="新")], live=False)
        await trio.sleep(60)

    await watching(told, scene, places=30)
    assert (told.said, told.heard) == (["旧 新 11"], [])
