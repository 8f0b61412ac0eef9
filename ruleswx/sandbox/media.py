"""Files inside the world: what was uploaded, what can be downloaded.

A blob is bytes with a name. The samples are the smallest valid files of each kind,
so that a message of any type can be made up without a file at hand.
"""

from __future__ import annotations

import hashlib
import mimetypes
from base64 import b64decode
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Blob", "mime_of", "sample"]

_JPEG = (
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////"
    "////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@dataclass(frozen=True)
class Blob:
    """Some bytes with a name and a type."""

    data: bytes
    name: str
    mime: str

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    @cached_property
    def md5(self) -> str:
        """The hash the wire uses."""
        return hashlib.md5(self.data, usedforsecurity=False).hexdigest()

    @cached_property
    def sha256(self) -> str:
        """The hash a test should compare."""
        return hashlib.sha256(self.data).hexdigest()


def sample(kind: str, name: str = "") -> Blob:
    """Return a small valid file of a kind: jpg, png, gif, mp3, mp4, anything else is text."""
    made = {
        "jpg": ("image/jpeg", b64decode(_JPEG)),
        "png": ("image/png", b64decode(_PNG)),
        "gif": ("image/gif", b64decode(_GIF)),
        "mp3": ("audio/mpeg", b"\xff\xfb\x90\x64" + bytes(413)),
        "mp4": ("video/mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(2024)),
    }
    mime, data = made.get(kind, ("application/octet-stream", b"sandbox file\n"))
    return Blob(data, name or f"sample.{kind}", mime)


def mime_of(name: str) -> str:
    """Return the type a file name stands for."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
