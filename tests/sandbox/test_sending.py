"""What a client may send, and what it is told otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from ruleswx.sandbox import World
from tests.sandbox.visitor import CGI, Visitor, open_visitor


@pytest.fixture
def world() -> World:
    return World(auto=True, strict=True)


@pytest.fixture
async def visitor(world: World) -> Visitor:
    visitor = open_visitor(world)
    await visitor.login()
    return visitor


def rules(world: World) -> list[str]:
    return [each["rule"] for each in world.violations]


async def test_a_text_is_logged_by_names(world: World, visitor: Visitor) -> None:
    reply = await visitor.send(await visitor.find("读书会"), "好的 👍\n明天见")
    assert reply["BaseResponse"]["Ret"] == 0
    (entry,) = world.sent()
    assert (entry["to"], entry["text"], entry["type"]) == ("读书会📚", "好的 👍\n明天见", "text")
    assert entry["MsgId"] == reply["MsgID"]
    assert world.sent(since=entry["seq"]) == []
    assert world.violations == []


async def test_a_repeated_client_id_is_one_message(world: World, visitor: Visitor) -> None:
    msg = visitor.msg("filehelper", Type=1, Content="一次")
    first = await visitor.post("webwxsendmsg", {"Msg": msg, "Scene": 0})
    second = await visitor.post("webwxsendmsg", {"Msg": msg, "Scene": 0})
    assert first == second
    assert len(world.sent()) == 1
    other = {**msg, "Content": "另一句"}
    await visitor.post("webwxsendmsg", {"Msg": other, "Scene": 0})
    assert len(world.sent()) == 2
    assert rules(world) == ["ClientMsgId"]


async def test_targets_that_cannot_be_written_to(world: World, visitor: Visitor) -> None:
    group = await visitor.find("产品交流群")
    members = (await visitor.batch(group))[0]["MemberList"]
    stranger = next(each["UserName"] for each in members if each["NickName"] == "路人甲")
    codes = [(await visitor.send(to, "x"))["BaseResponse"]["Ret"] for to in (visitor.me, stranger, "@nobody")]
    assert codes == [1204, 1204, 1201]
    assert rules(world) == ["unknown id"]


@pytest.mark.parametrize("refuses", ["deleted", "blocked"])
async def test_somebody_who_does_not_want_it(refuses: str) -> None:
    cast = {"people": [{"name": "前任", "refuses": refuses}]}
    world = World(cast, auto=True)
    visitor = open_visitor(world)
    await visitor.login()
    reply = await visitor.send(await visitor.find("前任"), "在吗")
    assert reply["BaseResponse"]["Ret"] == 0
    (line,) = (await visitor.sync())["AddMsgList"]
    assert line["MsgType"] == 10000
    assert ("拒收" in line["Content"]) == (refuses == "blocked")


async def test_escaped_content_arrives_as_it_was_written(world: World, visitor: Visitor) -> None:
    msg = visitor.msg("filehelper", Type=1, Content="MARK")
    body = '{"BaseRequest": BASE, "Msg": MSG, "Scene": 0}'
    import json

    text = body.replace("BASE", json.dumps(visitor.base)).replace("MSG", json.dumps(msg))
    await visitor.http.post(f"{CGI}/webwxsendmsg", content=text.replace("MARK", "\\u4f60\\n好").encode())
    assert world.sent()[0]["text"] == "\\u4f60\n好"
    assert rules(world) == ["escaped content"]


@pytest.mark.parametrize(
    ("change", "rule", "ret"),
    [
        ({"Skey": "@crypt_0_0"}, "Skey", -14),
        ({"Skey": ""}, "Skey empty", -14),
        ({"Uin": 1}, "Uin", 1100),
        ({"Sid": "nonsense"}, "Sid", 1100),
        ({"DeviceID": "x"}, "DeviceID", 0),
    ],
)
async def test_a_wrong_base_request(
    world: World, visitor: Visitor, change: dict[str, Any], rule: str, ret: int
) -> None:
    body = {"BaseRequest": {**visitor.base, **change}, "Msg": visitor.msg("filehelper", Type=1, Content="x")}
    reply = await visitor.http.post(f"{CGI}/webwxsendmsg", json={**body, "Scene": 0})
    assert reply.json()["BaseResponse"]["Ret"] == ret
    assert rules(world) == [rule]


async def test_lost_cookies_are_1102(world: World, visitor: Visitor) -> None:
    visitor.http.cookies.delete("webwx_data_ticket")
    assert (await visitor.send("filehelper", "x"))["BaseResponse"]["Ret"] == 1102
    assert rules(world) == ["cookies"]


async def test_what_a_message_must_have(world: World, visitor: Visitor) -> None:
    msg = visitor.msg("filehelper", Type=1, Content="x")
    assert (await visitor.post("webwxsendmsg", {"Msg": msg}))["BaseResponse"]["Ret"] == 1204
    await visitor.post("webwxsendmsg", {"Msg": {**msg, "Type": 3}, "Scene": 0})
    await visitor.post("webwxsendmsg", {"Msg": {**msg, "LocalID": "1"}, "Scene": 0})
    await visitor.http.get(f"{CGI}/webwxsendmsg")
    await visitor.http.post(f"{CGI}/webwxsendmsg", content=b"{\xff")
    assert rules(world) == ["Scene", "Type", "LocalID", "method", "json"]


async def test_rates_of_real_accounts() -> None:
    world = World(auto=True, limits=True)
    visitor = open_visitor(world)
    await visitor.login()
    codes = [(await visitor.send("filehelper", f"{n}"))["BaseResponse"]["Ret"] for n in range(4)]
    assert codes == [0, 0, 1205, 1205]
    world.advance(2)
    assert (await visitor.send("filehelper", "again"))["BaseResponse"]["Ret"] == 0


async def test_two_accounts_talk_to_each_other() -> None:
    cast = {
        "accounts": [{"name": "甲"}, {"name": "乙"}],
        "groups": [{"name": "群", "members": ["甲", "乙"]}],
    }
    world = World(cast)
    first, second = open_visitor(world), open_visitor(world)
    for visitor, name in ((first, "甲"), (second, "乙")):
        uuid = await visitor.jslogin()
        world.confirm(account=name)
        await visitor.poll(uuid, 1)
        await visitor.redeem(await visitor.poll(uuid))
        await visitor.init()
    await first.send(await first.find("群"), "谁在")
    await second.send(await second.find("甲"), "我在")
    assert (await second.sync())["AddMsgList"][0]["Content"].endswith(":<br/>谁在")
    assert [each["Content"] for each in (await first.sync())["AddMsgList"]] == ["我在"]
    assert world.violations == []
