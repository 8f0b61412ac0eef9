import json
from typing import Any

import pytest

from ruleswx.errors import LoginRefused, RemoteProtocolError, SendFailed, SessionEnded
from ruleswx.model import Contact
from ruleswx.protocol import operations as ops
from tests.protocol.transcripts import BR, OK, PT, RNG, SKEY, STRANGER, F, G, answer, session

BASE = "https://wx2.qq.com/cgi-bin/mmwebwx-bin"
NOW: dict[str, Any] = {"now": 1700000070.0, "rng": RNG}


def test_a_group_is_created() -> None:
    request = ops.build_create(session(), [F, STRANGER], "新群", **NOW)
    assert request.url == f"{BASE}/webwxcreatechatroom?r=1700000070000&lang=zh_CN&pass_ticket={PT}"
    assert request.body.decode() == (
        f'{{"BaseRequest":{BR},"MemberCount":2,"MemberList":[{{"UserName":"{F}"}},{{"UserName":"{STRANGER}"}}],'
        '"Topic":"新群"}'
    )
    reply = {
        "BaseResponse": OK,
        "Topic": "",
        "MemberCount": 2,
        "MemberList": [],
        "ChatRoomName": "@@new",
        "BlackList": "",
    }
    assert ops.parse_create(answer(reply)) == "@@new"
    with pytest.raises(SendFailed):
        ops.parse_create(answer(reply | {"ChatRoomName": ""}))
    with pytest.raises(SendFailed, match="操作太频繁") as caught:
        ops.parse_create(answer(reply | {"BaseResponse": {"Ret": 1205, "ErrMsg": "操作太频繁，请稍后再试。"}}))
    assert caught.value.ret == 1205


@pytest.mark.parametrize(
    ("build", "fun", "field", "value"),
    [
        (ops.build_add, "addmember", "AddMemberList", "@1,@2"),
        (ops.build_invite, "invitemember", "InviteMemberList", "@1,@2"),
        (ops.build_remove, "delmember", "DelMemberList", "@1,@2"),
    ],
)
def test_members_come_and_go(build: Any, fun: str, field: str, value: str) -> None:
    request = build(session(), G, ["@1", "@2"], **NOW)
    assert request.url == f"{BASE}/webwxupdatechatroom?fun={fun}&lang=zh_CN&pass_ticket={PT}"
    assert request.body.decode() == f'{{"BaseRequest":{BR},"ChatRoomName":"{G}","{field}":"{value}"}}'


def test_a_group_is_renamed_and_left() -> None:
    request = ops.build_rename(session(), G, "夜读", **NOW)
    assert "fun=modtopic&" in request.url
    assert request.body.decode() == f'{{"BaseRequest":{BR},"ChatRoomName":"{G}","NewTopic":"夜读"}}'
    assert "fun=quitchatroom&" in ops.build_leave(session(), G, **NOW).url


def test_a_friend_request_is_accepted_with_its_ticket() -> None:
    request = ops.build_accept(session(), "@77", "v2_x@stranger", now=1700000080.0, rng=RNG)
    assert request.url == f"{BASE}/webwxverifyuser?r=1700000080000&lang=zh_CN&pass_ticket={PT}"
    assert request.body.decode() == (
        f'{{"BaseRequest":{BR},"Opcode":3,"VerifyUserListSize":1,"VerifyUserList":[{{"Value":"@77",'
        f'"VerifyUserTicket":"v2_x@stranger"}}],"VerifyContent":"","SceneListCount":1,"SceneList":[33],"skey":"{SKEY}"}}'
    )
    asked = json.loads(ops.build_request(session(), "@77", "你好", **NOW).body)
    assert (asked["Opcode"], asked["VerifyContent"], asked["VerifyUserList"][0]["VerifyUserTicket"]) == (2, "你好", "")


def test_remarks_and_pins() -> None:
    request = ops.build_remark(session(), F, "林老师2", **NOW)
    assert request.url == f"{BASE}/webwxoplog?lang=zh_CN&pass_ticket={PT}"
    assert request.body.decode() == f'{{"UserName":"{F}","CmdId":2,"RemarkName":"林老师2","BaseRequest":{BR}}}'
    assert ops.build_pin(session(), F, "林老师", on=True, **NOW).body.decode() == (
        f'{{"UserName":"{F}","CmdId":3,"OP":1,"RemarkName":"林老师","BaseRequest":{BR}}}'
    )
    assert b'"OP":0' in ops.build_pin(session(), F, "林老师", on=False, **NOW).body


def test_big_groups_are_invited_to() -> None:
    assert not ops.wants_invitation(session(), 38)
    assert ops.wants_invitation(session(), 39)
    assert ops.wants_invitation(session(invite_start_count=100), 95, 5)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"BaseResponse": OK}, ops.Answered()),
        ({"BaseResponse": {"Ret": -2013}}, ops.Answered(pending=True)),
        ({"BaseResponse": {"Ret": 1}}, ops.Answered(refused=True, ret=1)),
        ({"BaseResponse": {"Ret": 1205, "ErrMsg": "太频繁"}}, ops.Answered(refused=True, ret=1205, message="太频繁")),
        ({"MemberCount": 1}, ops.Answered(refused=True, message="unsupported")),
    ],
)
def test_answers(reply: dict[str, Any], said: ops.Answered) -> None:
    assert ops.parse_operation(answer(reply)) == said


@pytest.mark.parametrize(("ret", "error"), [(1101, SessionEnded), (1203, LoginRefused)])
def test_answers_that_end_more_than_the_operation(ret: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        ops.parse_operation(answer({"BaseResponse": {"Ret": ret}}))
    with pytest.raises(RemoteProtocolError):
        ops.parse_operation(answer("<html>"))


ONE = Contact("@1", "person", nick="a", remark="b", listed=True)
GROUP = Contact("@@g", "group", nick="夜读", members=(ONE,))
YES, NO, LATER = ops.Answered(), ops.Answered(refused=True, ret=1), ops.Answered(pending=True)


@pytest.mark.parametrize(
    ("answered", "shown", "wanted", "outcome"),
    [
        (YES, GROUP, ops.has_member("@1"), "done"),
        (YES, GROUP, ops.has_member("@2"), "no effect"),
        (NO, GROUP, ops.has_member("@2"), "refused"),
        (NO, GROUP, ops.has_member("@1"), "done"),
        (LATER, GROUP, ops.has_member("@2"), "pending"),
        (YES, None, ops.has_member("@1"), "no effect"),
        (YES, GROUP, ops.lacks_member("@2"), "done"),
        (YES, GROUP, ops.lacks_member("@1"), "no effect"),
        (YES, Contact("@@g", "group"), ops.lacks_member("@1"), "no effect"),
        (YES, GROUP, ops.is_called("夜读"), "done"),
        (YES, GROUP, ops.is_called("晨读"), "no effect"),
        (YES, ONE, ops.has_remark("b"), "done"),
        (YES, ONE, ops.has_remark("c"), "no effect"),
        (YES, ONE, ops.is_friend, "done"),
        (YES, Contact("@1", "person"), ops.is_friend, "no effect"),
    ],
)
def test_an_operation_is_judged_by_what_the_lists_show(answered: Any, shown: Any, wanted: Any, outcome: str) -> None:
    assert ops.outcome(answered, shown, wanted) == outcome
