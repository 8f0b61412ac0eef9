"""Reading multipart/form-data as strictly as an upload deserves.

Part names and file names may be raw UTF-8 (some clients send them so); RFC 2231
names (`filename*=`) are reported to the caller, because the service rejects them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Part", "parse_multipart"]

_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^;\s]+))', re.IGNORECASE)
_NAME = re.compile(r'[;\s]name="([^"]*)"')
_FILE = re.compile(r'[;\s]filename="([^"]*)"')
_MOST_PARTS = 64


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `extended` tells that the file name came as `filename*=`."""

    data: bytes
    filename: str | None = None
    extended: bool = False

    @property
    def text(self) -> str:
        """The value as text."""
        return self.data.decode("utf-8", "replace")


def parse_multipart(body: bytes, content_type: str) -> dict[str, Part]:
    """Return the parts by name; raises ValueError for anything that is no form."""
    found = _BOUNDARY.search(content_type)
    if found is None or "multipart/form-data" not in content_type.lower():
        raise ValueError("no multipart/form-data with a boundary")
    border = b"--" + (found[1] or found[2]).encode("latin-1")
    pieces = (b"\r\n" + body).split(b"\r\n" + border)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise ValueError("the closing boundary is missing")
    if len(pieces) > _MOST_PARTS:
        raise ValueError("too many parts")
    return dict(_part(piece) for piece in pieces[1:-1])


def _part(piece: bytes) -> tuple[str, Part]:
    head, separator, data = piece.partition(b"\r\n\r\n")
    if not separator:
        raise ValueError("a part has no end of header")
    text = head.decode("utf-8", "replace")
    name, file = _NAME.search(text), _FILE.search(text)
    if name is None:
        raise ValueError("a part has no name")
    return name[1], Part(data, file[1] if file else None, "filename*=" in text)
