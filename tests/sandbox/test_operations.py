"""Group and friend operations, and taking messages back."""

from __future__ import annotations

from typing import Any

import pytest

from ruleswx.sandbox import World
from tests.sandbox.visitor import Visitor, open_visitor


@pytest.fixture
def world() -> World:
    return World(auto=True, strict=True)


@pytest.fixture
async def visitor(world: World) -> Visitor:
    visitor = open_visitor(world)
    await visitor.login()
    return visitor


async def change(visitor: Visitor, group: str, fun: str, **fields: Any) -> int:
    reply = await visitor.post("webwxupdatechatroom", {"ChatRoomName": group, **fields}, f"fun={fun}")
    return reply["BaseResponse"]["Ret"]


async def test_a_group_is_made_and_changed(world: World, visitor: Visitor) -> None:
    people = [await visitor.find(name) for name in ("小李", "小林", "阿青")]
    made = await visitor.post(
        "webwxcreatechatroom",
        {"MemberCount": 2, "MemberList": [{"UserName": each} for each in people[:2]], "Topic": "新群"},
    )
    group = made["ChatRoomName"]
    assert group.startswith("@@")
    assert await change(visitor, group, "addmember", AddMemberList=people[2]) == 0
    assert await change(visitor, group, "modtopic", NewTopic="夜读") == 0
    assert await change(visitor, group, "delmember", DelMemberList=people[0]) == 0
    reply = await visitor.sync()
    assert reply["ModContactList"][-1]["NickName"] == "夜读"
    assert [each["MemberCount"] for each in reply["ModContactList"]] == [3, 4, 4, 3]
    lines = [each["Content"] for each in reply["AddMsgList"]]
    assert lines[1:] == ['你邀请"阿青"加入了群聊  ', "你修改群名为“夜读”", '你将"小李"移出了群聊']
    assert await change(visitor, group, "quitchatroom") == 0
    assert (await visitor.sync())["DelContactCount"] == 1
    assert world.violations == []


async def test_only_the_owner_removes_and_large_groups_invite(world: World, visitor: Visitor) -> None:
    world.options.invite_from = 6
    group, person = await visitor.find("产品交流群"), await visitor.find("小李")
    newcomer = await visitor.find("阿青")
    assert await change(visitor, group, "delmember", DelMemberList=person) == 1
    assert await change(visitor, group, "addmember", AddMemberList=newcomer) == 1
    assert await change(visitor, group, "invitemember", InviteMemberList=newcomer) == 0
    assert world.invited == [{"group": "1000000001@chatroom", "person": "wxid_aqing0000000001"}]
    (card,) = [each for each in world.said() if each["type"] == "invitation"]
    assert card["in"] == "阿青"
    world.options.invite_pending = True
    assert await change(visitor, group, "invitemember", InviteMemberList=newcomer) == -2013
    assert world.violations == []
    assert await change(visitor, group, "", DelMemberList=person) == 1
    assert [each["rule"] for each in world.violations] == ["fun"]


@pytest.mark.parametrize(("mode", "ret"), [("nothing", 0), ("refused", 1205), ("gone", None)])
async def test_operations_that_no_longer_work(mode: str, ret: int | None) -> None:
    world = World(auto=True, group_ops=mode)
    visitor = open_visitor(world)
    await visitor.login()
    body = {"ChatRoomName": await visitor.find("客户群一"), "NewTopic": "x"}
    reply = await visitor.post("webwxupdatechatroom", body, "fun=modtopic")
    assert reply.get("BaseResponse", {}).get("Ret") == ret
    assert (await visitor.sync())["ModContactCount"] == 0


async def test_a_friend_request_is_accepted_with_its_ticket(world: World, visitor: Visitor) -> None:
    world.send("路人甲", "friend_request", text="我是路人甲")
    (request,) = (await visitor.sync())["AddMsgList"]
    info = request["RecommendInfo"]
    assert (request["MsgType"], request["FromUserName"], info["Content"]) == (37, "fmessage", "我是路人甲")

    async def accept(ticket: str) -> int:
        users = [{"Value": info["UserName"], "VerifyUserTicket": ticket}]
        body = {"Opcode": 3, "VerifyUserListSize": 1, "VerifyUserList": users, "VerifyContent": ""}
        rest = {"SceneListCount": 1, "SceneList": [33], "skey": visitor.secrets["skey"]}
        return (await visitor.post("webwxverifyuser", {**body, **rest}))["BaseResponse"]["Ret"]

    assert await accept("v2_wrong@stranger") == -2
    assert await accept(info["Ticket"]) == 0
    reply = await visitor.sync()
    assert reply["ModContactList"][0]["ContactFlag"] & 1
    assert reply["AddMsgList"][0]["Content"] == "你已添加了路人甲，现在可以开始聊天了。"
    assert (await visitor.send(info["UserName"], "你好"))["BaseResponse"]["Ret"] == 0


async def test_remarks_and_pins(world: World, visitor: Visitor) -> None:
    friend = await visitor.find("小李")
    remark = {"UserName": friend, "CmdId": 2, "RemarkName": "李总"}
    assert (await visitor.post("webwxoplog", remark))["BaseResponse"]["Ret"] == 0
    assert (await visitor.sync())["ModContactCount"] == 0
    world.options.remark_works = True
    await visitor.post("webwxoplog", remark)
    assert (await visitor.sync())["ModContactList"][0]["RemarkName"] == "李总"
    await visitor.post("webwxoplog", {"UserName": friend, "CmdId": 3, "OP": 1})
    pinned = (await visitor.sync())["ModContactList"][0]
    assert pinned["ContactFlag"] & 2048
    assert pinned["RemarkName"] == ""
    assert world.violations == []


async def test_a_message_is_taken_back_in_time(world: World, visitor: Visitor) -> None:
    friend = await visitor.find("小李")
    msg_id = (await visitor.send(friend, "发错了"))["MsgID"]
    body = {"SvrMsgId": msg_id, "ToUserName": friend, "ClientMsgId": "1"}
    assert (await visitor.post("webwxrevokemsg", body))["BaseResponse"]["Ret"] == 0
    assert world.sent()[0]["recalled"]
    (notice,) = (await visitor.sync())["AddMsgList"]
    assert (notice["MsgType"], notice["FromUserName"]) == (10002, visitor.me)
    assert f"&lt;msgid&gt;{msg_id}&lt;/msgid&gt;" in notice["Content"]
    late = (await visitor.send(friend, "又错了"))["MsgID"]
    world.advance(121)
    reply = await visitor.post("webwxrevokemsg", {**body, "SvrMsgId": late})
    assert reply["BaseResponse"]["Ret"] == -2
    assert "2分钟" in reply["Introduction"]


async def test_a_recall_by_somebody_else_names_the_message(world: World, visitor: Visitor) -> None:
    msg_id = world.say("小李", "说错了", into="产品交流群")
    world.recall(msg_id)
    said, notice = (await visitor.sync())["AddMsgList"]
    author = said["Content"].partition(":")[0]
    assert notice["Content"].startswith(f"{author}:<br/>&lt;sysmsg")
    assert msg_id in notice["Content"]
    assert '"小李" 撤回了一条消息' in notice["Content"]
    world.recall(msg_id, form="newmsgid")
    (newer,) = (await visitor.sync())["AddMsgList"]
    assert f"&lt;newmsgid&gt;{msg_id}" in newer["Content"]
