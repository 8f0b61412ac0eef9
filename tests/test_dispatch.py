from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock as Clock

from ruleswx.dispatch import Echoes
from ruleswx.errors import StoreUnavailable
from ruleswx.store import open_store
from ruleswx.store.database import Database
from tests.livebot import live_bot, new_world, write_bot


def test_own_words_are_known_for_two_minutes_in_their_chat() -> None:
    echoes = Echoes()
    echoes.said(100, "a", "你好")
    assert echoes.heard(150, "a", "你好")
    assert not echoes.heard(150, "b", "你好")
    assert not echoes.heard(150, "a", "你好啊")
    assert not echoes.heard(221, "a", "你好")


def test_only_so_many_words_are_remembered() -> None:
    echoes = Echoes()
    for number in range(5000):
        echoes.said(100, "a", str(number))
    assert not echoes.heard(101, "a", "0")
    assert echoes.heard(101, "a", "4999")


async def test_a_message_that_makes_things_raise_is_tried_thrice_and_set_aside(
    tmp_path: Path, autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, lines, tries = new_world(), list[dict[str, Any]](), list[str]()
    async with live_bot(write_bot(tmp_path), world, lines=lines) as bot:
        await bot.ready()
        judge = bot.runtime.dispatcher.judge

        def fragile(message: Any, now: Any) -> Any:
            if message.text == "ping 2":
                tries.append(message.id)
                raise ZeroDivisionError("a bug")
            return judge(message, now)

        monkeypatch.setattr(bot.runtime.dispatcher, "judge", fragile)
        for number in range(5):
            world.say("小李", f"ping {number}")
        await bot.settle()
        assert bot.runtime.store.pending() == ()
    assert bot.answers == [("小李", f"pong {n}") for n in (0, 1, 3, 4)]
    assert 3 <= len(tries) <= 4, "once more for the batch it came in"
    assert [line["event"] for line in lines].count("set_aside") == 1


async def test_messages_nobody_can_read_harm_nobody(tmp_path: Path, autojump_clock: Clock) -> None:
    path = write_bot(tmp_path)
    world = new_world()
    from ruleswx.protocol.wire import Incoming

    bodies = [b"", b"{", b"[]", b'"x"', b"{}", b"\xff", b'{"MsgType": {}}', b"[" * 50_000, b'{"MsgType": 1}']
    with open_store(tmp_path / "state") as store:
        store.take([Incoming(str(n), body) for n, body in enumerate(bodies)], b"", 1.0)
    async with live_bot(path, world) as bot:
        await bot.ready()
        world.say("小李", "ping 1")
        await bot.settle()
        assert bot.runtime.store.pending() == ()
    assert bot.answers == [("小李", "pong 1")]


async def test_a_message_that_ended_three_runs_is_left_alone(tmp_path: Path, autojump_clock: Clock) -> None:
    path, world = write_bot(tmp_path), new_world()
    async with live_bot(path, world) as bot:
        await bot.ready()
    world.say("小李", "ping 1")

    class Killed(BaseException):
        pass

    def lethal(*_: object) -> None:
        raise Killed

    async def live(judge: Any) -> None:
        async with live_bot(path, world) as bot:
            bot.runtime.dispatcher.judge = judge
            await trio.sleep(60)

    for _ in range(3):
        with pytest.RaisesGroup(Killed, flatten_subgroups=True):
            await live(lethal)
    async with live_bot(path, world) as bot:
        await bot.ready()
        world.say("小李", "ping 2")
        await bot.settle()
    assert bot.answers == [("小李", "pong 2")]


async def test_while_the_disk_is_full_messages_wait_and_then_come_in_order(
    tmp_path: Path, autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, lines = new_world(), list[dict[str, Any]]()
    async with live_bot(write_bot(tmp_path), world, lines=lines) as bot:
        await bot.ready()

        def full(*_: object, **__: object) -> None:
            raise StoreUnavailable("disk full")

        with monkeypatch.context() as patch:
            patch.setattr(bot.runtime.store, "commit", full)
            for number in range(40):
                world.say("小李", f"ping {number}")
            await trio.sleep(20)
            assert bot.answers == []
        await bot.settle()
    assert bot.answers == [("小李", f"pong {n}") for n in range(40)]
    assert [line for line in lines if line["event"] == "disk_trouble"]


async def test_a_thousand_old_messages_at_login_cause_no_answer(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    for number in range(1000):
        world.say("小李", f"ping {number}", at=world.clock.now() - 600)
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        await bot.settle()
        assert bot.runtime.narrator.heard["gate"] + bot.runtime.narrator.heard["missed"] >= 1000
    assert bot.answers == []


@pytest.mark.parametrize("echo", [True, False])
async def test_its_own_words_and_the_phones_are_not_answered(tmp_path: Path, autojump_clock: Clock, echo: bool) -> None:
    rules = """
reply:
  - rule: 接话
    when: {sender: '@', starts: ping}
    do: {reply: ping again}
    examples: {hit: [ping]}
"""
    world = new_world(echo_sent=echo)
    async with live_bot(write_bot(tmp_path, rules), world) as bot:
        await bot.ready()
        world.say("小李", "ping")
        world.say("phone", "ping", into="小李")
        await bot.settle()
        await trio.sleep(60)
    assert bot.answers == [("小李", "ping again")]


COUNTING = """
vars:
  n: {type: number, per: chat, start: 0}
reply:
  - rule: 数
    when: {sender: '@', starts: ping}
    do: [{add: {n: 1}}, {reply: '{{ text | replace("ping ", "") }} {{ n }}'}]
    examples: {hit: [ping 1]}
"""


@pytest.mark.parametrize("length", [1, 3])
async def test_whichever_statement_the_disk_refuses_nothing_is_lost_or_done_twice(
    tmp_path: Path, autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    world, left = new_world(), [0]
    execute = Database.execute

    def fragile(database: Database, sql: str, values: Any = ()) -> Any:
        left[0] -= 1
        if -length < left[0] <= 0 and not sql.startswith("ROLLBACK"):
            raise StoreUnavailable("disk full")
        return execute(database, sql, values)

    expected: dict[str, list[str]] = {"小李": [], "阿青": []}
    async with live_bot(write_bot(tmp_path, COUNTING), world) as bot:
        await bot.ready()
        monkeypatch.setattr(Database, "execute", fragile)
        for number in range(1, 1000):
            left[0] = number
            for name in ("小李", "小李", "阿青"):
                said = f"{number}.{len(expected[name])}"
                expected[name].append(f"{said} {len(expected[name]) + 1}")
                world.say(name, f"ping {said}")
            await bot.until(lambda: len(bot.answers) == sum(map(len, expected.values())))
            await bot.until(lambda: not bot.runtime.outbox.statistics().in_flight)
            if left[0] > 0:
                break
        assert number > 20, "the disk was refused at every place there is"
        left[0] = 1_000_000
        await trio.sleep(120)
        store = bot.runtime.store
        assert store.pending() == ()
        assert {row.state for row in store.outbox()} == {"sent"}
        assert store.states("var")
    for name, texts in expected.items():
        assert [text for chat, text in bot.answers if chat == name] == texts
    monkeypatch.undo()
    async with live_bot(tmp_path / "config.yaml", world) as bot:
        await bot.ready()
        await bot.settle()
    assert len(bot.answers) == sum(map(len, expected.values())), "a restart finds nothing left to do"
