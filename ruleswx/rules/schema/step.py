"""What `do` may say: steps, one action each, with what belongs to the action beside it.

One flat model: a key that belongs to another action is refused by name (`prefix` without `forward`), and so are the
things web WeChat cannot do at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from ruleswx.rules.schema.cond import Cond, Name
from ruleswx.rules.schema.written import PLAIN, Lenient, plain
from ruleswx.rules.shape import Duration, OneOrMany, Shape, SpanText, Text, bad, choice, doc

__all__ = ["ACTIONS", "Choice", "Http", "Msg", "OnError", "Run", "Step", "Targets"]

Template = Text


def _both(given: list[str]) -> dict[str, str]:
    """What cannot stand together, and at which key that shows; nothing when none was given."""
    return {"keys": ", ".join(given), "at": given[1]} if given else {}


class Msg(Shape):
    """What to say: a text, one of several at random, several one after the other, or a named template."""

    text: Template | None = plain()
    random: Annotated[tuple[Template, ...], Field(min_length=1)] | None = doc(
        "随机发其中一句。", "one of these, at random."
    )
    each: Annotated[tuple[Template, ...], Field(min_length=1)] | None = doc(
        "每一句都发，一句一条。", "all of these, one message each."
    )
    template: Text | None = doc(
        "templates: 里的名字，或 templates/名字.j2。", "a name of `templates:`, or templates/NAME.j2."
    )

    def model_post_init(self, _context: object, /) -> None:
        """Refuse several forms at once, or none."""
        given = [k for k in ("text", "random", "each", "template") if getattr(self, k) is not None]
        if len(given) != 1:
            bad("E119", **_both(given), options="random, each, template")


def _msg(value: object) -> object:
    if isinstance(value, str):
        return {PLAIN: value}
    if isinstance(value, list):
        bad("E118", count=str(len(value)))
    return value


Message = Annotated[Msg, BeforeValidator(_msg), Lenient()]


def _target(value: object) -> object:
    return {PLAIN: value} if isinstance(value, str) else value


Targets = OneOrMany[Annotated[Name, BeforeValidator(_target), Lenient()]]


class Http(Shape):
    """One request to a web service; the answer is kept under `save`."""

    get: Template | None = doc(
        "要取的网址；聊天里的值会自动转义。", "the address to fetch; values are percent-encoded."
    )
    post: Template | None = doc("要提交到的网址。", "the address to post to.")
    # The body of a request is whatever the service wants: a tree, checked for size only.
    json_: Any = doc(
        "提交的内容（JSON）；没加引号的数字和 true、false、null 照样是数字和真假，加了引号的是文字。",
        "the JSON body; unquoted numbers, true, false and null stay what they are, quoted ones are text.",
        alias="json",
    )
    headers: dict[str, Template] | None = doc(
        "请求头，例如 Authorization: 'Bearer {{ secrets.KEY }}'。",
        "request headers, such as Authorization: 'Bearer {{ secrets.KEY }}'.",
    )
    timeout: Duration = doc("最多等多久。", "how long to wait at most.", ...)
    save: Text | None = doc("把回答存成什么名字。", "the name the answer is kept under.")

    def model_post_init(self, _context: object, /) -> None:
        """Exactly one address."""
        given = [k for k in ("get", "post") if getattr(self, k) is not None]
        if len(given) != 1:
            bad("E119", **_both(given), options="get, post")


class Run(Shape):
    """One program of the host; only if the configuration allows it."""

    command: Annotated[tuple[Template, ...], Field(min_length=1)] = doc(
        "程序和参数，一项一个；不经过 shell。", "the program and its arguments, one item each; no shell.", ...
    )
    timeout: Duration = doc("最多跑多久。", "how long it may run.", ...)
    save: Text | None = doc("把输出存成什么名字。", "the name its output is kept under.")


class OnError(Shape):
    """What happens when the step fails: go on, or other steps instead of the rest."""

    go_on: bool = plain(default=False)
    steps: tuple[Step, ...] = ()


def _on_error(value: object) -> object:
    if isinstance(value, str):
        if value.strip().casefold() not in {"continue", "继续"}:
            bad("E115", value=value, options="continue")
        return {PLAIN: True}
    return {"steps": value if isinstance(value, list) else [value]}


class _OnErrorForm:
    @staticmethod
    def __get_pydantic_json_schema__(core: Any, handler: Any) -> dict[str, Any]:
        """What authors write: a word, a step or steps; never the model's own keys."""
        step = handler.resolve_ref_schema(handler(core))["properties"]["steps"]["items"]
        return {"anyOf": [{"enum": ["continue"]}, step, {"type": "array", "items": step}]}


class Choice(Shape):
    """One branch of `choose`; one without `when` is taken when no other was."""

    when: Cond | None = doc("什么时候走这一支。", "when this branch is taken.")
    do: OneOrMany[Step] = doc("这一支做什么。", "what it does.", ...)


ACTIONS = (
    "reply", "send", "image", "file", "video", "emoticon", "forward", "recall", "invite", "kick", "accept", "remark",
    "rename_group", "notify", "log", "strike", "pardon", "set", "add", "ask", "http", "run", "wait", "choose",
)  # fmt: skip

_BESIDE: Mapping[str, frozenset[str]] = {
    "at": frozenset({"reply"}),
    "to": frozenset({"send", "image", "file", "video", "emoticon", "forward", "invite"}),
    "prefix": frozenset({"forward"}),
    "per": frozenset({"strike", "pardon", "set", "add"}),
    "expires": frozenset({"strike"}),
    "ladder": frozenset({"strike"}),
    "save": frozenset({"ask"}),
    "expect": frozenset({"ask"}),
    "retry": frozenset({"ask"}),
    "timeout": frozenset({"ask"}),
    "on_timeout": frozenset({"ask"}),
    "on_cancel": frozenset({"ask"}),
}
_NEEDS = {"send": "to", "forward": "to", "invite": "to", "ask": "timeout"}
_ALONE = frozenset(ACTIONS) - frozenset(_NEEDS) - {"strike", "set"}
"""Actions that are a whole step by themselves, which most steps are."""
Scope = Annotated[str, choice({"member": "member", "person": "person"})]


class Step(Shape):
    """One action, with the keys that belong to it, `if` and `on_error`."""

    called: ClassVar[str] = "@a_step"
    refused: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("mute", "unmute", "delete", "ban", "unban", "pin", "voice", "red_packet", "transfer", "moments", "call"),
        "E131",
    )
    synonyms: ClassVar[Mapping[str, str]] = {
        "say": "reply", "answer": "reply", "text": "reply", "message": "send", "picture": "image", "photo": "image",
        "remove": "kick", "withdraw": "recall", "revoke": "recall", "sleep": "wait", "delay": "wait", "warn": "strike",
        "email": "notify", "alert": "notify", "url": "http", "request": "http", "exec": "run", "shell": "run",
        "回复": "reply", "发送": "send", "图片": "image", "文件": "file", "踢": "kick", "当": "if", "when": "if",
    }  # fmt: skip

    reply: Message | None = doc("在这个聊天里回答。", "answer in this chat.")
    at: Annotated[str, choice({"sender": "sender"})] | None = doc("回答时 @ 说话的人。", "mention who spoke.")
    send: Message | None = doc("发到别处；to: 写给谁。", "say it elsewhere; `to:` says where.")
    image: Template | None = doc("发图片：files 文件夹里的路径。", "send a picture: a path inside `files`.")
    file: Template | None = doc("发文件：files 文件夹里的路径。", "send a file: a path inside `files`.")
    video: Template | None = doc("发视频：files 文件夹里的路径。", "send a video: a path inside `files`.")
    emoticon: Template | None = doc("发表情（GIF）：files 文件夹里的路径。", "send a GIF: a path inside `files`.")
    forward: Text | None = doc(
        "转发：message 是这条消息，recalled 是刚被撤回的那条，或 ask 存下的名字。",
        "pass on: `message` is this one, `recalled` the one just taken back, or a name an `ask` saved.",
    )
    to: Targets | None = doc(
        "发给谁：好友、群、admins、filehelper、$名单。", "to whom: friends, groups, admins, filehelper, a `$list`."
    )
    prefix: Template | None = doc("转发时加在前面的话。", "what stands before the forwarded text.")
    recall: Annotated[str, choice({"last": "last"})] | None = doc(
        "撤回自己刚发的（2 分钟内）。", "take back the last own message (within 2 minutes)."
    )
    invite: Annotated[str, choice({"person": "person", "member": "member"})] | None = doc(
        "把人拉进 to: 的群。", "invite into the group of `to:`."
    )
    kick: Annotated[str, choice({"member": "member"})] | None = doc(
        "请出群（要是群主；事后会核实）。", "remove from the group (needs ownership; verified afterwards)."
    )
    accept: Annotated[str, choice({"request": "request"})] | None = doc("通过好友申请。", "accept the friend request.")
    remark: Template | None = doc("改备注。", "set the 备注.")
    rename_group: Template | None = doc("改群名。", "rename the group.")
    notify: Template | None = doc("告诉管理员。", "tell the admins.")
    log: Template | None = doc("写一行日志。", "write a line to the log.")
    strike: Text | None = doc("记一次，例如 广告。", "count one strike under this name.")
    per: Scope | None = doc(
        "按谁记：member 这个群里的人，person 这个人。", "counted per member of the group, or per person."
    )
    expires: Duration | None = doc("多久以后不算了，默认 30d。", "when it is forgotten, 30d by default.")
    ladder: dict[str, OneOrMany[Step]] | None = doc(
        "第几次做什么：{1: …, 2: …, 3: …}。", "what happens at which count: {1: …, 2: …, 3: …}."
    )
    pardon: Text | None = doc("把记的次数清零。", "forget the strikes of this name.")
    set_: dict[str, Template] | None = doc("给变量赋值。", "set variables.", alias="set")
    add: dict[str, Annotated[int, Field(ge=-1_000_000, le=1_000_000)]] | None = doc(
        "给数字变量加（减）多少。", "add to number variables."
    )
    ask: Message | None = doc("问一句，等对方回答。", "ask, and wait for the answer.")
    save: Text | None = doc("回答存成什么名字。", "the name the answer is kept under.")
    expect: Cond | None = doc("什么样的回答才算。", "which answers count.")
    retry: Annotated[int, Field(ge=0, le=20)] | None = doc("答错可以再试几次。", "how many wrong answers are allowed.")
    timeout: Duration | None = doc("等多久。", "how long to wait.")
    on_timeout: OneOrMany[Step] | None = doc("没等到就做什么。", "what to do when nobody answers.")
    on_cancel: OneOrMany[Step] | None = doc("对方说取消就做什么。", "what to do when the person cancels.")
    http: Http | None = doc("访问一个网址。", "call a web service.")
    run: Run | None = doc("运行主机上的一个程序。", "run a program of the host.")
    wait: SpanText | None = doc("等一会儿，5s 或 20s..60s。", "wait, 5s or 20s..60s.")
    choose: Annotated[tuple[Choice, ...], Field(min_length=1)] | None = doc(
        "分情况：第一个成立的分支。", "branches: the first one that holds."
    )
    if_: Cond | None = doc("成立才做这一步。", "do this step only when this holds.", alias="if")
    on_error: Annotated[OnError, BeforeValidator(_on_error), _OnErrorForm()] | None = doc(
        "这一步失败了做什么；continue 是接着做下一步。", "what to do when this step fails; continue goes on."
    )

    @property
    def action(self) -> str:
        """The key of this step's one action, as typed (`set`, not `set_`)."""
        given = self.model_fields_set
        return next(a for a in ACTIONS if a in given or f"{a}_" in given)

    def model_post_init(self, _context: object, /) -> None:
        """Exactly one action; every other key belongs to it."""
        if len(self.model_fields_set) == 1 and self.model_fields_set <= _ALONE:
            return
        given = {name.rstrip("_") for name in self.model_fields_set}
        actions = [a for a in ACTIONS if a in given]
        if len(actions) != 1:
            second = {"at": actions[1], "keys": ", ".join(actions)} if actions else {}
            bad("E119" if actions else "E111", options=", ".join(ACTIONS), **second)
        action = actions[0]
        for key, owners in _BESIDE.items():
            if key in given and action not in owners:
                bad("E138", key=key, action=action, options=", ".join(sorted(owners)), at=key)
        if (need := _NEEDS.get(action)) and need not in given:
            bad("E139", action=action, key=need, at=action)
        _check_ladder(self.ladder)


def _check_ladder(ladder: Mapping[str, object] | None) -> None:
    for count in ladder or ():
        if not (count.isascii() and count.isdigit() and 0 < int(count) <= 1000):
            bad("E127", value=count, low="1", high="1000")
