"""The door for people on this machine: a UNIX socket beside the state that answers one JSON line with another.

Whoever may open the socket (mode 0600 in a folder of mode 0700) is the operator; nobody else gets in. A request is an
object with `ask`; an answer is an object, with `error` when the question makes no sense. It must not know what the
questions mean.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import trio

__all__ = ["SOCKET", "ask", "serve_control"]

SOCKET = "ruleswx.sock"
"""The socket's name in the state folder."""
_LONGEST_LINE = 256 * 1024
_IDLE_SECONDS = 10.0

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


async def serve_control(
    path: Path,
    answer: Answer,
    failed: Callable[[Path, OSError], None],
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Answer questions until cancelled; the socket's file goes with it.

    The caller holds the state's lock, so a file found there is left over from a crash and is replaced. When the folder
    does not take a socket `failed` hears of it, and nobody can ask anything.
    """
    try:
        listener = _listen(path)
    except OSError as error:
        failed(path, error)
        task_status.started()
        return
    with trio.socket.from_stdlib_socket(listener) as listening:
        try:
            async with trio.open_nursery() as nursery:
                task_status.started()
                while True:
                    try:
                        client, _ = await listening.accept()
                    except OSError:
                        await trio.sleep(1)  # too many files open, or the caller has gone
                        continue
                    nursery.start_soon(_converse, client, answer)
        finally:
            with contextlib.suppress(OSError):
                _remove(path)


def _listen(path: Path) -> socket.socket:
    """A private socket; the mode is there from the first moment on."""
    _remove(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    umask = os.umask(0o177)
    try:
        with _short(path) as short:
            listening.bind(short)
        listening.listen(16)
    except BaseException:
        listening.close()
        raise
    finally:
        os.umask(umask)
    return listening


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


async def _converse(client: trio.socket.SocketType, answer: Answer) -> None:
    with client, trio.move_on_after(_IDLE_SECONDS), contextlib.suppress(OSError):
        line = bytearray()
        while not line.endswith(b"\n"):
            data = await client.recv(65536)
            line += data
            if not data or len(line) > _LONGEST_LINE:
                return
        await _send_all(client, _encode(_reply(bytes(line), answer)))


async def _send_all(client: trio.socket.SocketType, data: bytes) -> None:
    while data:
        data = data[await client.send(data) :]


def _reply(line: bytes, answer: Answer) -> Mapping[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return {"error": "not JSON"}
    if not isinstance(request, dict):
        return {"error": "a request is an object"}
    try:
        return answer(request)
    except Exception as error:  # noqa: BLE001 - a question must never end the bot that is asked
        return {"error": f"{type(error).__name__}: {error}"}


def _encode(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def ask(path: Path, request: Mapping[str, Any], timeout: float = 0.8) -> dict[str, Any] | None:
    """One question to a running bot; None when none is running there. Raises OSError when it does not answer in time.

    For the short verbs, which have no loop.
    """
    with _short(path) as short, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(timeout)
        try:
            client.connect(short)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        client.sendall(_encode(request))
        line = bytearray()
        while not line.endswith(b"\n") and (data := client.recv(65536)):
            line += data
    if not line.endswith(b"\n"):
        raise TimeoutError("the running bot closed the connection")
    answer: dict[str, Any] = json.loads(line)
    return answer


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """The path as an address: socket addresses hold 107 bytes, so a long one goes by way of its open folder."""
    if len(os.fsencode(path)) < 100:
        yield str(path)
        return
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except FileNotFoundError:
        yield str(path)
        return
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
