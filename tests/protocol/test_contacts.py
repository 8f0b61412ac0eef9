from typing import Any

import msgspec
import pytest

from ruleswx.errors import RemoteProtocolError, SessionEnded
from ruleswx.protocol.contacts import (
    ContactPages,
    WireContact,
    batches,
    build_batch,
    is_group,
    kind_of,
    parse_batch,
    to_contact,
)
from tests.protocol.transcripts import BR, GROUP, INIT, NEWS, OK, PT, RNG, ROOM, SK, STRANGER, F, G, U, answer, session

NOW = 1700000044.0
BASE = "https://wx2.qq.com/cgi-bin/mmwebwx-bin"


def page(*members: dict[str, Any], seq: int = 0) -> Any:
    return answer({"BaseResponse": OK, "MemberCount": len(members), "MemberList": list(members), "Seq": seq})


def test_the_list_is_read_page_by_page() -> None:
    pages = ContactPages()
    first = pages.request(session(), NOW)
    assert first.url == f"{BASE}/webwxgetcontact?lang=zh_CN&pass_ticket={PT}&r=1700000044000&seq=0&skey={SK}"
    assert first.method == "GET"
    found = pages.receive(
        page(INIT["ContactList"][1], {"UserName": NEWS, "NickName": "晨报", "VerifyFlag": 24}, seq=660001)
    )
    assert [(c.user_name, c.kind, c.nick, c.remark, c.listed) for c in found] == [
        (F, "person", "小林", "林老师", True),
        (NEWS, "official", "晨报", "", False),
    ]
    assert not pages.done
    assert "&seq=660001&" in pages.request(session(), NOW).url
    (group,) = pages.receive(page({"UserName": G, "NickName": "读书会", "ContactFlag": 3, "MemberList": []}))
    assert (group.kind, group.members, pages.done) == ("group", None, True)


def test_a_sequence_that_comes_back_or_never_ends_is_left() -> None:
    pages = ContactPages()
    pages.receive(page(seq=5))
    pages.receive(page(seq=5))
    assert pages.done
    pages = ContactPages()
    for n in range(1, 51):
        assert not pages.done
        pages.receive(page(seq=n))
    assert pages.done


def test_a_dead_session_is_told_from_noise() -> None:
    with pytest.raises(SessionEnded):
        ContactPages().receive(answer({"BaseResponse": {"Ret": 1101}}))
    with pytest.raises(RemoteProtocolError):
        ContactPages().receive(answer({}))


def test_batches_ask_for_fifty_at_most_and_once_each() -> None:
    ids = [f"@@{n}" for n in range(120)]
    assert [len(b) for b in batches([*ids, *ids])] == [50, 50, 20]
    with pytest.raises(ValueError, match="51 ids"):
        build_batch(session(), [f"@@{n}" for n in range(51)], NOW, RNG)


def test_a_group_is_fetched_with_its_members() -> None:
    request = build_batch(session(), [G], 1700000045.0, RNG)
    assert request.url == f"{BASE}/webwxbatchgetcontact?type=ex&r=1700000045000&lang=zh_CN&pass_ticket={PT}"
    assert request.body.decode() == (
        f'{{"BaseRequest":{BR},"Count":1,"List":[{{"UserName":"{G}","EncryChatRoomId":""}}]}}'
    )
    (group,) = parse_batch(answer({"BaseResponse": OK, "Count": 1, "ContactList": [GROUP]}))
    assert (group.nick, group.owned, group.room_id, group.muted) == ("读书会", True, ROOM, False)
    assert [(m.user_name, m.nick, m.card) for m in group.members or ()] == [
        (U, "测试号", ""),
        (F, "小林", "林"),
        (STRANGER, "路人", ""),
    ]


def test_a_member_is_asked_with_the_rooms_own_id() -> None:
    request = build_batch(session(), [STRANGER], 1700000045.0, RNG, room_id=ROOM)
    assert f'"List":[{{"UserName":"{STRANGER}","EncryChatRoomId":"{ROOM}"}}]'.encode() in request.body


def test_ids_nobody_knows_and_broken_entries_are_not_contacts() -> None:
    reply = {
        "BaseResponse": OK,
        "ContactList": [{"UserName": "@x"}, {"NickName": "no id"}, 5, {"UserName": "a b", "NickName": "n"}],
    }
    assert parse_batch(answer(reply)) == ()


@pytest.mark.parametrize(
    ("name", "flag", "kind"),
    [
        ("@@ab", 0, "group"),
        ("1234@chatroom", 8, "group"),
        ("@ab", 0, "person"),
        ("@ab", 8, "official"),
        ("@ab", 24, "official"),
        ("@ab", 29, "official"),
        ("@ab", 56, "official"),
        ("@ab", 136, "official"),
        ("@ab", 16, "person"),
        ("filehelper", 0, "person"),
        ("weixin", 56, "official"),
        ("newsapp", 0, "official"),
    ],
)
def test_kinds_by_id_and_flag(name: str, flag: int, kind: str) -> None:
    assert kind_of(name, flag) == kind
    assert is_group(name) == (kind == "group")


def test_names_come_decoded_and_flags_understood() -> None:
    contact = to_contact(
        WireContact(
            UserName="@a",
            NickName='A &amp; B<span class="emoji emoji1f31b"></span>',
            RemarkName="&lt;老王&gt;",
            ContactFlag=3 + 512,
            HeadImgUrl=msgspec.Raw(b'"/cgi-bin/mmwebwx-bin/webwxgeticon?seq=1000123&username=@a"'),
            AttrStatus=2**33,
        )
    )
    assert contact is not None
    assert (contact.nick, contact.remark, contact.listed, contact.muted) == ("A & B🌛", "<老王>", True, True)
    assert (contact.avatar_seq, contact.attr_status) == ("1000123", 2**33)
    escaped = to_contact(WireContact(UserName="@a", HeadImgUrl=msgspec.Raw(b'"/webwxgeticon?a=1\\u0026seq=17"')))
    assert escaped is not None
    assert escaped.avatar_seq == "17"
    muted = to_contact(WireContact(UserName="@@g", Statues=0))
    assert muted is not None
    assert muted.muted
