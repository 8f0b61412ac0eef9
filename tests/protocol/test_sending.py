import pytest

from ruleswx.errors import LoginRefused, RemoteProtocolError, SendFailed, SessionEnded
from ruleswx.protocol.sending import build_revoke, build_text, parse_revoke, parse_sent, revocable
from tests.protocol.transcripts import BR, PT, RNG, F, U, answer, session

BASE = "https://wx2.qq.com/cgi-bin/mmwebwx-bin"
ID = "17000000600000417"


def test_a_text_is_sent_as_characters() -> None:
    request = build_text(session(), F, "收到 👍", local_id=ID, now=1700000060.0, rng=RNG)
    assert request.url == f"{BASE}/webwxsendmsg?lang=zh_CN&pass_ticket={PT}"
    assert request.body.decode() == (
        f'{{"BaseRequest":{BR},"Msg":{{"Type":1,"Content":"收到 👍","FromUserName":"{U}","ToUserName":"{F}",'
        f'"LocalID":"{ID}","ClientMsgId":"{ID}"}},"Scene":0}}'
    )
    hostile = build_text(session(), F, 'a\ud800"\n<br/>\x07\\u4f60', local_id=ID, now=0.0, rng=RNG).body
    assert '"Content":"a\ufffd\\"\\n<br/>\\\\u4f60"'.encode() in hostile


def test_a_send_succeeds_with_a_message_id_only() -> None:
    good = {"BaseResponse": {"Ret": 0, "ErrMsg": ""}, "MsgID": "6660000000000000001", "LocalID": ID}
    assert parse_sent(answer(good)) == "6660000000000000001"
    assert parse_sent(answer(good | {"MsgID": 77})) == "77"
    for odd in ("", "x", "9" * 40):
        with pytest.raises(RemoteProtocolError):
            parse_sent(answer(good | {"MsgID": odd}))


@pytest.mark.parametrize(
    ("ret", "error"),
    [
        (1205, SendFailed),
        (1204, SendFailed),
        (1201, SendFailed),
        (1, SendFailed),
        (-1, SendFailed),
        (-2, SendFailed),
        (1101, SessionEnded),
        (1203, LoginRefused),
    ],
)
def test_a_refused_send_says_why(ret: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_sent(answer({"BaseResponse": {"Ret": ret, "ErrMsg": "操作太频繁"}, "MsgID": "", "LocalID": ""}))


def test_the_servers_words_come_along() -> None:
    with pytest.raises(SendFailed, match="操作太频繁") as caught:
        parse_sent(answer({"BaseResponse": {"Ret": 1205, "ErrMsg": "操作太频繁"}}))
    assert caught.value.ret == 1205


def test_html_is_no_success() -> None:
    with pytest.raises(RemoteProtocolError):
        parse_sent(answer("<html>ok</html>"))
    with pytest.raises(RemoteProtocolError):
        parse_sent(answer("{}", 500))


def test_taking_a_message_back() -> None:
    request = build_revoke(session(), F, "6660000000000000001", local_id=ID, now=1700000061.0, rng=RNG)
    assert request.url == f"{BASE}/webwxrevokemsg?lang=zh_CN&pass_ticket={PT}"
    assert request.body.decode() == (
        f'{{"BaseRequest":{BR},"SvrMsgId":"6660000000000000001","ToUserName":"{F}","ClientMsgId":"{ID}"}}'
    )
    said = {"BaseResponse": {"Ret": 0, "ErrMsg": ""}, "Introduction": "你可以撤回2分钟内发送的消息", "SysWording": ""}
    assert parse_revoke(answer(said)) == "你可以撤回2分钟内发送的消息"
    with pytest.raises(SendFailed):
        parse_revoke(answer(said | {"BaseResponse": {"Ret": 1201, "ErrMsg": ""}}))


def test_the_window_for_taking_back() -> None:
    assert revocable(1700000000.0, 1700000119.9)
    assert not revocable(1700000000.0, 1700000120.0)
