import hashlib
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock as Clock

from ruleswx.errors import ConnectFailed
from ruleswx.model import (
    Chat,
    Effect,
    Forward,
    Invite,
    Kick,
    Notify,
    Recall,
    RenameGroup,
    SendMedia,
    SendText,
    SetRemark,
)
from ruleswx.protocol.wire import Request, Response
from ruleswx.sandbox.control import run_verb
from tests.livebot import CONFIG, Bot, live_bot, new_world, write_bot

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4000
GIF = b"GIF89a" + b"\0" * 500


def chat(bot: Bot, name: str) -> Chat:
    (found,) = bot.runtime.book.find(name)
    return found


async def do(bot: Bot, *effects: Effect) -> list[tuple[str, str]]:
    """Queue effects and wait for their ends."""
    before = {row.id for row in bot.runtime.store.outbox()}
    bot.runtime.post(*effects)
    await bot.settle()
    await bot.until(lambda: not bot.runtime.outbox.statistics().in_flight)
    return [(row.state, row.reason) for row in bot.runtime.store.outbox() if row.id not in before]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "files" / "图"
    files.mkdir(parents=True)
    (files / "封面.png").write_bytes(PNG)
    (files / "笑.gif").write_bytes(GIF)
    (tmp_path / "files" / "报价 & 说明.pdf").write_bytes(b"%PDF-1.7" + b"x" * 1000)
    (tmp_path / "files" / "empty").touch()
    write_bot(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "path", "data"),
    [("image", "图/封面.png", PNG), ("emoticon", "图/笑.gif", GIF), ("file", "报价 & 说明.pdf", None)],
)
async def test_media_arrives_byte_for_byte(
    folder: Path, autojump_clock: Clock, kind: Any, path: str, data: bytes | None
) -> None:
    data = data or (folder / "files" / path).read_bytes()
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        to = chat(bot, "产品交流群")
        assert await do(bot, SendMedia(to, kind, path), SendMedia(to, kind, path)) == [("sent", ""), ("sent", "")]
        uploads = world.requests["webwxuploadmedia"]
        assert uploads == -(-len(data) // 524_288), "the same bytes are uploaded once"
        for entry in world.sent():
            blob = run_verb(world, "blob", {"MsgId": entry["MsgId"]})
            assert blob["sha256"] == hashlib.sha256(data).hexdigest()
    assert world.violations == []


@pytest.mark.parametrize("path", ["empty", "no.png", "../config.yaml", "图", "报价 & 说明.pdf"])
async def test_what_cannot_be_sent_is_refused_before_the_first_byte(
    folder: Path, autojump_clock: Clock, path: str
) -> None:
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        ((state, reason),) = await do(bot, SendMedia(chat(bot, "小李"), "image", path))
        assert state == "failed"
        assert reason
        assert "webwxuploadmedia" not in world.requests


async def test_an_upload_that_stumbles_is_done_again_and_sent_once(folder: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        world.faults.add("webwxuploadmedia", "http", 2)
        world.faults.add("webwxuploadmedia", "reset", 5, skip=2)
        bot.runtime.post(SendMedia(chat(bot, "小李"), "image", "图/封面.png"))
        await bot.until(world.sent, 900)
        await bot.settle()
        assert [row.state for row in bot.runtime.store.outbox()] == ["sent"]
    assert len(world.sent()) == 1


async def test_an_upload_that_never_works_fails_in_the_end(folder: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        world.faults.add("webwxuploadmedia", "http", 10_000)
        bot.runtime.post(SendMedia(chat(bot, "小李"), "image", "图/封面.png"))
        await bot.until(lambda: bot.runtime.store.outbox(("failed",)), 3600)


async def test_a_picture_is_forwarded_and_a_text_said_anew(folder: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        sent = run_verb(world, "send", {"as": "小李", "type": "image"})
        await bot.settle()
        effects = (
            Forward(chat(bot, "阿青"), sent["MsgId"], "image", prefix="小李："),
            Forward(chat(bot, "阿青"), "1", "text", text="你好", prefix="小李："),
            Forward(chat(bot, "阿青"), "1", "image"),
        )
        ends = await do(bot, *effects)
        assert [state for state, _ in ends] == ["sent", "sent", "sent", "failed"]
    assert [(entry["to"], entry.get("text", "")) for entry in world.sent()][::2] == [
        ("阿青", "小李："),
        ("阿青", "小李：你好"),
    ]
    assert [entry["type"] for entry in world.sent()] == ["text", "image", "text"]
    assert world.violations == []


async def test_the_last_words_are_taken_back_within_two_minutes(folder: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        to = chat(bot, "小李")
        assert [s for s, _ in await do(bot, SendText(to, "说错了"), Recall(to))] == ["sent", "sent"]
        assert world.requests["webwxrevokemsg"] == 1
        assert [s for s, _ in await do(bot, Recall(chat(bot, "阿青")))] == ["failed"]
    assert world.violations == []


@pytest.mark.parametrize(("works", "end"), [("work", "sent"), ("nothing", "failed"), ("refused", "queued")])
async def test_group_operations_are_believed_when_they_show(
    folder: Path, autojump_clock: Clock, works: str, end: str
) -> None:
    world = new_world(group_ops=works)
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        group = chat(bot, "客户群一")
        person = bot.runtime.book.person(chat(bot, "小李").user_name)
        other = bot.runtime.book.person(chat(bot, "老板").user_name)
        assert person
        assert other
        for effect in (Kick(person, group), Invite(other, group), RenameGroup(group, "新名字")):
            bot.runtime.post(effect)
        await bot.until(lambda: len(bot.runtime.store.outbox((end,))) == 3, 3600)  # type: ignore[arg-type]
        if works == "work":
            assert chat(bot, "新名字").key == group.key


async def test_a_remark_that_does_not_stick_is_a_failure(folder: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        person = bot.runtime.book.person(chat(bot, "小李").user_name)
        assert person
        assert await do(bot, SetRemark(person, "李先生")) == [("failed", "the service said yes, but nothing changed")]


async def test_a_notice_goes_to_the_admins_or_to_the_file_helper(folder: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        await do(bot, Notify("出事了"))
    write_bot(folder, config=CONFIG + "admins: [老板]\n")
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        await do(bot, Notify("又出事了" + "。" * 2500))
    told = [(to, text[:10]) for to, text in bot.answers]
    assert told[0] == ("filehelper", "出事了") or told[0][1] == "出事了"
    assert [to for to, _ in told[1:]] == ["老王", "老王"]
    assert told[1][1].startswith("(1/2) 又出事")


async def test_a_chat_that_left_is_a_failure_once_everybody_is_known(folder: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        ((state, _),) = await do(bot, SendText(Chat("p-gone", "person", ("走了",), "@0123"), "你好"))
        assert state == "failed"


async def test_an_answer_finds_its_chat_after_a_new_login(folder: Path, autojump_clock: Clock) -> None:
    world = new_world(push=False)
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        old = chat(bot, "小李")
        world.kick(1101)
        await bot.until(lambda: world.logins == 2)
        await do(bot, SendText(old, "还在"))
        assert chat(bot, "小李").user_name != old.user_name
    assert bot.answers == [("小李", "还在")]
    assert world.violations == []


FILES = """
reply:
  - rule: 要图
    when: {sender: '@', starts: 图}
    do:
      - {image: '{{ text }}.png', on_error: {reply: 没有这张图}}
      - reply: 发了
  - rule: 要文件
    when: {sender: '@', starts: 文}
    do: {file: '{{ text }}.pdf'}
"""


async def test_a_picture_that_is_not_there_runs_on_error(folder: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(folder, FILES), world) as bot:
        await bot.ready()
        run_verb(world, "say", {"as": "小李", "text": "图/封面"})
        await bot.settle()
        assert [text for _, text in bot.answers][1:] == ["发了"]
        run_verb(world, "say", {"as": "小李", "text": "图/封底"})
        await bot.settle()
        assert [text for _, text in bot.answers][2:] == ["没有这张图"]
        assert bot.runtime.store.states("wait") == {}


async def test_without_on_error_the_admins_hear_of_it_once_an_hour(folder: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(folder, FILES), world) as bot:
        await bot.ready()
        for _ in range(2):
            run_verb(world, "say", {"as": "小李", "text": "文件"})
            await bot.settle()
        expected = "Rule 要文件 failed: file failed: there is no 文件.pdf in the files folder"
        assert bot.answers == [("文件传输助手", expected)]


async def test_an_answer_the_service_refuses_is_told(folder: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        gone = Chat("p-gone", "person", ("走了",), "@0123")
        await do(bot, SendText(gone, "你好", "回声"), SendText(gone, "你好", "回声"), SendText(gone, "没有规则"))
        await bot.settle()
        assert [text.partition(": this")[0] for _, text in bot.answers] == ["Rule 回声 failed: reply failed"]


async def _stop_while(folder: Path, endpoint: str, effect: str) -> tuple[float, str]:
    """Stop the bot while this endpoint does not answer; how long that took and what became of the entry."""
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        world.faults.add(endpoint, "stall", 10)
        to = chat(bot, "小李")
        bot.runtime.post(SendText(to, "hi") if effect == "text" else SendMedia(to, "image", "图/封面.png"))
        await bot.until(lambda: bot.runtime.outbox.statistics().in_flight)
        await trio.sleep(2)
        before = trio.current_time()
        bot.runtime.stop("SIGTERM")
        await bot.until(lambda: bot.exit_code is not None)
        took = trio.current_time() - before
        (row,) = bot.runtime.store.outbox()
    return took, row.state


@pytest.mark.parametrize(
    ("endpoint", "effect", "state"),
    [
        ("webwxuploadmedia", "image", "queued"),
        ("webwxsendmsgimg", "image", "unknown"),
        ("webwxsendmsg", "text", "unknown"),
    ],
)
async def test_a_stop_takes_five_seconds_and_only_what_may_have_left_is_unknown(
    folder: Path, autojump_clock: Clock, endpoint: str, effect: str, state: str
) -> None:
    took, found = await _stop_while(folder, endpoint, effect)
    assert took <= 5
    assert found == state


async def test_a_lost_look_at_the_lists_does_not_repeat_an_errand_that_was_done(
    folder: Path, autojump_clock: Clock
) -> None:
    world, asked = new_world(group_ops="work"), list[str]()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        client = bot.runtime.account._client
        assert client is not None
        send = client._transport.send

        async def without_network(request: Request, leaves: Any = None) -> Response:
            if asked and request.name == "webwxbatchgetcontact":
                raise ConnectFailed("no route")
            if request.name == "webwxupdatechatroom":
                asked.append(request.url)
            return await send(request, leaves)

        client._transport.send = without_network  # type: ignore[method-assign]
        bot.runtime.post(RenameGroup(chat(bot, "客户群一"), "新名字"))
        await trio.sleep(300)
        assert [row.state for row in bot.runtime.store.outbox()] == ["unknown"]
    assert len(asked) == 1


async def test_an_upload_that_does_not_work_holds_up_no_other_chat(folder: Path, autojump_clock: Clock) -> None:
    write_bot(folder, config=CONFIG.replace("pace: off", "pace: careful"))
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        world.faults.add("webwxuploadmedia", "http", 10_000)
        for name in ("小李", "产品交流群"):
            bot.runtime.post(SendMedia(chat(bot, name), "image", "图/封面.png"), SendText(chat(bot, name), "after"))
        began = trio.current_time()
        await trio.sleep(5)
        bot.runtime.post(*(SendText(chat(bot, "阿青"), str(n)) for n in range(5)))
        await bot.until(lambda: [text for to, text in bot.answers if to == "阿青"] == list("01234"))
        assert trio.current_time() - began < 30
        assert bot.runtime.outbox.statistics().in_flight == 2
        assert "after" not in {text for _, text in bot.answers}, "order is kept within a chat"
        before = trio.current_time()
        bot.runtime.stop("SIGTERM")
        await bot.until(lambda: bot.exit_code is not None)
        assert trio.current_time() - before <= 3.1, "nothing that rests keeps the bot from stopping"
        assert [row.state for row in bot.runtime.store.outbox()].count("queued") == 4


async def test_an_outage_however_long_costs_no_picture(folder: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(folder / "config.yaml", world) as bot:
        await bot.ready()
        client = bot.runtime.account._client
        assert client is not None
        send, ends = client._transport.send, trio.current_time() + 1800

        async def without_network(request: Request, leaves: Any = None) -> Response:
            if trio.current_time() < ends:
                raise ConnectFailed("no route")
            return await send(request, leaves)

        client._transport.send = without_network  # type: ignore[method-assign]
        bot.runtime.post(SendMedia(chat(bot, "小李"), "image", "图/封面.png"))
        await bot.until(world.sent, 3600)
        await bot.settle()
        assert [row.state for row in bot.runtime.store.outbox()] == ["sent"]
