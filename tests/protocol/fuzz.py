"""Malformed payloads into every parser, by seed and count.

    python -m tests.protocol.fuzz --seed 7 --count 1000000

Each payload is a transcript that was bent: cut, spliced, bits flipped, types swapped, nested, blown up. Parsers may
answer with a value or with one of our errors; anything else, a lone surrogate in a value, or more than 100 ms of CPU
for one payload is a failure, printed with the seed that repeats it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from random import Random
from typing import Any

import msgspec

from ruleswx.addressbook import AddressBook
from ruleswx.errors import RuleswxError
from ruleswx.model import Contact
from ruleswx.protocol import contacts, media, messages, operations, saved, sending, signin, sync, upload
from ruleswx.protocol.cookies import header_of, merge
from ruleswx.protocol.filetypes import safe_name, sniff
from ruleswx.protocol.hosts import hosts_for, moved
from ruleswx.protocol.kinds import kind_name
from ruleswx.protocol.login import Login
from ruleswx.protocol.wire import Response
from ruleswx.redact import Secret
from ruleswx.text import decode_text, find_field, parse_xml, xml_source
from tests.protocol.transcripts import (
    GROUP,
    INIT,
    INIT_DEAD,
    MESSAGES,
    OK,
    REDIRECT,
    REFUSED,
    SET_COOKIES,
    SYNC,
    UUID,
    XML,
    F,
    G,
    U,
    session,
    with_ticket,
)

LIMIT = 0.1
SESSION = with_ticket()
RNG = Random(0)
RECALL = (
    f'{F}:<br/>&lt;sysmsg type="revokemsg"&gt;&lt;revokemsg&gt;&lt;msgid&gt;5&lt;/msgid&gt;'
    "&lt;newmsgid&gt;6&lt;/newmsgid&gt;&lt;replacemsg&gt;"
    '&lt;![CDATA["林" 撤回了一条消息]]&gt;&lt;/replacemsg&gt;&lt;/revokemsg&gt;&lt;/sysmsg&gt;'
)
IMAGE = '&lt;msg&gt;<br/>&lt;img length="2" aeskey="k" cdnmidimgurl="u" md5="m"/&gt;&lt;/msg&gt;'
QUOTE = (
    "&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;同意&lt;/title&gt;&lt;type&gt;57&lt;/type&gt;&lt;refermsg&gt;"
    "&lt;content&gt;聚餐？&lt;/content&gt;&lt;/refermsg&gt;&lt;/appmsg&gt;&lt;/msg&gt;"
)
MORE: list[dict[str, Any]] = [
    {"MsgId": "7", "FromUserName": G, "ToUserName": U, "MsgType": 10002, "Content": RECALL},
    {"MsgId": "8", "FromUserName": G, "ToUserName": U, "MsgType": 10000, "Content": '"林"邀请"路人、新来的"加入了群聊'},
    {"MsgId": "9", "FromUserName": F, "ToUserName": U, "MsgType": 3, "Content": IMAGE},
    {"MsgId": "10", "FromUserName": F, "ToUserName": U, "MsgType": 49, "AppMsgType": 57, "Content": QUOTE},
    {
        "MsgId": "11",
        "FromUserName": "fmessage",
        "ToUserName": U,
        "MsgType": 37,
        "Content": '&lt;msg fromusername="wxid_abc" content="我是阿青" ticket="v2_x@stranger"/&gt;',
        "RecommendInfo": {"UserName": "@77", "NickName": "阿青", "Content": "我是阿青", "Ticket": "v2_x"},
    },
    {
        "MsgId": "12",
        "FromUserName": G,
        "ToUserName": U,
        "MsgType": 1,
        "SubMsgType": 48,
        "Url": "http://apis.map.qq.com/uri/v1/geocoder?coord=30.25,120.16",
        "Content": f"{F}:<br/>place:<br/>/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg",
        "OriContent": '&lt;msg&gt;&lt;location x="1" y="2" label="l"/&gt;&lt;/msg&gt;',
    },
]
SEEDS: tuple[str, ...] = (
    f'window.QRLogin.code = 200; window.QRLogin.uuid = "{UUID}";',
    "window.code=408;",
    "window.code=201;window.userAvatar = 'data:img/jpg;base64,/9j/4AAQSkZJRgABAQ==';",
    f'window.code=200;\nwindow.redirect_uri="{REDIRECT}";',
    XML,
    REFUSED,
    "<error><ret>0</ret><redirecturl>https://wx8.qq.com/x?ticket=1</redirecturl></error>",
    '{"ret":"0","msg":"all ok","uuid":"QdN4mVx0Yg=="}',
    'window.synccheck={retcode:"0",selector:"2"}',
    "<!DOCTYPE html><html><body>portal</body></html>",
    *(json.dumps(value, ensure_ascii=False) for value in (INIT, INIT_DEAD, SYNC, *MESSAGES, *MORE)),
    json.dumps({"BaseResponse": OK, "MemberList": [GROUP], "ContactList": [GROUP], "Seq": 5}, ensure_ascii=False),
    '{"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"6660000000000000001","LocalID":"17000000600000417"}',
    '{"BaseResponse":{"Ret":0},"MediaId":"@crypt_9","StartPos":1,"AESKey":"00","Signature":"s","ChatRoomName":"@@n"}',
    '{"BaseResponse":{"Ret":1205,"ErrMsg":"操作太频繁，请稍后再试。"},"MsgID":""}',
    saved.dump_session(SESSION).decode(),
    "; ".join(SET_COOKIES),
)
TOKENS: tuple[bytes, ...] = (
    b"\\ud800",
    b"\\udfff",
    b"\xed\xa0\x80",
    b"\xff",
    b"\x00",
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"-1",
    b"1e999",
    b"NaN",
    b"9" * 40,
    b"true",
    b"<br/>",
    b"&lt;",
    b"&amp;lt;",
    b"&#xd800;",
    b'<span class="emoji emoji1f450"></span',
    b'<span class="emoji emojid83d"></span>',
    b"<![CDATA[",
    b"]]>",
    b"<!ENTITY x 'y'>",
    b":<br/>",
    b"@@",
    "、".encode(),
    "“".encode(),
    b'"',
    b"\\",
)


@dataclass(frozen=True)
class Failure:
    """One payload that did harm."""

    target: str
    why: str
    payload: bytes


def build_book() -> AddressBook:
    book = AddressBook()
    book.start(SESSION.uin, Contact(U, "person", nick="测试号"))
    book.learn(
        contacts.to_contacts([msgspec.json.decode(msgspec.json.encode(GROUP), type=contacts.WireContact, strict=False)])
    )
    return book


BOOK = build_book()


def read_message(body: bytes) -> object:
    """What the runtime does with one stored message, to the end."""
    wire = messages.parse_message(body)
    learnt = messages.lessons(wire)
    bound = messages.bind(wire, BOOK, U, "1", partial=True)
    try:
        media.build_download(SESSION, wire, kind_name(wire.MsgType, wire.AppMsgType), 0.0)
        media.build_forward(SESSION, wire, F, local_id="1", now=0.0, rng=RNG)
        media.build_file(SESSION, wire, 0.0)
        media.build_resend(SESSION, wire, F, local_id="1", now=0.0, rng=RNG)
    except RuleswxError:
        return learnt, bound
    return learnt, bound


def read_all(response: Response) -> object:
    """A sync batch and every message in it."""
    batch = sync.parse_sync(SESSION, response, 0.0)
    return [batch, *(read_message(one.body) for one in batch.messages)]


def read_learn(response: Response) -> object:
    """A batch of contacts into a fresh address book, there and back."""
    book = AddressBook()
    book.start(SESSION.uin, Contact(U, "person"))
    book.learn(contacts.parse_batch(response))
    keys = [chat.key for chat in book.chats()]
    again = AddressBook()
    again.rebind(book.rows())
    return keys


def read_login(response: Response) -> object:
    """The answer to each question of a login."""
    told: list[object] = []
    for door in (Login("https://wx.qq.com"), Login("https://wx.qq.com", stored=SESSION)):
        door.request(0.0, RNG)
        try:
            told.append(door.receive(response, 0.0))
        except RuleswxError as error:
            told.append(str(error))
    return told


def read_text(body: bytes) -> object:
    text = body.decode("utf-8", "surrogatepass" if b"\xed" in body and is_wtf(body) else "replace")
    source = xml_source(text)
    parse_xml(source)
    jar = merge((), Response(200, {}, b"", REDIRECT, (text, *text.split("\n")[:5])), 0.0)
    book = AddressBook()
    book.rebind([("k", text)])
    return [decode_text(text), source, find_field(source, "title"), safe_name(text), header_of(jar, REDIRECT, 0.0)]


def is_wtf(body: bytes) -> bool:
    try:
        body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def read_saved(body: bytes) -> object:
    try:
        return saved.load_session(body)
    except ValueError:
        return None


def read_host(body: bytes) -> object:
    return moved(hosts_for("https://wx.qq.com"), body.decode("latin-1")[:400])


def read_avatar(body: bytes) -> object:
    return media.build_avatar(session(), body.decode("latin-1"), 0.0).url


def on_bytes(read: Callable[[bytes], object]) -> Callable[[Response], object]:
    return lambda response: read(response.body)


LAST = upload.Chunk(0, 1, 0, 1)
TARGETS: Mapping[str, Callable[[Response], object]] = {
    "jslogin": signin.parse_jslogin,
    "poll": signin.parse_poll,
    "exchange": signin.parse_exchange,
    "push": signin.parse_push,
    "login": read_login,
    "init": lambda r: sync.parse_init(SESSION, r, 0.0),
    "notify": sync.parse_notify,
    "check": sync.parse_check,
    "sync": read_all,
    "pages": lambda r: contacts.ContactPages().receive(r),
    "batch": read_learn,
    "sent": sending.parse_sent,
    "revoke": sending.parse_revoke,
    "chunk": lambda r: upload.parse_chunk(r, LAST),
    "announce": upload.parse_check,
    "create": operations.parse_create,
    "operation": operations.parse_operation,
    "download": media.parse_download,
    "message": on_bytes(read_message),
    "text": on_bytes(read_text),
    "saved": on_bytes(read_saved),
    "host": on_bytes(read_host),
    "avatar": on_bytes(read_avatar),
    "sniff": on_bytes(sniff),
}


def bend(rng: Random) -> bytes:
    """One transcript, bent one to four times."""
    body = bytearray(rng.choice(SEEDS).encode())
    for _ in range(rng.randint(1, 4)):
        BENDS[rng.randrange(len(BENDS))](body, rng)
        del body[200_000:]
    return bytes(body)


def _cut(body: bytearray, rng: Random) -> None:
    del body[rng.randrange(len(body) + 1) :]


def _flip(body: bytearray, rng: Random) -> None:
    for _ in range(min(len(body), rng.randint(1, 8))):
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)


def _insert(body: bytearray, rng: Random) -> None:
    at = rng.randrange(len(body) + 1)
    body[at:at] = rng.choice(TOKENS) * rng.choice((1, 1, 1, 3, 200))


def _splice(body: bytearray, rng: Random) -> None:
    other = rng.choice(SEEDS).encode()
    start, at = rng.randrange(len(other)), rng.randrange(len(body) + 1)
    body[at:at] = other[start : start + rng.randint(1, 400)]


def _drop(body: bytearray, rng: Random) -> None:
    at = rng.randrange(len(body) + 1)
    del body[at : at + rng.randint(1, 60)]


def _retype(body: bytearray, rng: Random) -> None:
    """Another JSON value where one stood."""
    values = [match.span(1) for match in re.finditer(rb':\s?("[^"]{0,80}"|-?\d+|\[\]|\{\})', bytes(body))]
    if values:
        start, end = rng.choice(values)
        body[start:end] = rng.choice(TOKENS)


def _nest(body: bytearray, rng: Random) -> None:
    at = rng.randrange(len(body) + 1)
    body[at:at] = rng.choice((b"[", b'{"a":', b"<a>", b"&lt;a&gt;", b"(")) * rng.choice((3, 70, 2000))


def _noise(body: bytearray, rng: Random) -> None:
    at = rng.randrange(len(body) + 1)
    body[at:at] = rng.randbytes(rng.randint(1, 40))


BENDS = (_cut, _flip, _insert, _insert, _splice, _drop, _retype, _retype, _retype, _nest, _noise)


def texts(value: object, depth: int = 0) -> Iterator[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Secret):
        yield value.reveal()
    elif depth < 8 and isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(key, depth + 1)
            yield from texts(item, depth + 1)
    elif depth < 8 and isinstance(value, list | tuple):
        for item in value:
            yield from texts(item, depth + 1)
    elif depth < 8 and is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), depth + 1)


def attempt(name: str, payload: bytes, status: int) -> Failure | None:
    """One payload into one parser; None when it behaved."""
    response = Response(status, {"content-type": "text/plain"}, payload, REDIRECT)
    start = time.thread_time()
    try:
        found = TARGETS[name](response)
    except RuleswxError as error:
        found = str(error)
    except Exception as error:  # noqa: BLE001 - whatever escapes a parser is what this looks for
        return Failure(name, f"{type(error).__name__}: {error}", payload)
    spent = time.thread_time() - start
    for _ in range(4):  # a slow one must be slow each time: another program may have had the caches
        if spent <= LIMIT:
            break
        start = time.thread_time()
        with contextlib.suppress(RuleswxError):
            TARGETS[name](response)
        spent = min(spent, time.thread_time() - start)
    if spent > LIMIT:
        return Failure(name, f"{spent * 1000:.0f} ms", payload)
    for text in texts(found):
        try:
            text.encode()
        except UnicodeEncodeError:
            return Failure(name, "a lone surrogate came out", payload)
    return None


def run(seed: int, count: int) -> list[Failure]:
    """`count` payloads, each into two parsers; the failures."""
    rng, names = Random(seed), list(TARGETS)
    failures = []
    for n in range(count):
        payload = bend(rng)
        status = 200 if n % 8 else rng.choice((206, 301, 302, 404, 429, 502))
        for name in (names[n % len(names)], rng.choice(("message", "sync", "text", "batch"))):
            if failure := attempt(name, payload, status):
                failures.append(failure)
    return failures


def main() -> int:
    """The long form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1_000_000)
    told = parser.parse_args()
    failures = run(told.seed, told.count)
    for failure in failures[:20]:
        sys.stdout.write(f"{failure.target}: {failure.why}\n  {failure.payload[:400]!r}\n")
    sys.stdout.write(f"seed {told.seed}: {told.count} payloads, {len(failures)} failures\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
