"""The world behind HTTP: an ASGI app for tests in process, `serve` for a port.

One app plays every host of the service and carries the control verbs. The only
place of the sandbox that waits: long polls are held here, on trio's clock (which
may be a virtual one), and wake at every change of the world.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import trio

from .asgi import Receive, Scope, Send, json_answer, read_request, write_answer
from .asked import Answer, Asked, Look
from .breakage import spoil
from .clock import Clock
from .control import run_verb
from .endpoints import ENDPOINTS, respond
from .errors import SandboxError
from .hosting import serve_app
from .hosts import is_loopback
from .world import World

__all__ = ["App", "make_app", "serve", "trio_clock"]

_CONTROL = "/sandbox/"


def trio_clock(start: float = 1_700_000_000.0) -> Clock:
    """Return a clock that goes with trio's (so with a virtual one); call it inside trio."""
    origin = trio.current_time()
    return Clock(lambda: start + trio.current_time() - origin)


def make_app(world: World, *, control_hosts: Collection[str] | None = None) -> App:
    """Return the ASGI app of a world; `control_hosts` limits who may use the verbs."""
    return App(world, control_hosts)


async def serve(
    world: World,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    certfile: str | None = None,
    keyfile: str | None = None,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve a world on a port until cancelled; reports its address (`http://127.0.0.1:8421`)."""
    local = is_loopback(host)
    app = make_app(world, control_hosts={host} if local else None)
    await serve_app(app, host, port, certfile=certfile, keyfile=keyfile, task_status=task_status)


class App:
    """One world as an ASGI application."""

    def __init__(self, world: World, control_hosts: Collection[str] | None = None) -> None:
        self.world = world
        self._control_hosts = control_hosts
        self._news = trio.Event()
        world.watch(self._ring)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (other kinds of scope are none of its business)."""
        if scope["type"] != "http":
            return
        asked = await read_request(scope, receive)
        if asked is None:
            await write_answer(send, Answer(b"", 413))
        elif asked.path.startswith(_CONTROL):
            await write_answer(send, self._control(asked))
        else:
            await self._serve(asked, receive, send)

    async def _serve(self, asked: Asked, receive: Receive, send: Send) -> None:
        world = self.world
        name = asked.endpoint if asked.endpoint in ENDPOINTS else "other"
        world.requests[name] = world.requests.get(name, 0) + 1
        fault = world.faults.pick(asked.endpoint)
        if fault is not None:
            await spoil(world, fault, asked, lambda: self._answer(asked, receive), send)
            return
        answer = await self._answer(asked, receive)
        if answer is not None:
            await write_answer(send, answer, secure=asked.scheme == "https")

    async def _answer(self, asked: Asked, receive: Receive) -> Answer | None:
        """Return the answer, holding a long poll; None when the client has gone away."""
        result = respond(self.world, asked)
        if isinstance(result, Answer):
            return result
        held = self.world.held
        held[asked.endpoint] = held.get(asked.endpoint, 0) + 1
        try:
            return await self._hold(result, receive)
        finally:
            held[asked.endpoint] -= 1
            self.world.changed()

    async def _hold(self, look: Look, receive: Receive) -> Answer | None:
        answer: Answer | None = look(False)
        if answer is not None:
            return answer
        self.world.changed()  # whoever waits for a client to be listening can go on
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_until_gone, receive, nursery.cancel_scope)
            with trio.move_on_after(self.world.options.hold):
                while answer is None:
                    await self._news.wait()
                    answer = look(False)
            answer = answer or look(True)
            nursery.cancel_scope.cancel()
        return answer

    def _ring(self) -> None:
        self._news.set()
        self._news = trio.Event()

    def _control(self, asked: Asked) -> Answer:
        refusal = self._stranger(asked)
        if refusal:
            return json_answer({"error": refusal}, 403)
        if asked.method != "POST":
            return json_answer({"error": "use POST with a JSON object"}, 405)
        try:
            given = json.loads(asked.body or b"{}")
            if not isinstance(given, dict):
                raise SandboxError("the body must be a JSON object.")
            return json_answer(run_verb(self.world, asked.path.removeprefix(_CONTROL), given))
        except SandboxError as error:
            return json_answer({"error": str(error)}, 400)
        except ValueError:
            return json_answer({"error": "the body is not JSON."}, 400)

    def _stranger(self, asked: Asked) -> str:
        """Say why a control call may come from a page of another origin, or ""."""
        if self._control_hosts is None:
            return ""
        origin = asked.headers.get("origin", "")
        names = [asked.hostname]
        if origin:
            names.append(Asked("", "", origin.rpartition("://")[2], "").hostname)
        for name in names:
            if name not in self._control_hosts and not is_loopback(name):
                return f"control calls must come from this machine, not over {name!r}"
        return ""


async def _until_gone(receive: Receive, scope: trio.CancelScope) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            scope.cancel()
            return
