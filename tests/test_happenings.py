"""Every event a rule may name, made by the running bot; none is only a word of the grammar."""

from pathlib import Path

import trio
from trio.testing import MockClock as Clock

from ruleswx.rules.schema import EVENTS
from ruleswx.sandbox import events, groups
from tests.livebot import CONFIG, live_bot, new_world, write_bot

ADMINS = CONFIG + "admins: [老板]\n"
SESSION = """
reply:
  - {rule: 登录, when: {event: login}, do: {reply: '{{ me }}登录了'}}
watch:
  - {rule: 登录告知, when: {event: login}, do: {notify: 上线}}
  - {rule: 退出, when: {event: logout}, do: {notify: 掉线}}
"""
GROUP = "产品交流群"
PRIVATE = {"friend_request", "friend_added", "login", "logout"}


async def test_a_login_and_the_end_of_a_session_are_heard_once_each(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    path = write_bot(tmp_path, SESSION, ADMINS)
    async with live_bot(path, world) as bot:
        await bot.ready()
        await bot.settle()
        assert sorted(bot.answers) == [("文件传输助手", "小助手登录了"), ("老王", "上线")]
        await trio.sleep(900)
        world.kick(1101)
        await bot.until(lambda: world.logins == 2)
        await bot.settle()
        assert [text for to, text in bot.answers if to == "老王"] == ["上线", "掉线", "上线"]
    async with live_bot(path, world) as bot:
        await bot.ready()
        await bot.settle()
    assert len(bot.answers) == 5, "a restart on the stored session is no login"


async def test_every_event_of_the_grammar_happens(tmp_path: Path, autojump_clock: Clock) -> None:
    rules = ["watch:"]
    for event in EVENTS:
        where = "" if event in PRIVATE else ", group: all"
        rules.append(f"  - {{rule: {event}, when: {{event: {event}{where}}}, do: {{notify: '@{event}'}}}}")
    world = new_world()
    async with live_bot(write_bot(tmp_path, "\n".join(rules), ADMINS), world) as bot:
        await bot.ready()
        world.join("客户群一", "小林", by="老王")
        await bot.settle()
        world.leave("客户群一", "小林")
        world.rename("客户群二", "大客户")
        world.recall(world.say("小李", "说错了", into=GROUP))
        for given in ({"type": "pat", "person": "路人甲"}, {"type": "pat"}, {"type": "redpacket"}):
            events.send(world, {"as": "小李", "in": GROUP, **given})
        events.send(world, {"as": "路人乙", "type": "friend_request", "text": "你好"})
        groups.befriend(world, world.account(), world.directory.person("路人乙"), by_them=True)
        await bot.settle()
        world.kick(1101)
        await bot.until(lambda: world.logins == 2)
        await trio.sleep(60)
        await bot.settle()
    heard = {text[1:] for _, text in bot.answers if text.startswith("@")}
    assert sorted(set(EVENTS) - heard) == []


async def test_a_group_never_reads_a_remark(tmp_path: Path, autojump_clock: Clock) -> None:
    rules = """
    reply:
      - rule: 一
        when: {member: 老板, group: all, contains: 名}
        do: [{reply: '{{ member }} {{ person }}', at: sender}, {notify: '{{ member }}'}]
    """
    world = new_world()
    async with live_bot(write_bot(tmp_path, rules, ADMINS), world) as bot:
        await bot.ready()
        world.say("老王", "名", into=GROUP)
        await bot.settle()
    assert sorted(bot.answers) == [(GROUP, "@老王\u2005老王 老王"), ("老王", "老板")]


async def test_the_bot_speaks_the_configured_language_whatever_the_terminal_shows(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    rules = """
    reply:
      - {rule: 发, when: {sender: '@', contains: 发}, do: {send: 好, to: 没有}}
    """
    world = new_world()
    path = write_bot(tmp_path, rules, ADMINS.replace("lang: en", "lang: zh"))
    async with live_bot(path, world, lang="en") as bot:
        await bot.ready()
        world.say("小李", "发")
        await bot.settle()
        (path.parent / "rules" / "a.yaml").write_text("reply: [{rule: x}]", "utf-8")
        bot.runtime.reload()
        await bot.settle()
    assert bot.answers[0] == ("老王", "规则“发”出错：没有叫“没有”的聊天")
    assert bot.answers[1][0] == "文件传输助手"
    assert bot.answers[1][1].startswith("规则有错，先用原来的：\n")
