"""What comes over the wire, read into typed values: our reading beside the standard library's json, in one run.

The contact list holds 5,000 contacts with every field the service sends, the batch of news 100 messages, both printed
as the service prints them. Time is the whole way through `decode`; memory is what lives afterwards.
"""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable
from functools import partial
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.corpus import messages, rules
from benchmarks.measure import Report
from ruleswx.protocol.contacts import ContactPage, to_contacts
from ruleswx.protocol.messages import parse_message
from ruleswx.protocol.replies import Reply, decode
from ruleswx.protocol.sync import _Sync as News

__all__ = ["contact_list", "news"]

SKEY = "%40crypt_8b2f6c1e_0a1b2c3d4e5f60718293a4b5c6d7e8f9"
CGI = "/cgi-bin/mmwebwx-bin"
NAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
PLACES = [("浙江", "杭州"), ("广东", "深圳"), ("北京", "海淀"), ("", ""), ("", ""), ("四川", "成都")]


def printed(value: object) -> bytes:
    """JSON as the service prints it: every field on a line of its own, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False, indent=0, separators=(",", ": ")).encode()


def user_name(rng: Random, size: int = 64) -> str:
    """An id of one login."""
    return "@" + "".join(rng.choices("0123456789abcdef", k=size))


def contact(rng: Random) -> dict[str, Any]:
    """One friend with all that the service tells."""
    name, nick = user_name(rng), "".join(rng.choices(NAMES, k=rng.randint(2, 6)))
    if rng.random() < 0.1:
        nick += '<span class="emoji emoji1f31b"></span>'
    remark = "".join(rng.choices(NAMES, k=3)) if rng.random() < 0.4 else ""
    province, city = rng.choice(PLACES)
    seq = rng.randrange(600_000_000, 700_000_000)
    return {
        "Uin": 0, "UserName": name, "NickName": nick,
        "HeadImgUrl": f"{CGI}/webwxgeticon?seq={seq}&username={name}&skey={SKEY}",
        "ContactFlag": 3, "MemberCount": 0, "MemberList": [], "RemarkName": remark, "HideInputBarFlag": 0,
        "Sex": rng.randint(0, 2), "Signature": messages(1, [], seed=seq)[0][:40] if rng.random() < 0.3 else "",
        "VerifyFlag": 0, "OwnerUin": 0, "PYInitial": "WLZ", "PYQuanPin": "wanglizhang", "RemarkPYInitial": "",
        "RemarkPYQuanPin": "", "StarFriend": 0, "AppAccountFlag": 0, "Statues": 0,
        "AttrStatus": rng.randrange(2**25), "Province": province, "City": city, "Alias": "", "SnsFlag": 1,
        "UniFriend": 0, "DisplayName": "", "ChatRoomId": 0, "KeyWord": "wxi", "EncryChatRoomId": "", "IsOwner": 0,
    }  # fmt: skip


def contact_list(count: int = 5_000) -> bytes:
    """A reply of webwxgetcontact."""
    rng = Random(1)
    people = [contact(rng) for _ in range(count)]
    return printed({
        "BaseResponse": {"Ret": 0, "ErrMsg": ""}, "MemberCount": count, "MemberList": people, "Seq": 0,
    })  # fmt: skip


def news(count: int = 100) -> bytes:
    """A reply of webwxsync with messages only."""
    rng = Random(2)
    me, people = user_name(rng), [user_name(rng) for _ in range(20)]
    blank = {
        "UserName": "", "NickName": "", "QQNum": 0, "Province": "", "City": "", "Content": "", "Signature": "",
        "Alias": "", "Scene": 0, "VerifyFlag": 0, "AttrStatus": 0, "Sex": 0, "Ticket": "", "OpCode": 0,
    }  # fmt: skip
    said = [
        {
            "MsgId": str(rng.randrange(10**18, 10**19)), "FromUserName": rng.choice(people), "ToUserName": me,
            "MsgType": 1, "Content": text.replace("&", "&amp;").replace("<", "&lt;"), "Status": 3, "ImgStatus": 1,
            "CreateTime": 1_780_000_000, "VoiceLength": 0, "PlayLength": 0, "FileName": "", "FileSize": "",
            "MediaId": "", "Url": "", "AppMsgType": 0, "StatusNotifyCode": 0, "StatusNotifyUserName": "",
            "RecommendInfo": blank, "ForwardFlag": 0, "AppInfo": {"AppID": "", "Type": 0}, "HasProductId": 0,
            "Ticket": "", "ImgHeight": 0, "ImgWidth": 0, "SubMsgType": 0, "NewMsgId": rng.randrange(10**18, 10**19),
            "OriContent": "", "EncryFileName": "",
        }
        for text in messages(count, rules(100))
    ]  # fmt: skip
    keys = {"Count": 4, "List": [{"Key": key, "Val": 654_311_681 + key} for key in (1, 2, 3, 1000)]}
    return printed({
        "BaseResponse": {"Ret": 0, "ErrMsg": ""}, "AddMsgCount": count, "AddMsgList": said, "ModContactCount": 0,
        "ModContactList": [], "DelContactCount": 0, "DelContactList": [], "ModChatRoomMemberCount": 0,
        "ModChatRoomMemberList": [], "Profile": {}, "ContinueFlag": 0, "SyncKey": keys, "SKey": "",
        "SyncCheckKey": keys,
    })  # fmt: skip


def taken(calls: dict[str, Callable[[], object]], times: int, rounds: int = 11) -> dict[str, float]:
    """Return milliseconds a call, interleaved; the collector rests, as it does in a run that short."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            gc.collect()
            started = perf_counter()
            for _ in range(times):
                call()
            found[name].append((perf_counter() - started) / times * 1e3)
    return {name: median(values) for name, values in found.items()}


def kept(call: Callable[[], object]) -> float:
    """Return the megabytes that live on in what a call returns."""
    call()
    gc.collect()
    tracemalloc.start()
    made = call()
    gc.collect()
    size = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    del made
    return size


def read_news(body: bytes) -> list[tuple[bytes, object]]:
    """Every message of a batch as it is stored and as a typed value."""
    return [(stored := bytes(raw), parse_message(stored)) for raw in decode(body, News).AddMsgList]


def stored_news(body: bytes) -> list[tuple[bytes, object]]:
    """The same with the standard library."""
    return [(json.dumps(one, ensure_ascii=False).encode(), one) for one in json.loads(body)["AddMsgList"]]


def main() -> None:
    """Measure."""
    report = Report()
    people, batch = contact_list(), news()
    kinds: tuple[tuple[str, bytes, type[Reply], int], ...] = (
        (f"5,000 contacts, {len(people) / 1e6:.1f} MB", people, ContactPage, 1),
        (f"100 messages, {len(batch) / 1e3:.0f} KB", batch, News, 30),
    )
    for name, body, kind, times in kinds:
        found = taken({"ours": partial(decode, body, kind), "json": partial(json.loads, body)}, times)
        print(f"     {name}: {found['ours']:.2f} ms ours, {found['json']:.2f} ms json")
        report.line(f"json against ours, {name}", found["json"] / found["ours"], 5, least=True)
    found = taken({"ours": lambda: read_news(batch), "json": lambda: stored_news(batch)}, 30)
    print(f"     100 messages read and cut out for the store: {found['ours']:.2f} ms, json {found['json']:.2f} ms")
    theirs = kept(lambda: json.loads(people))
    wire = kept(lambda: decode(people, ContactPage))
    ours = kept(lambda: to_contacts(decode(people, ContactPage).MemberList, members=False))
    print(
        f"     5,000 contacts: {wire:.2f} MB decoded, {ours:.2f} MB as the address book takes them, {theirs:.2f} json"
    )
    report.line("memory of the decoded list, json = 1", wire / theirs, 0.25)
    report.line("memory of the contacts as they are kept, json = 1", ours / theirs, 0.30)
    report.end()


if __name__ == "__main__":
    main()
