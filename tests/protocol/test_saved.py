import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.protocol.saved import SCHEMA, dump_session, load_session
from tests.protocol.transcripts import KEYS_AFTER, SKEY, session, with_ticket


def test_a_session_comes_back_whole() -> None:
    before = with_ticket(sync_check_key=KEYS_AFTER, mode="web", invite_start_count=33, nick_name='测试"号')
    assert load_session(dump_session(before)) == before
    assert json.loads(dump_session(before))["schema"] == SCHEMA
    assert SKEY not in repr(before)


def test_domains_paths_and_expiry_are_kept() -> None:
    saved = json.loads(dump_session(with_ticket()))["cookies"][0]
    assert saved == {
        "name": "webwx_data_ticket",
        "value": "gTx0Pq9LmN3vB7cZ1sD5fH2j",
        "domain": "qq.com",
        "path": "/",
        "secure": True,
        "host_only": False,
        "expires": None,
    }


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\x80\x04pickle",
        b"{}",
        b"[" * 100_000,
        dump_session(session()).replace(b'"schema":1', b'"schema":2'),
        dump_session(session())[:-20],
        dump_session(session()).replace(b"https://wx2.qq.com", b"file:///etc"),
        dump_session(session()).replace(b'"desktop"', b'"other"'),
    ],
)
def test_anything_else_is_refused_without_naming_secrets(blob: bytes) -> None:
    with pytest.raises(ValueError, match="session") as caught:
        load_session(blob)
    assert SKEY not in str(caught.value)


@given(st.binary(max_size=100))
def test_any_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match="session"):
        load_session(blob)
