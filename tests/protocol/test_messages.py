import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.addressbook import AddressBook
from ruleswx.errors import RemoteProtocolError
from ruleswx.model import Message
from ruleswx.protocol.contacts import parse_batch
from ruleswx.protocol.kinds import KINDS
from ruleswx.protocol.messages import Missing, WireMessage, bind, lessons, parse_message, peer_of, split_content
from ruleswx.protocol.sync import parse_init
from tests.protocol.transcripts import GROUP, INIT, MESSAGES, NEWS, OK, STRANGER, F, G, U, answer, session

QING = "@77aa77aa77aa77aa77aa77aa77aa77aa"


def book(*, groups: bool = True) -> AddressBook:
    """The account's contacts as init and a batch tell them."""
    made = AddressBook()
    started = parse_init(session(), answer(INIT), 0.0)
    made.start(1403256789, started.me)
    made.learn(started.contacts)
    if groups:
        made.learn(parse_batch(answer({"BaseResponse": OK, "ContactList": [GROUP]})))
    return made


def wire(**fields: Any) -> WireMessage:
    base = {"MsgId": "9", "FromUserName": F, "ToUserName": U, "MsgType": 1, "Content": "", "CreateTime": 1700000047}
    return parse_message(json.dumps(base | fields).encode())


def bound(message: WireMessage | None = None, people: AddressBook | None = None, **fields: Any) -> Message:
    found = bind(message or wire(**fields), people or book(), U, "9")
    assert isinstance(found, Message)
    return found


def test_a_private_text() -> None:
    message = bound(parse_message(json.dumps(MESSAGES[1]).encode()))
    assert (message.kind, message.text, message.code) == ("text", "早上好\n1 < 2 🌛", 1)
    assert (message.chat.kind, message.chat.name, message.sender.name) == ("person", "林老师", "林老师")
    assert (message.origin, message.event) == ("them", "")
    assert message.time == datetime(2023, 11, 14, 22, 14, 7, tzinfo=UTC)
    assert message.sender.key == message.chat.key


def test_a_group_text_names_the_member() -> None:
    message = bound(parse_message(json.dumps(MESSAGES[2]).encode()))
    assert message.text == "@测试号\u2005请看第三章"
    assert (message.chat.kind, message.chat.name, message.chat.owned) == ("group", "读书会", True)
    assert (message.sender.member_name, message.sender.name, message.sender.friend) == ("林", "林老师", True)
    assert message.me == ("测试号",)


def test_a_file_with_its_facts() -> None:
    message = bound(parse_message(json.dumps(MESSAGES[3]).encode()))
    assert (message.kind, message.code, message.app_code, message.text) == ("file", 49, 6, "")
    assert message.facts == {"title": "笔记.pdf", "file_name": "笔记.pdf", "size": "10240", "extension": "pdf"}


def test_status_notifies_teach_ids_and_are_no_messages() -> None:
    status = parse_message(json.dumps(MESSAGES[0]).encode())
    assert bind(status, book(), U, "9") is None
    assert lessons(status).chats == (G,)
    told = wire(
        MsgType=51,
        StatusNotifyUserName=f"filehelper,{F},{G}",
        Content=(
            "&lt;msg&gt;&lt;op id='4'&gt;<br/>&lt;username&gt;filehelper,wxid_lin,9@chatroom&lt;/username&gt;"
            "&lt;/op&gt;&lt;/msg&gt;"
        ),
    )
    assert lessons(told).pairs == ((F, "wxid_lin"), (G, "9@chatroom"))
    short = wire(
        MsgType=51, StatusNotifyUserName=f"{F},{G}", Content="&lt;op&gt;&lt;username&gt;a&lt;/username&gt;&lt;/op&gt;"
    )
    assert lessons(short).pairs == ()


def test_own_messages_go_to_the_peer_and_tell_phone_from_bot() -> None:
    phone = bound(FromUserName=U, ToUserName=F, Content="a:<br/>b")
    assert (phone.origin, phone.chat.name, phone.sender.me, phone.text) == ("phone", "林老师", True, "a:\nb")
    bot = bind(wire(FromUserName=U, ToUserName=F), book(), U, "9", sent={"9"})
    assert isinstance(bot, Message)
    assert bot.origin == "bot"
    group = bound(FromUserName=U, ToUserName=G, Content="@abc:<br/>x")
    assert (group.chat.name, group.sender.me, group.text) == ("读书会", True, "@abc:\nx")
    old = bound(FromUserName="", ToUserName=F, Content="x")
    assert (old.origin, old.chat.name) == ("phone", "林老师")
    assert peer_of(wire(FromUserName=U, ToUserName=F), U) == F


def test_a_note_to_oneself_is_no_message() -> None:
    assert bind(wire(FromUserName=U, ToUserName=U), book(), U, "9") is None


@pytest.mark.parametrize(
    ("content", "who", "rest"),
    [
        (f"{F}:<br/>hi", F, "hi"),
        ("wxid_a-b1:<br/>hi<br/>there", "wxid_a-b1", "hi<br/>there"),
        (f"{F}:<br/>a:<br/>b", F, "a:<br/>b"),
        ("just: <br/>text", "", "just: <br/>text"),
        ("a b:<br/>text", "", "a b:<br/>text"),
        (
            "place:<br/>/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx",
            "",
            "place:<br/>/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx",
        ),
    ],
)
def test_the_prefix_of_a_group_post(content: str, who: str, rest: str) -> None:
    assert split_content(wire(FromUserName=G, Content=content), U) == (who, rest)


def test_prefixes_count_in_groups_only() -> None:
    assert split_content(wire(Content="abc:<br/>x"), U) == ("", "abc:<br/>x")
    assert split_content(wire(FromUserName=U, ToUserName=G, Content=f"{U}:<br/>x"), U) == (U, "x")
    assert split_content(wire(FromUserName=G, MsgType=10000, Content="abc:<br/>x"), U) == ("", "abc:<br/>x")


def test_a_location_that_travels_as_text() -> None:
    content = f"{F}:<br/>place:<br/>/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&amp;msgid=9&amp;pictype=location"
    message = bound(
        FromUserName=G,
        SubMsgType=48,
        Url="http://apis.map.qq.com/uri/v1/geocoder?coord=30.25,120.16",
        Content=content,
        OriContent='&lt;msg&gt;&lt;location x="30.2" y="120.1" label="西湖" poiname="断桥"/&gt;&lt;/msg&gt;',
    )
    assert (message.kind, message.code, message.text, message.sender.member_name) == ("location", 1, "", "林")
    assert message.facts["latitude"] == "30.25"
    assert (message.facts["label"], message.facts["place"]) == ("西湖", "断桥")
    assert bound(Url="http://apis.map.qq.com/uri/v1/geocoder?coord=1.5,2", Content="x:<br/>/cgi").kind == "location"


def test_official_accounts_are_known_by_their_bit() -> None:
    people = book()
    news = to_contact_of({"UserName": NEWS, "NickName": "晨报", "VerifyFlag": 56})
    people.learn([news])
    message = bound(people=people, FromUserName=NEWS, MsgType=49, AppMsgType=5, FileName="头条", Url="http://e.x/1")
    assert (message.chat.kind, message.kind, message.facts) == (
        "official",
        "link",
        {"title": "头条", "url": "http://e.x/1"},
    )


def to_contact_of(fields: dict[str, Any]) -> Any:
    (found,) = parse_batch(answer({"BaseResponse": OK, "ContactList": [fields]}))
    return found


def test_voice_and_video_tell_their_length() -> None:
    assert bound(MsgType=34, VoiceLength=1580).facts == {"seconds": "1.6"}
    assert bound(MsgType=43, PlayLength=12).facts == {"seconds": "12"}


def test_the_type_in_the_xml_fills_a_missing_field() -> None:
    message = bound(
        MsgType=49,
        Content="&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;t&lt;/title&gt;&lt;type&gt;33&lt;/type&gt;&lt;/appmsg&gt;&lt;/msg&gt;",
    )
    assert (message.kind, message.app_code) == ("mini_program", 33)


def test_a_quote_is_what_was_said_about_what() -> None:
    content = (
        "&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;同意&lt;/title&gt;&lt;type&gt;57&lt;/type&gt;&lt;refermsg&gt;"
        "&lt;displayname&gt;小林&lt;/displayname&gt;&lt;content&gt;聚餐？&lt;/content&gt;&lt;/refermsg&gt;&lt;/appmsg&gt;&lt;/msg&gt;"
    )
    message = bound(MsgType=49, AppMsgType=57, Content=content)
    assert (message.kind, message.text, message.facts["quoted"]) == ("quote", "同意", "聚餐？")


def test_a_friend_request_is_a_chat_with_the_stranger() -> None:
    request = wire(
        MsgType=37,
        FromUserName="fmessage",
        Content='&lt;msg fromusername="wxid_abc" fromnickname="阿青" content="我是阿青" ticket="v2_x@stranger"/&gt;',
        RecommendInfo={
            "UserName": QING,
            "NickName": "阿青",
            "Content": "我是阿青",
            "Ticket": "v2_x@stranger",
            "Scene": 30,
        },
    )
    people = book()
    people.meet(lessons(request).strangers)
    message = bound(request, people)
    assert (message.kind, message.event, message.text) == ("friend_request", "friend_request", "我是阿青")
    assert (message.chat.user_name, message.sender.nick, message.sender.friend) == (QING, "阿青", False)
    assert message.facts["ticket"] == "v2_x@stranger"


@pytest.mark.parametrize(
    ("content", "event", "people", "by"),
    [
        ('"林"邀请"路人"加入了群聊', "member_join", ["路人"], "林"),
        ('你邀请"路人、新来的"加入了群聊  ', "member_join", ["路人", "新来的"], "测试号"),
        ('你将"路人"移出了群聊', "member_leave", ["路人"], "测试号"),
        ('你被"林"移出群聊', "member_leave", ["测试号"], "林"),
        ('"林"修改群名为“夜读”', "group_renamed", [], "林"),
        ('"林" 拍了拍我', "pat_me", ["测试号"], "林"),
        ('"路人" 拍了拍 "林"', "pat", ["林"], "路人"),
        ("收到红包，请在手机上查看", "red_packet", [], ""),
        ("位置共享已经结束", "", [], ""),
    ],
)
def test_grey_lines_of_a_group(content: str, event: str, people: list[str], by: str) -> None:
    message = bound(FromUserName=G, MsgType=10000, Content=content)
    assert (message.event, [p.member_name for p in message.people]) == (event, people)
    assert message.sender.member_name == by
    assert message.origin == "them"
    assert message.kind == ("red_packet" if event == "red_packet" else "system")
    mine = bound(FromUserName=U, ToUserName=G, MsgType=10000, Content=content)
    assert (mine.event, mine.chat.name, mine.origin) == (event, "读书会", "them")


def test_names_two_members_share_are_nobodys() -> None:
    people = book()
    twins = GROUP | {"MemberList": [*GROUP["MemberList"], {"UserName": "@twin", "NickName": "路人"}]}
    people.learn(parse_batch(answer({"BaseResponse": OK, "ContactList": [twins]})))
    (joined,) = bound(people=people, FromUserName=G, MsgType=10000, Content='你邀请"路人"加入了群聊').people
    assert (joined.key, joined.nick) == ("", "路人")


def test_new_friends_are_events() -> None:
    line = bound(MsgType=10000, Content="你已添加了小林，现在可以开始聊天了。")
    assert (line.event, [p.name for p in line.people]) == ("friend_added", ["林老师"])
    text = bound(Content="我通过了你的朋友验证请求，现在我们可以开始聊天了")
    assert (text.event, text.kind) == ("friend_added", "text")
    assert bound(FromUserName=U, ToUserName=F, Content="我通过了你的朋友验证请求，现在我们可以开始聊天了").event == ""


def test_a_recall_names_the_message_and_who_took_it_back() -> None:
    xml = (
        '&lt;sysmsg type="revokemsg"&gt;&lt;revokemsg&gt;&lt;msgid&gt;5550000000000000003&lt;/msgid&gt;'
        '&lt;replacemsg&gt;&lt;![CDATA["林" 撤回了一条消息]]&gt;&lt;/replacemsg&gt;&lt;/revokemsg&gt;&lt;/sysmsg&gt;'
    )
    message = bound(FromUserName=G, MsgType=10002, Content=f"{F}:<br/>{xml}")
    assert (message.kind, message.event, message.facts) == ("recalled", "recall", {"recalled": "5550000000000000003"})
    assert (message.sender.member_name, message.origin) == ("林", "them")
    bare = bound(FromUserName=G, MsgType=10002, Content=xml)
    assert bare.sender.member_name == "林"
    own = bound(FromUserName=U, ToUserName=F, MsgType=10002, Content=xml.replace('"林" 撤回', "你撤回"))
    assert (own.sender.me, own.origin, own.chat.name) == (True, "phone", "林老师")


def test_who_is_not_known_is_asked_for_and_then_goes_without_a_name() -> None:
    people = book(groups=False)
    message = wire(FromUserName=G, Content=f"{STRANGER}:<br/>hi")
    assert bind(message, people, U, "9") == Missing(G, STRANGER, (G,))
    partial = bind(message, people, U, "9", partial=True)
    assert isinstance(partial, Message)
    assert (partial.text, partial.sender.user_name, partial.sender.name) == ("hi", STRANGER, "")
    assert bind(wire(FromUserName="@nobody"), people, U, "9") == Missing("@nobody", "", ("@nobody",))
    alone = bind(wire(FromUserName="@nobody"), people, U, "9", partial=True)
    assert isinstance(alone, Message)
    assert (alone.chat.kind, alone.chat.names) == ("person", ())


def test_hostile_numbers_and_types_do_no_harm() -> None:
    message = bound(CreateTime=10**18, Content="x", MsgType="1", NewMsgId=10**25, RecommendInfo=5, Url=None)
    assert message.time.year == 9999
    assert bound(CreateTime=-5).time.year == 1970
    with pytest.raises(RemoteProtocolError):
        parse_message(b"[]")


KEYS = st.sampled_from(
    [
        "MsgType",
        "AppMsgType",
        "Content",
        "FromUserName",
        "ToUserName",
        "OriContent",
        "Url",
        "FileName",
        "SubMsgType",
        "CreateTime",
        "RecommendInfo",
        "VoiceLength",
    ]
)
CODES = st.sampled_from([1, 3, 34, 37, 42, 43, 47, 48, 49, 50, 51, 62, 10000, 10002, 7])
WORDS = st.sampled_from(
    [U, F, G, "@x", "", "fmessage", f"{F}:<br/>x", "&lt;msg&gt;&lt;appmsg&gt;", '"林" 撤回了一条消息', "\ud800"]
)


@given(
    st.dictionaries(
        KEYS,
        CODES | WORDS | st.text(max_size=40) | st.integers() | st.none() | st.lists(st.text(max_size=3), max_size=2),
    )
)
def test_binding_is_total(fields: dict[str, Any]) -> None:
    body = json.dumps({"MsgType": 1, "FromUserName": F, "ToUserName": U} | fields).encode("utf-8", "surrogatepass")
    message = parse_message(body)
    people = BOOK
    people.meet(lessons(message).strangers)
    found = bind(message, people, U, "9", partial=True)
    if isinstance(found, Message):
        assert found.kind in KINDS
        for text in (found.text, found.chat.name, found.sender.name, *found.facts.values()):
            text.encode()


BOOK = book()
