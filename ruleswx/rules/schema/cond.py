"""What `when` and `unless` may say: where, what, time, history.

One model, every line optional; all lines present must hold. Names of kinds and events are kept in their one spelling
whatever the author typed (文本, text and Text are `text`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from ruleswx.rules.schema.written import PLAIN, Lenient, plain
from ruleswx.rules.shape import (
    DateSpanText,
    Day,
    Duration,
    Flag,
    HoursText,
    OneOrMany,
    Percent,
    Range,
    RangeText,
    Shape,
    Text,
    bad,
    choice,
    doc,
)

__all__ = ["EVENTS", "KINDS", "Cond", "Flood", "Name", "Repeat", "Strikes", "VarTest"]

KINDS = (
    "text", "image", "voice", "friend_request", "card", "video", "emoticon", "location", "app", "link", "file",
    "mini_program", "quote", "transfer", "red_packet", "voip", "system", "recalled",
)  # fmt: skip
_KIND_CODES = ("1", "3", "34", "37", "42", "43", "47", "48", "49", "50", "62", "10000", "10002")
_APP_CODES = tuple(f"49/{n}" for n in (1, 2, 3, 4, 5, 6, 8, 17, 19, 24, 33, 36, 51, 57, 62, 63, 74, 87, 2000, 2001))
_KIND_WORDS = {
    "文本": "text", "文字": "text", "图片": "image", "语音": "voice", "好友申请": "friend_request",
    "好友请求": "friend_request", "名片": "card", "视频": "video", "表情": "emoticon", "位置": "location",
    "应用": "app", "链接": "link", "文件": "file", "小程序": "mini_program", "引用": "quote", "转账": "transfer",
    "红包": "red_packet", "通话": "voip", "系统": "system", "撤回": "recalled",
}  # fmt: skip
_KIND_MEANT = {
    "picture": "image", "pic": "image", "photo": "image", "img": "image", "audio": "voice", "sticker": "emoticon",
    "emoji": "emoticon", "gif": "emoticon", "movie": "video", "url": "link", "document": "file", "message": "text",
    "string": "text", "miniprogram": "mini_program", "notice": "system", "recall": "recalled", "reply": "quote",
}  # fmt: skip
Kind = Annotated[str, choice({k: k for k in (*KINDS, *_KIND_CODES, *_APP_CODES)} | _KIND_WORDS, _KIND_MEANT)]

EVENTS = (
    "member_join", "member_leave", "group_renamed", "pat", "pat_me", "recall", "friend_request", "friend_added",
    "red_packet", "login", "logout",
)  # fmt: skip
_EVENT_WORDS = {
    "入群": "member_join", "退群": "member_leave", "群改名": "group_renamed", "拍一拍": "pat", "拍我": "pat_me",
    "撤回": "recall", "好友申请": "friend_request", "好友请求": "friend_request", "新好友": "friend_added",
    "红包": "red_packet", "登录": "login", "退出": "logout",
}  # fmt: skip
EventName = Annotated[str, choice({e: e for e in EVENTS} | _EVENT_WORDS)]
_RAW_ID = re.compile(r"@@?[0-9a-fA-F]{6,}")


class _sender(choice):  # noqa: N801 - a choice, used like one
    """The kinds of chat; an id of one login gets its own answer."""

    __slots__ = ()

    def parse(self, value: object) -> str:
        if isinstance(value, str) and _RAW_ID.fullmatch(value):
            bad("E121", value=value)
        return super().parse(value)


Sender = Annotated[str, _sender({
    "@": "@", "@@": "@@", "official": "official", "person": "@", "group": "@@",
    "私聊": "@", "群": "@@", "群聊": "@@", "公众号": "official",
}, {"friend": "'@'", "private": "'@'", "user": "'@'", "room": "'@@'", "chatroom": "'@@'", "群友": "'@@'"})]  # fmt: skip
Role = Annotated[str, choice({
    "owner": "owner", "admin": "admin", "friend": "friend", "stranger": "stranger",
    "群主": "owner", "管理员": "admin", "好友": "friend", "陌生人": "stranger",
})]  # fmt: skip
Mention = Annotated[str, choice({"me": "me", "all": "all", "anyone": "anyone", "none": "none"})]
Self = Annotated[str, choice({"never": "never", "also": "also", "only": "only"})]
Has = Annotated[str, choice({"url": "url", "phone": "phone", "number": "number", "mention": "mention"})]


class Name(Shape):
    """One name, with `*` at either end if wanted, a `$list`, or `{regex: …}`."""

    text: str | None = plain()
    regex: Text | None = doc("名字要符合的正则", "a pattern the name must fit")

    def model_post_init(self, _context: object, /) -> None:
        """Refuse an empty name and `{}`."""
        if not self.text and not self.regex:
            bad("E129")
        if self.text and "*" in self.text[1:-1]:
            bad("E169", value=self.text)


def _name(value: object) -> object:
    return {PLAIN: value} if isinstance(value, str) else value


Names = OneOrMany[Annotated[Name, BeforeValidator(_name), Lenient()]]


class Flood(Shape):
    """So many messages of one speaker within so long; both are required."""

    messages: Annotated[int, Field(ge=2, le=1000)] = doc("几条消息", "how many messages", ...)
    within: Duration = doc("在多长时间里", "within how long", ...)


class Repeat(Shape):
    """The same text so many times within so long."""

    same: Annotated[int, Field(ge=2, le=1000)] = doc("同样的话几遍", "how often the same text", ...)
    within: Duration = doc("在多长时间里", "within how long", ...)


class Strikes(Range):
    """How many strikes of a counter the speaker has."""

    of: Text = doc("哪个计数（strike 的名字）", "which counter (the name a strike step uses)", ...)


Whole = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]


class VarTest(Shape):
    """A variable's value: equal to a text, or a number in a range."""

    equals: str | None = plain()
    min: Whole | None = doc("最小值（含）", "at least this much")
    max: Whole | None = doc("最大值（含）", "at most this much")

    def model_post_init(self, _context: object, /) -> None:
        """Something to compare with, and no range with its ends the wrong way round."""
        if self.equals is None and self.min is None and self.max is None:
            bad("E166", options="min, max")
        if self.min is not None and self.max is not None and self.max < self.min:
            near = f"{{min: {self.max}, max: {self.min}}}"
            bad("E126", value=f"{{min: {self.min}, max: {self.max}}}", near=near, range="")


def _var_test(value: object) -> object:
    return {PLAIN: value} if isinstance(value, str) else value


class Cond(Shape):
    """All lines present must hold; items of a list are alternatives."""

    refused: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("flags", "flag", "ignorecase", "ignore_case", "case_sensitive", "case", "modifiers"), "E162"
    )
    synonyms: ClassVar[Mapping[str, str]] = {
        "from": "person", "keyword": "contains", "keywords": "contains", "includes": "contains", "include": "contains",
        "text": "equals", "is": "equals", "type": "MsgType", "kind": "MsgType", "startswith": "starts",
        "endswith": "ends", "starts_with": "starts", "ends_with": "ends", "pattern": "regex", "re": "regex",
        "user": "person", "friend": "person", "room": "group", "groups": "group", "persons": "person",
        "members": "member", "at": "mention", "time": "hours", "day": "days", "date": "dates", "not": "unless",
        "or": "any", "关键词": "contains", "包含": "contains", "群": "group", "时间": "hours",
    }  # fmt: skip

    sender: Sender | None = doc(
        "会话的种类：'@' 一对一，'@@' 群聊，official 公众号。要加引号，也可以写 person、group。",
        "which kind of chat: '@' one-to-one, '@@' a group, official an account. Quote it, or write person, group.",
    )
    person: Names | None = doc(
        "对方是谁：备注、昵称或微信号；可以在两头用 *，可以是 $名单。",
        "who the chat is with: 备注, 昵称 or 微信号; `*` at either end, or a `$list`.",
    )
    group: Names | None = doc(
        "哪些群：群名，两头可以用 *；all 是所有群。",
        "which groups: their names, `*` at either end; all means every group.",
    )
    member: Names | None = doc("群里说话的人：群昵称、备注或昵称。", "who spoke in the group: 群昵称, 备注 or 昵称.")
    role: Role | None = doc(
        "说话人的身份：owner 群主，admin 配置里的管理员，friend 好友，stranger 不是好友的群成员。",
        "who speaks: owner of the group, admin of the configuration, friend, stranger (a member, no friend).",
    )
    muted: Flag | None = doc("这个会话在手机上是不是免打扰。", "whether the chat is muted on the phone.")
    self_: Self | None = doc(
        "自己在手机上发的话：never 不理（默认），also 也算，only 只看。",
        "what the owner types on the phone: never (default), also, only.",
        alias="self",
    )
    MsgType: OneOrMany[Kind] | None = doc(
        "消息的种类：text image voice file link …，或数字 1 3 34 49/6。写了文字条件就默认是 text。",
        "kind of message: text image voice file link …, or numbers 1 3 34 49/6. A text line implies text.",
    )
    event: OneOrMany[EventName] | None = doc(
        "系统事件：member_join 入群，friend_request 好友申请，recall 撤回 …",
        "a system event: member_join, friend_request, recall …",
    )
    mention: Mention | None = doc(
        "有没有 @：me @了我，all @所有人，anyone @了谁都行，none 没有 @。",
        "mentions: me, all (@所有人), anyone, none.",
    )
    equals: OneOrMany[Text] | None = doc("整句话就是其中之一。", "the whole text is one of these.")
    contains: OneOrMany[Text] | None = doc(
        "包含其中任何一个词；可以用 $名单。", "contains any of these; a `$list` works too."
    )
    contains_all: OneOrMany[Text] | None = doc("每个词都要有。", "contains every one of these.")
    starts: OneOrMany[Text] | None = doc("以其中之一开头。", "begins with one of these.")
    ends: OneOrMany[Text] | None = doc("以其中之一结尾。", "ends with one of these.")
    regex: OneOrMany[Text] | None = doc(
        "正则（RE2），在文中找；用单引号。命名组可以在回答里用：(?P<单号>\\d+)。",
        "a pattern (RE2), searched for; use single quotes. Named groups can be used in answers: (?P<no>\\d+).",
    )
    length: RangeText | None = doc("字数，{min: 5, max: 50}。", "how many characters, {min: 5, max: 50}.")
    has: OneOrMany[Has] | None = doc(
        "文中有没有：url 网址，phone 手机号，number 数字，mention @。",
        "whether the text has a url, phone, number or mention.",
    )
    title: OneOrMany[Text] | None = doc("链接或文件的标题包含。", "the title of a link or file contains.")
    file_name: OneOrMany[Text] | None = doc(
        "文件名包含；'*.pdf' 是以 .pdf 结尾，合同* 是以合同开头。",
        "the file's name contains; '*.pdf' ends with .pdf, report* begins with report.",
    )
    hours: OneOrMany[HoursText] | None = doc(
        "几点到几点，09:00-21:00；可以跨半夜，21:00-09:00。", "from when to when, 09:00-21:00; may cross midnight."
    )
    days: OneOrMany[Day] | None = doc(
        "星期几：mon … sun，weekday 周一到周五，weekend 周六周日；workday 上班的日子（含调休），"
        "holiday 国务院公布的放假日（普通周末不算；周末也要就写 [holiday, weekend]）。",
        "days: mon … sun, weekday (Mon to Fri), weekend; workday: days people work, make-up days included; holiday: "
        "the legal days off as announced (a plain weekend is none; for both write [holiday, weekend]).",
    )
    dates: OneOrMany[DateSpanText] | None = doc(
        "日期，2026-10-01..2026-10-07，两头都算。", "dates, 2026-10-01..2026-10-07, both ends included."
    )
    flood: Flood | None = doc("刷屏：{messages: 6, within: 10s}。", "flooding: {messages: 6, within: 10s}.")
    repeat: Repeat | None = doc("重复：{same: 3, within: 1m}。", "repeating: {same: 3, within: 1m}.")
    strikes: Strikes | None = doc("被记了几次：{of: 广告, min: 2}。", "how many strikes: {of: ads, min: 2}.")
    var: dict[str, Annotated[VarTest, BeforeValidator(_var_test), Lenient()]] | None = doc(
        "变量的值：{状态: 开, 次数: {min: 3}}。", "values of variables: {state: open, count: {min: 3}}."
    )
    any_: Annotated[list[Cond], Field(min_length=1)] | None = doc(
        "任何一块成立就行（或者）。", "at least one of these blocks holds (or).", alias="any"
    )
    chance: Percent | None = doc("有多大机会，30%。", "how likely, 30%.")
