"""Whatever a client sends, the service answers; and it answers with the fields of the wire."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ruleswx.sandbox import World
from ruleswx.sandbox.asked import Answer, Asked
from ruleswx.sandbox.endpoints import ENDPOINTS, respond
from ruleswx.sandbox.media import sample
from ruleswx.sandbox.phone import open_gate, open_session
from ruleswx.sandbox.session import Session
from tests.sandbox.visitor import open_visitor

FIELDS = ("EMoticonMd5", "Topic", "NewTopic", "skey", "RemarkName", "FileMd5", "FileSize", "KeyWord", "DelMemberList")
QUERY = ("fun", "f", "type", "seq", "MsgID", "msgid", "username", "mediaid", "sender", "uuid", "tip", "requrl")


def started() -> tuple[World, Session]:
    world = World(auto=True)
    session = open_session(world, open_gate(world), desktop=False)
    session.started = True
    world.say("老王", "在吗")
    return world, session


def bodies(session: Session, world: World) -> st.SearchStrategy[dict[str, Any]]:
    """Requests that are nearly right: each field plausible, or of another kind altogether."""
    group = next(iter(world.directory.groups.values()))
    me, room = session.user_name(session.account.person), session.user_name(group)
    friend = session.user_name(world.directory.person("老王"))
    file = world.store.keep(sample("png"))
    junk = st.none() | st.integers() | st.text(max_size=4) | st.just([None]) | st.just({}) | st.just("\ud800")
    names = st.sampled_from([me, room, friend, "filehelper", "@gone"]) | junk
    users = st.lists(st.fixed_dictionaries({"UserName": names, "Value": names}), max_size=3) | junk
    app = f"<appmsg><title>x</title><type>6</type><appattach><attachid>{file}</attachid></appattach></appmsg>"
    plausible: dict[str, st.SearchStrategy[Any]] = {
        "Type": st.sampled_from([1, 3, 5, 6, 42, 43, 47, 48]) | junk,
        "Content": st.sampled_from(["x", "\ud800", "<appmsg/>", app, '<msg><img md5="0"/></msg>']) | junk,
        "MediaId": st.just(file) | junk,
        **dict.fromkeys(("FromUserName", "ToUserName", "UserName", "ChatRoomName", "AddMemberList"), names),
        **dict.fromkeys(("LocalID", "ClientMsgId"), st.just("17000000600000417") | junk),
        **dict.fromkeys(("MemberList", "VerifyUserList", "List"), users),
        **dict.fromkeys(("MemberCount", "Count", "VerifyUserListSize"), st.integers(0, 3) | junk),
        **dict.fromkeys(("Code", "Opcode", "CmdId", "OP", "Scene", "EmojiFlag"), st.integers(0, 4) | junk),
        "SceneList": st.just([33]) | junk,
        "SvrMsgId": st.just(next(iter(world.messages))) | junk,
        "SyncKey": st.fixed_dictionaries({"Count": st.integers(0, 2) | junk, "List": users}) | junk,
        **dict.fromkeys(FIELDS, junk),
    }
    fields = st.fixed_dictionaries({}, optional=plausible)
    return st.builds(lambda body, msg: {**body, "Msg": msg}, fields, st.fixed_dictionaries(plausible) | fields | junk)


def test_no_request_is_an_error_of_the_server() -> None:
    world, session = started()
    base = {"Uin": session.account.uin, "Sid": session.sid, "Skey": session.skey, "DeviceID": "e012345678901234"}
    cookies = f"wxuin={session.account.uin}; wxsid={session.sid}; webwx_data_ticket={session.data_ticket}"
    skey = session.skey.replace("@", "%40")
    values = st.sampled_from(["0", "1", "x", "addmember", "async", "json", "", "quitchatroom"])

    @settings(max_examples=400, deadline=None, database=None)
    @given(
        st.sampled_from(sorted(ENDPOINTS)),
        bodies(session, world),
        st.dictionaries(st.sampled_from(QUERY), values),
        st.booleans(),
    )
    def ask(endpoint: str, body: dict[str, Any], query: dict[str, str], alive: bool) -> None:
        session.over = 0 if alive else 1101
        text = "&".join(["skey=" + skey, *(f"{name}={value}" for name, value in query.items())])
        content = json.dumps({**body, "BaseRequest": base}).encode()
        reads = ("jslogin", "login", "synccheck", "webwxnewloginpage", "webwxpushloginurl", "webwxcheckurl")
        method = "GET" if endpoint in reads or "webwxget" in endpoint else "POST"
        path = f"/cgi-bin/mmwebwx-bin/{endpoint}"
        answer = respond(world, Asked(method, "http", "127.0.0.1", path, text, {"cookie": cookies}, content))
        if not isinstance(answer, Answer):
            answer = answer(True)
        assert isinstance(answer, Answer)

    ask()


@given(st.binary(max_size=300), st.sampled_from(sorted(ENDPOINTS)))
@settings(max_examples=200, deadline=None)
def test_no_bytes_are_an_error_of_the_server(body: bytes, endpoint: str) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b", "cookie": body.decode("latin-1")}
    query = body.decode("latin-1")
    answer = respond(World(), Asked("POST", "http", "x", f"/{endpoint}", query, headers, body))
    assert isinstance(answer, Answer) or answer(True)


async def test_replies_have_the_fields_of_the_wire() -> None:
    world = World(auto=True, strict=True)
    visitor = open_visitor(world)
    init = await visitor.login()
    assert init.keys() >= {
        *("BaseResponse", "Count", "ContactList", "SyncKey", "User", "ChatSet", "SKey", "ClientVersion"),
        *("SystemTime", "GrayScale", "InviteStartCount", "MPSubscribeMsgCount", "MPSubscribeMsgList"),
    }
    assert "City" not in init["User"]
    world.say("老王", "在吗")
    world.rename("客户群一", "贵宾群")
    reply = await visitor.sync()
    assert reply.keys() >= {
        *("AddMsgCount", "ModContactCount", "DelContactCount", "ModChatRoomMemberCount", "Profile", "ContinueFlag"),
        *("SyncKey", "SyncCheckKey", "SKey"),
    }
    assert reply["AddMsgList"][0].keys() >= {
        *("MsgId", "NewMsgId", "FromUserName", "ToUserName", "MsgType", "Content", "Status", "ImgStatus"),
        *("CreateTime", "VoiceLength", "PlayLength", "FileName", "FileSize", "MediaId", "Url", "AppMsgType"),
        *("StatusNotifyCode", "StatusNotifyUserName", "RecommendInfo", "ForwardFlag", "AppInfo", "HasProductId"),
        *("Ticket", "ImgHeight", "ImgWidth", "SubMsgType", "OriContent", "EncryFileName"),
    }
    member = reply["ModContactList"][0]["MemberList"][0]
    assert member.keys() >= {"Uin", "UserName", "NickName", "AttrStatus", "MemberStatus", "DisplayName", "KeyWord"}


async def test_contacts_come_in_pages_and_batches() -> None:
    world = World(auto=True, strict=True, page_size=5)
    visitor = open_visitor(world)
    await visitor.login()
    seen: list[str] = []
    seq = 0
    while True:
        page = await visitor.contacts(seq)
        seen += [each["UserName"] for each in page["MemberList"]]
        seq = page["Seq"]
        if not seq:
            break
    assert len(seen) == len(set(seen)) == 13
    group = next(each for each in seen if each.startswith("@@"))
    (room,) = await visitor.batch(group)
    assert room["MemberCount"] == len(room["MemberList"]) == 6
    stranger = next(each["UserName"] for each in room["MemberList"] if each["NickName"] == "路人甲")
    assert (await visitor.batch(stranger))[0]["NickName"] == ""
    (member,) = await visitor.batch(stranger, room=room["EncryChatRoomId"])
    assert member["NickName"] == "路人甲"
    assert world.violations == []
    await visitor.post("webwxbatchgetcontact", {"Count": 51, "List": [{"UserName": group}] * 51}, "type=ex")
    assert [each["rule"] for each in world.violations] == ["over 50"]
