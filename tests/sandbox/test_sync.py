"""The receive loop as a client sees it."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from ruleswx.sandbox import World, trio_clock
from ruleswx.sandbox.control import run_verb
from tests.sandbox.visitor import open_visitor


async def test_news_wakes_the_poll_and_comes_once(autojump_clock: Any) -> None:
    world = World(auto=True, strict=True, clock=trio_clock())
    visitor = open_visitor(world)
    await visitor.login()
    assert await visitor.check() == ("0", "0")
    assert trio.current_time() == 25.0

    async with trio.open_nursery() as nursery:
        nursery.start_soon(visitor.check)
        await trio.sleep(1)
        msg_id = world.say("老王", "在吗")
    assert trio.current_time() == 26.0
    reply = await visitor.sync()
    assert [each["MsgId"] for each in reply["AddMsgList"]] == [msg_id]
    assert reply["AddMsgList"][0]["NewMsgId"] == int(msg_id)
    assert reply["SyncKey"] == reply["SyncCheckKey"]
    assert (await visitor.sync())["AddMsgList"] == []
    assert world.violations == []


async def test_an_older_key_brings_the_events_again() -> None:
    world = World(auto=True, strict=True)
    visitor = open_visitor(world)
    await visitor.login()
    key = visitor.key
    for text in ("一", "二", "三"):
        world.say("小李", text)
    once = (await visitor.sync(key))["AddMsgList"]
    again = (await visitor.sync(key))["AddMsgList"]
    assert [each["Content"] for each in once] == ["一", "二", "三"]
    assert once == again
    fresh = await visitor.init()
    assert (await visitor.sync(fresh["SyncKey"]))["AddMsgList"] == []
    assert world.violations == []


async def test_a_limit_sets_the_continue_flag() -> None:
    world = World(auto=True, sync_limit=2)
    visitor = open_visitor(world)
    await visitor.login()
    for number in range(5):
        world.say("小李", f"{number}")
    seen: list[str] = []
    flags = []
    for _ in range(3):
        reply = await visitor.sync()
        seen += [each["Content"] for each in reply["AddMsgList"]]
        flags.append(reply["ContinueFlag"])
    assert (seen, flags) == (["0", "1", "2", "3", "4"], [1, 1, 0])


async def test_who_said_it_in_a_group_and_from_the_phone() -> None:
    world = World(auto=True)
    visitor = open_visitor(world)
    await visitor.login()
    world.say("小李", "@助手\u2005 在吗 <br/> 👍\n好", into="产品交流群")
    world.say("phone", "我自己说", into="产品交流群")
    world.say("me", "记一下")
    member, own, note = (await visitor.sync())["AddMsgList"]
    group = await visitor.find("产品交流群")
    assert (member["FromUserName"], member["ToUserName"]) == (group, visitor.me)
    author, _, text = member["Content"].partition(":<br/>")
    assert author == await visitor.find("小李")
    assert text == '@助手\u2005 在吗 &lt;br/&gt; <span class="emoji emoji1f44d"></span><br/>好'
    assert (own["FromUserName"], own["ToUserName"], own["Content"]) == (visitor.me, group, "我自己说")
    assert (note["FromUserName"], note["ToUserName"]) == (visitor.me, "filehelper")


@pytest.mark.parametrize("ended", [1100, 1101, 1102])
async def test_a_kick_is_heard_everywhere(ended: int) -> None:
    world = World(auto=True)
    visitor = open_visitor(world)
    await visitor.login()
    async with trio.open_nursery() as nursery:

        async def wait() -> None:
            assert await visitor.check() == (str(ended), "0")

        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        world.kick(ended)
    for reply in (await visitor.init(), await visitor.sync(), await visitor.send("filehelper", "x")):
        assert reply["BaseResponse"]["Ret"] == ended


async def test_the_phone_lists_its_chats_after_the_start_notice() -> None:
    world = World(auto=True, strict=True)
    visitor = open_visitor(world)
    await visitor.login()
    await visitor.notify()
    assert await visitor.check() == ("0", "7")
    (notice,) = (await visitor.sync())["AddMsgList"]
    assert (notice["MsgType"], notice["StatusNotifyCode"]) == (51, 4)
    names = notice["StatusNotifyUserName"].split(",")
    ids = notice["Content"].partition("&lt;username&gt;")[2].partition("&lt;")[0].split(",")
    assert len(names) == len(ids) == 5
    assert ids[0] == names[0] == "filehelper"
    assert ids[1].endswith("@chatroom")
    assert names[1].startswith("@@")
    assert world.violations == []


async def test_what_was_said_before_the_login_comes_after_it() -> None:
    world = World(auto=True)
    world.say("老王", "昨晚说的", at=world.clock.now() - 3600)
    visitor = open_visitor(world)
    await visitor.login()
    (message,) = (await visitor.sync())["AddMsgList"]
    assert message["CreateTime"] == pytest.approx(world.clock.now() - 3600, abs=5)


async def test_a_renewed_skey_must_be_used() -> None:
    world = World(auto=True, renew_skey=True, strict=True)
    visitor = open_visitor(world)
    await visitor.login()
    old = visitor.secrets["skey"]
    await visitor.sync()
    assert visitor.secrets["skey"] != old
    assert world.violations == []
    visitor.secrets["skey"] = old
    await visitor.sync()
    assert world.violations == []
    visitor.secrets["skey"] = old
    world.advance(11)
    await visitor.sync()
    assert world.violations[0]["rule"] == "Skey old"


async def test_group_changes_come_as_contacts_and_grey_lines() -> None:
    world = World(auto=True, strict=True)
    visitor = open_visitor(world)
    await visitor.login()
    world.join("客户群一", "小林", by="小李")
    world.leave("客户群一", "路人甲")
    world.rename("客户群一", "贵宾群", by="小李")
    assert await visitor.check() == ("0", "2")
    reply = await visitor.sync()
    counts = [len(each["MemberList"]) for each in reply["ModContactList"]]
    assert counts == [6, 5, 5]
    assert reply["ModContactList"][-1]["NickName"] == "贵宾群"
    lines = [each["Content"] for each in reply["AddMsgList"]]
    assert lines == ['"小李"邀请"小林"加入了群聊', '"小李"修改群名为“贵宾群”']
    assert {each["MsgType"] for each in reply["AddMsgList"]} == {10000}
    world.leave("贵宾群", "me", by="小李")
    reply = await visitor.sync()
    assert reply["AddMsgList"][0]["Content"] == '你被"小李"移出群聊'
    assert reply["DelContactCount"] == 1
    gone = await visitor.send(reply["DelContactList"][0]["UserName"], "还在吗")
    assert gone["BaseResponse"]["Ret"] == 1201


async def test_people_change_their_names() -> None:
    world = World(auto=True)
    visitor = open_visitor(world)
    await visitor.login()
    run_verb(world, "alter", {"person": "小李", "nick": "李四", "remark": "李工"})
    run_verb(world, "alter", {"person": "me", "nick": "新助手"})
    reply = await visitor.sync()
    changed = reply["ModContactList"][0]
    assert (changed["NickName"], changed["RemarkName"]) == ("李四", "李工")
    assert reply["Profile"]["BitFlag"] == 190
    assert reply["Profile"]["NickName"] == {"Buff": "新助手"}
    assert (await visitor.sync())["Profile"]["BitFlag"] == 0


async def test_what_was_sent_comes_back_only_on_request() -> None:
    world = World(auto=True)
    visitor = open_visitor(world)
    await visitor.login()
    await visitor.send("filehelper", "一")
    assert (await visitor.sync())["AddMsgCount"] == 0
    world.options.echo_sent = True
    msg_id = (await visitor.send("filehelper", "二"))["MsgID"]
    (echo,) = (await visitor.sync())["AddMsgList"]
    assert (echo["MsgId"], echo["FromUserName"]) == (msg_id, visitor.me)


async def test_keys_the_service_never_gave_are_refused() -> None:
    world = World(auto=True)
    visitor = open_visitor(world)
    await visitor.login()
    strings = {"Count": 1, "List": [{"Key": "2", "Val": "1"}]}
    assert (await visitor.sync(strings))["BaseResponse"]["Ret"] == 1
    invented = {"Count": 1, "List": [{"Key": 2, "Val": 1}]}
    assert (await visitor.check(invented))[0] == "1"
    assert [each["rule"] for each in world.violations] == ["SyncKey", "synckey"]
