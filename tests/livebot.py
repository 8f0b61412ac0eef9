"""A whole bot on virtual time: the real client, store, rules and outbox against the sandbox in process."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import httpx
import structlog
import structlog.testing
import trio

from ruleswx.config import load_config
from ruleswx.diagnostics import Lang
from ruleswx.reload import loader_for, read_last_good
from ruleswx.runtime import Runtime, World
from ruleswx.sandbox import World as Sandbox
from ruleswx.sandbox import make_app, trio_clock
from ruleswx.sandbox.breakage import HungUp
from ruleswx.signon import Patience
from ruleswx.store import open_store

RULES = r"""
reply:
  - rule: 回声
    when: {sender: '@', starts: ping}
    do: {reply: 'pong {{ text | replace("ping ", "") }}'}
    examples: {hit: [ping 1], miss: [pong]}
  - rule: 群里回声
    when: {sender: '@@', group: all, starts: ping}
    do: {reply: 'pong {{ text | replace("ping ", "") }}'}
    examples: {hit: [ping 1], miss: [pong]}
"""
CONFIG = """
lang: en
wechat: {endpoint: 'http://127.0.0.1:9'}
rules: [rules/*.yaml]
state: state
pace: off
"""


def new_world(**options: Any) -> Sandbox:
    """A strict sandbox on trio's clock, whose phone scans and confirms by itself unless told otherwise."""
    return Sandbox(clock=trio_clock(), **{"strict": True, "auto": True, **options})


def write_bot(folder: Path, rules: Mapping[str, str] | str = RULES, config: str = CONFIG) -> Path:
    """A folder to serve from; returns the configuration's path."""
    (folder / "rules").mkdir(exist_ok=True)
    for name, text in ({"a.yaml": rules} if isinstance(rules, str) else rules).items():
        (folder / "rules" / name).write_text(text, "utf-8")
    (folder / "config.yaml").write_text(config, "utf-8")
    return folder / "config.yaml"


class Bot:
    """A running bot as a test sees it."""

    def __init__(self, runtime: Runtime, sandbox: Sandbox, codes: list[str]) -> None:
        self.runtime = runtime
        self.sandbox = sandbox
        self.codes = codes
        self.exit_code: int | None = None

    @property
    def answers(self) -> list[tuple[str, str]]:
        """What the sandbox was sent, as (chat, text)."""
        return [(entry["to"], entry["text"]) for entry in self.sandbox.sent()]

    async def until(self, done: Callable[[], object], seconds: float = 600.0) -> None:
        """Wait until something holds; virtual time makes looking often cheap."""
        with trio.fail_after(seconds):
            while not done():
                await trio.sleep(0.05)

    async def settle(self) -> None:
        """Wait until the bot has handled and sent everything."""
        await trio.sleep(1)
        runtime = self.runtime
        await self.until(lambda: not runtime.dispatcher.waiting and not runtime.outbox.statistics().queued)
        await trio.sleep(1)

    async def ready(self) -> None:
        """Wait until it is logged in and knows everybody."""
        await self.until(lambda: self.runtime.account.phase == "logged in" and self.sandbox.logged_in)
        await trio.sleep(1)


@asynccontextmanager
async def live_bot(
    path: Path,
    sandbox: Sandbox,
    *,
    lines: list[dict[str, Any]] | None = None,
    patience: Patience | None = None,
    notice: Callable[..., Any] | None = None,
    dry: bool = False,
    now: Callable[[], float] | None = None,
    outdoors: Callable[..., Any] | None = None,
    env: Mapping[str, str] = os.environ,
    lang: Lang = "en",
) -> AsyncIterator[Bot]:
    """Run a bot from a configuration until the block ends; `lines` collects what it logs, `outdoors` is the app that
    stands for every service rules call (without it they go over the network)."""
    config, findings = load_config(str(path), env)
    assert config is not None, findings
    loader = loader_for(config, lang, read_last_good(config.state / "last-good"))
    loaded = loader.load()
    assert loaded.ruleset is not None, loaded.findings
    codes: list[str] = []
    world = World(
        now=now or sandbox.clock.now,
        rng=Random(1),
        app=_carried(make_app(sandbox)),
        outdoors=outdoors,
        notice=notice or _never,
        patience=patience or Patience(),
        signals=False,
    )
    with structlog.testing.capture_logs() as captured, open_store(config.state) as store:
        runtime = Runtime(
            config,
            store,
            loader,
            loaded,
            world,
            endpoint=config.endpoint,
            lang=lang,
            show_code=lambda link, _picture: codes.append(link),
            dry=dry,
        )
        bot = Bot(runtime, sandbox, codes)

        async def run() -> None:
            bot.exit_code = await runtime.run()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(run)
            yield bot
            nursery.cancel_scope.cancel()
    if lines is not None:
        lines += captured


def _carried(app: Callable[..., Any]) -> Callable[..., Any]:
    """The app, hanging up as a real connection would: in process there is none to break."""

    async def carried(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except HungUp as error:
            raise httpx.ReadError(str(error)) from error

    return carried


async def _never(_folders: object, _poke: object) -> None:
    await trio.sleep_forever()
