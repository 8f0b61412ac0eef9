import hashlib
import json
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ruleswx.protocol.build import (
    DESKTOP,
    LocalIds,
    base_request,
    build_json,
    device_id,
    flipped,
    json_bytes,
    quoted,
)
from tests.protocol.transcripts import BR, PT, RNG, session, with_ticket


def test_base_request_is_spelled_as_the_service_expects() -> None:
    assert json_bytes(base_request(session(), RNG)).decode() == BR


def test_the_desktop_proof_is_the_constant_everybody_sends() -> None:
    assert hashlib.sha256(DESKTOP["extspam"].encode()).hexdigest() == (
        "11e2f840f98652979f09996c2c9bcdfef4e19c0e042dfcb00804818a369795e0"
    )


def test_device_ids_are_fresh_and_always_fifteen_digits() -> None:
    rng = Random(1)
    ids = [device_id(rng) for _ in range(200)]
    assert len(set(ids)) == 200
    assert all(len(one) == 16 and one[0] == "e" and one[1:].isdigit() for one in ids)


def test_local_ids_grow_whatever_the_clock_does() -> None:
    ids, rng = LocalIds(), Random(2)
    dealt = [int(ids.next(now, rng)) for now in (1700000060.0, 1700000060.0, 1700000059.0, 1700000000.0, 1700000061.0)]
    assert dealt == sorted(set(dealt))
    assert all(len(str(one)) == 17 for one in dealt)
    again = LocalIds(str(dealt[-1]))
    assert int(again.next(1600000000.0, rng)) == dealt[-1] + 1
    assert LocalIds("rubbish").next(1700000060.0, Random(0)).startswith("1700000060000")


def test_the_number_the_page_calls_r() -> None:
    assert flipped(1700000000.001) == 807049214
    assert flipped(1700000046.5) == 807002715
    assert flipped(1500000000.0) == ~1500000000000 % 2**32 - 2**32 * ((~1500000000000 % 2**32) >> 31)


@given(st.integers(0, 2**41))
def test_r_is_a_signed_32_bit_number(ms: int) -> None:
    assert -(2**31) <= flipped(ms / 1000) < 2**31


def test_text_travels_as_characters() -> None:
    assert json_bytes({"a": '你好<br/>"\n👍\u2005/\\'}) == '{"a":"你好<br/>\\"\\n👍\u2005/\\\\"}'.encode()


@given(st.text(st.characters(codec=None), max_size=100))
def test_no_text_is_ever_escaped_or_refused(text: str) -> None:
    body = json_bytes({"Content": [text]})
    assert b"\\u" not in body.replace(b"\\\\", b"")
    json.loads(body)


def test_a_post_carries_ticket_type_and_cookies() -> None:
    request = build_json(with_ticket(), "webwxsendmsg", (), {}, 1700000000.0)
    assert request.url == f"https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsg?lang=zh_CN&pass_ticket={PT}"
    assert request.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert request.headers["Referer"] == "https://wx2.qq.com/"
    assert "webwx_data_ticket=" in request.headers["Cookie"]
    assert request.name == "webwxsendmsg"
    assert "extspam" not in request.headers
    assert "Cookie" not in build_json(session(), "x", (), {}, 1700000000.0).headers


def test_queries_encode_what_a_server_would_read_as_a_blank() -> None:
    assert quoted("Vq8+ZkT3nLw0/Rb1@") == "Vq8%2BZkT3nLw0%2FRb1%40"
