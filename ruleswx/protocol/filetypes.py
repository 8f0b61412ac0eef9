"""What a file is by its first bytes, and how the service wants that kind; names that do no harm. Pure.

The extension is the sender's claim, the bytes are the fact: a picture called .txt is a picture, a text called .png is
refused where a picture was asked for. A GIF travels as `doc` and is sent as an emoticon (official script; as `pic` the
wrong picture arrives).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ruleswx.text import printable

__all__ = ["FileType", "MediaKind", "ascii_name", "extension", "safe_name", "sniff"]

MediaKind = Literal["image", "file", "video", "emoticon"]
_MOST_BYTES = 200
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileType:
    """MIME type, the upload's `mediatype`, and what such a file is best sent as."""

    mime: str
    mediatype: Literal["pic", "video", "doc"]
    kind: MediaKind


_PLAIN = FileType("application/octet-stream", "doc", "file")
_TABLE: tuple[tuple[re.Pattern[bytes], FileType], ...] = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        (rb"\x89PNG\r\n\x1a\n", FileType("image/png", "pic", "image")),
        (rb"\xff\xd8\xff", FileType("image/jpeg", "pic", "image")),
        (rb"BM.{4}\x00{4}", FileType("image/bmp", "pic", "image")),
        (rb"GIF8[79]a", FileType("image/gif", "doc", "emoticon")),
        (rb"RIFF.{4}WEBP", FileType("image/webp", "doc", "file")),
        (rb".{4}ftypqt  ", FileType("video/quicktime", "doc", "file")),
        (rb".{4}ftypM4A", FileType("audio/mp4", "doc", "file")),
        (rb".{4}ftyp", FileType("video/mp4", "video", "video")),
        (rb"ID3|\xff[\xfb\xf3\xf2]", FileType("audio/mp3", "doc", "file")),
        (rb"\xff[\xf1\xf9]", FileType("audio/vnd.dlna.adts", "doc", "file")),
        (rb"%PDF-", FileType("application/pdf", "doc", "file")),
        (rb"PK(?:\x03\x04|\x05\x06)", FileType("application/zip", "doc", "file")),
    )
)


def sniff(head: bytes) -> FileType:
    """The type by the first 16 bytes; what nobody knows is a plain file."""
    return next((kind for pattern, kind in _TABLE if pattern.match(head)), _PLAIN)


def safe_name(name: str, most: int = _MOST_BYTES) -> str:
    """A file name without path, control, direction or reserved parts, at most `most` bytes, its extension kept."""
    bare = printable(name).replace("\\", "/").rpartition("/")[2]
    bare = re.sub(r'[<>:"|?*]', "_", bare).strip(" .")
    if not bare or _RESERVED.fullmatch(bare):
        bare = f"file_{bare}" if bare else "file"
    stem, dot, ending = bare.rpartition(".")
    if not dot or len(ending.encode()) > 16:
        stem, dot, ending = bare, "", ""
    room = most - len((dot + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + dot + ending


def extension(name: str) -> str:
    """The extension without its dot, lower case, "" when there is none that could be one."""
    found = re.fullmatch(r".+\.([0-9A-Za-z]{1,10})", name, re.DOTALL)
    return found[1].lower() if found else ""


def ascii_name(name: str) -> str:
    """The name the upload's file part may carry: the server rejects anything but ASCII there (ItChat)."""
    ending = extension(name)
    return f"file.{ending}" if ending else "file"
