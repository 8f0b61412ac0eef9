"""A simulated WeChat for people who write or test web-WeChat clients.

In process, on virtual time (pytest-trio with `autojump_clock`):

    world = World(seed=1, clock=trio_clock(), strict=True)
    transport = httpx.ASGITransport(app=make_app(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        ...                          # let your client log in; meanwhile:
        world.scan(); world.confirm()
        msg_id = world.say("老王", "多少钱？", into="产品交流群")
        assert world.sent() == [...] # what the client sent, by names
        assert world.violations == []

Over a port (`World(auto=True)` scans and confirms every code by itself):

    async with trio.open_nursery() as nursery:
        address = await nursery.start(serve, world)      # "http://127.0.0.1:41234"
        ...                          # the same orders over HTTP:
        httpx.post(f"{address}/sandbox/say", json={"as": "老王", "text": "在吗"})

Everything else is in `Options` (how the service behaves) and `control.VERBS`.
"""

from __future__ import annotations

from .clock import Clock
from .errors import SandboxError
from .options import Options
from .server import make_app, serve, trio_clock
from .starters import DEFAULT_WORLD, crowd
from .world import World

__all__ = [
    "DEFAULT_WORLD",
    "Clock",
    "Options",
    "SandboxError",
    "World",
    "crowd",
    "make_app",
    "serve",
    "trio_clock",
]
