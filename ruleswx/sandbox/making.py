"""Making up a message of any kind: the table behind the verb `send`.

Each kind has a function from the order's arguments to a draft. What is missing is
filled with something harmless, so that `{"as": "老王", "type": "voice"}` is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import appbodies, bodies
from .arguments import Arguments, blob, integer, maybe, number, text
from .cast import Person
from .drafts import Draft, system_draft, text_draft
from .errors import SandboxError, did_you_mean
from .phrases import phrase

if TYPE_CHECKING:
    from .world import World

__all__ = ["COMMON", "KINDS", "make_draft"]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made, and who sends it."""

    world: World
    given: Arguments
    sender: Person


Maker = Callable[[Order], Draft]

COMMON = ("as", "in", "type", "account", "time", "age")


def make_draft(world: World, given: Arguments, sender: Person) -> Draft:
    """Return the draft an order asks for; raises SandboxError for an unknown kind or argument."""
    kind = text(given, "type")
    if kind not in KINDS:
        raise SandboxError(f"unknown type {kind!r}.{did_you_mean(kind, KINDS)} The types are: {', '.join(KINDS)}.")
    maker, names = KINDS[kind]
    allowed = [*COMMON, *names.split()]
    for name in given:
        if name not in allowed:
            hint = did_you_mean(name, allowed)
            raise SandboxError(f"send {kind}: unknown argument {name!r}.{hint} It takes: {', '.join(allowed)}.")
    return maker(Order(world, given, sender))


def _text(order: Order) -> Draft:
    return text_draft(text(order.given, "text"), mix_up=order.world.options.mix_up_faces)


def _image(order: Order) -> Draft:
    return bodies.image_draft(order.world.rng, blob(order.given, "jpg", order.world.rng))


def _voice(order: Order) -> Draft:
    return bodies.voice_draft(
        order.world.rng, blob(order.given, "mp3", order.world.rng), integer(order.given, "milliseconds", 1580)
    )


def _video(order: Order) -> Draft:
    return bodies.video_draft(
        order.world.rng, blob(order.given, "mp4", order.world.rng), integer(order.given, "seconds", 7)
    )


def _clip(order: Order) -> Draft:
    file = blob(order.given, "mp4", order.world.rng)
    return bodies.video_draft(order.world.rng, file, integer(order.given, "seconds", 7), clip=True)


def _emoticon(order: Order) -> Draft:
    return bodies.emoticon_draft(
        order.world.rng, blob(order.given, "gif", order.world.rng), store=bool(order.given.get("store"))
    )


def _file(order: Order) -> Draft:
    file = blob({"name": "笔记.pdf", **order.given}, "pdf", order.world.rng)
    return bodies.file_draft(file, order.world.store.keep(file))


def _link(order: Order) -> Draft:
    url = maybe(order.given, "url") or "https://example.com/?a=1&b=2"
    return appbodies.app_draft("link", 5, text(order.given, "title"), des=maybe(order.given, "des") or "", url=url)


def _invitation(order: Order) -> Draft:
    group = order.world.directory.group(text(order.given, "group"))
    english = order.world.options.language == "en"
    title = "Group Chat Invitation" if english else "邀请你加入群聊"
    des = (
        f'"{order.sender.nick}" invited you to join the group chat "{group.nick}". Enter to view details.'
        if english
        else f'"{order.sender.nick}"邀请你加入群聊{group.nick}，进入可查看详情。'
    )
    return appbodies.app_draft("invitation", 5, title, des=des, url="https://support.weixin.qq.com/")


def _music(order: Order) -> Draft:
    block = "<dataurl>https://example.com/a.mp3</dataurl><lowurl></lowurl>"
    return appbodies.app_draft("music", 3, maybe(order.given, "title") or "茉莉花", inside=block)


def _miniprogram(order: Order) -> Draft:
    block = "<weappinfo><username>gh_0@app</username></weappinfo><sourcedisplayname>小程序</sourcedisplayname>"
    number_of = integer(order.given, "number", 33)
    return appbodies.app_draft("miniprogram", number_of, maybe(order.given, "title") or "点餐", inside=block)


def _quote(order: Order) -> Draft:
    quoted = order.world.messages.get(maybe(order.given, "MsgId") or "")
    name = order.world.directory.people[quoted.sender].nick if quoted and quoted.sender else order.sender.nick
    words = quoted.draft.text if quoted else maybe(order.given, "quoted") or "原话"
    block = appbodies.quote_block(name, words, quoted.msg_id if quoted else "0")
    return appbodies.app_draft("quote", 57, text(order.given, "text"), inside=block)


def _transfer(order: Order) -> Draft:
    yuan = f"{number(order.given, 'yuan', 0.1):.2f}"
    des = f"收到转账{yuan}元。如需收钱，请点此升级至最新版本"
    return appbodies.app_draft("transfer", 2000, "微信转账", des=des, inside=appbodies.transfer_block(yuan))


def _app(kind: str, number_of: int, title: str, des: str = "", inside: str = "") -> Maker:
    def make(order: Order) -> Draft:
        return appbodies.app_draft(kind, number_of, maybe(order.given, "title") or title, des=des, inside=inside)

    return make


def _card(order: Order) -> Draft:
    return appbodies.card_draft(order.world.directory.person(text(order.given, "person")))


def _location(order: Order) -> Draft:
    place = maybe(order.given, "place") or "人民广场(上海市黄浦区)"
    return appbodies.location_draft(place, number(order.given, "x", 31.23), number(order.given, "y", 121.47))


def _call(order: Order) -> Draft:
    code = integer(order.given, "number", 50)
    if code not in (50, 52, 53):
        raise SandboxError("`number` of a call is 50 (rings), 52 (ended) or 53 (invites).")
    return appbodies.call_draft(code)


def _system(order: Order) -> Draft:
    which = maybe(order.given, "phrase")
    words = {str(name): str(value) for name, value in dict(order.given.get("words", {})).items()}
    line = phrase(which, order.world.options.language, **words) if which else text(order.given, "text")
    return system_draft(line, mix_up=order.world.options.mix_up_faces)


def _redpacket(order: Order) -> Draft:
    mine = order.sender.key in order.world.directory.accounts
    which = "redpacket_sent" if mine else "redpacket"
    return system_draft(phrase(which, order.world.options.language))


def _pat(order: Order) -> Draft:
    whom = order.world.directory.person(maybe(order.given, "person") or order.world.account().key)
    line = phrase("pat", order.world.options.language, by=order.sender.nick, name=whom.nick)
    if order.given.get("grey"):
        return system_draft(line)
    return appbodies.pat_draft(order.sender, whom, maybe(order.given, "in") or order.sender.key, line)


def _article(order: Order) -> Draft:
    articles = order.given.get("articles") or [{"title": "今日要闻", "des": "三件事", "url": "https://example.com/1"}]
    if not isinstance(articles, list) or not all(isinstance(each, dict) and "title" in each for each in articles):
        raise SandboxError("`articles` must be a list of objects with a `title`.")
    return appbodies.article_draft(articles)


def _news(order: Order) -> Draft:
    return appbodies.news_draft([maybe(order.given, "title") or "新闻一则"])


def _raw(order: Order) -> Draft:
    fields: Any = order.given.get("fields", {})
    if not isinstance(fields, dict):
        raise SandboxError("`fields` must be an object of message fields.")
    content = order.given.get("Content", "")
    return Draft("raw", integer(order.given, "MsgType", 1), str(content), str(content), fields)


KINDS: dict[str, tuple[Maker, str]] = {
    "text": (_text, "text"),
    "image": (_image, "data size name"),
    "voice": (_voice, "data size name milliseconds"),
    "video": (_video, "data size name seconds"),
    "clip": (_clip, "data size name seconds"),
    "emoticon": (_emoticon, "data size name store"),
    "file": (_file, "data size name"),
    "link": (_link, "title des url"),
    "invitation": (_invitation, "group"),
    "music": (_music, "title"),
    "miniprogram": (_miniprogram, "title number"),
    "quote": (_quote, "text quoted MsgId"),
    "transfer": (_transfer, "yuan"),
    "redpacket": (_redpacket, ""),
    "history": (_app("history", 19, "群聊的聊天记录", "小李: 在吗", "<recorditem></recorditem>"), "title"),
    "realtime_location": (_app("realtime_location", 17, "我发起了位置共享"), "title"),
    "channels": (_app("channels", 51, "当前版本不支持展示该内容，请升级至最新版本。"), "title"),
    "note": (_app("note", 53, "#接龙 周末聚餐"), "title"),
    "coupon": (_app("coupon", 16, "优惠券"), "title"),
    "product": (_app("product", 13, "商品"), "title"),
    "gif_app": (_app("gif_app", 8, "动图"), "title"),
    "card": (_card, "person"),
    "location": (_location, "place x y"),
    "call": (_call, "number"),
    "system": (_system, "text phrase words"),
    "pat": (_pat, "person grey"),
    "article": (_article, "articles"),
    "news": (_news, "title"),
    "raw": (_raw, "MsgType Content fields"),
}
"""Each kind of message with its function and the arguments of its own."""
