import json
from random import Random
from typing import Any

import pytest

from ruleswx.errors import LoginRefused, RemoteProtocolError, SessionEnded
from ruleswx.protocol.sync import (
    Check,
    Sync,
    build_check,
    build_init,
    build_notify,
    build_sync,
    parse_check,
    parse_init,
    parse_notify,
    parse_sync,
)
from tests.protocol.transcripts import (
    BR,
    GROUP,
    INIT,
    INIT_DEAD,
    KEYS,
    KEYS_AFTER,
    PT,
    RNG,
    SK,
    SYNC,
    F,
    FixedRng,
    G,
    U,
    answer,
    session,
    sync_keys,
)

BASE = "https://wx2.qq.com/cgi-bin/mmwebwx-bin"
NOW = 1700000046.0


def synced(**changes: Any) -> Any:
    return answer(SYNC | changes)


def test_init_asks_and_tells_who_we_are() -> None:
    request = build_init(session(), 1700000043.0, RNG)
    assert request.url == f"{BASE}/webwxinit?r=807006215&lang=zh_CN&pass_ticket={PT}"
    assert request.body.decode() == f'{{"BaseRequest":{BR}}}'
    started = parse_init(session(user_name="", nick_name="", sync_key=()), answer(INIT), 1700000043.0)
    assert (started.session.user_name, started.session.nick_name, started.session.sync_key) == (U, "测试号", KEYS)
    assert started.chats == ("filehelper", F, G)
    assert [c.nick for c in started.contacts] == ["文件传输助手", "小林", "读书会📚"]
    assert all(c.members is None for c in started.contacts)
    assert started.system_time == 1700000043


def test_a_resumed_session_keeps_its_position_and_takes_a_new_skey() -> None:
    reply = INIT | {"SKey": "@crypt_new", "SyncKey": sync_keys(((1, 9),))}
    resumed = parse_init(session(), answer(reply), NOW).session
    assert resumed.sync_key == KEYS
    assert resumed.skey.reveal() == "@crypt_new"


def test_a_dead_session_says_so() -> None:
    with pytest.raises(SessionEnded) as caught:
        parse_init(session(), answer(INIT_DEAD), NOW)
    assert caught.value.ret == 1101
    with pytest.raises(RemoteProtocolError):
        parse_init(session(), answer(INIT | {"User": {}}), NOW)


def test_notify_says_up_and_read() -> None:
    request = build_notify(session(), 3, U, 1700000043.5, RNG)
    assert request.url == f"{BASE}/webwxstatusnotify?lang=zh_CN&pass_ticket={PT}"
    assert request.body.decode() == (
        f'{{"BaseRequest":{BR},"Code":3,"FromUserName":"{U}","ToUserName":"{U}","ClientMsgId":1700000043500}}'
    )
    reply = answer({"BaseResponse": {"Ret": 0, "ErrMsg": ""}, "MsgID": "1203984756102938475"})
    assert parse_notify(reply) == "1203984756102938475"


def test_check_is_asked_on_the_push_host() -> None:
    request = build_check(session(), NOW, FixedRng(551209876543210), beat=1699999999123)
    assert request.url == (
        "https://webpush.wx2.qq.com/cgi-bin/mmwebwx-bin/synccheck?r=1700000046000"
        f"&skey={SK}&sid=Vq8%2BZkT3nLw0%2FRb1&uin=1403256789&deviceid=e551209876543210"
        "&synckey=1_701000001%7C2_701000020%7C3_701000015%7C1000_1699999000&_=1699999999123"
    )
    assert request.timeout == 35.0
    assert "synckey=5_6&" in build_check(session(sync_check_key=((5, 6),)), NOW, RNG).url


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('window.synccheck={retcode:"0",selector:"0"}', Check(0, 0)),
        ('window.synccheck={retcode:"0",selector:"2"}', Check(0, 2)),
        ("window.synccheck = { retcode : '1101' , selector : '0' }", Check(1101, 0)),
        ('window.synccheck={"retcode":-14,"selector":7};', Check(-14, 7)),
    ],
)
def test_check_is_read_tolerantly(text: str, found: Check) -> None:
    assert parse_check(answer(text)) == found


@pytest.mark.parametrize("text", ["", "<html>", 'window.synccheck={retcode:"",selector:""}', "alert(1)"])
def test_noise_is_never_all_is_well(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_check(answer(text))
    with pytest.raises(RemoteProtocolError):
        parse_check(answer('window.synccheck={retcode:"0",selector:"0"}', 503))


@pytest.mark.parametrize(
    ("retcode", "error"),
    [
        (1100, SessionEnded),
        (1101, SessionEnded),
        (1102, SessionEnded),
        (-14, SessionEnded),
        (1203, LoginRefused),
        (1205, RemoteProtocolError),
        (1, RemoteProtocolError),
        (42, RemoteProtocolError),
    ],
)
def test_each_retcode_has_its_consequence(retcode: int, error: type[Exception]) -> None:
    reply = answer(f'window.synccheck={{retcode:"{retcode}",selector:"2"}}')
    with pytest.raises(error):
        Sync(session()).receive_check(reply, NOW)


@pytest.mark.parametrize("selector", range(1, 8))
def test_any_selector_is_news(selector: int) -> None:
    assert Sync(session()).receive_check(answer(f'window.synccheck={{retcode:"0",selector:"{selector}"}}'), NOW)


def test_sync_asks_from_where_we_stand() -> None:
    request = build_sync(session(), 1700000046.5, RNG)
    assert request.url == (f"{BASE}/webwxsync?sid=Vq8%2BZkT3nLw0%2FRb1&skey={SK}&lang=zh_CN&pass_ticket={PT}")
    keys = json.dumps(sync_keys(KEYS), separators=(",", ":"))
    assert request.body.decode() == f'{{"BaseRequest":{BR},"SyncKey":{keys},"rr":807002715}}'


def test_sync_brings_messages_and_keys_together() -> None:
    batch = parse_sync(session(), answer(SYNC), NOW)
    assert [m.msg_id for m in batch.messages] == [f"555000000000000000{n}" for n in range(1, 5)]
    assert json.loads(batch.messages[1].body)["CreateTime"] == 1700000047
    assert (batch.session.sync_key, batch.session.sync_check_key) == (KEYS_AFTER, KEYS_AFTER)
    assert batch.moved
    assert not batch.more


def test_an_empty_key_list_never_loses_the_position() -> None:
    none = {"Count": 0, "List": []}
    batch = parse_sync(session(sync_check_key=((5, 6),)), synced(SyncKey=none, SyncCheckKey=none), NOW)
    assert batch.session.sync_key == KEYS
    assert batch.session.sync_check_key == ((5, 6),)
    assert not batch.moved


def test_a_reply_without_check_keys_falls_back_to_the_new_position() -> None:
    reply = {key: value for key, value in SYNC.items() if key != "SyncCheckKey"}
    batch = parse_sync(session(sync_check_key=((5, 6),)), answer(reply), NOW)
    assert batch.session.sync_check_key == ()
    assert "synckey=1_701000001%7C2_701000024" in build_check(batch.session, NOW, RNG).url


def test_skey_continue_flag_and_contacts_are_taken_over() -> None:
    batch = parse_sync(
        session(),
        synced(SKey="@crypt_new", ContinueFlag=1, ModContactList=[GROUP], DelContactList=[{"UserName": F}]),
        NOW,
    )
    assert batch.more
    assert batch.session.skey.reveal() == "@crypt_new"
    assert [(c.user_name, len(c.members or ())) for c in batch.changed] == [(G, 3)]
    assert batch.deleted == (F,)


def test_a_refused_sync_takes_nothing_over() -> None:
    sync = Sync(session())
    with pytest.raises(SessionEnded):
        sync.receive(synced(BaseResponse={"Ret": 1100}), NOW)
    with pytest.raises(RemoteProtocolError):
        sync.receive(synced(BaseResponse={"Ret": -1}), NOW)
    assert sync.session == session()


def test_messages_without_an_id_meet_their_own_id_again() -> None:
    odd = [{"Content": "a"}, {"Content": "a"}, {"MsgId": "", "NewMsgId": 77}, {"MsgId": "x'; drop"}, "no object"]
    one, two = (parse_sync(session(), synced(AddMsgList=odd), NOW) for _ in range(2))
    ids = [m.msg_id for m in one.messages]
    assert ids == [m.msg_id for m in two.messages]
    assert len(ids) == 4
    assert ids[1] == "77"
    assert all(i.isalnum() for i in ids)


def test_the_loop_slows_down_when_selectors_stand_still() -> None:
    sync, rng = Sync(session()), Random(0)
    beats = [int(sync.check(NOW + n, rng).url.rpartition("_=")[2]) for n in range(3)]
    assert beats == [1700000046000, 1700000046001, 1700000046002]
    same = synced(AddMsgList=[], SyncKey=sync_keys(KEYS), SyncCheckKey={"Count": 0, "List": []})
    for pause in (0.0, 0.0, 1.0, 2.0):
        sync.receive(same, NOW)
        assert sync.pause == pause
    sync.receive(answer(SYNC), NOW)
    assert sync.pause == 0.0
    assert "SyncKey" in sync.fetch(NOW, rng).body.decode()
