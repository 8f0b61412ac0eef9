"""Files of every size and shape through the whole bot: the right bytes arrive, or a clear word and nothing."""

import ast
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from trio.testing import MockClock as Clock

from ruleswx.log import sentence
from ruleswx.model import SendMedia
from tests.livebot import CONFIG, Bot, live_bot, new_world, write_bot
from tests.test_delivery import chat, do

MIB = 1024 * 1024
CHUNK = 524_288
LONG = "报" * 82 + "价" + "ab.pdf"


def fill(path: Path, size: int) -> str:
    """A file of this size in which no two places are alike; its SHA-256."""
    noise = Random(size).randbytes(4088)
    with path.open("wb") as file:
        for start in range(0, size, 4096):
            file.write((start.to_bytes(8) + noise)[: size - start])
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def arrived(bot: Bot) -> list[tuple[str, int]]:
    """What the sandbox got: hash and size of each."""
    return [(said["sha256"], said["size"]) for said in bot.sandbox.said() if said["origin"] == "web"]


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 25 * MIB - 1, 25 * MIB, 25 * MIB + 1, 100 * MIB])
async def test_every_byte_arrives(tmp_path: Path, autojump_clock: Clock, size: int) -> None:
    world = new_world()
    (tmp_path / "files").mkdir()
    assert len(LONG.encode()) == 255
    digest = fill(tmp_path / "files" / LONG, size)
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        assert await do(bot, SendMedia(chat(bot, "小李"), "file", LONG)) == [("sent", "")]
        assert arrived(bot) == [(digest, size)]
        assert world.requests["webwxuploadmedia"] == -(-size // CHUNK)
        assert world.requests.get("webwxcheckupload", 0) == (size > 25 * MIB)
    (name,) = [entry["name"] for entry in world.sent()]
    assert name.endswith(".pdf")
    assert len(name.encode()) <= 255
    assert world.violations == []


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "config.yaml")


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 * MIB + 1)


@pytest.mark.parametrize(
    ("make", "path", "why"),
    [
        (Path.touch, "a", "a is empty"),
        (_fifo, "a", "a is no ordinary file"),
        (_link, "a", "a is a link and is not sent: put the file itself into the files folder"),
        (Path.mkdir, "a", "a is no ordinary file"),
        (_huge, "a", "a has 100.0 MiB; 100 MiB is the most"),
        (Path.touch, "../config.yaml", "../config.yaml is not inside the files folder"),
        (Path.touch, "no.pdf", "there is no no.pdf in the files folder"),
    ],
)
async def test_what_cannot_go_says_why_and_nothing_leaves(
    tmp_path: Path, autojump_clock: Clock, make: Callable[[Path], None], path: str, why: str
) -> None:
    world = new_world()
    (tmp_path / "files").mkdir()
    make(tmp_path / "files" / "a")
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        assert await do(bot, SendMedia(chat(bot, "小李"), "file", path)) == [("failed", why)]
        assert "webwxuploadmedia" not in world.requests


def _shrink(path: Path) -> None:
    os.truncate(path, CHUNK + 10)


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def _alter(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"other")


def _replace(path: Path) -> None:
    path.with_name("b").write_bytes(b"other")
    path.with_name("b").rename(path)


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (_shrink, ("failed", "a changed while it was read; it was not sent")),
        (_alter, ("failed", "a changed while it was read; it was not sent")),
        (_grow, ("sent", "")),
        (Path.unlink, ("sent", "")),
        (_replace, ("sent", "")),
    ],
)
async def test_a_file_that_changes_under_way_arrives_as_it_was_or_not_at_all(
    tmp_path: Path, autojump_clock: Clock, change: Callable[[Path], None], outcome: tuple[str, str]
) -> None:
    world, lines = new_world(), list[dict[str, Any]]()
    path = tmp_path / "files" / "a"
    path.parent.mkdir()
    digest = fill(path, 5 * CHUNK)
    async with live_bot(write_bot(tmp_path), world, lines=lines) as bot:
        await bot.ready()
        world.faults.add("webwxuploadmedia", "slow", skip=1, seconds=10)
        bot.runtime.post(SendMedia(chat(bot, "小李"), "file", "a"))
        await bot.until(lambda: world.requests.get("webwxuploadmedia", 0) == 2)
        (moving,) = bot.runtime.answer({"ask": "status"})["uploads"]
        assert moving == {"chat": "小李", "file": "a", "bytes": CHUNK, "of": 5 * CHUNK}
        change(path)
        await bot.until(lambda: not bot.runtime.outbox.statistics().in_flight)
        await bot.settle()
        (row,) = bot.runtime.store.outbox()
        assert (row.state, row.reason) == outcome
        assert arrived(bot) == ([(digest, 5 * CHUNK)] if outcome[0] == "sent" else [])
        assert bot.runtime.answer({"ask": "status"})["uploads"] == []
    told = [line["percent"] for line in lines if line["event"] == "uploading"]
    assert told[:2] == [0, 40]


def _reasons() -> set[str]:
    """Every reason the program gives for not sending something."""
    found: set[str] = set()
    for path in (Path(__file__).parents[1] / "ruleswx").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="CannotSend"), args=[ast.Constant(value=str(reason)), *_]):
                    found.add(reason)
    return found | {"no_image", "no_video", "no_emoticon", "link", "missing", "no_file", "refused", "no_effect"}


def test_every_reason_has_words_in_both_languages() -> None:
    reasons = _reasons()
    assert len(reasons) > 20
    for reason in reasons:
        for lang in ("zh", "en"):
            said = sentence(f"cannot_{reason}", {}, lang)  # type: ignore[arg-type]
            assert not said.startswith("cannot_"), reason


async def test_reasons_are_told_in_the_language_of_the_bot(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    (tmp_path / "files").mkdir()
    async with live_bot(write_bot(tmp_path, config=CONFIG.replace("lang: en", "lang: zh")), world) as bot:
        await bot.ready()
        sent = await do(bot, SendMedia(chat(bot, "小李"), "file", "没有.pdf"))
    assert sent == [("failed", "files 文件夹里没有 没有.pdf")]
