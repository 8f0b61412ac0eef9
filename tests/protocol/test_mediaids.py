from dataclasses import replace
from typing import Any

from ruleswx.protocol.mediaids import MediaIds
from ruleswx.protocol.upload import plan_upload
from tests.protocol.transcripts import F, session


def upload(md5: str = "a", kind: Any = "file", size: int = 9) -> Any:
    return plan_upload(kind, "x.bin", size, b"\x89PNG\r\n\x1a\n", md5=md5, to=F, now=0.0)


def test_the_same_bytes_travel_once_a_login() -> None:
    known, one = MediaIds(), session()
    assert known.get(one, upload(), 0.0) is None
    known.keep(one, replace(upload(), signature="s"), "@m", 0.0)
    assert known.get(one, upload(), 10.0) == ("@m", "s")
    assert known.get(one, upload(md5="b"), 10.0) is None
    assert known.get(one, upload(kind="image"), 10.0) is None
    assert known.get(session(user_name="@next"), upload(), 10.0) is None
    assert known.get(one, upload(), 13 * 3600.0) is None


def test_it_stays_small() -> None:
    known, one = MediaIds(), session()
    for n in range(300):
        known.keep(one, upload(md5=str(n)), f"@{n}", 0.0)
    assert len(known) == 256
    assert known.get(one, upload(md5="0"), 0.0) is None
    assert known.get(one, upload(md5="299"), 0.0) == ("@299", "")
