import hashlib
import json
from email import message_from_bytes
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.errors import CannotSend, RemoteProtocolError, SendFailed, SessionEnded
from ruleswx.protocol.upload import (
    CHUNK,
    MIB,
    PLAIN_LIMIT,
    Checked,
    build_check,
    build_chunk,
    chunks,
    parse_check,
    parse_chunk,
    plan_upload,
)
from tests.protocol.transcripts import BR, OK, PT, RNG, F, FixedRng, U, answer, session, with_ticket

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 8
GIF = b"GIF89a" + b"\x00" * 10
MP4 = b"\x00\x00\x00\x18ftypmp42"
MD5 = "5d41402abc4b2a76b9719d911017c592"


class FormRng(FixedRng):
    def getrandbits(self, k: int) -> int:
        return 1


def plan(kind: Any = "image", name: str = "封面.png", size: int = 600000, head: bytes = PNG, **more: Any) -> Any:
    return plan_upload(kind, name, size, head, md5=MD5, to=F, now=1700000061.0, modified=1700000000.0, **more)


def parts(body: bytes, content_type: str) -> dict[str, Any]:
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    found = {}
    for part in message.get_payload():  # type: ignore[union-attr]
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        found[name] = part.get_payload(decode=True)  # type: ignore[union-attr]
    return found


def test_a_file_of_two_chunks_is_the_transcript() -> None:
    upload = plan()
    first, second = chunks(upload.size)
    assert (first.offset, first.length, second.offset, second.length) == (0, 524288, 524288, 75712)
    data = PNG + bytes(524288 - len(PNG))
    request = build_chunk(with_ticket(), upload, first, data, now=1700000061.0, rng=FormRng())
    assert request.url == "https://file.wx2.qq.com/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json"
    found = parts(request.body, request.headers["Content-Type"])
    assert list(found) == [
        "id",
        "name",
        "type",
        "lastModifiedDate",
        "size",
        "chunks",
        "chunk",
        "mediatype",
        "uploadmediarequest",
        "webwx_data_ticket",
        "pass_ticket",
        "filename",
    ]
    assert found.pop("filename") == data
    text = {name: value.decode() for name, value in found.items()}
    assert text == {
        "id": "WU_FILE_0",
        "name": "封面.png",
        "type": "image/png",
        "lastModifiedDate": "Wed Nov 15 2023 06:13:20 GMT+0800 (CST)",
        "size": "600000",
        "chunks": "2",
        "chunk": "0",
        "mediatype": "pic",
        "uploadmediarequest": (
            f'{{"UploadType":2,"BaseRequest":{BR},"ClientMediaId":1700000061000,"TotalLen":600000,"StartPos":0,'
            f'"DataLen":600000,"MediaType":4,"FromUserName":"{U}","ToUserName":"{F}","FileMd5":"{MD5}"}}'
        ),
        "webwx_data_ticket": "gTx0Pq9LmN3vB7cZ1sD5fH2j",
        "pass_ticket": "rT9+kLm0Qz/a81Vx=",
    }
    assert b'name="filename"; filename="file.png"\r\nContent-Type: image/png\r\n' in request.body
    assert "webwx_data_ticket=" in request.headers["Cookie"]
    again = build_chunk(with_ticket(), upload, second, bytes(75712), now=1700000065.0, rng=FormRng())
    later = parts(again.body, again.headers["Content-Type"])
    assert later["chunk"] == b"1"
    assert json.loads(later["uploadmediarequest"])["ClientMediaId"] == 1700000061000


def test_only_the_last_answer_names_the_file() -> None:
    first, second = chunks(600000)
    reply = {"BaseResponse": OK, "MediaId": "", "StartPos": 524288}
    assert parse_chunk(answer(reply), first) == ""
    assert parse_chunk(answer(reply | {"MediaId": "@crypt_9e8d"}), second) == "@crypt_9e8d"
    with pytest.raises(RemoteProtocolError):
        parse_chunk(answer(reply), second)
    with pytest.raises(SendFailed):
        parse_chunk(answer(reply | {"BaseResponse": {"Ret": 1}}), first)
    with pytest.raises(SessionEnded):
        parse_chunk(answer(reply | {"BaseResponse": {"Ret": 1101}}), first)
    with pytest.raises(RemoteProtocolError):
        parse_chunk(answer("", 502), first)


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 25 * MIB - 1, 25 * MIB, 25 * MIB + 1, 100 * MIB])
def test_chunks_cover_a_file_exactly(size: int) -> None:
    pieces = list(chunks(size))
    assert sum(piece.length for piece in pieces) == size
    assert all(0 < piece.length <= CHUNK for piece in pieces)
    assert [piece.offset for piece in pieces] == [n * CHUNK for n in range(len(pieces))]
    assert [piece.last for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert plan("file", "x.bin", size, b"").needs_check == (size > PLAIN_LIMIT)


@given(st.integers(1, 3 * CHUNK))
def test_what_is_cut_can_be_put_together(size: int) -> None:
    data = Random(size).randbytes(size)
    joined = hashlib.md5(usedforsecurity=False)
    for piece in chunks(size):
        joined.update(data[piece.offset : piece.offset + piece.length])
    assert joined.digest() == hashlib.md5(data, usedforsecurity=False).digest()


@pytest.mark.parametrize(
    ("kind", "name", "size", "head", "reason"),
    [
        ("image", "a.png", 0, b"", "empty"),
        ("file", "a.txt", 0, b"", "empty"),
        ("image", "a.png", 10, b"not a picture", "no_image"),
        ("video", "a.mp4", 10, PNG, "no_video"),
        ("emoticon", "a.gif", 10, PNG, "no_emoticon"),
        ("image", "a.mp4", 10, MP4, "no_image"),
        ("image", "a.png", 10 * MIB + 1, PNG, "too_big"),
        ("video", "a.mp4", 20 * MIB, MP4, "too_big"),
        ("file", "a.zip", 100 * MIB + 1, b"PK\x03\x04", "too_big"),
    ],
)
def test_what_cannot_go_is_refused_before_the_first_byte(
    kind: str, name: str, size: int, head: bytes, reason: str
) -> None:
    with pytest.raises(CannotSend) as caught:
        plan(kind, name, size, head)
    assert caught.value.reason == reason
    assert name in str(caught.value)


def test_the_kind_a_file_goes_as() -> None:
    assert (plan("image", head=GIF).kind, plan("image", head=GIF).type.mediatype) == ("emoticon", "doc")
    assert (plan("file", head=PNG).kind, plan("file", head=PNG).type.mediatype) == ("file", "doc")
    assert plan("file", head=MP4).type.mime == "video/mp4"
    assert plan("video", head=MP4, size=20 * MIB - 1).type.mediatype == "video"


def test_a_big_file_is_announced_first() -> None:
    upload = plan("file", "大片.zip", 31457280, b"PK\x03\x04")
    request = build_check(with_ticket(), upload, 1700000061.0, RNG)
    assert request.url == f"https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxcheckupload?lang=zh_CN&pass_ticket={PT}"
    assert request.body.decode() == (
        f'{{"BaseRequest":{BR},"FileMd5":"{MD5}","FileName":"大片.zip","FileSize":31457280,"FileType":7,'
        f'"FromUserName":"{U}","ToUserName":"{F}"}}'
    )
    key = "00112233445566778899aabbccddeeff"
    told = parse_check(answer({"BaseResponse": OK, "MediaId": "", "AESKey": key, "Signature": "v1synthetic"}))
    assert told == Checked("", key, "v1synthetic")
    checked = upload.checked(told)
    first = next(iter(chunks(checked.size)))
    body = build_chunk(with_ticket(), checked, first, bytes(CHUNK), now=0.0, rng=FormRng()).body
    assert f'"FileMd5":"{MD5}","AESKey":"{key}","Signature":"v1synthetic"}}'.encode() in body
    known = parse_check(answer({"BaseResponse": OK, "MediaId": "@crypt_known", "Signature": "s"}))
    assert known.media_id == "@crypt_known"
    with pytest.raises(RemoteProtocolError):
        parse_check(answer({"BaseResponse": OK}))
    with pytest.raises(SendFailed):
        parse_check(answer({"BaseResponse": {"Ret": 1205}}))


def test_a_file_that_changes_while_it_is_read_is_not_sent() -> None:
    upload = plan(size=600000)
    first = next(iter(chunks(upload.size)))
    for data in (b"", bytes(CHUNK - 1), bytes(CHUNK + 1)):
        with pytest.raises(CannotSend) as caught:
            build_chunk(with_ticket(), upload, first, data, now=0.0, rng=FormRng())
        assert caught.value.reason == "changed"


def test_without_the_ticket_there_is_no_upload() -> None:
    upload = plan(size=20)
    with pytest.raises(CannotSend) as caught:
        build_chunk(session(), upload, next(iter(chunks(20))), bytes(20), now=0.0, rng=FormRng())
    assert caught.value.reason == "no_ticket"


def test_one_chunk_says_nothing_of_chunks() -> None:
    upload = plan(name='a"\r\nb.png', size=20)
    body = build_chunk(with_ticket(), upload, next(iter(chunks(20))), bytes(20), now=0.0, rng=FormRng()).body
    assert b'name="chunk' not in body
    assert b"\r\na_b.png\r\n" in body


def test_a_boundary_never_occurs_in_the_data() -> None:
    class Twice(Random):
        deals = iter((1, 2))

        def getrandbits(self, k: int) -> int:
            return next(self.deals)

        def randrange(self, *_: Any) -> int:
            return 0

    data = b"----WebKitFormBoundary0000000000000001 "
    upload = plan("file", "x", len(data), data)
    request = build_chunk(with_ticket(), upload, next(iter(chunks(len(data)))), data, now=0.0, rng=Twice())
    assert request.headers["Content-Type"].endswith("0002")
