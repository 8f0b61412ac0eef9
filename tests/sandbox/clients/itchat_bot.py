"""A bot on the unmodified itchat-uos. Prints what it sees, one JSON line each.

Run in its own process: the library is not ours to keep warnings-clean, and its
threads do not end.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import itchat


def show(kind: str, **what: Any) -> None:
    """Print one observation."""
    sys.stdout.write(json.dumps({"kind": kind, **what}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@itchat.msg_register(itchat.content.TEXT)
def private(msg: Any) -> str | None:
    show("private", who=msg["User"].get("NickName"), text=msg["Text"])
    if msg["Text"] in ("发图", "发文件"):
        picture, document = sys.argv[1:3]
        person = msg["FromUserName"]
        reply = itchat.send_image(picture, person) if msg["Text"] == "发图" else itchat.send_file(document, person)
        show("uploaded", ret=reply["BaseResponse"]["Ret"])
        return None
    return f"收到：{msg['Text']}"


@itchat.msg_register(itchat.content.TEXT, isGroupChat=True)
def group(msg: Any) -> str | None:
    show("group", who=msg["ActualNickName"], text=msg["Text"], at=msg["IsAt"])
    return "在" if msg["IsAt"] else None


@itchat.msg_register([itchat.content.PICTURE, itchat.content.ATTACHMENT])
def media(msg: Any) -> None:
    data = msg["Text"]()
    show("media", type=msg["Type"], name=msg["FileName"], size=len(data), hex=data[:8].hex())


@itchat.msg_register(itchat.content.NOTE)
def note(msg: Any) -> None:
    show("note", text=msg["Text"])


def main() -> None:
    """Log in, list everybody, then answer until killed."""
    itchat.login(qrCallback=lambda **_: None, loginCallback=lambda: None)
    show("friends", names=[each["NickName"] for each in itchat.get_friends(update=True)])
    for room in itchat.get_chatrooms(update=True):
        detailed = itchat.update_chatroom(room["UserName"], detailedMember=True)
        names = [each["NickName"] for each in detailed["MemberList"]]
        show("room", name=detailed["NickName"], members=names)
    show("ready")
    itchat.run(debug=False, blockThread=True)


main()
