"""What `tests:` may say: what happens, what must come of it, and the world it happens in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ruleswx.rules.schema.cond import EventName, Kind
from ruleswx.rules.schema.step import ACTIONS
from ruleswx.rules.schema.written import PLAIN, Lenient, plain
from ruleswx.rules.shape import Duration, Flag, Moment, MomentSpanText, OneOrMany, Shape, Text, choice, doc

__all__ = ["Expect", "Said", "Sent", "Test", "TextTest", "World", "WorldGroup", "WorldPerson"]


_WITHIN = frozenset({"notify", "log", "strike", "pardon", "set", "add", "ask", "wait", "choose"})
_CAN_FAIL = tuple(action for action in ACTIONS if action not in _WITHIN)
"""What the service or the host carries out; the others happen inside the bot."""


class TextTest(Shape):
    """What a text must be: equal, or containing, or fitting a pattern; where it goes."""

    equals: str | None = plain()
    contains: OneOrMany[Text] | None = doc("包含。", "contains.")
    regex: Text | None = doc("符合正则。", "fits the pattern.")
    to: Text | None = doc("发到哪里。", "where it goes.")


def _text_test(value: object) -> object:
    return {PLAIN: value} if isinstance(value, str) else value


Expected = OneOrMany[Annotated[TextTest, BeforeValidator(_text_test), Lenient()]]


class Expect(Shape):
    """What must come out of a test's step; what happens outward and is not named here fails the test."""

    rule: Text | None = doc("哪条规则回答的；none 是没有。", "which rule answered; none for none.")
    because: Text | None = doc("为什么（英文短语）。", "why, as `explain` says it.")
    nothing: Flag | None = doc("什么都没发生。", "nothing happens.")
    not_: Expect | None = doc("不许发生的。", "what must not happen.", alias="not")
    fires: tuple[Moment, ...] | None = doc("定时规则的时刻。", "the times a schedule fires.")
    reply: Expected | None = None
    send: Expected | None = None
    image: Expected | None = None
    file: Expected | None = None
    video: Expected | None = None
    emoticon: Expected | None = None
    forward: Expected | None = None
    recall: Expected | None = None
    invite: Expected | None = None
    kick: Expected | None = None
    accept: Expected | None = None
    remark: Expected | None = None
    rename_group: Expected | None = None
    notify: Expected | None = None
    log: Expected | None = None
    strike: Expected | None = None
    pardon: Expected | None = None
    set_: Expected | None = Field(None, alias="set")
    add: Expected | None = None
    ask: Expected | None = None
    http: Expected | None = None
    run: Expected | None = None
    wait: Expected | None = None
    choose: Expected | None = None


class Sent(Shape):
    """Something other than a text that somebody sends."""

    MsgType: Kind = doc("消息的种类。", "its kind.", ...)
    path: Text | None = doc("files 里的路径。", "a path inside `files`.")
    title: Text | None = doc("标题。", "its title.")
    file_name: Text | None = doc("文件名。", "the file's name.")
    url: Text | None = doc("网址。", "its address.")
    text: Text | None = doc("文字。", "its text.")


class Said(Shape):
    """One thing that happens in a test, and what is expected of it."""

    from_: Text | None = doc(
        "谁说的：人名，phone 是自己在手机上，bot 是机器人自己。", "who speaks: a name, phone or bot.", alias="from"
    )
    in_: Text | None = doc("在哪个群。", "in which group (none: in private).", alias="in")
    say: Text | None = doc("说的话。", "the words.")
    send: Sent | None = doc("发的别的东西。", "something other than words.")
    event: EventName | None = doc("系统事件。", "a system event.")
    MsgType: Kind | None = doc("消息的种类。", "the kind of message.")
    after: Duration | None = doc("过多久以后。", "after so long.")
    expect: Expect | None = doc("应该怎样。", "what must happen.")


class Test(Said):
    """One test: a message, or steps one after the other, or the times of a schedule."""

    __test__ = False

    test: Text = doc("测试的名字。", "the test's name.", ...)
    clock: Moment | None = doc("从什么时候开始。", "when it begins.")
    steps: Annotated[tuple[Said, ...], Field(min_length=1)] | None = doc("一步一步。", "step by step.")
    schedule: Text | None = doc("测试哪条定时规则。", "which schedule is tested.")
    between: MomentSpanText | None = doc("从什么时候到什么时候。", "from when to when.")


class WorldPerson(Shape):
    """Somebody in the world of the tests."""

    role: Annotated[str, choice({"admin": "admin", "friend": "friend", "stranger": "stranger"})] | None = doc(
        "身份。", "who this is to the bot."
    )
    official: Flag | None = doc("公众号。", "an official account.")
    remark: Text | None = doc(
        "备注；exempt 只认好友的备注。", "the 备注 this account gave; `exempt` knows a friend by nothing else."
    )


class WorldGroup(Shape):
    """A group in the world of the tests."""

    owner: Text | None = doc("群主；me 是自己。", "its owner; me is the bot's account.")
    members: tuple[Text, ...] | None = doc("成员。", "its members.")
    muted: Flag | None = doc("免打扰。", "muted on the phone.")


class World(Shape):
    """People, groups and web answers the tests live among."""

    people: dict[str, WorldPerson] | None = doc("人。", "people.")
    groups: dict[str, WorldGroup] | None = doc("群。", "groups.")
    me: Text | None = doc("机器人叫什么。", "the bot's name.")
    http: dict[str, Any] | None = doc("网址的回答，或 {error: timeout}。", "answers of addresses, or {error: timeout}.")
    fails: tuple[Annotated[str, choice({a: a for a in _CAN_FAIL})], ...] | None = doc(
        "哪些动作会失败：要微信或别人办成的那些。", "which actions fail, of those somebody else carries out."
    )
