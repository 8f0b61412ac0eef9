"""Carrying out a fault: answers that are late, cut, wrong or missing.

Over a port the connection itself can be closed, reset or fed bytes that break its
framing. In process there is no connection, and those kinds raise `HungUp`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import trio

from . import phone
from .asgi import Send, head, write_answer
from .asked import Answer, Asked, html, reply, script
from .endpoints.login import expired_cookies
from .errors import SandboxError
from .faults import Fault
from .gate import State
from .hosting import close, wire

if TYPE_CHECKING:
    from .world import World

__all__ = ["HungUp", "spoil"]

Finish = Callable[[], Awaitable[Answer | None]]


class HungUp(ConnectionError):
    """Raised in process where a fault closes the connection."""


async def spoil(world: World, fault: Fault, asked: Asked, finish: Finish, send: Send) -> None:
    """Answer one request as `fault` orders."""
    secure = asked.scheme == "https"
    instead = _instead(world, fault, asked)
    if instead is not None:
        await write_answer(send, instead, secure=secure)
        return
    if fault.kind in ("drop", "stall"):
        await _vanish(fault.number("seconds", 900) if fault.kind == "stall" else 0)
        return
    _before(world, fault)
    answer = await finish()
    if answer is None:
        return
    if fault.kind in ("lost", "late"):
        await _vanish(fault.number("seconds", 900) if fault.kind == "late" else 0)
    elif fault.kind in ("reset", "long", "extra"):
        await _misframe(fault.kind, answer, secure)
    else:
        if fault.kind == "slow":
            await trio.sleep(fault.number("seconds", 5))
        await write_answer(send, _altered(fault, asked, answer), secure=secure)


def _instead(world: World, fault: Fault, asked: Asked) -> Answer | None:
    """Return the answer of a fault that keeps the request from being carried out."""
    status = int(fault.number("status", 502))
    location = str(fault.details.get("location", "https://example.invalid/"))
    made: dict[str, Callable[[], Answer]] = {
        "http": lambda: Answer(b"", status, "text/html"),
        "html": lambda: html("系统繁忙，请稍后再试。"),
        "empty": lambda: Answer(b""),
        "garbage": lambda: Answer(world.faults.rng.randbytes(300)),
        "redirect": lambda: Answer(b"", 302, "text/html", (("Location", location),)),
        "ret": lambda: _with_code(asked, int(fault.number("code", 1))),
        "no_base": lambda: reply({"Count": 0}),
        "no_effect": lambda: _with_code(asked, 0),
        "selector": lambda: _checked(0, int(fault.number("selector", 7))),
        "retcode": lambda: _checked(int(fault.number("retcode", 1)), 0),
    }
    return made[fault.kind]() if fault.kind in made else None


def _before(world: World, fault: Fault) -> None:
    if fault.kind == "kick":
        for account in world.directory.accounts.values():
            if account.session is not None:
                phone.end_session(world, account.session, int(fault.number("code", 1101)))
    elif fault.kind == "expire":
        for gate in world.gates.values():
            gate.state = State.EXPIRED


def _with_code(asked: Asked, code: int) -> Answer:
    if asked.endpoint == "synccheck":
        return _checked(code, 0)
    if asked.endpoint == "login":
        return script(f"window.code={code};")
    if asked.endpoint == "jslogin":
        return script(f"window.QRLogin.code = {code};")
    if asked.endpoint == "webwxnewloginpage":
        return Answer(f"<error><ret>{code}</ret><message>sandbox</message></error>".encode())
    ids = {"MsgID": "5550000000000000000" if code == 0 else "", "LocalID": ""}
    return reply({"BaseResponse": {"Ret": code, "ErrMsg": ""}, **ids})


def _checked(retcode: int, selector: int) -> Answer:
    return script(f'window.synccheck={{retcode:"{retcode}",selector:"{selector}"}}')


def _altered(fault: Fault, asked: Asked, answer: Answer) -> Answer:
    """Return the true answer, changed."""
    if fault.kind == "truncate":
        return replace(answer, body=answer.body[: len(answer.body) // 2])
    if fault.kind == "bad_utf8":
        half = len(answer.body) // 2
        return replace(answer, body=answer.body[:half] + b"\xff\xfe\xed\xa0\x80" + answer.body[half:])
    if fault.kind == "lose_cookies":
        return replace(answer, cookies=expired_cookies(asked))
    if fault.kind in ("empty_key", "old_key", "duplicate"):
        return _other_sync(fault.kind, asked, answer)
    return answer


def _other_sync(kind: str, asked: Asked, answer: Answer) -> Answer:
    try:
        content: dict[str, Any] = json.loads(answer.body)
        given = json.loads(asked.body)["SyncKey"]
    except (ValueError, KeyError, TypeError):
        raise SandboxError(f"the fault {kind} fits webwxsync only") from None
    if kind == "duplicate":
        content["AddMsgList"] = [each for each in content["AddMsgList"] for _ in range(2)]
        content["AddMsgCount"] = len(content["AddMsgList"])
    else:
        key = {"Count": 0, "List": []} if kind == "empty_key" else given
        content["SyncKey"] = content["SyncCheckKey"] = key
    return reply(content)


async def _vanish(after: float) -> None:
    if after:
        await trio.sleep(after)
    await _cut(reset=False)


async def _misframe(kind: str, answer: Answer, secure: bool) -> None:
    """Send an answer whose announced length is wrong, or which ends in the middle."""
    stream = wire()
    if stream is None:
        raise HungUp(kind)
    body = answer.body or b"\n"
    length = len(body) + {"reset": 0, "long": 100, "extra": -(len(body) // 2)}[kind]
    lines = [*head(answer, secure), (b"content-length", str(length).encode())]
    raw = f"HTTP/1.1 {answer.status} OK\r\n".encode("ascii")
    raw += b"".join(name + b": " + value + b"\r\n" for name, value in lines) + b"\r\n"
    raw += body[: len(body) // 2] if kind == "reset" else body
    await stream.send_all(raw)
    await _cut(reset=kind == "reset")


async def _cut(*, reset: bool) -> None:
    stream = wire()
    if stream is None:
        raise HungUp("the connection was closed by a fault")
    await close(stream, reset=reset)
