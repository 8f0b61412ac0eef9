from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import trio
from trio.testing import MockClock as Clock

from tests.livebot import CONFIG, RULES, Bot, live_bot, new_world, write_bot


async def test_from_the_wire_to_the_template(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        world.say("小李", "ping 1")
        world.say("小李", "ping 2", into="产品交流群")
        world.say("小李", "在吗")
        await bot.settle()
    assert sorted(bot.answers) == sorted([("小李", "pong 1"), ("产品交流群", "pong 2")])
    assert world.violations == []
    assert bot.runtime.account.name == "小助手"


def _talk(world: Any, rng: Random, number: int) -> tuple[str, str] | None:
    """Let something happen; the answer that is due for it, if any."""
    text = f"ping {number}"
    match rng.randrange(10):
        case 0:
            world.say("晨报", text)
            return None
        case 1:
            world.say("phone", text, into=rng.choice(["小李", "产品交流群"]))
            return None
        case 2:
            world.say("小林", text, at=world.clock.now() - 3600)
            return None
        case 3:
            world.say("阿青", f"pong {number}")
            return None
        case 4 | 5 | 6:
            group = rng.choice(["产品交流群", "客户群一", "客户群二"])
            world.say("小李" if group != "客户群二" else "路人乙", text, into=group)
            return group, f"pong {number}"
        case _:
            person = rng.choice(["小李", "老王", "小林", "阿青", "小明☀️"])
            world.say(person, text)
            return person, f"pong {number}"


def _by_chat(answers: list[tuple[str, str]]) -> dict[str, list[str]]:
    chats: dict[str, list[str]] = defaultdict(list)
    for chat, text in answers:
        chats[chat].append(text)
    return dict(chats)


async def test_two_hundred_messages_and_a_restart_in_the_middle(tmp_path: Path, autojump_clock: Clock) -> None:
    """Every answer due comes once, in order in its chat, and none that is not; the restart needs no scan."""
    world, rng, due = new_world(), Random(7), []
    path = write_bot(tmp_path)

    async def talk(bot: Bot, numbers: range) -> None:
        for number in numbers:
            if answer := _talk(world, rng, number):
                due.append(answer)
            if rng.random() < 0.3:
                await trio.sleep(rng.random())

    async with live_bot(path, world) as bot:
        await bot.ready()
        await talk(bot, range(90))
    await talk(bot, range(90, 110))  # while it is away
    async with live_bot(path, world) as bot:
        await bot.ready()
        await talk(bot, range(110, 200))
        await bot.settle()
        assert bot.codes == []
    assert _by_chat(bot.answers) == _by_chat(due)
    assert world.violations == []
    assert world.logins == 1


async def test_a_control_socket_that_cannot_be_made_costs_only_the_socket(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    path, world, lines = write_bot(tmp_path), new_world(), list[dict[str, Any]]()
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / "ruleswx.sock").mkdir()
    async with live_bot(path, world, lines=lines) as bot:
        await bot.ready()
        world.say("小李", "ping 1")
        await bot.settle()
        assert bot.answers == [("小李", "pong 1")]
    assert [line["event"] for line in lines].count("control_unavailable") == 1


async def test_admins_who_are_nobody_are_told_at_login(tmp_path: Path, autojump_clock: Clock) -> None:
    lines: list[dict[str, Any]] = []
    path = write_bot(tmp_path, RULES, CONFIG + "admins: [老板, 不存在的人]\n")
    async with live_bot(path, new_world(), lines=lines) as bot:
        await bot.ready()
        await bot.settle()
    (told,) = [line for line in lines if line["event"] == "admins_unknown"]
    assert (told["names"], told["log_level"]) == ("不存在的人", "warning")


async def test_a_generation_is_counted_when_something_is_different(tmp_path: Path, autojump_clock: Clock) -> None:
    lines: list[dict[str, Any]] = []
    async with live_bot(write_bot(tmp_path, RULES), new_world(), lines=lines) as bot:
        await bot.ready()
        for text in (RULES.replace("pong", "one"), "reply: [", RULES.replace("pong", "two")):
            write_bot(tmp_path, text)
            bot.runtime.reload()
            await trio.sleep(5)
    told = [(line["event"], line["generation"]) for line in lines if line["event"].startswith("rules_")]
    assert told == [("rules_loaded", 2), ("rules_broken", 2), ("rules_mended", 3)]
