from pathlib import Path

import pytest
import trio
from trio.testing import MockClock as Clock

from ruleswx.rules.engine import Outcome
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


async def test_an_errand_that_still_waits_for_its_turn_is_not_lost(tmp_path: Path, autojump_clock: Clock) -> None:
    world, path = new_world(group_ops="work"), write_bot(tmp_path, KICK)
    async with live_bot(path, world) as bot:
        await bot.ready()
        bot.runtime.outbox._paused_until = trio.current_time() + 45 * 60
        world.say("小李", "踢我", into="客户群一")
        await trio.sleep(40 * 60)
        assert len(bot.runtime.store.queued()) == 1, "nobody gave it up, no answer is queued beside it"
        await trio.sleep(10 * 60)
        await bot.settle()
        assert bot.runtime.store.states("wait") == {}
    assert bot.answers == [("小林", "踢好了")]


async def test_who_is_told_twice_goes_on_once(tmp_path: Path, autojump_clock: Clock) -> None:
    world, path = new_world(), write_bot(tmp_path, WAITING)
    async with live_bot(path, world) as bot:
        await bot.ready()
        world.say("小李", "等")
        await bot.settle()
        ((token, _),) = bot.runtime.store.states("wait")
        for _ in range(2):
            bot.runtime.waits.tell(token, Outcome("due"))
        await bot.settle()
    assert bot.answers == [("小李", "好"), ("小李", "到了")]


@pytest.mark.parametrize("jump", [8 * 3600.0, -3600.0])
async def test_a_host_that_slept_or_a_clock_that_was_set_delays_a_wait_by_a_minute_at_most(
    tmp_path: Path, autojump_clock: Clock, jump: float
) -> None:
    world, path, shift = new_world(), write_bot(tmp_path, WAITING), [0.0]
    async with live_bot(path, world, now=lambda: world.clock.now() + shift[0]) as bot:
        await bot.ready()
        world.say("小李", "等")
        await bot.settle()
        shift[0] = jump
        due = 0.0 if jump > 0 else 600 - jump
        before = trio.current_time()
        await bot.until(lambda: len(bot.answers) == 2, due + 70)
        assert trio.current_time() - before > due - 70
