"""Files on their way in: webwxcheckupload and webwxuploadmedia.

A file comes in pieces of 512 KiB, in order, under one ClientMediaId; only the last
piece is answered with a MediaId. Above 25 MiB the check has to come first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from ruleswx.sandbox.asked import Answer, Asked, reply
from ruleswx.sandbox.checks import Refused, admit, check_base, check_cookies, check_method, find_session, settled
from ruleswx.sandbox.encode import encrypted_name
from ruleswx.sandbox.media import Blob, mime_of
from ruleswx.sandbox.multipart import Part, parse_multipart
from ruleswx.sandbox.session import Session
from ruleswx.sandbox.uploads import CHECKED_SIZE, PIECE, Upload

if TYPE_CHECKING:
    from ruleswx.sandbox.world import World

__all__ = ["checkupload", "uploadmedia"]

_WHERE = "webwxuploadmedia"
_PARTS = ("name", "type", "lastModifiedDate", "size", "mediatype", "uploadmediarequest", "webwx_data_ticket")
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp")


@dataclass(frozen=True, slots=True)
class _Piece:
    """One checked request: which piece of which file, and what the client says of it."""

    session: Session
    request: dict[str, Any]
    name: str
    index: int
    chunks: int
    data: bytes

    @property
    def size(self) -> int:
        return int(self.request["TotalLen"])


def checkupload(world: World, asked: Asked) -> Answer:
    """Say whether a large file is already here, else give what its upload has to carry."""
    visit = admit(world, asked)
    body = visit.body
    md5, size = str(body.get("FileMd5", "")), body.get("FileSize")
    if type(size) is not int or body.get("FileType") != 7 or len(md5) != 32:
        world.record("webwxcheckupload", "fields", "FileMd5 (hex), FileSize (int) and FileType 7 are needed")
        raise Refused(1)
    known = world.store.by_md5(md5, size)
    aes, signature = world.store.sign(md5)
    name = encrypted_name(str(body.get("FileName", ""))) if known else ""
    answer = {"MediaId": known, "AESKey": aes, "Signature": signature, "EncryFileName": name}
    return reply({"BaseResponse": {"Ret": 0, "ErrMsg": ""}, **answer})


def uploadmedia(world: World, asked: Asked) -> Answer:
    """Take one piece of a file."""
    check_method(world, asked, "POST")
    if asked.query.get("f") != "json":
        world.record(_WHERE, "f", "the query must hold f=json")
    piece = _read(world, asked)
    upload = _join(world, piece)
    if piece.index + 1 < piece.chunks:
        return _answer("", upload.arrived, "")
    media_id = _complete(world, piece, upload)
    return _answer(media_id, upload.arrived, piece.name, picture=piece.name.lower().endswith(_PICTURES))


def _read(world: World, asked: Asked) -> _Piece:
    parts = _parts(world, asked)
    request = _request(world, parts["uploadmediarequest"])
    base = request["BaseRequest"]
    session = find_session(world, asked, str(base.get("Sid") or ""))
    check_cookies(world, asked, session)
    check_base(world, asked, session, base)
    _check_tickets(world, session, parts)
    data = parts["filename"].data
    if len(data) > PIECE:
        world.record(_WHERE, "piece size", f"{len(data)} bytes in one request, {PIECE} are allowed")
        raise Refused(0, Answer(b"", 502, "text/html"))
    _check_request(world, session, request, parts)
    index, chunks = _numbers(world, parts, int(request["TotalLen"]))
    return _Piece(session, request, parts["name"].text, index, chunks, data)


def _parts(world: World, asked: Asked) -> dict[str, Part]:
    try:
        parts = parse_multipart(asked.body, asked.headers.get("content-type", ""))
    except ValueError as error:
        _bad(world, "multipart", str(error))
    missing = [name for name in (*_PARTS, "filename") if name not in parts]
    if missing:
        _bad(world, "parts", "missing: " + ", ".join(missing))
    if parts["filename"].extended or parts["filename"].filename is None:
        _bad(world, "file name", 'the file part needs a plain filename="…"')
    return parts


def _request(world: World, part: Part) -> dict[str, Any]:
    try:
        request = json.loads(part.text)
    except ValueError:
        request = None
    if not isinstance(request, dict) or not isinstance(request.get("BaseRequest"), dict):
        _bad(world, "uploadmediarequest", "no JSON object with a BaseRequest")
    if type(request.get("TotalLen")) is not int or "ClientMediaId" not in request:
        _bad(world, "uploadmediarequest", "TotalLen (int) and ClientMediaId are needed")
    checked: dict[str, Any] = request
    return checked


def _check_tickets(world: World, session: Session, parts: dict[str, Part]) -> None:
    if parts["webwx_data_ticket"].text != session.data_ticket:
        world.record(_WHERE, "webwx_data_ticket", "the form's ticket is not the cookie's")
        raise Refused(1102)
    ticket = parts.get("pass_ticket")
    if ticket is None or settled(ticket.text) != settled(session.pass_ticket):
        world.oddity(_WHERE, "pass_ticket", "not the ticket of this session")


def _check_request(world: World, session: Session, request: dict[str, Any], parts: dict[str, Part]) -> None:
    total = request["TotalLen"]
    expected = {"UploadType": 2, "MediaType": 4, "StartPos": 0, "DataLen": total}
    wrong = [name for name, value in expected.items() if request.get(name) != value]
    if wrong:
        world.record(_WHERE, "uploadmediarequest", "unusual values of " + ", ".join(wrong))
    if parts["size"].text != str(total):
        _bad(world, "size", "the part `size` is not TotalLen")
    if total == 0:
        _bad(world, "empty", "an empty file cannot be uploaded")
    if parts["mediatype"].text not in ("pic", "video", "doc"):
        _bad(world, "mediatype", "must be pic, video or doc")
    if parts["mediatype"].text == "pic" and parts["name"].text.lower().endswith(".gif"):
        world.oddity(_WHERE, "mediatype", "a gif goes as doc")
    target = str(request.get("ToUserName", ""))
    if target not in session.keys:
        world.record(_WHERE, "ToUserName", "no UserName of this session")
    md5 = str(request.get("FileMd5", ""))
    if total > CHECKED_SIZE and not world.store.is_signed(md5, request.get("Signature")):
        _bad(world, "Signature", "above 25 MiB webwxcheckupload's AESKey and Signature are needed")


def _numbers(world: World, parts: dict[str, Part], total: int) -> tuple[int, int]:
    texts = [parts[name].text if name in parts else "" for name in ("chunk", "chunks")]
    if texts == ["", ""]:
        return 0, 1
    if not all(text.isdigit() for text in texts):
        _bad(world, "chunk", "chunk and chunks must both be numbers")
    index, chunks = int(texts[0]), int(texts[1])
    if chunks != -(-total // PIECE) or index >= chunks:
        _bad(world, "chunk", f"piece {index} of {chunks} does not fit {total} bytes")
    return index, chunks


def _join(world: World, piece: _Piece) -> Upload:
    key = (piece.session.sid, str(piece.request["ClientMediaId"]))
    upload = world.store.open.get(key)
    if upload is None or (piece.index == 0 and upload.pieces[:1] != [piece.data]):
        upload = world.store.begin(key, piece.size, piece.chunks)
    if piece.index < len(upload.pieces) and upload.pieces[piece.index] == piece.data:
        return upload  # the same piece again: the answer to the first was lost
    if piece.index != len(upload.pieces):
        _bad(world, "chunk order", f"piece {piece.index} came, piece {len(upload.pieces)} is next")
    upload.pieces.append(piece.data)
    return upload


def _complete(world: World, piece: _Piece, upload: Upload) -> str:
    blob = Blob(b"".join(upload.pieces), piece.name, mime_of(piece.name))
    if blob.size != piece.size:
        _bad(world, "TotalLen", f"{blob.size} bytes came, {piece.size} were announced")
    given = str(piece.request.get("FileMd5", ""))
    if not given:
        world.oddity(_WHERE, "FileMd5", "missing")
    elif given.lower() != blob.md5 and world.oddity(_WHERE, "FileMd5", "not the MD5 of these bytes"):
        raise Refused(1)
    return world.store.by_md5(blob.md5, blob.size) or world.store.keep(blob)


def _answer(media_id: str, arrived: int, name: str, *, picture: bool = False) -> Answer:
    return reply(
        {
            "BaseResponse": {"Ret": 0, "ErrMsg": ""},
            "MediaId": media_id,
            "StartPos": arrived,
            "CDNThumbImgHeight": 75 if picture else 0,
            "CDNThumbImgWidth": 100 if picture else 0,
            "EncryFileName": encrypted_name(name) if media_id else "",
        }
    )


def _bad(world: World, rule: str, detail: str) -> NoReturn:
    world.record(_WHERE, rule, detail)
    raise Refused(1)
