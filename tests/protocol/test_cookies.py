import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.protocol.cookies import cookie_header, cookie_value, header_of, merge, merge_cookies
from ruleswx.protocol.wire import Response
from tests.protocol.transcripts import REDIRECT, SET_COOKIES, SID, session

NOW = 1700000042.0
LOGIN = Response(200, {}, b"", REDIRECT, SET_COOKIES)
BOTH = "wxuin=1403256789; wxuin=1403256789; "


def test_login_cookies_go_to_the_base_and_its_sisters_only() -> None:
    logged_in = merge_cookies(session(), LOGIN, NOW)
    base = cookie_header(logged_in, "https://wx2.qq.com/cgi-bin/x", NOW)
    assert base.count("wxuin=1403256789") == 2
    assert f"wxsid={SID}" in base
    assert "webwx_data_ticket=gTx0Pq9LmN3vB7cZ1sD5fH2j" in base
    assert cookie_header(logged_in, "https://webpush.wx2.qq.com/x", NOW) == base
    other = cookie_header(logged_in, "https://wx.qq.com/x", NOW)
    assert other == "wxuin=1403256789; webwx_data_ticket=gTx0Pq9LmN3vB7cZ1sD5fH2j"
    assert cookie_header(logged_in, "https://web.wechat.com/", NOW) == ""
    assert cookie_header(logged_in, "http://wx2.qq.com/", NOW) == ""


def test_cookies_die_at_their_time_and_by_order() -> None:
    jar = merge((), LOGIN, NOW)
    tomorrow = header_of(jar, "https://wx2.qq.com/", NOW + 86400)
    assert tomorrow.split("; ") == [
        "webwxuvid=9f0e8d7c6b5a49382716051423324150",
        "webwx_auth_ticket=CIsBEJ0synthetic0ticket0value",
    ]
    gone = merge(jar, Response(200, {}, b"", REDIRECT, ("wxsid=; Domain=wx2.qq.com; Max-Age=0",)), NOW)
    assert "wxsid" not in header_of(gone, "https://wx2.qq.com/", NOW)
    assert len(gone) == len(jar) - 1


def test_a_renewed_cookie_replaces_the_old_one() -> None:
    renewed = merge(merge((), LOGIN, NOW), Response(200, {}, b"", REDIRECT, ("wxsid=new; Domain=wx2.qq.com",)), NOW)
    assert cookie_value(renewed, "wxsid").reveal() == "new"
    assert header_of(renewed, "https://wx2.qq.com/", NOW).count("wxsid=") == 1


@pytest.mark.parametrize(
    "line",
    [
        "a=b; Domain=qq.com.evil",
        "a=b; Domain=com",
        "a=b; Domain=wx8.qq.com",
        "a=b\r\nX: y",
        "=b",
        "novalue",
        "a=" + "x" * 5000,
        "a b=c",
    ],
)
def test_foreign_and_broken_cookies_are_left_out(line: str) -> None:
    assert merge((), Response(200, {}, b"", REDIRECT, (line,)), NOW) == ()


def test_a_simulator_on_loopback_gets_its_own_cookies_back() -> None:
    url = "http://127.0.0.1:8421/cgi-bin/x"
    jar = merge((), Response(200, {}, b"", url, ("wxsid=a; Path=/cgi-bin; Secure", "x=y; Path=/other")), NOW)
    assert header_of(jar, url, NOW) == "wxsid=a"
    assert header_of(jar, "http://127.0.0.1:8421/cgi-binary", NOW) == ""
    assert header_of(jar, "http://127.0.0.2:8421/cgi-bin/x", NOW) == ""


def test_an_address_has_no_subdomains() -> None:
    jar = merge((), Response(200, {}, b"", "http://1.0.0.1/", ("a=b; Domain=0.0.1",)), NOW)
    assert jar == ()


def test_a_jar_is_bounded_and_never_prints_values() -> None:
    lines = tuple(f"c{n}=SECRETVALUE" for n in range(100))
    jar = merge((), Response(200, {}, b"", REDIRECT, lines), NOW)
    assert len(jar) == 64
    assert "SECRETVALUE" not in repr(jar)


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_lines_give_a_header_that_is_one_line(lines: list[str]) -> None:
    jar = merge((), Response(200, {}, b"", REDIRECT, tuple(lines)), NOW)
    header = header_of(jar, REDIRECT, NOW)
    assert header.isascii()
    assert "\n" not in header
    assert "\r" not in header
