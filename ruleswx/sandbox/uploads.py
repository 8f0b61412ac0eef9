"""What clients uploaded: pieces being joined, and files by MediaId.

A file arrives whole or in pieces of one ClientMediaId, in order. Only the last
piece is answered with a MediaId.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from random import Random

from .media import Blob
from .session import hexes

__all__ = ["CHECKED_SIZE", "PIECE", "Store", "Upload"]

PIECE = 524_288
CHECKED_SIZE = 25 * 1024 * 1024
_KEPT_UPLOADS = 20
_KEPT_BYTES = 512 * 1024 * 1024


@dataclass(slots=True)
class Upload:
    """A file on its way."""

    size: int
    chunks: int
    pieces: list[bytes] = field(default_factory=list)

    @property
    def arrived(self) -> int:
        """How many bytes have come so far."""
        return sum(len(piece) for piece in self.pieces)


class Store:
    """Files by MediaId, and the uploads not yet complete."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.files: dict[str, Blob] = {}
        self.open: dict[tuple[str, str], Upload] = {}
        self.signed: dict[str, str] = {}  # md5 -> the Signature webwxcheckupload gave
        self.aes: dict[str, str] = {}

    def begin(self, key: tuple[str, str], size: int, chunks: int) -> Upload:
        """Start (again) a file that comes in pieces; the oldest unfinished ones are dropped."""
        self.open.pop(key, None)
        self.open[key] = upload = Upload(size, chunks)
        for old in list(self.open)[:-_KEPT_UPLOADS]:
            del self.open[old]
        return upload

    def keep(self, blob: Blob) -> str:
        """Store a file and return its MediaId."""
        media_id = f"@crypt_{hexes(self._rng, 8)}_{hexes(self._rng, 320)}"
        self.files[media_id] = blob
        self._trim()
        return media_id

    def by_md5(self, md5: str, size: int) -> str:
        """Return the MediaId of a file that is already here, or ""."""
        for media_id, blob in self.files.items():
            if blob.size == size and blob.md5 == md5.lower():
                return media_id
        return ""

    def sign(self, md5: str) -> tuple[str, str]:
        """Return AESKey and Signature for an upload above the size that needs a check."""
        self.aes[md5] = hexes(self._rng, 32)
        self.signed[md5] = "v1" + hashlib.sha256(self.aes[md5].encode()).hexdigest()
        return self.aes[md5], self.signed[md5]

    def is_signed(self, md5: str, signature: object) -> bool:
        """Tell whether `signature` is the one given for a file."""
        return bool(signature) and self.signed.get(md5) == signature

    def _trim(self) -> None:
        total = sum(blob.size for blob in self.files.values())
        for media_id in list(self.files)[:-1]:
            if total <= _KEPT_BYTES:
                return
            total -= self.files.pop(media_id).size
