"""The grey lines of a chat, in Chinese and English, and the events they report. One table, nothing else.

Which language comes depends on the phone. Quotes vary, blanks double, dots come and go, links hang at the end; lines
nobody knows stay plain system lines. Names are what the phone shows; whose they are is for the address book to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Phrase", "is_acceptance", "read_phrase", "without_links"]

_Q = "[\"“”「」『』'‘’]"
_LINK = re.compile(
    r"<a\s[^<>]{0,512}>[^<>]{0,256}</a>|<(?:img|_wc_custom_link_)\s?[^<>]{0,512}/?>|</?_wc_custom_link_>"
)
_END = re.compile(r"[\s。.!！~]+$")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a line reports: the event, whom it is about, who did it, what a group is called now.

    `who` is the shown text, one name or several joined; "" means nobody is named. `me_did`, `me_meant`: this account
    did it, it happened to this account.
    """

    event: str = ""
    kind: str = "system"
    who: str = ""
    by: str = ""
    topic: str = ""
    me_did: bool = False
    me_meant: bool = False


def _line(pattern: str, **told: str | bool) -> tuple[re.Pattern[str], dict[str, str | bool]]:
    spelled = pattern.replace("{who}", f"{_Q} ?(?P<who>.{{1,400}}?) ?{_Q}")
    spelled = spelled.replace("{by}", f"{_Q} ?(?P<by>.{{1,200}}?) ?{_Q}")
    spelled = spelled.replace("{bare}", f"{_Q}? ?(?P<who>.{{1,400}}?) ?{_Q}?")
    spelled = spelled.replace("{topic}", f"{_Q}(?P<topic>.{{1,200}}){_Q}").replace(" ", r"\s*")
    return re.compile(spelled, re.DOTALL | re.IGNORECASE), told


_JOIN, _LEAVE, _RENAME = "member_join", "member_leave", "group_renamed"
# Being invited oneself is no member_join: a rule that greets newcomers must not greet the bot.
_LINES = (
    _line("你被{by}移出(了)?群聊", event=_LEAVE, me_meant=True),
    _line("You were removed from the group chat by {by}", event=_LEAVE, me_meant=True),
    _line("你邀请{bare}加入了群聊", event=_JOIN, me_did=True),
    _line("You invited {bare} to the group chat", event=_JOIN, me_did=True),
    _line("{by}邀请你(和.+)?加入了群聊.*", me_meant=True),
    _line("{by} invited you( and .+)? to (a|the) group chat.*", me_meant=True),
    _line("(?P<by>.{1,200}?) invited you( and .+)? to (a|the) group chat.*", me_meant=True),
    _line("{by}邀请{who}加入了群聊", event=_JOIN),
    _line("{by} invited {who} to the group chat", event=_JOIN),
    _line("(?P<by>.{1,200}?) invited (?P<who>.{1,400}?) to the group chat", event=_JOIN),
    _line("{who}通过扫描你分享的二维码加入(了)?群聊", event=_JOIN),
    _line("{who} joined (the )?group chat via the QR code you shared", event=_JOIN),
    _line("{who}通过扫描{by}分享的二维码加入(了)?群聊", event=_JOIN),
    _line("{who} joined (the )?group chat via the QR code shared by {by}", event=_JOIN),
    _line("你将{bare}移出了群聊", event=_LEAVE, me_did=True),
    _line("You removed {bare} from the group chat", event=_LEAVE, me_did=True),
    _line("你修改群名为{topic}", event=_RENAME, me_did=True),
    _line("You changed the group name to {topic}", event=_RENAME, me_did=True),
    _line("{by}修改群名为{topic}", event=_RENAME),
    _line("{by} changed the group name to {topic}", event=_RENAME),
    _line("你已添加了{bare}，现在可以开始聊天了", event="friend_added", me_did=True),
    _line("You have added {bare} as your WeChat contact. Start chatting", event="friend_added", me_did=True),
    _line("{bare}刚刚把你添加到通讯录，现在可以开始聊天了", event="friend_added"),
    _line("{bare} just added you to his/her contacts list.*", event="friend_added"),
    _line("收到红包，请在手机上查看", event="red_packet", kind="red_packet"),
    _line("Red packet received. View on (phone|mobile).*", event="red_packet", kind="red_packet"),
    _line("发出红包，请在手机上查看", kind="red_packet", me_did=True),
    _line("Red packet sent. View on (phone|mobile).*", kind="red_packet", me_did=True),
    _line("(收到|发出)转账，请在手机上查看", kind="transfer"),
    _line("Transfer (received|sent). View on (phone|mobile).*", kind="transfer"),
    _line("(我|你) 拍了拍 (自己|{who}).*", event="pat", me_did=True),
    _line("You tickled (yourself|{who}).*", event="pat", me_did=True),
    _line("{by} 拍了拍 (我|你).*", event="pat_me", me_meant=True),
    _line("{by} tickled (me|you).*", event="pat_me", me_meant=True),
    _line("{by} 拍了拍 (自己|{who}).*", event="pat"),
    _line("{by} tickled (him/herself|themselves|{who}).*", event="pat"),
)
# What a new friend's phone says by itself: a text message, not a grey line.
_ACCEPTED = frozenset(
    {"我通过了你的朋友验证请求，现在我们可以开始聊天了", "I've accepted your friend request. Now let's chat"}
)


def without_links(text: str) -> str:
    """The line as the official page shows it: its links removed, blanks at the end gone."""
    return _LINK.sub("", text).strip()


def read_phrase(text: str) -> Phrase | None:
    """What a system line reports, or None for a line without a known meaning."""
    text = _END.sub("", without_links(text[:1024]))
    for pattern, told in _LINES:
        if found := pattern.fullmatch(text):
            names = {key: value.strip() for key, value in found.groupdict().items() if value}
            return Phrase(**(told | names))
    return None


def is_acceptance(text: str) -> bool:
    """Whether a text is what phones send by themselves when a friend request was accepted."""
    return _END.sub("", text[:200]) in _ACCEPTED
