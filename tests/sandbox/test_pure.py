"""The small parts of the sandbox that need no server."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.sandbox import SandboxError, World, crowd
from ruleswx.sandbox.asked import Asked
from ruleswx.sandbox.checks import literal_escapes, settled
from ruleswx.sandbox.encode import encode_name, encode_text, encrypted_name
from ruleswx.sandbox.gate import Gate, State
from ruleswx.sandbox.hosts import base_origin, cookie_domains, is_loopback
from ruleswx.sandbox.limits import Limits
from ruleswx.sandbox.multipart import parse_multipart
from ruleswx.sandbox.options import Options
from ruleswx.sandbox.phrases import PHRASES, phrase
from ruleswx.sandbox.script import FIRST_MINUTE, play
from ruleswx.sandbox.streams import CONTACTS, MESSAGES, NOTICES, Streams
from ruleswx.sandbox.xmlread import read_xml


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("a < b & c\n", "a &lt; b &amp; c<br/>"),
        ("<br/>", "&lt;br/&gt;"),
        ("🌛", '<span class="emoji emoji1f31b"></span>'),
        ("👐", '<span class="emoji emoji1f450"></span'),
        ("🇨🇳", '<span class="emoji emoji1f1e81f1f3"></span>'),
        ("#️⃣", '<span class="emoji emoji2320e3"></span>'),
        ("☀️", '<span class="emoji emoji2600"></span>'),
        ("🥲", "🥲"),
        ("[微笑]\u2005", "[微笑]\u2005"),
    ],
)
def test_text_as_the_service_writes_it(text: str, wire: str) -> None:
    assert encode_text(text) == wire


def test_nine_faces_arrive_as_the_wrong_picture() -> None:
    assert "1f639" in encode_name("😂", mix_up=True)
    assert "1f602" in encode_name("😂")


@given(st.text(alphabet=st.characters(exclude_characters="\r", exclude_categories=("Cs",))))
def test_no_text_is_lost_on_the_wire(text: str) -> None:
    def sign(found: re.Match[str]) -> str:
        code = found[1]
        size = 5 if len(code) in (5, 10) else 4
        pieces = [code[:2], code[2:]] if len(code) == 6 else [code[i : i + size] for i in range(0, len(code), size)]
        return "".join(chr(int(each, 16)) for each in pieces)

    wire = encode_text(text).replace("</span<", "</span><")
    back = re.sub(r'<span class="emoji emoji([0-9a-f]+)"></span>?', sign, wire.replace("<br/>", "\n"))
    plain = str.maketrans("", "", "\ufe0f")
    assert html.unescape(back).translate(plain) == html.unescape(html.escape(text, quote=False)).translate(plain)


def test_encrypted_names_escape_the_dot_too() -> None:
    assert encrypted_name("封面.png") == "%E5%B0%81%E9%9D%A2%2Epng"


def test_streams_replay_from_any_position_they_gave() -> None:
    streams = Streams(base=700_010_000, born=0)
    keys = [streams.keys()]
    for number, (stream, kind) in enumerate(
        [(MESSAGES, "add"), (CONTACTS, "mod"), (NOTICES, "add"), (MESSAGES, "add")]
    ):
        streams.add(stream, kind, {"n": number}, 1_700_000_000)
        keys.append(streams.keys())
    for start, key in enumerate(keys):
        spot = streams.position(dict(key))
        assert spot is not None
        batch = streams.after(spot)
        assert [entry.payload["n"] for entry in batch.entries] == list(range(start, 4))
        assert batch.keys == keys[-1]
    first = streams.after(streams.position(dict(keys[0])) or {}, 1)
    assert first.more
    assert dict(first.keys) == dict(keys[1])
    assert streams.position({2: 1}) is None


def test_streams_forget_what_is_long_past() -> None:
    streams = Streams(base=700_010_000, born=0)
    start = streams.position(dict(streams.keys())) or {}
    for number in range(25_000):
        streams.add(MESSAGES, "add", {"n": number}, 1)
    assert len(streams.logs[MESSAGES]) <= 20_000
    batch = streams.after(start, 10)
    assert batch.entries[0].payload["n"] == streams.gone[MESSAGES]
    following = streams.after(streams.position(dict(batch.keys)) or {}, 1)
    assert following.entries[0].payload["n"] == streams.gone[MESSAGES] + 10


@pytest.mark.parametrize("verb", ["scan", "confirm", "cancel", "expire"])
@pytest.mark.parametrize("state", list(State))
def test_a_code_moves_only_as_its_drawing_says(verb: str, state: State) -> None:
    allowed = {
        ("scan", State.NEW): State.SCANNED,
        ("confirm", State.SCANNED): State.CONFIRMED,
        ("cancel", State.SCANNED): State.CANCELLED,
        ("expire", State.NEW): State.EXPIRED,
        ("expire", State.SCANNED): State.EXPIRED,
        ("expire", State.CONFIRMED): State.EXPIRED,
    }
    gate = Gate("u==", 0, 100, "t", state=state)
    if (verb, state) in allowed:
        gate.move(verb, 1)
        assert gate.state is allowed[verb, state]
    else:
        with pytest.raises(SandboxError, match=state.value):
            gate.move(verb, 1)


def test_a_redirect_is_good_for_five_minutes() -> None:
    gate = Gate("u==", 0, 100, "t", state=State.CONFIRMED, confirmed=10)
    assert gate.redeemable("t", 309)
    assert not gate.redeemable("t", 310)
    assert not gate.redeemable("x", 20)


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("login.wx.qq.com", "https://wx.qq.com"),
        ("login.weixin.qq.com", "https://wx.qq.com"),
        ("login.wx2.qq.com", "https://wx2.qq.com"),
        ("login.web.wechat.com", "https://web.wechat.com"),
        ("web2.wechat.com", "https://web2.wechat.com"),
        ("127.0.0.1:8421", "http://127.0.0.1:8421"),
        ("evil-qq.com", "http://evil-qq.com"),
    ],
)
def test_where_an_account_is_sent(host: str, base: str) -> None:
    assert base_origin(Asked("GET", "http", host, "/"), Options()) == base


def test_hosts_and_cookies() -> None:
    assert cookie_domains("file.wx2.qq.com") == ("file.wx2.qq.com", ".qq.com")
    assert cookie_domains("127.0.0.1") == cookie_domains("localhost") == ("", "")
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "10.0.0.1", "evil.localhost.com")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert Asked("GET", "http", "[::1]:80", "/").hostname == "::1"


def test_tickets_compare_however_often_they_were_encoded() -> None:
    ticket = "rT9%2BkLm0Qz%2Fa81Vx%3D"
    assert settled(ticket) == settled("rT9+kLm0Qz/a81Vx=") == settled("rT9%252BkLm0Qz%252Fa81Vx%253D")


def test_escapes_the_service_does_not_know() -> None:
    read = literal_escapes(rb'{"a": "\u4f60 \\u4f60 \/ \n \u0007"}')
    assert read == {"a": "\\u4f60 \\u4f60 \\/ \n \x07"}
    assert literal_escapes('{"a": "你\\n"}'.encode()) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"--b\r\n", b"--b\r\n\r\nx\r\n--b", b'--b\r\nContent-Disposition: form-data; name="a"\r\nx\r\n--b--'],
)
def test_a_form_that_is_none(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"boundary|header|name"):
        parse_multipart(body, "multipart/form-data; boundary=b")


def test_a_form_with_raw_names() -> None:
    body = '--b\r\nContent-Disposition: form-data; name="filename"; filename="报告.txt"\r\n\r\nx\r\ny\r\n--b--\r\n'
    parts = parse_multipart(body.encode(), 'multipart/form-data; boundary="b"')
    assert (parts["filename"].filename, parts["filename"].data) == ("报告.txt", b"x\r\ny")


def test_xml_with_a_doctype_is_not_read() -> None:
    assert read_xml('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>') is None
    assert read_xml("<a><b>") is None
    assert read_xml("<a/>") is not None


def test_limits_are_windows() -> None:
    limits = Limits()
    assert [limits.exceeded("a", "text", at) for at in (0, 0.1, 0.2, 1.05, 1.2)] == [False, False, True, False, False]
    assert [limits.exceeded("b", "media", at, f"{at}") for at in (0, 1, 2)] == [False, True, False]
    for number in range(80):
        assert not limits.exceeded("c", "media", number * 2.0, f"{number}")
    assert limits.exceeded("c", "media", 200, "one more")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_phrase_can_be_said(language: str) -> None:
    words = {"name": "甲", "by": "乙", "others": "丙"}
    assert all(phrase(which, language, **words) for which in PHRASES)
    with pytest.raises(SandboxError, match="name"):
        phrase("recalled", language)


@pytest.mark.parametrize(
    ("cast", "words"),
    [
        ({"peoples": []}, "people"),
        ({"people": [{"name": "甲", "remarks": {}, "remrk": "x"}]}, "remark"),
        ({"people": [{"name": "甲", "id": "x"}, {"name": "乙", "id": "x"}]}, "two people"),
        ({"groups": [{"name": "群"}]}, "no members"),
        ({"people": [{"name": "小李"}], "groups": [{"name": "群", "members": ["小黎"]}]}, "小李"),
        ({"options": {"hold": "long"}}, "float"),
        ({"options": {"login": "closed"}}, "refused"),
    ],
)
def test_a_written_world_with_a_slip(cast: dict[str, Any], words: str) -> None:
    with pytest.raises(SandboxError, match=words):
        World(cast)


def test_a_world_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    path.write_text(json.dumps({"people": [{"name": "客人"}], "options": {"hold": 2}, "seed": 3}), "utf-8")
    world = World.from_file(path)
    assert world.options.hold == 2
    assert world.directory.person("客人").nick == "客人"
    path.write_text("[]", "utf-8")
    with pytest.raises(SandboxError, match="JSON object"):
        World.from_file(path)


def test_the_same_seed_makes_the_same_world() -> None:
    first, second = World(seed=4), World(seed=4)
    assert first.say("老王", "x") == second.say("老王", "x")
    assert World(seed=5).say("老王", "x") != first.say("老王", "y")


def test_names_all_at_once_agree_with_names_one_by_one() -> None:
    world = World()
    names = world.directory.names()
    assert names == {key: world.directory.name_of(key) for key in names}
    assert names["wxid_zhangwei0000001"] == "wxid_zhangwei0000001"
    assert world.directory.person("laowang_boss").nick == "老王"


def test_a_crowd_has_the_size_asked_for() -> None:
    world = World(crowd(500, 20, 30))
    assert len(world.account().book) == 500
    assert {len(group.members) for group in world.directory.groups.values()} == {30}


async def test_the_first_minute_plays() -> None:
    world = World()
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    await play(world, FIRST_MINUTE, sleep=sleep)
    assert len(world.said()) >= 9
    assert sum(waited) < 60
