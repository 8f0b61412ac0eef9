"""Rules that ask a service, in the whole bot: answers, failures, secrets, restarts, and chats that do not wait."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock as Clock

from ruleswx.errors import StoreUnavailable
from ruleswx.sandbox.control import run_verb
from ruleswx.store import Store, open_reader
from tests.livebot import CONFIG, Bot, live_bot, new_world, write_bot
from tests.transport.servers import serving

RULES = """
reply:
  - rule: 查订单
    when: {sender: '@', regex: '单(?P<号>.+)'}
    again: parallel
    do:
      - http: {get: 'https://erp.example/orders/{{ 号 }}', timeout: 5s, save: 单}
        on_error: {reply: '查不到 {{ 号 }}'}
      - reply: '{{ 号 }}：{{ 单.状态 }}'
  - rule: 下单
    when: {sender: '@', starts: 买}
    again: parallel
    do:
      - http:
          post: https://erp.example/orders?key={{ secrets.钥匙 }}
          headers: {Authorization: 'Bearer {{ secrets.KEY }}', X-Who: '{{ person }}'}
          json: {what: '{{ text }}', count: 2, note: '键 {{ secrets.KEY }}'}
          timeout: 20s
          save: 果
      - reply: '{{ 果 }}'
  - rule: 回声
    when: {sender: '@', starts: ping}
    do: {reply: pong}
"""
SECRETS = {"ERP": "s3cret-V4lue", "OTHER": "钥匙 &x"}
CONFIG_WITH_SECRETS = CONFIG + "secrets: {KEY: {env: ERP}, 钥匙: {env: OTHER}}\n"
Answer = Callable[[dict[str, Any], bytes], Awaitable[tuple[int, bytes]]]


class Service:
    """An ASGI app that stands for the internet; `asked` are (method, url, headers, body)."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.headers: list[tuple[bytes, bytes]] = []
        self.at_once = self.most_at_once = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (event := await receive())["type"] == "http.request":
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        headers = {key.decode(): value.decode("utf-8") for key, value in scope["headers"]}
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        url = f"{scope['scheme']}://{headers['host']}{scope['raw_path'].decode()}{query}"
        self.asked.append((scope["method"], url, headers, body))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            status, answer = (
                await self.answer(scope, body) if self.answer else (200, b'{"\xe7\x8a\xb6\xe6\x80\x81": "ok"}')
            )
        finally:
            self.at_once -= 1
        await send({"type": "http.response.start", "status": status, "headers": self.headers})
        await send({"type": "http.response.body", "body": answer})


def says(status: int, body: bytes) -> Answer:
    async def answer(_scope: Any, _body: bytes) -> tuple[int, bytes]:
        return status, body

    return answer


async def never(_scope: Any, _body: bytes) -> tuple[int, bytes]:
    await trio.sleep_forever()
    raise AssertionError


def say(world: Any, text: str, who: str = "小李") -> None:
    run_verb(world, "say", {"as": who, "text": text})


async def answered(bot: Bot, count: int = 1) -> list[str]:
    await bot.until(lambda: len(bot.answers) >= count, 120)
    return [text for _, text in bot.answers]


async def test_an_answer_goes_on_where_the_rule_stopped(tmp_path: Path, autojump_clock: Clock) -> None:
    world, service, path = new_world(), Service(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        await bot.ready()
        say(world, "单a/../b c")
        assert await answered(bot) == ["a/../b c：ok"]
        ((method, url, headers, body),) = service.asked
        assert (method, url, body) == ("GET", "https://erp.example/orders/a%2F..%2Fb%20c", b"")
        assert headers["user-agent"] == "ruleswx"
        (row,) = [row for row in bot.runtime.store.outbox() if row.errand]
        assert (row.state, row.reason) == ("sent", "")
        assert bot.runtime.store.states("wait") == {}


async def test_two_dots_do_not_climb_up_in_an_address(tmp_path: Path, autojump_clock: Clock) -> None:
    world, service, path = new_world(), Service(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        await bot.ready()
        say(world, "单..")
        await answered(bot)
        assert service.asked[0][1] == "https://erp.example/orders/%2E%2E"


async def test_a_post_carries_types_secrets_and_words(tmp_path: Path, autojump_clock: Clock) -> None:
    world, service, path = new_world(), Service(says(200, b"ok")), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        await bot.ready()
        say(world, '买 "两个" {{ 7*7 }}')
        assert await answered(bot) == ["ok"]
        ((method, url, headers, body),) = service.asked
        assert (method, url) == ("POST", "https://erp.example/orders?key=%E9%92%A5%E5%8C%99%20%26x")
        assert headers["authorization"] == "Bearer s3cret-V4lue"
        assert headers["content-type"] == "application/json; charset=utf-8"
        assert json.loads(body) == {"what": '买 "两个" {{ 7*7 }}', "count": 2, "note": "键 s3cret-V4lue"}


FAILURES = [
    (says(404, b"no such order"), "erp.example answered HTTP 404: no such order"),
    (says(500, b""), "erp.example answered HTTP 500"),
    (says(302, b""), "erp.example redirects to erp.example (HTTP 302)"),
    (says(200, b"[" * 60 + b"]" * 60), "the answer of erp.example cannot be read"),
    (never, "erp.example did not answer within 5 s"),
]


@pytest.mark.parametrize(("answer", "why"), FAILURES)
async def test_a_failure_runs_on_error_and_is_told(
    tmp_path: Path, autojump_clock: Clock, answer: Answer, why: str
) -> None:
    world, path = new_world(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    lines: list[dict[str, Any]] = []
    async with live_bot(path, world, outdoors=Service(answer), env=SECRETS, lines=lines) as bot:
        await bot.ready()
        say(world, "单a")
        assert await answered(bot) == ["查不到 a"]
        (row,) = [row for row in bot.runtime.store.outbox() if row.errand]
        assert row.state == "failed"
        assert row.reason.startswith(why)
        (trace, *_) = bot.runtime.store.traces(limit=1)
        assert why.encode() not in trace.body, "a trace holds the reason in no language"
    (line,) = [line for line in lines if line["event"] == "errand_failed"]
    assert (line["rule"], line["what"]) == ("查订单", "GET erp.example")
    assert line["why"].startswith(why)


async def test_without_on_error_the_admins_are_told_once_an_hour(tmp_path: Path, autojump_clock: Clock) -> None:
    world, path = new_world(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    async with live_bot(path, world, outdoors=Service(says(503, b"")), env=SECRETS) as bot:
        await bot.ready()
        say(world, "买1")
        say(world, "买2")
        await answered(bot)
        await bot.settle()
        assert bot.answers == [("文件传输助手", "Rule 下单 failed: erp.example answered HTTP 503")]


async def test_secrets_are_nowhere_but_on_the_wire(tmp_path: Path, autojump_clock: Clock) -> None:
    """Not on disk, not in the log, not in what a service throws back."""

    async def echo(scope: Any, body: bytes) -> tuple[int, bytes]:
        return (400 if b"\xe5\x9d\x8f" in body else 200), repr(scope["headers"]).encode() + body

    world, path = new_world(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    lines: list[dict[str, Any]] = []
    service = Service(echo)
    async with live_bot(path, world, outdoors=service, env=SECRETS, lines=lines) as bot:
        await bot.ready()
        say(world, "买好")
        say(world, "买坏")
        answers = await answered(bot, 2)
        await bot.settle()
        assert len(service.asked) == 2
        assert "***" in answers[0] + answers[1]
        said = repr(lines) + repr(bot.answers)
    said += "".join(file.read_bytes().decode("latin-1") for file in (tmp_path / "state").rglob("*") if file.is_file())
    with open_reader(tmp_path / "state") as reader:
        said += repr(reader.outbox()) + repr(reader.traces(limit=100))
    said = said.encode("latin-1", "replace").decode("utf-8", "replace") + said
    for secret in ("s3cret-V4lue", "钥匙 &x", "%E9%92%A5%E5%8C%99%20%26x"):
        assert secret not in said
    assert "erp.example" in said


async def test_chats_do_not_wait_and_eight_are_asked_at_once(tmp_path: Path, autojump_clock: Clock) -> None:
    world, path = new_world(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)

    async def slow(_scope: Any, _body: bytes) -> tuple[int, bytes]:
        await trio.sleep(3)
        return 200, b'{"\xe7\x8a\xb6\xe6\x80\x81": "ok"}'

    service = Service(slow)
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        await bot.ready()
        for number in range(20):
            say(world, f"单{number}")
        say(world, "ping")
        assert (await answered(bot))[0] == "pong"
        assert sorted((await answered(bot, 21))[1:]) == sorted(f"{n}：ok" for n in range(20))
    assert service.most_at_once == 8


@pytest.mark.parametrize(("text", "asked", "answer"), [("单a", 2, "a：ok"), ("买a", 1, "failed")])
async def test_what_was_under_way_at_a_stop(
    tmp_path: Path, autojump_clock: Clock, text: str, asked: int, answer: str
) -> None:
    """Fetching is done again; a post never is, and the rule hears that nobody knows."""
    world, path = new_world(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    service = Service(never)
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        await bot.ready()
        say(world, text)
        await bot.until(lambda: service.asked)
        before = trio.current_time()
    assert trio.current_time() - before < 5
    service.answer = None
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        (said,) = await answered(bot)
        assert answer in said
        assert bot.runtime.store.states("wait") == {}
        assert bot.runtime.store.outbox(("unknown",)) == (), "there is nothing left for a person to decide"
    assert len(service.asked) == asked


async def test_a_disk_that_fails_at_the_start_takes_nothing_back_that_is_done_again(
    tmp_path: Path, autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, path = new_world(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    service = Service(never)
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        await bot.ready()
        say(world, "买一")
        say(world, "单7")
        await bot.until(lambda: len(service.asked) == 2)
    service.answer = None
    drop, failed = Store.drop, list[int]()

    def drop_later(store: Store, row_id: int, now: float) -> bool:
        if not failed:
            failed.append(row_id)
            raise StoreUnavailable("full")
        return drop(store, row_id, now)

    monkeypatch.setattr(Store, "drop", drop_later)
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        await bot.until(lambda: ("小李", "7：ok") in bot.answers)
        assert failed


async def test_what_was_queued_at_a_stop_is_done_after_the_start(tmp_path: Path, autojump_clock: Clock) -> None:
    world, path = new_world(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    service = Service(never)
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        await bot.ready()
        for number in range(9):
            say(world, f"买{number}")
        await bot.until(lambda: len(service.asked) == 8)
        await bot.until(lambda: not bot.runtime.dispatcher.waiting)
    service.answer = says(200, b"done")
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        await bot.until(lambda: ("小李", "done") in bot.answers)
        await bot.settle()
        states = [row.state for row in bot.runtime.store.outbox() if row.errand]
        assert sorted(states) == ["dropped"] * 8 + ["sent"]
    assert len(service.asked) == 9


async def test_what_nobody_waits_for_any_more_is_not_begun(tmp_path: Path, autojump_clock: Clock) -> None:
    world, path = new_world(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    service = Service(never)
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        await bot.ready()
        for number in range(9):
            say(world, f"买{number}")
        await bot.until(lambda: len(service.asked) == 8)
        await bot.until(lambda: not bot.runtime.dispatcher.waiting)
    world.clock.advance(3600)
    async with live_bot(path, world, outdoors=service, env=SECRETS, now=lambda: world.clock.now() + 3600) as bot:
        await bot.until(lambda: "no rule waits" in "".join(row.reason for row in bot.runtime.store.outbox()))
    assert len(service.asked) == 8


async def test_one_that_was_taken_back_fails(tmp_path: Path, autojump_clock: Clock) -> None:
    world, path = new_world(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    service = Service(never)
    async with live_bot(path, world, outdoors=service, env=SECRETS) as bot:
        await bot.ready()
        for number in range(9):
            say(world, f"单{number}")
        await bot.until(lambda: len(service.asked) == 8)
        (row,) = bot.runtime.store.queued()
        assert bot.runtime.answer({"ask": "outbox", "action": "drop", "id": row.id}) == {"done": True}
        assert "查不到 8" in await answered(bot, 1)
    assert len(service.asked) == 8


async def test_a_dry_bot_asks_nobody(tmp_path: Path, autojump_clock: Clock) -> None:
    world, service, path = new_world(), Service(), write_bot(tmp_path, RULES, CONFIG_WITH_SECRETS)
    async with live_bot(path, world, outdoors=service, env=SECRETS, dry=True) as bot:
        await bot.ready()
        say(world, "单a")
        await bot.settle()
    assert service.asked == []


GUIDES = {"guide.md": ("Product talk", "I do not know"), "guide.zh-CN.md": ("产品交流群", "我想不出来")}


def guide_rule(page: str, address: str) -> str:
    """The rule of the guide that asks a chat service, asking this one."""
    text = (Path(__file__).parents[1] / "docs" / page).read_text("utf-8")
    (rule,) = [b for b in text.split("```yaml\n")[1:] if "post: https://api.openai.com" in b]
    rule = rule.partition("```")[0].replace("cooldown: 10s", "cooldown: 1s")
    return rule.replace("https://api.openai.com", address).replace(GUIDES[page][0], "产品交流群")


class ChatService:
    """A loopback server that speaks the chat completions API as far as the guide's rule does."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.broken = False

    async def serve(self, stream: trio.SocketStream) -> None:
        data = bytearray()
        while b"\r\n\r\n" not in data:
            data += await stream.receive_some()
        head, _, body = bytes(data).partition(b"\r\n\r\n")
        lines = [line.lower() for line in head.decode().split("\r\n")]
        length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
        while len(body) < length:
            body += await stream.receive_some()
        status, answer = self.answer(lines, json.loads(body))
        said = json.dumps(answer).encode()
        await stream.send_all(b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%s" % (status, len(said), said))

    def answer(self, lines: list[str], body: Any) -> tuple[int, Any]:
        self.bodies.append(body)
        if lines[0] != "post /v1/chat/completions http/1.1" or "authorization: bearer sk-live-1234" not in lines:
            return 401, {"error": {"message": "Incorrect API key provided: sk-live-1234"}}
        if self.broken:
            return 503, {"error": {"message": "overloaded"}}
        said = f"关于“{body['messages'][1]['content']}”：可以"
        return 200, {"id": "1", "choices": [{"index": 0, "message": {"role": "assistant", "content": said}}]}


@pytest.mark.parametrize("page", GUIDES)
async def test_the_guides_chat_service_answers_and_fails_over_the_wire(
    tmp_path: Path, autojump_clock: Clock, page: str
) -> None:
    world, service = new_world(), ChatService()
    lines: list[dict[str, Any]] = []
    config = CONFIG + "secrets: {LLM_KEY: {env: LLM_KEY}}\n"

    def ask(text: str) -> None:
        run_verb(world, "say", {"as": "小李", "in": "产品交流群", "text": text})

    async with serving(service.serve) as port:
        path = write_bot(tmp_path, guide_rule(page, f"http://127.0.0.1:{port}"), config)
        async with live_bot(path, world, env={"LLM_KEY": "sk-live-1234"}, lines=lines) as bot:
            await bot.ready()
            ask("能开发票吗")
            ask("@小助手\u2005能开发票吗")
            assert await answered(bot) == ["关于“能开发票吗”：可以"]
            await trio.sleep(30)
            service.broken = True
            ask("@小助手\u2005还能开吗")
            assert (await answered(bot, 2))[1].startswith(GUIDES[page][1])
            (asked, _) = service.bodies
            assert asked["model"] == "gpt-4o-mini"
            assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    assert "sk-live-1234" not in repr(lines)
    (line,) = [line for line in lines if line["event"] == "errand_failed"]
    assert line["why"] == '127.0.0.1 answered HTTP 503: {"error": {"message": "overloaded"}}'


async def test_nobody_answers_the_phone(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with serving(ChatService().serve) as port:
        pass
    path = write_bot(
        tmp_path, guide_rule("guide.md", f"http://127.0.0.1:{port}"), CONFIG + "secrets: {LLM_KEY: {env: K}}\n"
    )
    async with live_bot(path, world, env={"K": "sk-live-1234"}) as bot:
        await bot.ready()
        run_verb(world, "say", {"as": "小李", "in": "产品交流群", "text": "@小助手\u2005在吗"})
        assert (await answered(bot))[0].startswith("I do not know")
        (row, *_) = bot.runtime.store.outbox()
        assert row.reason == "cannot connect to 127.0.0.1: Connection refused"


async def test_a_program_answers_in_the_whole_bot(tmp_path: Path) -> None:
    """On the real clock: a program takes real time."""
    program = tmp_path / "bin" / "stock"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$1: 3 left in $(basename "$PWD")"\n[ "$1" != none ]', "utf-8")
    program.chmod(0o700)
    rules = """
        reply:
          - rule: 库存
            when: {sender: '@', regex: '库存 (?P<货>.+)'}
            do:
              - run: {command: [bin/stock, '{{ 货 }}'], timeout: 5s, save: 数}
                on_error: {reply: 查不到}
              - reply: '{{ 数 | trim }}'
    """
    world, path = new_world(), write_bot(tmp_path, rules, CONFIG + "commands: [bin/stock]\n")
    async with live_bot(path, world) as bot:
        await bot.ready()
        say(world, "库存 $(whoami); `ls`")
        assert await answered(bot) == [f"$(whoami); `ls`: 3 left in {tmp_path.name}"]
        say(world, "库存 none")
        assert (await answered(bot, 2))[1] == "查不到"
        (*_, row) = [row for row in bot.runtime.store.outbox() if row.errand]
        assert (row.state, row.reason) == ("failed", "bin/stock ended with 1")
