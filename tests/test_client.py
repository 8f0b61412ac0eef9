from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock as Clock

from ruleswx.errors import StoreUnavailable
from ruleswx.protocol.wire import Cookie
from ruleswx.redact import Secret
from ruleswx.sandbox import crowd
from tests.livebot import Bot, live_bot, new_world, write_bot

READING = ("synccheck", "webwxsync", "webwxgetcontact", "webwxbatchgetcontact", "webwxstatusnotify")


async def test_it_answers_before_the_contact_list_is_there(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    world.faults.add("webwxgetcontact", "slow", 99, seconds=50)
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.until(lambda: world.logged_in)
        world.say("小李", "ping 1")
        await trio.sleep(2)
        assert bot.answers == [("小李", "pong 1")]
        await bot.until(lambda: bot.runtime.book.find("阿青"))


async def test_a_contact_list_in_pages_is_read_to_its_end(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world(page_size=2)
    world.faults.add("webwxgetcontact", "html", 1, skip=2)
    world.faults.add("webwxbatchgetcontact", "http", 1)
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        await trio.sleep(60)
        assert bot.runtime.book.find("阿青")
        (group,) = bot.runtime.book.find("读书会📚")
        assert len(bot.runtime.book.members(group.user_name)) == 6


async def test_a_group_nobody_knows_is_fetched_before_its_message_is_judged(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    rules = """
reply:
  - rule: 只在这里
    when: {sender: '@@', group: 客户群一, starts: ping}
    do: {reply: 'pong {{ member }}'}
    examples: {hit: [ping]}
"""
    world = new_world()
    lines: list[dict[str, Any]] = []
    async with live_bot(write_bot(tmp_path, rules), world, lines=lines) as bot:
        await bot.ready()
        world.faults.add("webwxbatchgetcontact", "slow", 5, seconds=3)
        _unknown(bot)
        world.say("小李", "ping", into="客户群一")
        world.say("小李", "ping 2", into="客户群一")
        world.say("小李", "other")
        await trio.sleep(1)
        assert [line["text"] for line in lines if line["event"] == "message"] in ([], ["other"])
        await bot.settle()
    assert bot.answers == [("客户群一", "pong 小李"), ("客户群一", "pong 小李")]


async def test_a_group_that_cannot_be_fetched_is_judged_without_names(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        world.faults.add("webwxbatchgetcontact", "http", 999)
        _unknown(bot)
        before = trio.current_time()
        world.say("小李", "ping 1", into="客户群一")
        await bot.until(lambda: bot.answers)
        assert 29 <= trio.current_time() - before <= 35
        world.say("小李", "ping 2", into="客户群一")
        await trio.sleep(1)
    assert bot.answers == [("客户群一", "pong 1"), ("客户群一", "pong 2")]


def _unknown(bot: Bot) -> None:
    """A group that was never saved and nobody wrote in yet is not in any list."""
    (group,) = bot.runtime.book.find("客户群一")
    bot.runtime.book.forget([group.user_name])


@pytest.mark.parametrize("endpoint", READING)
@pytest.mark.parametrize("kind", ["http", "html", "empty", "garbage", "drop", "lost", "truncate", "reset", "no_base"])
async def test_trouble_on_any_endpoint_passes_and_loses_nothing(
    tmp_path: Path, autojump_clock: Clock, endpoint: str, kind: str
) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        world.faults.add(endpoint, kind, 4)
        for number in range(5):
            world.say("小李", f"ping {number}")
            await trio.sleep(1)
        world.faults.plan.clear()
        await bot.until(lambda: len(bot.answers) == 5)
        await bot.settle()
    assert bot.answers == [("小李", f"pong {n}") for n in range(5)]
    assert world.logins == 1
    assert bot.codes == bot.codes[:1]


@pytest.mark.parametrize("kind", ["duplicate", "old_key", "empty_key"])
async def test_messages_that_come_again_are_answered_once(tmp_path: Path, autojump_clock: Clock, kind: str) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        world.faults.add("webwxsync", kind, 5)
        for number in range(10):
            world.say("小李", f"ping {number}")
            await trio.sleep(0.3)
        await trio.sleep(120)
    assert bot.answers == [("小李", f"pong {n}") for n in range(10)]


async def test_news_that_never_come_do_not_make_a_storm(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    lines: list[dict[str, Any]] = []
    async with live_bot(write_bot(tmp_path), world, lines=lines) as bot:
        await bot.ready()
        before = world.requests["webwxsync"]
        world.faults.add("synccheck", "selector", 100_000, selector=7)
        await trio.sleep(600)
        assert world.requests["webwxsync"] - before < 100
        world.faults.plan.clear()
        world.say("小李", "ping 1")
        await bot.until(lambda: bot.answers, 60)
    assert any(line["event"] == "stuck" for line in lines)


async def test_hours_without_network_ends_nothing(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        before = dict(world.requests)
        world.faults.add("*", "drop", 10**6)
        await trio.sleep(6 * 3600)
        tries = sum(world.requests.values()) - sum(before.values())
        world.faults.plan.clear()
        world.say("小李", "ping 1")
        await bot.until(lambda: bot.answers, 90)
    assert 6 * 60 <= tries <= 6 * 60 * 3, "a try a minute at most on average, with jitter"
    assert world.logins == 1


async def test_a_host_that_slept_polls_at_once_over_fresh_connections(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    ahead = [0.0]
    lines: list[dict[str, Any]] = []
    wall = world.clock.now
    async with live_bot(write_bot(tmp_path), world, lines=lines, now=lambda: wall() + ahead[0]) as bot:
        await bot.ready()
        world.faults.add("synccheck", "stall", 1, seconds=30)
        world.faults.add("*", "drop", 3, skip=1)
        await trio.sleep(40)
        ahead[0] = 8 * 3600
        before = world.requests["synccheck"]
        await trio.sleep(6)
        assert world.requests["synccheck"] > before
    assert [line for line in lines if line["event"] == "woke"]


async def test_the_cursor_does_not_run_ahead_of_the_disk(
    tmp_path: Path, autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        store = bot.runtime.store

        def full(*_: object) -> None:
            raise StoreUnavailable("disk full")

        with monkeypatch.context() as patch:
            patch.setattr(store, "take", full)
            world.say("小李", "ping 1")
            await trio.sleep(30)
            assert bot.answers == []
        await bot.until(lambda: bot.answers, 90)
    assert bot.answers == [("小李", "pong 1")]


async def test_a_renewed_key_is_used_from_then_on(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world(renew_skey=True, sync_limit=2)
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        for number in range(9):
            world.say("小李", f"ping {number}")
        await bot.settle()
    assert bot.answers == [("小李", f"pong {n}") for n in range(9)]
    assert world.violations == []


async def test_a_big_address_book_is_learnt_beside_the_answers(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    world = type(world)(crowd(1200, 120, 30), clock=world.clock, strict=True, auto=True)
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        world.say("客人00007", "ping 1")
        await bot.settle()
        await bot.until(lambda: len(list(bot.runtime.book.chats())) >= 1320)
    assert bot.answers == [("客人00007", "pong 1")]
    assert world.violations == []


async def test_cookies_that_came_while_the_session_was_probed_are_kept(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        client = bot.runtime.account._client
        assert client is not None
        world.faults.add("webwxinit", "slow", 1, seconds=5)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client._probe)
            await trio.sleep(1)
            fresh = Cookie("late", Secret("1"), "127.0.0.1")
            client._sync.session = replace(client.session, cookies=(*client.session.cookies, fresh))
        assert fresh in client.session.cookies
