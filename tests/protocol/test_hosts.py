import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.errors import RemoteProtocolError
from ruleswx.protocol.hosts import hosts_for, is_loopback, link_of, moved, origin_of, related
from ruleswx.protocol.wire import Hosts


@pytest.mark.parametrize("base", ["wx.qq.com", "wx2.qq.com", "wx8.qq.com", "web.wechat.com", "web2.wechat.com"])
def test_the_five_known_hosts_have_their_sisters(base: str) -> None:
    hosts = Hosts(f"https://login.{base}", f"https://{base}", f"https://file.{base}", f"https://webpush.{base}")
    assert hosts_for(f"https://{base}") == hosts
    assert hosts_for(f"https://login.{base}/") == hosts
    assert hosts_for(f"HTTPS://{base.upper()}:443/x?y") == hosts


def test_the_login_host_of_the_phone_app_leads_home() -> None:
    assert hosts_for("https://login.weixin.qq.com").base == "https://wx.qq.com"


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8421", "http://[::1]:80", "https://wx.example.com", "http://wx.qq.com"]
)
def test_any_other_origin_plays_every_role(origin: str) -> None:
    normal = origin_of(origin)
    assert hosts_for(origin) == Hosts(normal, normal, normal, normal)


@pytest.mark.parametrize(
    ("start", "told", "base"),
    [
        ("https://wx.qq.com", "https://wx2.qq.com/cgi-bin/x?y", "https://wx2.qq.com"),
        ("https://wx.qq.com", "https://web.wechat.com/x", "https://web.wechat.com"),
        ("http://127.0.0.1:8421", "http://127.0.0.1:8421/cgi-bin", "http://127.0.0.1:8421"),
        ("http://127.0.0.1:8421", "https://wx8.qq.com/x", "https://wx8.qq.com"),
    ],
)
def test_a_login_may_lead_into_the_family(start: str, told: str, base: str) -> None:
    hosts = moved(hosts_for(start), told)
    assert hosts.base == base
    assert hosts == hosts_for(base)


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("https://wx.qq.com", "https://wx2.qq.com.evil.example/x"),
        ("https://wx.qq.com", "https://evilwx2.qq.com/x"),
        ("https://wx.qq.com", "http://wx2.qq.com/x"),
        ("https://wx.qq.com", "https://user:pw@wx2.qq.com/x"),
        ("https://wx.qq.com", "http://127.0.0.1:8421/x"),
        ("https://wx.qq.com", "//wx2.qq.com/x"),
        ("https://wx.qq.com", "javascript:alert(1)"),
        ("https://wx.qq.com", "https://wx2.qq.com:99999/"),
        ("https://wx.qq.com", ""),
        ("https://wx.qq.com", "https://wx2.qq.com/x\r\nHost: evil"),
        ("https://wx.qq.com", " https://wx2.qq.com/"),
        ("https://wx.qq.com", "https://wx2.qq.com\\@evil.example/"),
        ("https://wx.qq.com", "https://wx２.qq.com/"),
        ("http://127.0.0.1:8421", "http://127.0.0.1:8422/x"),
        ("http://127.0.0.1:8421", "https://example.com/x"),
    ],
)
def test_a_login_may_not_lead_anywhere_else(start: str, told: str) -> None:
    with pytest.raises(RemoteProtocolError):
        moved(hosts_for(start), told)


def test_the_code_names_the_phone_apps_host_except_for_simulators() -> None:
    assert link_of(hosts_for("https://web.wechat.com"), "u==") == "https://login.weixin.qq.com/l/u=="
    assert link_of(hosts_for("http://127.0.0.1:1"), "u==") == "http://127.0.0.1:1/l/u=="


def test_a_session_belongs_to_its_family() -> None:
    assert related("https://wx.qq.com", hosts_for("https://web2.wechat.com"))
    assert related("http://127.0.0.1:1", hosts_for("http://127.0.0.1:1"))
    assert not related("http://127.0.0.1:1", hosts_for("http://127.0.0.1:2"))
    assert not related("http://127.0.0.1:1", hosts_for("https://wx.qq.com"))
    assert not related("https://wx.qq.com", hosts_for("http://127.0.0.1:1"))


def test_loopback_is_this_machine_only() -> None:
    assert all(map(is_loopback, ("http://127.0.0.1:1", "http://localhost", "http://[::1]:3", "https://127.9.9.9")))
    assert not any(map(is_loopback, ("http://10.0.0.1", "https://localhost.example", "https://wx.qq.com")))


@given(st.text(max_size=80))
def test_no_address_makes_anything_but_an_origin_or_our_error(text: str) -> None:
    try:
        origin = origin_of(text)
    except RemoteProtocolError:
        return
    assert origin_of(origin) == origin
