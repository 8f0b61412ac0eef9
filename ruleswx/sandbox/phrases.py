"""The grey lines of a chat, in the language of the phone.

Written from lists that users of the service collected: doubled blanks at the end,
curly quotes round a group's new name, a blank after the first quote of one of them.
Do not tidy them up.
"""

from __future__ import annotations

from .errors import SandboxError, did_you_mean

__all__ = ["PHRASES", "phrase"]

_VERIFY = '<a href="weixin://findfriend/verifycontact">'

PHRASES: dict[str, tuple[str, str]] = {
    "friend_added": (
        "你已添加了{name}，现在可以开始聊天了。",
        "You have added {name} as your WeChat contact. Start chatting!",
    ),
    "friend_added_by_them": (
        "{name}刚刚把你添加到通讯录，现在可以开始聊天了。",
        "{name} just added you to his/her contacts list. Send a message to him/her now!",
    ),
    "caution": ("如果陌生人主动添加你为朋友，请谨慎核实对方身份。",) * 2,
    "not_a_friend": (
        (
            "{name}开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。"
            f"{_VERIFY}发送朋友验证</a>"
        ),
        (f"{{name}} has enabled Friend Confirmation. You are not his/her friend. {_VERIFY}Send friend request</a>"),
    ),
    "blocked": (
        "消息已发出，但被对方拒收了。",
        "Message sent successfully but rejected by recipient.",
    ),
    "you_invited": (
        '你邀请"{name}"加入了群聊  ',
        "You invited {name} to the group chat.   ",
    ),
    "invited": ('"{by}"邀请"{name}"加入了群聊', '"{by}" invited "{name}" to the group chat'),
    "you_were_invited": (
        '"{by}"邀请你加入了群聊，群聊参与人还有：{others}',
        '"{by}" invited you to a group chat with {others}',
    ),
    "joined_by_your_code": (
        '"{name}"通过扫描你分享的二维码加入群聊  ',
        '"{name}" joined group chat via the QR code you shared.',
    ),
    "joined_by_code": (
        '" {name}"通过扫描"{by}"分享的二维码加入群聊',
        '"{name}" joined the group chat via the QR Code shared by "{by}".',
    ),
    "you_removed": (
        '你将"{name}"移出了群聊',
        'You removed "{name}" from the group chat',
    ),
    "you_were_removed": (
        '你被"{by}"移出群聊',
        'You were removed from the group chat by "{by}"',
    ),
    "renamed": (
        '"{by}"修改群名为“{name}”',
        '"{by}" changed the group name to "{name}"',
    ),
    "you_renamed": (
        "你修改群名为“{name}”",
        'You changed the group name to "{name}"',
    ),
    "redpacket": ("收到红包，请在手机上查看", "Red packet received. View on phone."),
    "redpacket_sent": ("发出红包，请在手机上查看", "Red packet sent. View on phone."),
    "transfer": ("收到转账，请在手机上查看", "Transfer received. View on phone."),
    "pat": ('"{by}" 拍了拍 "{name}"', '"{by}" tickled "{name}"'),
    "pat_me": ('"{by}" 拍了拍我', '"{by}" tickled me'),
    "location_over": ("位置共享已经结束", "Real-time Location session ended."),
    "too_fast": ("操作过于频繁，请稍后再试。", "Operations are too frequent. Try again later."),
    "recalled": ('"{name}" 撤回了一条消息', '"{name}" has recalled a message.'),
    "you_recalled": ("你撤回了一条消息", "You recalled a message."),
}


def phrase(which: str, language: str = "zh", **words: str) -> str:
    """Return a grey line; raises SandboxError for an unknown one or a missing word."""
    if which not in PHRASES:
        raise SandboxError(f"no phrase {which!r}.{did_you_mean(which, PHRASES)}")
    try:
        return PHRASES[which][language == "en"].format(**words)
    except KeyError as missing:
        raise SandboxError(f"the phrase {which!r} needs the word {missing}.") from None
