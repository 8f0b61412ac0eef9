"""What a message says before it is addressed: type, content, and its extra fields.

A draft is independent of who receives it; ids that differ between sessions are
filled in by `per_session` when it is delivered. Text in, text of the wire out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .encode import encode_text, encode_xml
from .media import Blob
from .session import Session

__all__ = ["Draft", "blank_message", "notify_draft", "recall_draft", "system_draft", "text_draft"]


@dataclass(frozen=True, slots=True)
class Draft:
    """One message without addresses. `text` is what a person would read."""

    kind: str
    msg_type: int
    content: str
    text: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    per_session: Callable[[Session], Mapping[str, Any]] | None = None
    blob: Blob | None = None
    prefixed: bool = True  # in a group the content starts with the sender's id


def text_draft(text: str, *, mix_up: bool = False) -> Draft:
    """Return a plain text."""
    return Draft("text", 1, encode_text(text, mix_up=mix_up), text)


def system_draft(text: str, *, mix_up: bool = False) -> Draft:
    """Return a grey line (MsgType 10000)."""
    return Draft("system", 10000, encode_text(text, mix_up=mix_up), text, prefixed=False)


def recall_draft(session_id: str, msg_id: str, phrase: str, newer_id: str = "") -> Draft:
    """Return the notice (10002) that the message `msg_id` was taken back."""
    newer = f"<newmsgid>{newer_id}</newmsgid>" if newer_id else ""
    xml = (
        f'<sysmsg type="revokemsg"><revokemsg><session>{session_id}</session>'
        f"<oldmsgid>{int(msg_id) % 2**31}</oldmsgid><msgid>{msg_id}</msgid>{newer}"
        f"<replacemsg><![CDATA[{phrase}]]></replacemsg></revokemsg></sysmsg>"
    )
    return Draft("recall", 10002, encode_xml(xml), phrase)


def notify_draft(code: int, ids: Callable[[Session], tuple[list[str], list[str]]], *, real_ids: bool) -> Draft:
    """Return the phone's status notice (51); `ids` gives session ids and stable ids in order."""

    def fill(session: Session) -> Mapping[str, Any]:
        names, keys = ids(session)
        xml = (
            f"<msg>\n<op id='{code}'>\n<username>{','.join(keys)}</username>\n"
            "<unreadchatlist>\n</unreadchatlist>\n"
            "<unreadfunctionlist>\n</unreadfunctionlist>\n</op>\n</msg>"
        )
        content = encode_xml(xml) if real_ids else ""
        return {"Content": content, "StatusNotifyUserName": ",".join(names)}

    return Draft("notify", 51, "", "", {"StatusNotifyCode": code}, fill, prefixed=False)


def blank_message() -> dict[str, Any]:
    """Return a message object with every field the wire has, empty."""
    return {
        "MsgId": "",
        "FromUserName": "",
        "ToUserName": "",
        "MsgType": 0,
        "Content": "",
        "Status": 3,
        "ImgStatus": 1,
        "CreateTime": 0,
        "VoiceLength": 0,
        "PlayLength": 0,
        "FileName": "",
        "FileSize": "",
        "MediaId": "",
        "Url": "",
        "AppMsgType": 0,
        "StatusNotifyCode": 0,
        "StatusNotifyUserName": "",
        "RecommendInfo": blank_recommendation(),
        "ForwardFlag": 0,
        "AppInfo": {"AppID": "", "Type": 0},
        "HasProductId": 0,
        "Ticket": "",
        "ImgHeight": 0,
        "ImgWidth": 0,
        "SubMsgType": 0,
        "NewMsgId": 0,
        "OriContent": "",
        "EncryFileName": "",
    }


def blank_recommendation() -> dict[str, Any]:
    """Return an empty RecommendInfo."""
    return {
        "UserName": "",
        "NickName": "",
        "QQNum": 0,
        "Province": "",
        "City": "",
        "Content": "",
        "Signature": "",
        "Alias": "",
        "Scene": 0,
        "VerifyFlag": 0,
        "AttrStatus": 0,
        "Sex": 0,
        "Ticket": "",
        "OpCode": 0,
    }
