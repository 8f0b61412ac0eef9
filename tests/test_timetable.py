"""Schedules and broadcasts through the whole bot on virtual time."""

import itertools
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import trio
from trio.testing import MockClock as Clock

from tests.livebot import CONFIG as NO_PACE
from tests.livebot import Bot, live_bot, new_world, write_bot

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 3, 2, tzinfo=ZONE)
REPORT = """
schedule:
  - rule: 早报
    at: '09:00'
    days: workday
    do: {send: '早上好', to: [客户群一, 产品交流群]}
"""
TO_ALL = """
schedule:
  - rule: 早报
    at: '09:00'
    do: {send: '早上好', to: [客户群*, 产品交流群, 小李]}
reply:
  - rule: 回声
    when: {sender: '@@', group: all, starts: ping}
    do: {reply: pong}
    examples: {hit: [ping]}
"""
PACED = NO_PACE.replace("pace: off", "pace: {gap: 1s..2s, broadcast: 15s..35s}")


class Watch:
    """The wall clock of the host, which may be set while trio's goes on."""

    def __init__(self, world: Any, at: datetime) -> None:
        self._world = world
        world.advance(at.timestamp() - world.clock.now())

    def step(self, seconds: float) -> None:
        self._world.advance(seconds)

    def leap(self, hour: int, minute: int, day: int = 0) -> None:
        self.step(_moment(hour, minute, day) - self._world.clock.now())

    async def until(self, hour: int, minute: int, day: int = 0) -> None:
        wanted = _moment(hour, minute, day)
        while (left := wanted - self._world.clock.now()) > 0:
            await trio.sleep(min(left, 30.0))


def _moment(hour: int, minute: int, day: int) -> float:
    return MONDAY.replace(day=2 + day, hour=hour, minute=minute).timestamp()


def sent(bot: Bot) -> list[str]:
    return sorted(chat for chat, _ in bot.answers)


def times(clock: str) -> tuple[Any, Watch]:
    """A world at this time of Monday, and its clock."""
    hour, minute = map(int, clock.split(":"))
    world = new_world()
    return world, Watch(world, MONDAY.replace(hour=hour, minute=minute))


GROUPS = ["产品交流群", "客户群一"]


async def test_a_workday_notice_goes_to_two_groups_once_a_day(tmp_path: Path, autojump_clock: Clock) -> None:
    world, watch = times("08:58")
    path, due = write_bot(tmp_path, REPORT), 0
    for day in range(7):
        async with live_bot(path, world) as bot:
            await bot.ready()
            assert sent(bot) == sorted(GROUPS * due)
            await watch.until(9, 2, day=day)
            due += day < 5  # Saturday and Sunday are none
            assert sent(bot) == sorted(GROUPS * due)
        watch.leap(8, 58, day=day + 1)


async def test_restarts_reloads_and_clock_steps_repeat_nothing(tmp_path: Path, autojump_clock: Clock) -> None:
    world, watch = times("08:55")
    path = write_bot(tmp_path, REPORT)
    async with live_bot(path, world) as bot:
        await bot.ready()
        await watch.until(9, 1)
        for number in range(3):
            write_bot(tmp_path, REPORT + f"# {number}\n")
            bot.runtime.reload()
            await trio.sleep(20)
        watch.step(-600)  # set back: nine o'clock comes again
        await watch.until(9, 5)
        watch.step(-3600)
        await watch.until(8, 59)
    for _ in range(3):
        async with live_bot(path, world) as bot:
            await bot.ready()
            await trio.sleep(40)
    async with live_bot(path, world) as bot:
        await bot.ready()
        await watch.until(9, 20)
        assert sent(bot) == GROUPS


async def test_what_was_due_while_it_was_off_is_made_good_within_its_time(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    """Also the very first occurrence of a schedule, which no mark tells of."""
    world, watch = times("08:50")
    path, lines = write_bot(tmp_path, REPORT), list[dict[str, Any]]()
    async with live_bot(path, world) as bot:
        await bot.ready()
    await watch.until(9, 4)
    async with live_bot(path, world) as bot:
        await bot.ready()
        await bot.settle()
        assert sent(bot) == GROUPS
    watch.leap(9, 30, day=1)
    async with live_bot(path, world, lines=lines) as bot:
        await bot.ready()
        await bot.settle()
        assert sent(bot) == GROUPS
    (missed,) = [line for line in lines if line["event"] == "missed"]
    assert (missed["rule"], missed["count"]) == ("早报", 1)
    lines.clear()
    async with live_bot(path, world, lines=lines) as bot:
        await bot.ready()
    assert [line for line in lines if line["event"] == "missed"] == []


@pytest.mark.parametrize("off", [False, True])
async def test_an_edit_catches_up_on_nothing(tmp_path: Path, autojump_clock: Clock, *, off: bool) -> None:
    world, watch = times("08:50")
    path = write_bot(tmp_path, REPORT)
    async with live_bot(path, world) as bot:
        await bot.ready()
        await watch.until(9, 8)
        write_bot(tmp_path, REPORT.replace("09:00", "09:05"))
        if not off:
            bot.runtime.reload()
            await trio.sleep(120)
    async with live_bot(path, world) as bot:
        await bot.ready()
        await watch.until(9, 20)
        assert sent(bot) == GROUPS
    watch.leap(9, 3, day=1)
    async with live_bot(path, world) as bot:
        await bot.ready()
        await watch.until(9, 6, day=1)
        assert sent(bot) == sorted(GROUPS * 2)


async def test_a_new_schedule_is_in_force_after_the_reload_and_a_removed_one_is_not(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    world, watch = times("08:50")
    async with live_bot(write_bot(tmp_path, REPORT), world) as bot:
        await bot.ready()
        other = REPORT.replace("早报", "晚报").replace("09:00", "09:10")
        write_bot(tmp_path, other)
        bot.runtime.reload()
        await watch.until(9, 5)
        assert sent(bot) == []
        await watch.until(9, 12)
        assert sent(bot) == GROUPS


async def test_a_full_disk_delays_and_repeats_nothing(
    tmp_path: Path, autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ruleswx.errors import StoreUnavailable

    world, watch = times("08:58")
    async with live_bot(write_bot(tmp_path, REPORT), world) as bot:
        await bot.ready()

        def full(*_: object, **__: object) -> None:
            raise StoreUnavailable("disk full")

        with monkeypatch.context() as patch:
            patch.setattr(bot.runtime.store, "commit", full)
            await watch.until(9, 3)
            assert sent(bot) == []
        await bot.settle()
        await watch.until(9, 30)
        assert sent(bot) == GROUPS


async def test_a_broadcast_is_paced_told_and_goes_on_after_a_restart(tmp_path: Path, autojump_clock: Clock) -> None:
    world, _watch = times("08:59")
    lines: list[dict[str, Any]] = []
    path = write_bot(tmp_path, TO_ALL, PACED)
    async with live_bot(path, world, lines=lines) as bot:
        await bot.ready()
        await bot.until(lambda: len(bot.answers) == 2)
        status = bot.runtime.answer({"ask": "status"})["broadcasts"]
        assert [(b["rule"], b["of"]) for b in status] == [("早报", 4)]
        left = {chat for chat, _ in [("客户群一", ""), ("客户群二", ""), ("产品交流群", ""), ("小李", "")]}
        waiting = (left - {chat for chat, _ in bot.answers} - {"小李"}).pop()
        world.say("小李" if waiting != "客户群二" else "路人乙", "ping", into=waiting)
        await bot.until(lambda: (waiting, "pong") in bot.answers)  # an answer does not wait behind a broadcast
        assert (waiting, "早上好") not in bot.answers
    async with live_bot(path, world, lines=lines) as bot:
        await bot.ready()
        assert bot.runtime.facts().broadcasts[0].of == 4
        await bot.settle()
        said = sorted(chat for chat, text in bot.answers if text == "早上好")
        assert bot.runtime.facts().broadcasts == ()
    assert said == sorted(left)
    told = [(line["sent"], line["of"]) for line in lines if line["event"] == "broadcast"]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    times_sent = sorted(entry["time"] for entry in world.sent() if entry["text"] == "早上好")
    assert all(later - sooner >= 14 for sooner, later in itertools.pairwise(times_sent))


async def test_a_dry_run_says_what_it_would_do_and_leaves_the_occurrence_to_the_real_one(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    world, watch = times("08:58")
    lines: list[dict[str, Any]] = []
    path = write_bot(tmp_path, REPORT)
    async with live_bot(path, world, lines=lines, dry=True) as bot:
        await bot.ready()
        await watch.until(9, 2)
        assert bot.answers == []
        assert bot.runtime.store.states("schedule") == {}
    assert [line["chat"] for line in lines if line["event"] == "would_send"] == ["客户群一", "产品交流群"]
