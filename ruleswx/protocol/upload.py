"""Uploading: what is checked before the first byte, the plan of chunks, and the requests. Pure.

    plan_upload ─► (above 25 MiB: build_check ─► parse_check) ─► for each chunk: build_chunk ─► parse_chunk ─► MediaId

The bytes stay with floor 4: it reads a chunk, hands it to `build_chunk`, and lets go of it. All chunks of a file share
one ClientMediaId, and only the last answer names the MediaId (ItChat found out the hard way for both).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from urllib.parse import unquote

from ruleswx.errors import CannotSend, RemoteProtocolError
from ruleswx.model import Json
from ruleswx.protocol.build import CGI, base_request, build_json, headers, json_bytes, ms
from ruleswx.protocol.cookies import cookie_header, cookie_value
from ruleswx.protocol.filetypes import FileType, MediaKind, ascii_name, safe_name, sniff
from ruleswx.protocol.replies import Reply, check_send, excerpt, parse_reply
from ruleswx.protocol.wire import Request, Response, Session

__all__ = [
    "CHUNK",
    "LIMITS",
    "PLAIN_LIMIT",
    "Checked",
    "Chunk",
    "Upload",
    "build_check",
    "build_chunk",
    "chunks",
    "parse_check",
    "parse_chunk",
    "plan_upload",
]

MIB = 1024 * 1024
CHUNK = 512 * 1024
PLAIN_LIMIT = 25 * MIB
"""Bigger files must be announced first (official script)."""
LIMITS: dict[MediaKind, int] = {"image": 10 * MIB, "emoticon": 10 * MIB, "video": 20 * MIB - 1, "file": 100 * MIB}
_CHINA = timezone(timedelta(hours=8))
_WANTED: dict[MediaKind, str] = {"image": "a PNG, JPEG or BMP picture", "video": "an MP4 video", "emoticon": "a GIF"}


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way. `kind` is what it will be sent as; `client_id` is the same for all its chunks."""

    kind: MediaKind
    type: FileType
    name: str
    size: int
    md5: str
    to: str
    client_id: int
    modified: float = 0.0
    serial: int = 0
    aes_key: str = ""
    signature: str = ""

    @property
    def needs_check(self) -> bool:
        """Whether webwxcheckupload comes first."""
        return self.size > PLAIN_LIMIT

    def checked(self, told: Checked) -> Upload:
        """The upload with what the check gave."""
        return replace(self, aes_key=told.aes_key, signature=told.signature)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece: `offset` and `length` in the file, `index` of `count`."""

    index: int
    count: int
    offset: int
    length: int

    @property
    def last(self) -> bool:
        """Whether its answer names the MediaId."""
        return self.index == self.count - 1


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer to the announcement of a big file; a MediaId means the server has it already."""

    media_id: str = ""
    aes_key: str = ""
    signature: str = ""


class _Uploaded(Reply, frozen=True):
    MediaId: str = ""
    StartPos: int = 0


class _Checked(Reply, frozen=True):
    MediaId: str = ""
    AESKey: str = ""
    Signature: str = ""


def plan_upload(
    kind: MediaKind, name: str, size: int, head: bytes, *, md5: str, to: str, now: float, modified: float = 0.0
) -> Upload:
    """What to upload for this action, or CannotSend: empty, too big for its kind, or not that kind at all.

    `head` are the first bytes. A GIF asked for as a picture goes as an emoticon, which is how the service shows it; a
    picture asked for as a file stays a file.
    """
    found = sniff(head)
    sent_as: MediaKind = "emoticon" if kind == "image" and found.kind == "emoticon" else kind
    if size == 0:
        raise CannotSend("empty", f"{safe_name(name)} is empty", file=safe_name(name))
    if sent_as not in {"file", found.kind}:
        raise CannotSend(f"no_{sent_as}", f"{safe_name(name)} is not {_WANTED[sent_as]}", file=safe_name(name))
    if size > LIMITS[sent_as]:
        most = LIMITS[sent_as] / MIB
        raise CannotSend(
            "too_big",
            f"{safe_name(name)} has {size / MIB:.1f} MiB; {most:.0f} MiB is the most for {kind}",
            file=safe_name(name),
            size=f"{size / MIB:.1f}",
            most=f"{most:.0f}",
        )
    file_type = found if sent_as != "file" else replace(found, mediatype="doc", kind="file")
    return Upload(sent_as, file_type, safe_name(name), size, md5, to, ms(now), modified=modified)


def chunks(size: int) -> Iterator[Chunk]:
    """The pieces of a file in order; the server takes them one after the other."""
    count = max(1, -(-size // CHUNK))
    for index in range(count):
        yield Chunk(index, count, index * CHUNK, min(CHUNK, size - index * CHUNK))


def build_check(session: Session, upload: Upload, now: float, rng: Random) -> Request:
    """Announce a file above 25 MiB; goes to the base host."""
    body: dict[str, Json] = {
        "BaseRequest": base_request(session, rng),
        "FileMd5": upload.md5,
        "FileName": upload.name,
        "FileSize": upload.size,
        "FileType": 7,
        "FromUserName": session.user_name,
        "ToUserName": upload.to,
    }
    return build_json(session, "webwxcheckupload", (), body, now)


def parse_check(response: Response) -> Checked:
    """MediaId, or the key and signature the upload must carry; raises SendFailed, SessionEnded, RemoteProtocolError."""
    reply = parse_reply(response, _Checked)
    check_send(reply)
    if not reply.MediaId and not reply.Signature:
        raise RemoteProtocolError("webwxcheckupload gave neither an id nor a signature", excerpt(response))
    return Checked(reply.MediaId, reply.AESKey, reply.Signature)


def build_chunk(session: Session, upload: Upload, chunk: Chunk, data: bytes, *, now: float, rng: Random) -> Request:
    """One piece as a form; raises CannotSend when the file changed under our hands or the ticket cookie is missing."""
    if len(data) != chunk.length:
        raise CannotSend("changed", f"{upload.name} changed while it was read", file=upload.name)
    ticket = cookie_value(session.cookies, "webwx_data_ticket").reveal()
    if not ticket:
        raise CannotSend("no_ticket", "this login gave no upload ticket; log in again")
    fields = list(_fields(session, upload, chunk, ticket, rng))
    boundary = _boundary(data, rng)
    url = f"{session.hosts.file}{CGI}/webwxuploadmedia?f=json"
    told = headers(session.hosts.base, cookie_header(session, url, now))
    told["Content-Type"] = f"multipart/form-data; boundary={boundary}"
    body = _form(fields, ascii_name(upload.name), upload.type.mime, data, boundary)
    return Request("POST", url, told, body, timeout=120.0, name="webwxuploadmedia")


def parse_chunk(response: Response, chunk: Chunk) -> str:
    """The MediaId after the last piece, "" before; raises SendFailed, SessionEnded or RemoteProtocolError."""
    reply = parse_reply(response, _Uploaded)
    check_send(reply)
    if not chunk.last:
        return ""
    if not reply.MediaId:
        raise RemoteProtocolError("the upload ended without a MediaId", excerpt(response))
    return reply.MediaId


def _fields(session: Session, upload: Upload, chunk: Chunk, ticket: str, rng: Random) -> Iterator[tuple[str, str]]:
    yield "id", f"WU_FILE_{upload.serial}"
    yield "name", upload.name
    yield "type", upload.type.mime
    yield "lastModifiedDate", _browser_date(upload.modified)
    yield "size", str(upload.size)
    if chunk.count > 1:
        yield "chunks", str(chunk.count)
        yield "chunk", str(chunk.index)
    yield "mediatype", upload.type.mediatype
    yield "uploadmediarequest", json_bytes(_about(session, upload, rng)).decode()
    yield "webwx_data_ticket", ticket
    # The only place that wants the ticket decoded; a plus in it is a plus.
    yield "pass_ticket", unquote(session.pass_ticket.reveal())


def _about(session: Session, upload: Upload, rng: Random) -> dict[str, Json]:
    """StartPos and DataLen speak of the file, not of the chunk, in every chunk."""
    about: dict[str, Json] = {
        "UploadType": 2,
        "BaseRequest": base_request(session, rng),
        "ClientMediaId": upload.client_id,
        "TotalLen": upload.size,
        "StartPos": 0,
        "DataLen": upload.size,
        "MediaType": 4,
        "FromUserName": session.user_name,
        "ToUserName": upload.to,
        "FileMd5": upload.md5,
    }
    if upload.signature:
        about |= {"AESKey": upload.aes_key, "Signature": upload.signature}
    return about


def _form(fields: list[tuple[str, str]], name: str, mime: str, data: bytes, boundary: str) -> bytes:
    """The multipart body; the file comes last and really is called `filename`."""
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields
    )
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="filename"; filename="{name}"\r\n'
    head += f"Content-Type: {mime}\r\n\r\n"
    return b"".join((head.encode(), data, f"\r\n--{boundary}--\r\n".encode()))


def _boundary(data: bytes, rng: Random) -> str:
    while True:
        boundary = f"----WebKitFormBoundary{rng.getrandbits(64):016x}"
        if boundary.encode() not in data:
            return boundary


def _browser_date(moment: float) -> str:
    """A file's time as a browser in China prints it; not checked by the server."""
    when = datetime.fromtimestamp(min(max(moment, 0.0), 4102444800.0), UTC).astimezone(_CHINA)
    days, months = "Mon Tue Wed Thu Fri Sat Sun", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    day, month = days.split()[when.weekday()], months.split()[when.month - 1]
    return f"{day} {month} {when:%d %Y %H:%M:%S} GMT+0800 (CST)"
