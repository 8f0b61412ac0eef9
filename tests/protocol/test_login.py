from typing import Any

import pytest

from ruleswx.errors import LocalProtocolError, LoginRefused, RemoteProtocolError
from ruleswx.protocol.login import (
    INPUTS,
    MOVES,
    CodeGone,
    Confirmed,
    Exchanging,
    LoggedIn,
    Login,
    PushAsked,
    QRShown,
    Scanned,
    State,
    StoredOver,
    Waiting,
    without_login,
)
from ruleswx.protocol.wire import Response
from tests.protocol.transcripts import (
    INIT,
    INIT_DEAD,
    KEYS,
    REDIRECT,
    REFUSED,
    RNG,
    SET_COOKIES,
    SID,
    SKEY,
    UUID,
    XML,
    U,
    answer,
    session,
    with_ticket,
)

NOW = 1700000042.0
CODE = answer(f'window.QRLogin.code = 200; window.QRLogin.uuid = "{UUID}";')
WAIT = answer("window.code=408;")
SCAN = answer("window.code=201;window.userAvatar = 'data:img/jpg;base64,/9j/4AAQSkZJRgABAQ==';")
CONFIRM = answer(f'window.code=200;\nwindow.redirect_uri="{REDIRECT}";')
GONE = answer("window.code=400;")
TRADE = answer(XML, 301, url=REDIRECT, set_cookies=SET_COOKIES)
PUSHED = answer('{"ret":"0","msg":"all ok","uuid":"QdN4mVx0Yg=="}')


def asked(login: Login) -> str:
    return login.request(NOW, RNG).name


def tell(login: Login, *answers: Response) -> Any:
    """The last event of a play: each answer follows its question."""
    event = None
    for one in answers:
        login.request(NOW, RNG)
        event = login.receive(one, NOW)
    return event


def test_the_whole_way_in_with_a_scan() -> None:
    login = Login("https://wx.qq.com")
    assert asked(login) == "jslogin"
    assert tell(login, CODE) == QRShown(f"https://login.weixin.qq.com/l/{UUID}")
    assert "tip=1&" in login.request(NOW, RNG).url
    assert tell(login, WAIT) == Waiting()
    assert "tip=0&" in login.request(NOW, RNG).url
    assert isinstance(tell(login, SCAN), Scanned)
    assert "tip=0&" in login.request(NOW, RNG).url
    assert tell(login, CONFIRM) == Confirmed()
    trade = login.request(NOW, RNG)
    assert trade.url == f"{REDIRECT}&fun=new&version=v2&mod=desktop"
    assert "extspam" in trade.headers
    assert tell(login, TRADE) == Exchanging("https://wx2.qq.com", "desktop")
    start = login.request(NOW, RNG)
    assert start.url.startswith("https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxinit?")
    assert f"wxsid={SID}" in start.headers["Cookie"]
    assert "extspam" not in start.headers
    done = tell(login, answer(INIT))
    assert isinstance(done, LoggedIn)
    assert done.door == "scan"
    kept = done.session
    assert (kept.user_name, kept.uin, kept.skey.reveal(), kept.sync_key) == (U, 1403256789, SKEY, KEYS)
    assert kept.hosts.push == "https://webpush.wx2.qq.com"
    assert login.state is State.IN
    with pytest.raises(LocalProtocolError, match="logged in"):
        login.request(NOW, RNG)
    with pytest.raises(LocalProtocolError, match="logged in"):
        login.receive(CODE, NOW)


def test_a_dead_code_is_replaced() -> None:
    login = Login("https://wx.qq.com")
    assert tell(login, CODE, GONE) == CodeGone("expired")
    assert asked(login) == "jslogin"
    tell(login, CODE)
    assert "tip=1&" in login.request(NOW, RNG).url
    assert tell(login, SCAN, answer("window.code=202;")) == CodeGone("cancelled")
    assert login.state is State.CODE
    assert login.codes == 2


def test_noise_moves_nothing() -> None:
    login = Login("https://wx.qq.com")
    for state in (State.CODE, State.SCAN):
        assert login.state is state
        with pytest.raises(RemoteProtocolError):
            tell(login, answer("<html>portal</html>"))
        assert login.state is state
        tell(login, CODE if state is State.CODE else SCAN)


def test_the_login_may_not_be_led_astray() -> None:
    login = Login("https://wx.qq.com")
    tell(login, CODE)
    astray = answer('window.code=200;\nwindow.redirect_uri="https://wx2.qq.com.evil.example/x?ticket=1";')
    with pytest.raises(RemoteProtocolError):
        tell(login, astray)
    assert login.state is State.SCAN


def test_auto_tries_the_web_mode_once_and_then_says_no() -> None:
    login = Login("https://wx.qq.com", "auto")
    tell(login, CODE, CONFIRM)
    assert tell(login, answer(REFUSED)) == Exchanging("https://wx2.qq.com", "web")
    assert "extspam" not in login.request(NOW, RNG).headers
    with pytest.raises(LoginRefused) as caught:
        tell(login, answer(REFUSED))
    assert caught.value.ret == 1203
    assert caught.value.message.startswith("为了你的帐号安全")
    assert login.state is State.REFUSED
    with pytest.raises(LocalProtocolError, match="refused"):
        login.request(NOW, RNG)


@pytest.mark.parametrize("mode", ["desktop", "web"])
def test_a_fixed_mode_is_refused_at_once(mode: Any) -> None:
    login = Login("https://wx.qq.com", mode)
    tell(login, CODE, CONFIRM)
    assert ("extspam" in login.request(NOW, RNG).headers) == (mode == "desktop")
    with pytest.raises(LoginRefused):
        tell(login, answer(REFUSED))


def test_auto_in_web_mode_logs_in_as_web() -> None:
    login = Login("https://wx.qq.com")
    done = tell(login, CODE, CONFIRM, answer(REFUSED), TRADE, answer(INIT))
    assert done.session.mode == "web"


def test_a_stale_redirect_asks_for_a_new_code() -> None:
    login = Login("https://wx.qq.com")
    stale = answer("<error><ret>-14</ret><message>ticket expired</message></error>")
    assert tell(login, CODE, CONFIRM, stale) == CodeGone("expired")
    assert asked(login) == "jslogin"


def test_too_many_logins_is_no_refusal() -> None:
    login = Login("https://wx.qq.com")
    tell(login, CODE, CONFIRM)
    with pytest.raises(RemoteProtocolError):
        tell(login, answer("<error><ret>1205</ret><message>操作太频繁</message></error>"))
    assert login.state is State.EXCHANGE


def test_another_host_is_followed_three_times() -> None:
    login = Login("https://wx.qq.com")
    tell(login, CODE, CONFIRM)
    onward = answer("<error><ret>0</ret><redirecturl>https://wx8.qq.com/x?ticket=1</redirecturl></error>")
    assert tell(login, onward) == Exchanging("https://wx8.qq.com", "desktop")
    assert login.request(NOW, RNG).url.startswith("https://wx8.qq.com/x?ticket=1&fun=new")
    assert tell(login, onward, onward, onward) == CodeGone("expired")


def test_a_stored_session_needs_nobody() -> None:
    login = Login("https://wx.qq.com", stored=session())
    assert asked(login) == "webwxinit"
    done = tell(login, answer(INIT))
    assert (done.door, done.session.sync_key) == ("stored", KEYS)


@pytest.mark.parametrize(
    ("endpoint", "asks"),
    [
        ("https://wx.qq.com", "webwxinit"),
        ("https://web.wechat.com", "webwxinit"),
        ("http://127.0.0.1:8421", "jslogin"),
        ("https://wx.example.com", "jslogin"),
    ],
)
def test_a_session_wakes_up_only_where_it_belongs(endpoint: str, asks: str) -> None:
    assert asked(Login(endpoint, stored=with_ticket())) == asks


def test_an_account_closed_meanwhile_is_refused_at_the_first_door() -> None:
    login = Login("https://wx.qq.com", stored=with_ticket())
    assert login.door == "stored"
    with pytest.raises(LoginRefused):
        tell(login, answer({"BaseResponse": {"Ret": 1203, "ErrMsg": "环境异常"}}))
    assert login.state is State.REFUSED


def test_a_machine_without_a_session_says_so() -> None:
    login = Login("https://wx.qq.com")
    login.state = State.START
    with pytest.raises(LocalProtocolError, match="no session at hand"):
        login.request(NOW, RNG)


def test_a_session_that_ended_is_pushed_then_scanned() -> None:
    login = Login("https://wx.qq.com", stored=with_ticket())
    assert tell(login, answer(INIT_DEAD)) == StoredOver(1101)
    assert asked(login) == "webwxpushloginurl"
    assert tell(login, PUSHED) == PushAsked()
    poll = login.request(NOW, RNG)
    assert poll.url.startswith("https://login.wx2.qq.com/")
    assert "uuid=QdN4mVx0Yg==&tip=1" in poll.url
    done = tell(login, CONFIRM, TRADE, answer(INIT))
    assert done.door == "push"
    assert login.codes == 0


def test_a_refused_push_falls_back_to_a_code() -> None:
    login = Login("https://wx.qq.com", stored=with_ticket(), ended=True)
    assert asked(login) == "webwxpushloginurl"
    tell(login, answer('{"ret":"1","msg":"refused"}'))
    request = login.request(NOW, RNG)
    assert request.url.startswith("https://login.wx.qq.com/jslogin")
    assert "Cookie" not in request.headers


def test_without_device_cookies_there_is_no_push() -> None:
    assert asked(Login("https://wx.qq.com", stored=session(), ended=True)) == "jslogin"
    login = Login("https://wx.qq.com", stored=session())
    login.skip()
    assert asked(login) == "jslogin"


def test_after_a_logout_only_the_device_is_kept() -> None:
    kept = without_login(with_ticket())
    assert not kept.sid
    assert not kept.skey
    assert {c.name for c in kept.cookies} == {"webwxuvid", "webwx_auth_ticket", "wxuin"}
    assert asked(Login("https://wx.qq.com", stored=kept)) == "webwxpushloginurl"


def test_a_driver_may_leave_a_door() -> None:
    login = Login("https://wx.qq.com", stored=with_ticket())
    login.skip()
    assert login.state is State.PUSH
    login.skip()
    assert login.state is State.CODE
    with pytest.raises(LocalProtocolError, match="'skip' cannot happen while asking for a code"):
        login.skip()


def test_a_simulator_plays_every_role() -> None:
    origin = "http://127.0.0.1:8421"
    login = Login(origin)
    assert tell(login, CODE) == QRShown(f"{origin}/l/{UUID}")
    there = answer(f'window.code=200;\nwindow.redirect_uri="{origin}/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=1";')
    done = tell(login, there, answer(XML, url=f"{origin}/x"), answer(INIT))
    assert {done.session.hosts.login, done.session.hosts.base, done.session.hosts.push} == {origin}


def test_the_table_knows_every_pair() -> None:
    """Every (state, input) pair is a move or an error; inputs never lead out of the table."""
    moves = {(state, told): MOVES[state].get(told) for state in State for told in INPUTS}
    assert len(moves) == len(State) * len(INPUTS)
    for (state, told), after in moves.items():
        login = Login("https://wx.qq.com", stored=with_ticket())
        login.state = state
        if after is None:
            with pytest.raises(LocalProtocolError) as caught:
                login._move(told)
            assert state.value in str(caught.value)
            assert told in str(caught.value)
            assert login.state is state
        else:
            login._move(told)
            assert login.state is after
    legal = {state.name: " ".join(told for told in INPUTS if moves[state, told]) for state in State}
    polled = "waiting scanned confirmed cancelled gone skip"
    assert legal == {
        "STORED": "alive over refused skip",
        "PUSH": "offered declined skip",
        "CODE": "dealt",
        "SCAN": polled,
        "SCANNED": polled,
        "EXCHANGE": "secrets moved declined stale refused skip",
        "START": "alive over refused skip",
        "IN": "",
        "REFUSED": "",
    }


def test_every_state_can_be_left_and_reached() -> None:
    reached = {after for moves in MOVES.values() for after in moves.values()}
    assert reached | {State.STORED} == set(State)
    assert {state for state in State if not MOVES[state]} == {State.IN, State.REFUSED}
