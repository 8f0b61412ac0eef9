from pathlib import Path

import pytest
import trio
from trio.testing import MockClock as Clock

from tests.livebot import live_bot, new_world, write_bot

WAITING = """
reply:
  - rule: 等一下
    when: {sender: '@', starts: 等}
    do:
      - reply: 好
      - wait: 10m
      - reply: 到了
    examples: {hit: [等]}
  - rule: 别的
    when: {sender: '@', starts: ping}
    do: {reply: pong}
    examples: {hit: [ping]}
"""
KICK = """
reply:
  - rule: 踢
    when: {sender: '@@', group: 客户群一, starts: 踢我}
    do:
      - kick: member
        on_error: [{reply: 踢不动}]
      - send: 踢好了
        to: 小林
    examples: {hit: [踢我]}
"""


async def test_a_wait_holds_up_nobody_and_survives_restart_and_reload(tmp_path: Path, autojump_clock: Clock) -> None:
    world, path = new_world(), write_bot(tmp_path, WAITING)
    async with live_bot(path, world) as bot:
        await bot.ready()
        world.say("小李", "等")
        await trio.sleep(2)
        world.say("小李", "ping")
        await trio.sleep(2)
        assert bot.answers == [("小李", "好"), ("小李", "pong")]
        write_bot(tmp_path, WAITING + "# edited\n")
        bot.runtime.reload()
        await trio.sleep(5)
    await trio.sleep(300)
    async with live_bot(path, world) as bot:
        await bot.ready()
        assert len(bot.answers) == 2
        await trio.sleep(300)
        await bot.settle()
        assert bot.runtime.store.states("wait") == {}
    assert bot.answers[-1] == ("小李", "到了")
    assert len(bot.answers) == 3


async def test_what_was_due_while_it_was_away_goes_on_at_once(tmp_path: Path, autojump_clock: Clock) -> None:
    world, path = new_world(), write_bot(tmp_path, WAITING)
    async with live_bot(path, world) as bot:
        await bot.ready()
        world.say("小李", "等")
        await bot.settle()
    await trio.sleep(3600)
    async with live_bot(path, world) as bot:
        await bot.ready()
        await bot.settle()
    assert bot.answers == [("小李", "好"), ("小李", "到了")]


@pytest.mark.parametrize(("works", "said"), [("work", ("小林", "踢好了")), ("nothing", ("客户群一", "踢不动"))])
async def test_the_next_step_hears_what_came_of_an_errand(
    tmp_path: Path, autojump_clock: Clock, works: str, said: tuple[str, str]
) -> None:
    world, path = new_world(group_ops=works), write_bot(tmp_path, KICK)
    async with live_bot(path, world) as bot:
        await bot.ready()
        world.say("小李", "踢我", into="客户群一")
        await bot.settle()
        await trio.sleep(60)
    assert said in bot.answers
