import json
import socket
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from ruleswx.control import ask, serve_control


def answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"echo": request.get("ask"), "字": "好\ud800"}


def unexpected(path: Path, error: OSError) -> None:
    raise AssertionError(f"{path}: {error}")


@pytest.mark.parametrize("name", ["s.sock", "很深" * 40 + "/s.sock"])
async def test_a_question_gets_an_answer_over_a_private_socket(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"left over from a crash")
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_control, path, answer, unexpected)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        got = await trio.to_thread.run_sync(ask, path, {"ask": "status"})  # noqa: TID251 - the short verbs have no loop
        assert got == {"echo": "status", "字": "好?"}
        nursery.cancel_scope.cancel()
    assert not path.exists()
    assert ask(path, {"ask": "status"}) is None


@pytest.mark.parametrize(
    ("line", "error"), [(b"nonsense\n", "not JSON"), (b"[1]\n", "a request is an object"), (b"\xff\n", "not JSON")]
)
async def test_nonsense_gets_an_error_and_the_door_stays_open(tmp_path: Path, line: bytes, error: str) -> None:
    path = tmp_path / "s.sock"
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_control, path, answer, unexpected)
        for _ in range(2):
            async with await trio.open_unix_socket(path) as stream:
                await stream.send_all(line)
                assert json.loads(await stream.receive_some()) == {"error": error}
        nursery.cancel_scope.cancel()


async def test_a_line_without_end_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_control, path, answer, unexpected)
        async with await trio.open_unix_socket(path) as stream:
            with pytest.raises(trio.BrokenResourceError):
                await stream.send_all(b"x" * 8_000_000)
        nursery.cancel_scope.cancel()


async def test_a_silent_client_is_let_go(tmp_path: Path, autojump_clock: trio.testing.MockClock) -> None:
    path = tmp_path / "s.sock"
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_control, path, answer, unexpected)
        async with await trio.open_unix_socket(path) as stream:
            assert await stream.receive_some() == b""
        nursery.cancel_scope.cancel()


def test_a_bot_that_hangs_is_an_error_not_a_wait(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen()
        with pytest.raises(OSError):
            ask(path, {"ask": "status"}, timeout=0.05)


async def test_a_place_that_takes_no_socket_is_told_and_nothing_else(tmp_path: Path) -> None:
    told: list[tuple[Path, OSError]] = []
    await trio.lowlevel.checkpoint()
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_control, tmp_path, answer, lambda path, error: told.append((path, error)))
    ((path, error),) = told
    assert (path, error.errno) == (tmp_path, 21)
