"""What the whole bot promises when things get out of hand: echoing bots, backlogs, endless edits, hostile chat."""

from pathlib import Path
from typing import Any

import trio
from trio.testing import MockClock as Clock

from tests.livebot import live_bot, new_world, write_bot
from tests.long.edits import edit_under_load

ECHO = """
reply:
  - rule: 学舌
    when: {sender: '@@', group: all, length: {min: 1}, MsgType: text}
    do: {reply: '{{ text }}！'}
"""
CAREFUL = """
wechat: {endpoint: 'http://127.0.0.1:9'}
state: state
"""


async def test_two_echoing_bots_in_one_group_stop_within_five_messages(tmp_path: Path, autojump_clock: Clock) -> None:
    cast = {
        "accounts": [{"name": "甲"}, {"name": "乙"}],
        "people": [{"name": "小李"}],
        "groups": [{"name": "回声群", "owner": "小李", "members": ["小李", "甲", "乙"]}],
    }
    world = new_world(cast=cast, auto=False)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with live_bot(write_bot(tmp_path / "a", ECHO, CAREFUL), world) as first:
        await first.until(lambda: first.codes)
        world.scan(account="甲")
        world.confirm(account="甲")
        await first.until(lambda: first.runtime.account.phase == "logged in")
        async with live_bot(write_bot(tmp_path / "b", ECHO, CAREFUL), world) as second:
            await second.until(lambda: second.codes)
            world.scan(account="乙")
            world.confirm(account="乙")
            await second.until(lambda: second.runtime.account.phase == "logged in")
            await trio.sleep(5)
            world.say("小李", "你好", into="回声群")
            await trio.sleep(1800)
            said = [entry["text"] for entry in world.sent() if entry["to"] == "回声群"]
    assert 2 <= len(said) <= 5, said
    assert world.violations == []


async def test_a_thousand_messages_from_before_the_login_cause_no_sends(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    path = write_bot(tmp_path)
    async with live_bot(path, world) as bot:
        await bot.ready()
    for number in range(1000):
        world.say("小李", f"ping {number}", at=world.clock.now() - 600 - number)
    async with live_bot(path, world) as bot:
        await bot.ready()
        await bot.settle()
        assert bot.answers == []
        world.say("小李", "ping 1000")
        await bot.settle()
    assert bot.answers == [("小李", "pong 1000")]


ODD = '小<李>&amp;"{{ 7*7 }}"<span class="emoji emoji1f31b"></span>'
HURT = """
reply:
  - rule: 爆
    when: {sender: '@', regex: '^(\\w+\\s?)*#$|(a+)+b$|(.*)(.*)(.*)(.*)x$'}
    do: {reply: never}
  - rule: 谁
    when: {sender: '@', starts: ping}
    do: {reply: 'pong {{ person }} {{ text | replace("ping ", "") }}'}
"""


async def test_hostile_chat_is_only_text(tmp_path: Path, autojump_clock: Clock) -> None:
    """Templates, markup, controls, halves of characters and walls of text in a message, markup in a name: nothing
    changes but that message's own answer."""
    hostile = [
        "ping {{ 7*7 }}{% for i in range(10**9) %}x{% endfor %}",
        'ping <br/>&lt;a&gt; <span class="emoji emoji1f31b"></span>',
        "ping \x1b[2J\u202etxt\u200b",
        "ping half \ud83d of one \udc4d",
        "ping " + "啊" * 65_536,
        "ping " + "@" * 5_000,
        "ping " + "a" * 4_000 + "!",
        "a" * 60_000,
    ]
    cast = {"accounts": [{"name": "甲"}], "people": [{"name": ODD}, {"name": "老王"}], "groups": []}
    world, lines = new_world(cast=cast), list[dict[str, Any]]()
    async with live_bot(write_bot(tmp_path, HURT), world, lines=lines) as bot:
        await bot.ready()
        for text in hostile:
            world.say(ODD, text)
            await trio.sleep(120)
        world.say("老王", "ping last")
        await bot.settle()
        assert bot.runtime.rules.rules == 2
    answers = [text for _, text in bot.answers]
    assert len([text for text in answers if "pong" in text]) == len(hostile)  # a wall comes in pieces
    assert answers[0].startswith("pong 小")
    assert answers[0].endswith("{{ 7*7 }}{% for i in range(10**9) %}x{% endfor %}")
    assert not any("49" in text or "never" in text for text in answers)
    assert answers[-1] == "pong 老王 last"
    assert not [line for line in lines if line["log_level"] in {"error", "critical"}]
    assert world.violations == []


async def test_edits_half_of_them_broken_under_load(tmp_path: Path, autojump_clock: Clock) -> None:
    """The short form of `python -m tests.long.edits`: rules, answers, occurrences, dialogues, tasks and watchers."""
    await edit_under_load(tmp_path, 5, 200)


CHATTER = """
reply:
  - rule: 接话
    when: {sender: '@', length: {min: 1}, MsgType: text}
    do: {reply: {random: [今天天气不错, 吃饭了吗, 最近怎么样]}}
"""


async def test_a_bot_with_words_of_its_own_is_known_by_its_speed(tmp_path: Path, autojump_clock: Clock) -> None:
    """An auto-responder answers each of our answers at once; five are enough, at our own careful pace too."""
    world = new_world()
    async with live_bot(write_bot(tmp_path, CHATTER, CAREFUL), world) as bot:
        await bot.ready()
        world.say("阿青", "你好呀")
        for number in range(40):
            before = len(world.sent())
            with trio.move_on_after(60):
                await bot.until(lambda before=before: len(world.sent()) > before)
            world.say("阿青", f"自动回复第 {number} 号")
        await bot.settle()
        said = [text for chat, text in bot.answers if chat == "阿青"]
        told = [text for chat, text in bot.answers if chat != "阿青"]
    assert len(said) <= 5 * 9, "silent for five minutes after every five"
    assert told, "an admin or the file helper is told"
    assert len(said) < 40


async def test_people_who_repeat_the_bots_words_silence_nobody(tmp_path: Path, autojump_clock: Clock) -> None:
    rules = "reply: [{rule: 收到, when: {sender: '@@', group: all, contains: 通知}, do: {reply: 收到}}]"
    world = new_world()
    async with live_bot(write_bot(tmp_path, rules, CAREFUL), world) as bot:
        await bot.ready()
        world.say("小李", "通知：明天开会", into="产品交流群")
        for who in ("老王", "小林", "小明☀️"):
            await trio.sleep(5)
            world.say(who, "收到", into="产品交流群")
        await trio.sleep(30)
        world.say("小李", "通知：改到后天", into="产品交流群")
        await bot.settle()
    assert [text for _, text in bot.answers] == ["收到", "收到"]


QUESTIONS = """
reply:
  - rule: 登记
    when: {sender: '@', equals: 登记}
    do:
      - {ask: 一？, save: a, timeout: 5m}
      - {ask: 二？, save: b, timeout: 5m}
      - {ask: 三？, save: c, timeout: 5m}
      - {ask: 四？, save: d, timeout: 5m}
      - {ask: 五？, save: e, timeout: 5m}
      - {reply: '好：{{ a }}{{ b }}{{ c }}{{ d }}{{ e }}'}
"""


async def test_somebody_who_answers_questions_quickly_is_no_bot(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path, QUESTIONS, CAREFUL), world) as bot:
        await bot.ready()
        for text in ("登记", "1", "2", "3", "4", "5"):
            before = len(world.sent())
            world.say("小李", text)
            await bot.until(lambda before=before: len(world.sent()) > before)
            await trio.sleep(2)
    assert bot.answers[-1] == ("小李", "好：12345")
