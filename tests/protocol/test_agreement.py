"""Both sides of the wire, written apart, must agree: our requests against the sandbox's strict endpoints.

No transport: a request becomes what an endpoint sees, its answer becomes a response. The sandbox keeps a list of what a
client must not do; it has to stay empty.
"""

from __future__ import annotations

import hashlib
from random import Random
from typing import Any

import pytest

from ruleswx.errors import CannotSend, LoginRefused, SendFailed, SessionEnded
from ruleswx.model import Message
from ruleswx.protocol import media, operations
from ruleswx.protocol.login import Exchanging, PushAsked, QRShown
from ruleswx.protocol.saved import dump_session, load_session
from ruleswx.protocol.sending import build_revoke, build_text, parse_revoke, parse_sent
from ruleswx.protocol.signin import build_logout
from ruleswx.sandbox import World
from tests.protocol.phone import Phone

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def world() -> World:
    return World(auto=True, strict=True)


@pytest.fixture
def phone(world: World) -> Phone:
    return Phone(world).ready()


@pytest.fixture(autouse=True)
def _no_violations(world: World) -> Any:
    yield
    assert world.violations == []


@pytest.mark.parametrize("endpoint", ["https://wx.qq.com", "https://web.wechat.com", "http://127.0.0.1:8421"])
def test_a_scan_leads_in_on_any_host(world: World, endpoint: str) -> None:
    phone = Phone(world, endpoint)
    events = phone.login()
    assert isinstance(events[0], QRShown)
    assert phone.door == "scan"
    assert phone.session.nick_name == "小助手"
    assert phone.session.mode == "desktop"


def test_the_account_decides_the_host(world: World) -> None:
    world.options.base = "wx8.qq.com"
    phone = Phone(world).ready()
    assert phone.session.hosts.push == "https://webpush.wx8.qq.com"


def test_another_address_on_the_way(world: World) -> None:
    world.options.login_301 = True
    phone = Phone(world)
    assert sum(isinstance(event, Exchanging) for event in phone.login()) == 1


def test_a_refused_account_is_told_once(world: World) -> None:
    world.options.login = "refused"
    with pytest.raises(LoginRefused, match="不能登录网页微信"):
        Phone(world).login()


def test_the_doors_in_their_order(world: World) -> None:
    first = Phone(world).ready()
    kept = load_session(dump_session(first.session))
    again = Phone(world)
    again.login(kept)
    assert again.door == "stored"
    assert again.session.sync_key == kept.sync_key
    world.kick(1101)
    with pytest.raises(SessionEnded):
        again.news()
    pushed = Phone(world)
    assert any(isinstance(event, PushAsked) for event in pushed.login(again.session))
    assert pushed.door == "push"
    world.options.push = False
    world.kick(1100)
    scanned = Phone(world)
    scanned.login(pushed.session, ended=True)
    assert scanned.door == "scan"


def test_logging_out_ends_it(world: World, phone: Phone) -> None:
    phone.carry(build_logout(phone.session, phone.now))
    assert not world.logged_in
    with pytest.raises(SessionEnded):
        phone.news()


def test_everybody_is_known(phone: Phone) -> None:
    assert [chat.kind for chat in phone.book.find("老板")] == ["person"]
    assert len(phone.book.find("张伟")) == 2
    assert [chat.kind for chat in phone.book.find("晨报")] == ["official"]
    assert [chat.name for chat in phone.book.find('<B>tom</B> & "co"')] == ['<b>Tom</b> & "Co"']
    (readers,) = phone.book.find("读书会📚")
    assert {p.member_name for p in phone.book.members(readers.user_name)} >= {"林", "小助手", "小李"}
    (group,) = phone.book.find("客户群一")
    assert group.owned
    assert phone.book.me(phone.id_of("产品交流群")) == ("助手", "小助手")


def test_texts_come_in_as_typed(world: World, phone: Phone) -> None:
    world.say("小林", '1 < 2 & <br/> "x"\n☀️👍🇨🇳 &lt;')
    world.say("小李", "@助手\u2005在吗", into="产品交流群")
    world.say("小林", "没存的群", into="客户群二")
    one, two, three = phone.news()
    assert (one.text, one.chat.name) == ('1 < 2 & <br/> "x"\n☀👍🇨🇳 &lt;', "林老师")
    assert (two.text, two.sender.member_name, two.chat.name) == ("@助手\u2005在吗", "李工", "产品交流群")
    assert two.me == ("助手", "小助手")
    assert (three.chat.name, three.sender.remark) == ("客户群二", "林老师")


def test_texts_go_out_once(world: World, phone: Phone) -> None:
    msg_id = phone.say("林老师", "你好\n👍 <b> & \\u4f60")
    (sent,) = world.sent()
    assert (sent["text"], sent["to"]) == ("你好\n👍 <b> & \\u4f60", "小林")
    assert msg_id.isdigit()
    request = build_text(phone.session, phone.id_of("小李"), "x", local_id=phone.local_id(), **phone.fresh)
    assert parse_sent(phone.carry(request)) == parse_sent(phone.carry(request))
    assert len(world.sent()) == 2


def test_who_cannot_be_written_to(world: World, phone: Phone) -> None:
    stranger = next(p for p in phone.book.members(phone.id_of("产品交流群")) if p.nick == "路人甲")
    request = build_text(phone.session, stranger.user_name, "x", local_id=phone.local_id(), **phone.fresh)
    with pytest.raises(SendFailed) as caught:
        parse_sent(phone.carry(request))
    assert caught.value.ret == 1204
    world.violations.clear()


def test_taking_a_message_back(world: World, phone: Phone) -> None:
    msg_id = phone.say("小李", "oops")
    request = build_revoke(phone.session, phone.id_of("小李"), msg_id, local_id=phone.local_id(), **phone.fresh)
    assert "2" in parse_revoke(phone.carry(request))
    recalled = phone.news()[-1]
    assert (recalled.kind, recalled.facts["recalled"], recalled.sender.me) == ("recalled", msg_id, True)


def test_somebody_takes_a_message_back(world: World, phone: Phone) -> None:
    said = world.say("小李", "秘密", into="产品交流群")
    (before,) = phone.news()
    world.recall(said)
    (after,) = phone.news()
    assert (after.event, after.facts["recalled"], after.sender.member_name) == ("recall", before.id, "李工")


@pytest.mark.parametrize("size", [1, 524_287, 524_288, 524_289, 25 * 1024 * 1024 + 1])
def test_files_arrive_byte_for_byte(world: World, phone: Phone, size: int) -> None:
    data = Random(size).randbytes(size)
    msg_id = phone.put("林老师", "file", "报价 & <单>.pdf", data)
    blob = world.messages[msg_id].draft.blob
    assert blob is not None
    assert (blob.name, blob.size, blob.sha256) == ("报价 & _单_.pdf", size, hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize(
    ("kind", "head", "sent"),
    [("image", PNG, "image"), ("video", b"\x00\x00\x00\x18ftypmp42", "video"), ("image", b"GIF89a", "emoticon")],
)
def test_media_arrive_as_what_they_are(world: World, phone: Phone, kind: str, head: bytes, sent: str) -> None:
    phone.put("读书会📚", kind, "封面.dat", head + bytes(600_000))
    assert world.sent()[-1]["type"] == sent


def test_what_came_can_be_fetched_and_passed_on(world: World, phone: Phone) -> None:
    for kind in ("image", "voice", "video", "file", "location", "emoticon"):
        world.send("小林", kind)
    world.send("小林", "card", person="小李")
    world.send("小林", "link", title="标题 & <更多>", des="摘要", url="https://example.com/?a=1&b=2")
    kinds = []
    while True:
        batch = phone.sync.receive(phone.carry(phone.sync.fetch(phone.now, phone.rng)), phone.now)
        for one in batch.messages:
            message = phone.read(one.msg_id, one.body)
            if message is not None:
                kinds.append(message.kind)
                handle(phone, message)
        if not batch.more:
            break
    assert kinds == ["image", "voice", "video", "file", "location", "emoticon", "card", "link"]


@pytest.mark.parametrize(
    ("given", "kind", "event", "facts"),
    [
        ({"type": "clip"}, "video", "", {}),
        (
            {"type": "link", "title": "A & <B>", "url": "https://e.x/?a=1&b=2"},
            "link",
            "",
            {"title": "A & <B>", "url": "https://e.x/?a=1&b=2"},
        ),
        ({"type": "music", "title": "歌"}, "app", "", {"title": "歌"}),
        ({"type": "miniprogram", "title": "点餐"}, "mini_program", "", {"title": "点餐"}),
        ({"type": "quote", "text": "同意", "quoted": "聚餐？"}, "quote", "", {"quoted": "聚餐？"}),
        ({"type": "transfer"}, "transfer", "", {"title": "微信转账"}),
        ({"type": "redpacket"}, "red_packet", "red_packet", {}),
        ({"type": "history"}, "app", "", {}),
        ({"type": "realtime_location"}, "app", "", {}),
        ({"type": "channels"}, "app", "", {}),
        ({"type": "gif_app"}, "emoticon", "", {}),
        ({"type": "card", "person": "小李"}, "card", "", {"name": "小李"}),
        ({"type": "location", "place": "西湖 & 断桥"}, "location", "", {}),
        ({"type": "call"}, "voip", "", {}),
        ({"type": "file", "name": "报价 & <单>.pdf"}, "file", "", {"file_name": "报价 & <单>.pdf"}),
        ({"type": "voice", "milliseconds": 1580}, "voice", "", {"seconds": "1.6"}),
        ({"type": "video", "seconds": 12}, "video", "", {"seconds": "12"}),
    ],
)
def test_every_kind_is_understood(world: World, given: Any, kind: str, event: str, facts: Any) -> None:
    phone = Phone(world).ready()
    for into in (None, "产品交流群"):
        order = dict(given)
        world.send("小林", order.pop("type"), into=into, **order)
        (message,) = phone.news()
        assert (message.kind, message.event) == (kind, event)
        assert dict(message.facts) | facts == dict(message.facts)
        assert message.chat.name == (into or "林老师")
        if event != "red_packet":
            assert message.sender.remark == "林老师"


def test_lines_of_a_group_in_both_languages(world: World, phone: Phone) -> None:
    for language in ("zh", "en"):
        world.options.language = language
        events = []
        for act in (
            lambda: world.join("客户群一", "小林", by="小李"),
            lambda: world.leave("客户群一", "小林", by="小助手"),
            lambda name=f"客户{language}": world.rename("客户群一", name),
            lambda name=f"客户{language}": world.rename(name, "客户群一", by="小李"),
            lambda: world.send("小李", "pat", into="产品交流群", person="小助手"),
            lambda: world.send("小李", "pat", into="产品交流群", person="小林"),
        ):
            act()
            events += phone.news()
        assert [message.event for message in events] == [
            "member_join",
            "member_leave",
            "group_renamed",
            "group_renamed",
            "pat_me",
            "pat",
        ]
        joined, left, *_, pat = events
        assert [p.remark for p in joined.people] == ["林老师"]
        assert joined.sender.nick == "小李"
        assert [p.nick for p in left.people] == ["小林"]
        assert left.sender.me
        assert [p.remark for p in pat.people] == ["林老师"]


def handle(phone: Phone, message: Message) -> None:
    fetch = {
        "image": lambda: media.build_image(phone.session, message.id, phone.now),
        "voice": lambda: media.build_voice(phone.session, message.id, phone.now),
        "video": lambda: media.build_video(phone.session, message.id, phone.now),
        "file": lambda: media.build_file(phone.session, phone.last, phone.now),
    }.get(message.kind)
    if fetch is not None:
        assert media.parse_download(phone.carry(fetch()))
    to = phone.id_of("小李")
    try:
        request = media.build_forward(phone.session, phone.last, to, local_id=phone.local_id(), **phone.fresh)
    except CannotSend:
        assert message.kind in {"voice", "location"}
        return
    assert parse_sent(phone.carry(request))


def test_avatars_can_be_fetched(phone: Phone) -> None:
    for contact in phone.fetch([phone.id_of("林老师"), phone.id_of("读书会📚")]):
        request = media.build_avatar(phone.session, media.avatar_path(contact), phone.now)
        assert media.parse_download(phone.carry(request))


def test_groups_change_and_show_it(world: World, phone: Phone) -> None:
    session, group, person = phone.session, phone.id_of("客户群一"), phone.id_of("林老师")
    assert not operations.wants_invitation(session, 5)
    for build, wanted in (
        (operations.build_add, operations.has_member(person)),
        (operations.build_remove, operations.lacks_member(person)),
    ):
        answered = operations.parse_operation(phone.carry(build(session, group, [person], **phone.fresh)))
        (shown,) = phone.fetch([group])
        assert operations.outcome(answered, shown, wanted) == "done"
    renamed = operations.parse_operation(
        phone.carry(operations.build_rename(session, group, "老客户群", **phone.fresh))
    )
    (shown,) = phone.fetch([group])
    assert operations.outcome(renamed, shown, operations.is_called("老客户群")) == "done"
    events = [message.event for message in phone.news()]
    assert events == ["member_join", "member_leave", "group_renamed"]


def test_a_group_is_made_and_left(world: World, phone: Phone) -> None:
    people = [phone.id_of("小李"), phone.id_of("林老师")]
    made = operations.parse_create(phone.carry(operations.build_create(phone.session, people, "新群", **phone.fresh)))
    phone.news()
    assert [chat.name for chat in phone.book.find("新群")] == ["新群"]
    assert not operations.parse_operation(
        phone.carry(operations.build_leave(phone.session, made, **phone.fresh))
    ).refused


def test_a_friend_request_is_accepted(world: World, phone: Phone) -> None:
    world.send("路人甲", "friend_request", text="我是甲")
    (request,) = phone.news()
    assert (request.event, request.text, request.sender.friend) == ("friend_request", "我是甲", False)
    accept = operations.build_accept(phone.session, request.chat.user_name, request.facts["ticket"], **phone.fresh)
    assert not operations.parse_operation(phone.carry(accept)).refused
    assert "friend_added" in [message.event for message in phone.news()]
    assert phone.book.chat(request.chat.user_name) == phone.book.find("路人甲")[0]


def test_remarks_and_pins_are_taken(world: World, phone: Phone) -> None:
    lin = phone.id_of("林老师")
    answered = operations.parse_operation(
        phone.carry(operations.build_remark(phone.session, lin, "林校长", **phone.fresh))
    )
    (shown,) = phone.fetch([lin])
    assert operations.outcome(answered, shown, operations.has_remark("林校长")) in {"done", "no effect"}
    pin = operations.build_pin(phone.session, lin, shown.remark, on=True, **phone.fresh)
    assert not operations.parse_operation(phone.carry(pin)).refused


def test_keys_survive_a_new_login(world: World, phone: Phone) -> None:
    names = ["老板", "林老师", "小李", "产品交流群", "客户群一", "读书会📚", "晨报", '<b>Tom</b> & "Co"']
    before = {name: phone.book.find(name)[0].key for name in names}
    old_ids = {phone.id_of(name) for name in names}
    world.kick(1101)
    again = Phone(world)
    again.book.rebind(phone.book.rows())
    again.ready()
    assert {name: again.book.find(name)[0].key for name in names} == before
    assert not old_ids & {again.id_of(name) for name in names}
    twins = {chat.key for chat in phone.book.find("张伟")}
    assert {chat.key for chat in again.book.find("张伟")} & twins
