"""Names for MsgType and AppMsgType, the words rules use. A table, nothing else."""

from __future__ import annotations

__all__ = ["KINDS", "SILENT", "codes_of", "kind_name"]

_PLAIN: dict[int, str] = {
    1: "text",
    3: "image",
    34: "voice",
    37: "friend_request",
    40: "friend_request",
    42: "card",
    43: "video",
    47: "emoticon",
    48: "location",
    49: "app",
    50: "voip",
    52: "voip",
    53: "voip",
    62: "video",
    10000: "system",
    10002: "system",
}
_APP: dict[int, str] = {
    2: "image",
    5: "link",
    6: "file",
    8: "emoticon",
    33: "mini_program",
    36: "mini_program",
    57: "quote",
    2000: "transfer",
    2001: "red_packet",
}
SILENT = frozenset({51, 9999})
"""Status notifies of our own devices and system notices: they teach ids, they are no messages."""

KINDS = frozenset({*_PLAIN.values(), *_APP.values(), "recalled", "other"})
_AS_SENT = {"location": (1, 0), "recalled": (10002, 0), "app": (49, 1)}
"""What comes under another number than the first its name has."""


def kind_name(code: int, app_code: int = 0, sub_code: int = 0, url: str = "") -> str:
    """The name of a message's kind.

    A location travels as MsgType 1 with SubMsgType 48 or the address of a map; a red packet as 1 with AppMsgType 2001
    in some builds (official script); both are not text.
    """
    if code == 1:
        if sub_code == 48 or "apis.map.qq.com" in url:
            return "location"
        return "red_packet" if app_code == 2001 else "text"
    return _APP.get(app_code, "app") if code == 49 else _PLAIN.get(code, "other")


def codes_of(kind: str) -> tuple[int, int]:
    """MsgType and AppMsgType a kind usually comes with; `kind` may also be written as numbers, "3" or "49/5". Text for
    what nobody knows."""
    number, _, app_code = kind.partition("/")
    if number.isdecimal():
        return int(number), int(app_code or 0)
    if kind in _AS_SENT:
        return _AS_SENT[kind]
    plain = next((code for code, name in _PLAIN.items() if name == kind), 0)
    app = next((code for code, name in _APP.items() if name == kind), 0)
    if plain:
        return plain, 0
    return (49, app) if app else (1, 0)
