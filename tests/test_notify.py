"""Notices reach the receiver in its own form, once, without secrets, and a dead receiver harms nobody."""

import base64
import email
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
import trio
import trio.testing

from ruleswx.notify import QUIET_SECONDS, TRIES, Notifier, build_notices, refusal
from ruleswx.protocol.wire import Response
from ruleswx.qr import draw_png
from ruleswx.redact import Secret
from ruleswx.transport import open_transport

NOON = datetime(2026, 5, 1, 12, 0, 0, 999, tzinfo=UTC)
STAMP = "[2026-05-01 12:00:00+00:00] 要扫码"


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", {"msgtype": "text", "text": {"content": STAMP}}),
        ("https://oapi.dingtalk.com/robot/send?access_token=k", {"msgtype": "text", "text": {"content": STAMP}}),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/k", {"msg_type": "text", "content": {"text": STAMP}}),
        ("https://hooks.slack.com/services/k", {"text": STAMP}),
        ("https://discord.com/api/webhooks/k", {"content": STAMP}),
        (
            "https://example.org/hook",
            {"from": "ruleswx", "event": "qr", "text": "要扫码", "at": "2026-05-01T12:00:00+00:00"},
        ),
    ],
)
def test_each_receiver_gets_its_form(url: str, body: Mapping[str, Any]) -> None:
    (request,) = build_notices(Secret(url), "qr", "要扫码", NOON)
    assert (request.method, request.url) == ("POST", url)
    assert json.loads(request.body) == body


LINK = "https://login.weixin.qq.com/l/4aB7xQ2mKw=="
DRAWN = "https://login.weixin.qq.com/qrcode/4aB7xQ2mKw=="
PNG = draw_png(LINK)


def _bodies(url: str) -> list[Any]:
    return [json.loads(request.body) for request in build_notices(Secret(url), "scan_wanted", "要扫码", NOON, LINK)]


def test_a_code_comes_along_in_the_form_of_the_receiver() -> None:
    text, picture = _bodies("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k")
    assert text == {"msgtype": "text", "text": {"content": STAMP}}
    assert base64.b64decode(picture["image"]["base64"]) == PNG
    assert (picture["msgtype"], picture["image"]["md5"]) == ("image", hashlib.md5(PNG).hexdigest())
    (ding,) = _bodies("https://oapi.dingtalk.com/robot/send?access_token=k")
    assert ding["markdown"]["text"] == f"{STAMP}\n\n![QR]({DRAWN})"
    (feishu,) = _bodies("https://open.feishu.cn/open-apis/bot/v2/hook/k")
    assert feishu["content"]["post"]["zh_cn"]["content"][1] == [{"tag": "a", "text": "QR", "href": DRAWN}]
    (slack,) = _bodies("https://hooks.slack.com/services/k")
    assert (slack["text"], slack["blocks"][1]["image_url"]) == (STAMP, DRAWN)
    (plain,) = _bodies("https://example.org/hook")
    assert plain["qr"]["link"] == LINK
    assert base64.b64decode(plain["qr"]["png_base64"]) == PNG


def test_discord_gets_the_picture_as_a_file() -> None:
    (request,) = build_notices(Secret("https://discord.com/api/webhooks/k"), "scan_wanted", "要扫码", NOON, LINK)
    kind = request.headers["Content-Type"].encode()
    form = email.message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + request.body)
    told, picture = form.get_payload()
    assert json.loads(told.get_payload(decode=True))["embeds"] == [{"image": {"url": "attachment://qr.png"}}]
    assert (picture.get_filename(), picture.get_payload(decode=True)) == ("qr.png", PNG)


def test_the_link_itself_goes_to_nobody_who_might_open_it() -> None:
    for host in ("qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn", "hooks.slack.com", "discord.com"):
        requests = build_notices(Secret(f"https://{host}/x"), "scan_wanted", "要扫码", NOON, LINK)
        assert not any(b"/l/4aB7" in request.body for request in requests), host


async def test_a_new_code_is_news_at_once(autojump_clock: trio.testing.MockClock) -> None:
    async def scene(on: Scene) -> None:
        assert on.notifier.tell("scan_wanted", "a", LINK)
        assert not on.notifier.tell("scan_wanted", "b", LINK)
        assert on.notifier.tell("scan_wanted", "c", LINK.replace("4aB7", "5aB7"))
        await trio.sleep(1)
        assert on.receiver.taken == ["a", "c"]

    await play(Receiver(), scene)


def test_secrets_and_endless_texts_do_not_leave() -> None:
    text = "link https://login.weixin.qq.com/l/4aB7xQ2mKw== skey=@crypt_1_2 " + "长" * 9999 + "\ud800"
    body = build_notices(Secret("https://example.org/"), "x", text, NOON)[0].body
    assert b"4aB7xQ2mKw" not in body
    assert b"crypt_1" not in body
    assert len(body) < 6000


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, b"ok", ""),
        (204, b"", ""),
        (200, b'{"errcode":0,"errmsg":"ok"}', ""),
        (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}', "93000 invalid webhook url"),
        (200, b'{"code":19024,"msg":"Key Words Not Found"}', "19024 Key Words Not Found"),
        (200, b"[1]", ""),
        (200, b"[" * 100_000, ""),
        (302, b"", "HTTP 302"),
        (404, b'{"errcode":0}', "HTTP 404"),
    ],
)
def test_a_robot_that_says_no_inside_is_heard(status: int, body: bytes, why: str) -> None:
    assert refusal(Response(status, {}, body)) == why


Answer = Callable[[int], int]


class Receiver:
    """Takes notices as an ASGI app; `status` says what the nth request is answered with, 0 breaks off."""

    def __init__(self, status: Answer = lambda _n: 200) -> None:
        self.status = status
        self.requests = 0
        self.taken: list[Any] = []

    async def __call__(
        self, _scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        self.requests += 1
        status = self.status(self.requests)
        if not status:
            await trio.sleep_forever()
        self.taken.append(json.loads(body)["text"])
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class Scene:
    """A notifier with its receiver, running."""

    def __init__(self, receiver: Receiver, notifier: Notifier, failures: list[tuple[str, str]]) -> None:
        self.receiver, self.notifier, self.failures = receiver, notifier, failures


async def play(receiver: Receiver, scene: Callable[[Scene], Awaitable[None]]) -> None:
    failures: list[tuple[str, str]] = []
    async with open_transport(app=receiver) as transport, trio.open_nursery() as nursery:
        notifier = Notifier(
            Secret("http://127.0.0.1/hook"),
            transport,
            now=lambda: NOON,
            rng=Random(1),
            failed=lambda event, why: failures.append((event, why)),
        )
        nursery.start_soon(notifier.run)
        await scene(Scene(receiver, notifier, failures))
        nursery.cancel_scope.cancel()


async def test_the_same_event_is_told_once_in_a_while(autojump_clock: trio.testing.MockClock) -> None:
    async def scene(on: Scene) -> None:
        assert on.notifier.tell("qr", "a")
        assert not on.notifier.tell("qr", "b")
        assert on.notifier.tell("refused", "c")
        await trio.sleep(QUIET_SECONDS)
        assert on.notifier.tell("qr", "d")
        on.notifier.forget("qr")
        assert on.notifier.tell("qr", "e")
        await trio.sleep(1)
        assert on.receiver.taken == ["a", "c", "d", "e"]
        assert on.failures == []

    await play(Receiver(), scene)


async def test_a_silent_receiver_is_tried_again_a_few_times(autojump_clock: trio.testing.MockClock) -> None:
    async def scene(on: Scene) -> None:
        on.notifier.tell("qr", "a")
        await trio.sleep(300)
        assert on.receiver.taken == ["a"]
        assert on.receiver.requests == 3
        assert on.failures == []

    await play(Receiver(lambda n: 200 if n == 3 else 0), scene)


async def test_a_dead_receiver_is_given_up_and_the_next_notice_goes_on(autojump_clock: trio.testing.MockClock) -> None:
    async def scene(on: Scene) -> None:
        on.notifier.tell("qr", "a")
        on.notifier.tell("refused", "b")
        await trio.sleep(500)
        assert on.receiver.taken == ["b"]
        assert [event for event, _ in on.failures] == ["qr"]

    await play(Receiver(lambda n: 200 if n > TRIES else 0), scene)


async def test_what_is_refused_is_not_tried_again(autojump_clock: trio.testing.MockClock) -> None:
    async def scene(on: Scene) -> None:
        on.notifier.tell("qr", "a")
        await trio.sleep(100)
        assert on.receiver.requests == 1
        assert on.failures == [("qr", "HTTP 403")]

    await play(Receiver(lambda _n: 403), scene)


async def test_too_many_at_once_are_said_not_kept(autojump_clock: trio.testing.MockClock) -> None:
    async def scene(on: Scene) -> None:
        told = [on.notifier.tell(str(n), "x") for n in range(40)]
        assert told.count(True) == 16
        assert len(on.failures) == 24

    await play(Receiver(), scene)


async def test_an_address_that_is_none_loses_the_notice_and_nothing_else() -> None:
    lost: list[str] = []
    async with open_transport() as transport, trio.open_nursery() as nursery:
        notifier = Notifier(
            Secret("https://robot.example/路 径"),
            transport,
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            rng=Random(1),
            failed=lambda event, _why: lost.append(event),
        )
        nursery.start_soon(notifier.run)
        notifier.tell("refused", "text")
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert lost == ["refused"]
