import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.errors import LoginRefused, RemoteProtocolError, SendFailed, SessionEnded
from ruleswx.protocol.replies import Base, Reply, check_ret, check_send, decode, excerpt, parse_reply
from tests.protocol.transcripts import answer


class Inner(msgspec.Struct, frozen=True):
    name: str = ""
    number: int = 0


class Outer(Reply, frozen=True):
    text: str = ""
    count: int = 7
    either: str | int = ""
    inner: Inner = msgspec.field(default_factory=Inner)
    items: list[Inner] = msgspec.field(default_factory=list)
    raws: list[msgspec.Raw] = msgspec.field(default_factory=list)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"text":"a","count":3,"unknown":{"deep":[1]}}', Outer(text="a", count=3)),
        (b'{"count":"3"}', Outer(count=3)),
        (b'{"count":""}', Outer(count=7)),
        (b'{"count":null,"text":null,"items":null}', Outer()),
        (b'{"text":5,"count":3}', Outer(count=3)),
        (b'{"items":[{"name":"a"},5,{"name":3,"number":2},null]}', Outer(items=[Inner("a"), Inner("", 2)])),
        (b'{"inner":{"name":1,"number":9}}', Outer(inner=Inner("", 9))),
        (b'{"inner":[]}', Outer()),
        (b'\xef\xbb\xbf{"text":"bom"}', Outer(text="bom")),
        (b'{"text":"line\nbreak\tand\x01"}', Outer(text="line\nbreak\tand\x01")),
        (b'{"text":"\xff\xed\xa0\x80"}', Outer(text="\ufffd\ufffd\ufffd\ufffd")),
        (rb'{"text":"\ud83d\ude00 \ud83d \ude00 \\ud83d"}', Outer(text="😀 \ufffd \ufffd \\ud83d")),
        (b'{"either":12345678901234567890}', Outer(either=12345678901234567890)),
        (b'{"BaseResponse":{"Ret":"0"}}', Outer(BaseResponse=Base(0))),
        (b'{"BaseResponse":[]}', Outer()),
        (b'{"BaseResponse":{"Ret":1101,"ErrMsg":null}}', Outer(BaseResponse=Base(1101))),
        (b'{"BaseResponse":{"Ret":"x","ErrMsg":"y"}}', Outer(BaseResponse=Base(-1000, "y"))),
        (b'{"count":"","raws":[1,{"a":"b"}]}', Outer(raws=[msgspec.Raw(b"1"), msgspec.Raw(b'{"a":"b"}')])),
    ],
)
def test_odd_replies_cost_no_more_than_the_odd_field(body: bytes, found: Outer) -> None:
    assert decode(body, Outer) == found


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"<html>login</html>",
        b'{"text":"cut',
        b'{"count":NaN}',
        b'{"count":Infinity}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"count":' + b"9" * 5000 + b"}",
        b'{"text":"a"}{"text":"b"}',
    ],
)
def test_what_is_no_json_object_is_said_to_be_so(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode(body, Outer)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_our_error(body: bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        decode(body, Outer)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda s: (
            st.lists(s)
            | st.dictionaries(
                st.sampled_from(["text", "count", "items", "inner", "name", "raws", "BaseResponse", "Ret"]), s
            )
        ),
    )
)
def test_any_object_gives_a_value(value: object) -> None:
    body = msgspec.json.encode(value)
    if isinstance(value, dict):
        found = decode(body, Outer)
        assert isinstance(found.count, int)
        assert isinstance(found.text, str)


def test_html_and_bad_statuses_never_pass_for_answers() -> None:
    with pytest.raises(RemoteProtocolError, match="not JSON"):
        parse_reply(answer("<html>wifi login</html>"), Outer)
    with pytest.raises(RemoteProtocolError, match="HTTP 502"):
        parse_reply(answer("{}", 502), Outer)


def test_excerpts_hold_no_secrets() -> None:
    shown = excerpt(answer('{"Skey":"@crypt_5f3a91c2_7d0e","wxsid":"Vq8+ZkT3"}\n' + "x" * 900))
    assert "7d0e" not in shown
    assert "Vq8" not in shown
    assert len(shown) < 320


@pytest.mark.parametrize(
    ("ret", "error"),
    [
        (1100, SessionEnded),
        (1101, SessionEnded),
        (1102, SessionEnded),
        (-14, SessionEnded),
        (1203, LoginRefused),
        (1205, RemoteProtocolError),
        (-1, RemoteProtocolError),
        (77, RemoteProtocolError),
    ],
)
def test_codes_of_questions_become_errors(ret: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        check_ret(Outer(BaseResponse=Base(ret)), "x")


@pytest.mark.parametrize(
    ("ret", "error"),
    [
        (1101, SessionEnded),
        (1203, LoginRefused),
        (1204, SendFailed),
        (1205, SendFailed),
        (1, SendFailed),
        (-1, SendFailed),
    ],
)
def test_codes_of_sends_become_errors(ret: int, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        check_send(Outer(BaseResponse=Base(ret)))
    assert caught.value.ret == ret  # type: ignore[attr-defined]


def test_a_reply_without_envelope_is_not_a_success() -> None:
    with pytest.raises(RemoteProtocolError):
        check_ret(decode(b'{"BaseResponse":{}}', Outer), "x")
    with pytest.raises(SendFailed):
        check_send(decode(b'{"BaseResponse":{"ErrMsg":""}}', Outer))
    with pytest.raises(RemoteProtocolError):
        check_ret(Outer(), "x")
    with pytest.raises(RemoteProtocolError):
        check_send(Outer())
    check_ret(Outer(BaseResponse=Base(0)), "x")
    check_send(Outer(BaseResponse=Base(0)))
