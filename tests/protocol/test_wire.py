from dataclasses import FrozenInstanceError

import pytest

from ruleswx.protocol.wire import Incoming, Request
from tests.protocol.transcripts import PT, SID, SKEY, with_ticket


def test_a_session_prints_without_its_secrets() -> None:
    shown = repr(with_ticket())
    assert not any(secret in shown for secret in (SKEY, SID, PT, "gTx0Pq9LmN3vB7cZ1sD5fH2j"))


def test_values_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Incoming("1", b"{}").msg_id = "2"  # type: ignore[misc]
    assert Request("GET", "https://wx.qq.com/").timeout == 15.0
