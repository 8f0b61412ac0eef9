"""Files the server already has: a MediaId serves many sends, so the same bytes are uploaded once a session. Pure."""

from __future__ import annotations

from collections import OrderedDict

from ruleswx.protocol.filetypes import MediaKind
from ruleswx.protocol.upload import Upload
from ruleswx.protocol.wire import Session

__all__ = ["MediaIds"]

_MOST = 256
_LIFE = 12 * 3600.0


class MediaIds:
    """MediaIds by what was uploaded; at most 256, for twelve hours, and never across a login."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, str, int, MediaKind], tuple[str, str, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, session: Session, upload: Upload, now: float) -> tuple[str, str] | None:
        """The MediaId and the signature it must be sent with, or None when the bytes must travel."""
        found = self._known.get(self._key(session, upload))
        return None if found is None or found[2] <= now else found[:2]

    def keep(self, session: Session, upload: Upload, media_id: str, now: float) -> None:
        """Remember one; the oldest is forgotten when there are too many."""
        key = self._key(session, upload)
        self._known[key] = (media_id, upload.signature, now + _LIFE)
        self._known.move_to_end(key)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    def _key(self, session: Session, upload: Upload) -> tuple[int, str, int, MediaKind]:
        # Ids are dealt anew at each login, and so are these; the session's own id tells logins apart.
        return hash((session.user_name, session.sid.reveal())), upload.md5, upload.size, upload.kind
