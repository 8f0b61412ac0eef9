import base64
import json
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import trio
from trio.testing import MockClock as Clock

from ruleswx.qr import draw_png
from tests.livebot import CONFIG, RULES, Bot, live_bot, new_world, write_bot
from tests.transport.servers import answer, serving


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


FRIENDS = """
reply:
  - rule: 通过
    when: {event: friend_request, contains: 推荐}
    do:
      - accept: request
        on_error: {notify: '{{ person }} 没有加上'}
      - reply: 你好
"""


async def test_a_friend_request_is_accepted_when_rules_say_so(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path, FRIENDS), world) as bot:
        await bot.ready()
        world.send("路人乙", "friend_request", text="王姐推荐来的")
        await bot.until(lambda: bot.answers)
        await bot.settle()
        assert bot.answers == [("路人乙", "你好")]
        world.say("路人乙", "在吗")
        await bot.settle()
    assert world.account().contact(world.directory.person("路人乙").key).friend
    assert world.requests["webwxverifyuser"] == 1
    assert world.violations == []


async def test_a_friend_request_that_stays_one_is_told(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path, FRIENDS), world) as bot:
        await bot.ready()
        world.send("路人乙", "friend_request", text="随便加加")
        await bot.settle()
        assert "webwxverifyuser" not in world.requests
        world.faults.add("webwxverifyuser", "no_effect")
        world.send("路人乙", "friend_request", text="王姐推荐来的")
        await bot.until(lambda: bot.answers)
        await bot.settle()
    assert bot.answers == [("文件传输助手", "路人乙 没有加上")]


async def ask(bot: Bot, **question: Any) -> Any:
    """What the running bot answers on its socket."""
    async with await trio.open_unix_socket(str(bot.runtime.config.state / "ruleswx.sock")) as stream:
        await stream.send_all(json.dumps(question).encode() + b"\n")
        told = b""
        while not told.endswith(b"\n"):
            told += await stream.receive_some()
    return json.loads(told)


async def test_the_outbox_is_changed_over_the_socket(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        world.faults.add("webwxsendmsg", "1204")
        world.say("小李", "ping 1")
        await bot.settle()
        (row,) = bot.runtime.store.outbox(("failed",))
        assert row.ret == 1204
        assert bot.answers == [("文件传输助手", "Rule 回声 failed: reply failed: Ret 1204")]
        assert await ask(bot, ask="outbox", action="retry", id=row.id) == {"done": True}
        await bot.settle()
        assert bot.answers[1:] == [("小李", "pong 1")]
        assert await ask(bot, ask="outbox", action="retry", id=row.id) == {"done": False}
        assert await ask(bot, ask="outbox", action="drop", id=row.id) == {"done": False}
        assert "error" in await ask(bot, ask="outbox", action="lose", id=row.id)
        assert "error" in await ask(bot, ask="outbox", action="drop", id="1")


async def test_what_waits_is_dropped_over_the_socket(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        world.faults.add("webwxsendmsg", "1205")
        world.say("小李", "ping 1")
        await bot.until(lambda: "webwxsendmsg" in world.requests)
        await trio.sleep(1)
        (frozen,) = bot.runtime.store.queued()
        assert (await ask(bot, ask="status"))["outbox"]["queued"] == 1
        assert await ask(bot, ask="outbox", action="drop", id=frozen.id) == {"done": True}
        assert (await ask(bot, ask="status"))["outbox"]["queued"] == 0
        await trio.sleep(4 * 3600)
        assert bot.answers == []
        world.faults.add("webwxsendmsg", "late")
        world.say("小李", "ping 2")
        await bot.until(lambda: bot.runtime.store.outbox(("unknown",)))
        (row,) = bot.runtime.store.outbox(("unknown",))
        told = await ask(bot, ask="status")
        assert (told["health"], told["outbox"]["unknown"]) == ("degraded", 1)
        assert await ask(bot, ask="outbox", action="drop", id=row.id) == {"done": True}
        assert (await ask(bot, ask="status"))["outbox"]["unknown"] == 0


async def test_a_wanted_scan_reaches_the_webhook_with_its_code(tmp_path: Path) -> None:
    """Over a real connection of its own, which the simulated service never sees."""
    told: list[Any] = []

    async def receive(stream: trio.SocketStream) -> None:
        data = b""
        while b"\r\n\r\n" not in data or not data.rstrip().endswith(b"}"):
            data += await stream.receive_some()
        told.append(json.loads(data.partition(b"\r\n\r\n")[2]))
        await stream.send_all(answer(b"ok"))

    world = new_world(auto=False)
    async with serving(receive) as port:
        config = f"{CONFIG}notify: {{webhook: 'http://127.0.0.1:{port}/hook'}}\n"
        async with live_bot(write_bot(tmp_path, config=config), world) as bot:
            await bot.until(lambda: told, 10)
            (link,) = bot.codes
    assert (told[0]["event"], told[0]["qr"]["link"]) == ("scan_wanted", link)
    assert base64.b64decode(told[0]["qr"]["png_base64"]) == draw_png(link)
    assert link not in told[0]["text"]
