import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.errors import RemoteProtocolError
from ruleswx.protocol.build import DESKTOP
from ruleswx.protocol.hosts import hosts_for
from ruleswx.protocol.signin import (
    Poll,
    build_exchange,
    build_jslogin,
    build_logout,
    build_poll,
    build_push,
    build_qrcode,
    parse_exchange,
    parse_jslogin,
    parse_poll,
    parse_push,
)
from tests.protocol.transcripts import PT, REDIRECT, REFUSED, SID, SK, SKEY, UUID, XML, answer, with_ticket

WX = hosts_for("https://wx.qq.com")
WX2 = hosts_for("https://wx2.qq.com")
CGI = "/cgi-bin/mmwebwx-bin"


def test_jslogin_asks_for_a_code() -> None:
    request = build_jslogin(WX, "desktop", 1700000000.0)
    assert request.url == (
        "https://login.wx.qq.com/jslogin?appid=wx782c26e4c19acffb"
        "&redirect_uri=https%3A%2F%2Fwx.qq.com%2Fcgi-bin%2Fmmwebwx-bin%2Fwebwxnewloginpage%3Fmod%3Ddesktop"
        "&fun=new&lang=zh_CN&_=1700000000000"
    )
    assert "mod%3Ddesktop" not in build_jslogin(WX, "web", 1700000000.0).url
    assert "Cookie" not in request.headers
    assert "extspam" not in request.headers


@pytest.mark.parametrize(
    "text",
    [
        f'window.QRLogin.code = 200; window.QRLogin.uuid = "{UUID}";',
        f"window.QRLogin.code=200;window.QRLogin.uuid='{UUID}'",
        f'window . QRLogin . code  =  "200" ;\nwindow.QRLogin.uuid\n=\n"{UUID}"',
    ],
)
def test_the_uuid_is_read_whatever_the_blanks(text: str) -> None:
    assert parse_jslogin(answer(text)) == UUID


@pytest.mark.parametrize(
    "text", ["", "window.QRLogin.code = 400;", 'window.QRLogin.code = 200; window.QRLogin.uuid = "";', "<html>"]
)
def test_no_uuid_is_said_at_once(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_jslogin(answer(text))
    with pytest.raises(RemoteProtocolError):
        parse_jslogin(answer(f'window.QRLogin.code = 200; window.QRLogin.uuid = "{UUID}";', 502))


def test_the_services_own_drawing_of_the_code() -> None:
    assert build_qrcode(WX2, UUID).url == "https://login.weixin.qq.com/qrcode/4aB7xQ2mKw=="
    assert build_qrcode(hosts_for("http://127.0.0.1:1"), UUID).url == "http://127.0.0.1:1/qrcode/4aB7xQ2mKw=="


def test_the_poll_is_spelled_like_the_page_does() -> None:
    assert build_poll(WX, UUID, first=True, now=1700000000.001).url == (
        f"https://login.wx.qq.com{CGI}/login?loginicon=true&uuid=4aB7xQ2mKw==&tip=1&r=807049214&_=1700000000001"
    )
    assert "&tip=0&" in build_poll(WX, UUID, first=False, now=1700000000.001).url


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("window.code=408;", Poll("waiting")),
        (
            "window.code=201;window.userAvatar = 'data:img/jpg;base64,/9j/4AAQSkZJRgABAQ==';",
            Poll("scanned", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01"),
        ),
        ("window.code=201;", Poll("scanned")),
        ("window.code=201;window.userAvatar = 'data:img/jpg;base64,x';", Poll("scanned")),
        (f'window.code=200;\nwindow.redirect_uri="{REDIRECT}";', Poll("confirmed", redirect=REDIRECT)),
        ("window.code=202;", Poll("cancelled")),
        ("window.code=400;", Poll("gone")),
        ("window.code=500;", Poll("gone")),
        ("window.code=0;", Poll("gone")),
        ("window . code = '408' ;", Poll("waiting")),
        ("", Poll("gone")),
        (" \n", Poll("gone")),
    ],
)
def test_every_poll_code(text: str, found: Poll) -> None:
    assert parse_poll(answer(text)) == found


@pytest.mark.parametrize("text", ["<html>portal</html>", "window.code=200;", "window.code=;"])
def test_a_poll_nobody_can_read_moves_nothing(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_poll(answer(text))


def test_the_exchange_carries_the_desktop_proof_and_only_there() -> None:
    request = build_exchange(REDIRECT, WX2, "desktop", 1700000042.0)
    assert request.url == f"{REDIRECT}&fun=new&version=v2&mod=desktop"
    assert {key: request.headers[key] for key in DESKTOP} == dict(DESKTOP)
    assert request.headers["referer"] == "https://wx.qq.com/?&lang=zh_CN&target=t"
    web = build_exchange(REDIRECT, WX2, "web", 1700000042.0)
    assert web.url == f"{REDIRECT}&fun=new&version=v2"
    assert not {"extspam", "client-version", "referer"} & set(web.headers)
    odd = build_exchange('https://wx2.qq.com/x?ticket=é票%2B"|', WX2, "web", 0.0).url
    assert odd.startswith("https://wx2.qq.com/x?ticket=%C3%A9%E7%A5%A8%2B%22%7C&fun=new")
    assert build_exchange("https://wx2.qq.com/x?fun=new#frag", WX2, "web", 0.0).url == (
        "https://wx2.qq.com/x?fun=new&version=v2&lang=zh_CN"
    )


@pytest.mark.parametrize("status", [200, 301])
def test_the_secrets_are_read_from_either_status(status: int) -> None:
    told = parse_exchange(answer(XML, status))
    assert (told.ret, told.uin) == (0, 1403256789)
    assert (told.skey.reveal(), told.sid.reveal(), told.pass_ticket.reveal()) == (SKEY, SID, PT)
    assert SKEY not in repr(told)


def test_secrets_are_found_in_xml_that_is_not_well_formed() -> None:
    broken = XML.replace("<message></message>", "<message>& <b></message>").encode() + b"\xff"
    assert parse_exchange(answer(broken)).skey.reveal() == SKEY


def test_refusals_keep_the_servers_own_sentence() -> None:
    told = parse_exchange(answer(REFUSED))
    assert told.ret == 1203
    assert told.message.startswith("为了你的帐号安全")
    assert not told.skey


def test_another_address_beats_the_code() -> None:
    target = "https://wx8.qq.com/x?a=1&amp;b=2"
    assert parse_exchange(answer(f"<error><ret>0</ret><redirecturl>{target}</redirecturl></error>")).redirect == (
        "https://wx8.qq.com/x?a=1&b=2"
    )
    assert (
        parse_exchange(answer("", 302, headers={"location": "https://wx8.qq.com/"})).redirect == "https://wx8.qq.com/"
    )


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<!DOCTYPE html><html><body>login</body></html>",
        "<error><ret>x</ret></error>",
        "<error><ret>0</ret><skey>a</skey></error>",
        f"<error><ret>0</ret><skey>{SKEY}</skey><wxsid>s</wxsid><wxuin>-1</wxuin></error>",
    ],
)
def test_a_login_page_that_gives_nothing_is_an_error(body: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_exchange(answer(body))


def test_push_login_uses_the_earlier_cookies() -> None:
    request = build_push(with_ticket(), 1700000000.0)
    assert request.url == f"https://wx2.qq.com{CGI}/webwxpushloginurl?uin=1403256789&mod=desktop"
    for name in ("webwxuvid=", "webwx_auth_ticket=", "wxuin="):
        assert name in request.headers["Cookie"]


@pytest.mark.parametrize(
    ("text", "uuid"),
    [
        ('{"ret":"0","msg":"all ok","uuid":"QdN4mVx0Yg=="}', "QdN4mVx0Yg=="),
        ('{"ret":0,"msg":"all ok","uuid":"QdN4mVx0Yg=="}', "QdN4mVx0Yg=="),
        ('{"ret":"1","msg":"refused"}', ""),
        ('{"ret":"0","msg":"all ok"}', ""),
        ('{"ret":"0","uuid":"bad uuid; x"}', ""),
    ],
)
def test_push_answers(text: str, uuid: str) -> None:
    assert parse_push(answer(text)) == uuid


def test_logout_is_a_form() -> None:
    request = build_logout(with_ticket(), 1700000000.0)
    assert request.url == f"https://wx2.qq.com{CGI}/webwxlogout?redirect=1&type=0&skey={SK}"
    assert request.body == b"sid=Vq8%2BZkT3nLw0%2FRb1&uin=1403256789"
    assert request.method == "POST"


@given(st.binary(max_size=120), st.sampled_from([200, 301, 302, 500]))
def test_any_bytes_give_a_value_or_our_error(body: bytes, status: int) -> None:
    for parse in (parse_jslogin, parse_poll, parse_exchange, parse_push):
        try:
            parse(answer(body, status))
        except RemoteProtocolError as error:
            str(error).encode()
