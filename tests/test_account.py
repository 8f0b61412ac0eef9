import json
import math
import stat
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock as Clock

from ruleswx import account
from ruleswx.errors import StoreUnavailable
from ruleswx.model import Change, State
from ruleswx.runtime import EXIT_REFUSED, EXIT_SCAN
from ruleswx.signon import Patience
from ruleswx.store import open_store
from tests.livebot import live_bot, new_world, write_bot


async def test_a_scan_and_a_confirmation_log_it_in_and_the_picture_is_gone(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    world = new_world(auto=False)
    picture = tmp_path / "state" / "qr.png"
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.until(lambda: bot.codes)
        assert bot.runtime.account.phase == "code wanted"
        assert bot.codes == ["http://127.0.0.1:9/l/" + next(iter(world.gates))]
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert stat.S_IMODE(picture.stat().st_mode) == 0o600
        world.scan()
        await bot.until(lambda: bot.runtime.account.phase == "confirm wanted")
        world.confirm()
        await bot.ready()
        assert not picture.exists()
    assert world.violations == []


async def test_a_code_that_dies_is_renewed_and_after_five_nobody_came(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world(auto=False)
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.until(lambda: bot.exit_code is not None, 3600)
    assert bot.exit_code == EXIT_SCAN
    assert len(bot.codes) == len(set(bot.codes)) == 5


async def test_a_code_the_server_forgets_to_expire_is_renewed_too(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world(auto=False, qr_life=1e9)
    patience = Patience(codes=2, code_seconds=120)
    async with live_bot(write_bot(tmp_path), world, patience=patience) as bot:
        await bot.until(lambda: bot.exit_code is not None, 3600)
    assert len(bot.codes) == 2


async def test_a_refusal_on_the_phone_asks_for_another_code(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world(auto=False)
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.until(lambda: bot.codes)
        world.scan()
        await trio.sleep(1)
        world.cancel()
        await bot.until(lambda: len(bot.codes) == 2)
        world.scan()
        world.confirm()
        await bot.ready()


async def test_an_account_that_may_not_use_the_web_is_told_so_once(tmp_path: Path, autojump_clock: Clock) -> None:
    world, lines = new_world(login="refused"), list[dict[str, Any]]()
    async with live_bot(write_bot(tmp_path), world, lines=lines) as bot:
        await bot.until(lambda: bot.exit_code is not None, 120)
    assert bot.exit_code == EXIT_REFUSED
    (said,) = [line for line in lines if line["event"] == "refused"]
    assert said["ret"] == 1203
    assert "登录" in said["message"]
    assert world.requests["webwxnewloginpage"] == 2, "desktop first, then web once"


@pytest.mark.parametrize(("login", "mode"), [("desktop", "desktop"), ("open", "desktop")])
async def test_auto_takes_the_first_door_that_opens(
    tmp_path: Path, autojump_clock: Clock, login: str, mode: str
) -> None:
    world = new_world(login=login)
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        assert b'"mode":"desktop"' in (bot.runtime.store.load_session() or b"")


async def test_an_ended_session_comes_back_by_push_and_what_was_said_meanwhile_is_answered(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        world.say("小李", "ping 1")
        await bot.settle()
        world.kick(1101)
        world.say("小李", "ping 2")
        await bot.until(lambda: world.logins == 2)
        world.say("阿青", "ping 3")
        await bot.settle()
        assert len(bot.codes) == 1, "no second scan"
    assert sorted(bot.answers) == sorted([("小李", "pong 1"), ("小李", "pong 2"), ("阿青", "pong 3")])
    assert world.violations == []


async def test_twice_within_ten_minutes_it_stops_fighting_for_the_seat(tmp_path: Path, autojump_clock: Clock) -> None:
    world, lines = new_world(), list[dict[str, Any]]()
    async with live_bot(write_bot(tmp_path), world, lines=lines) as bot:
        await bot.ready()
        world.kick(1101)
        await bot.until(lambda: world.logins == 2)
        world.options.auto = False
        await trio.sleep(60)
        world.kick(1101)
        await bot.until(lambda: len(bot.codes) == 2)
        world.scan()
        world.confirm()
        await bot.until(lambda: world.logins == 3)
    assert [line["event"] for line in lines].count("fight") == 1


async def test_kicks_far_apart_are_each_answered_by_push(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        for logins in (2, 3, 4):
            await trio.sleep(3600)
            world.kick(1100)
            await bot.until(lambda logins=logins: world.logins == logins)
        assert len(bot.codes) == 1


async def test_without_push_a_scan_is_asked_for(tmp_path: Path, autojump_clock: Clock) -> None:
    world = new_world(push=False)
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        world.kick(1102)
        await bot.until(lambda: world.logins == 2)
        assert len(bot.codes) == 2


async def test_answers_queued_for_a_session_that_ended_go_out_in_the_next(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    world = new_world()
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.ready()
        world.options.auto = False
        world.faults.add("webwxsendmsg", "http", 1)
        world.faults.add("webwxsendmsg", "kick", 1, skip=1)
        for number in range(4):
            world.say("小李", f"ping {number}")
        await bot.until(lambda: bot.runtime.account.phase == "confirm wanted")
        world.confirm()
        await bot.until(lambda: world.logins == 2)
        await bot.settle()
        states = [row.state for row in bot.runtime.store.outbox()]
    assert states == ["unknown", "sent", "sent", "sent"], "a 502 may have arrived: shown, not repeated"
    assert bot.answers == [("小李", f"pong {n}") for n in (1, 2, 3)]


async def test_a_stored_session_that_cannot_be_read_means_a_scan_not_a_crash(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    path = write_bot(tmp_path)
    with open_store(tmp_path / "state") as store:
        store.save_session(b"not a session")
    world, lines = new_world(), list[dict[str, Any]]()
    async with live_bot(path, world, lines=lines) as bot:
        await bot.ready()
        assert len(bot.codes) == 1
    assert [line for line in lines if line["event"] == "session_unreadable"]


@pytest.mark.parametrize("endpoint", ["jslogin", "login", "webwxnewloginpage", "webwxinit"])
@pytest.mark.parametrize("kind", ["http", "html", "empty", "garbage", "drop", "truncate"])
async def test_trouble_while_logging_in_passes(tmp_path: Path, autojump_clock: Clock, endpoint: str, kind: str) -> None:
    world = new_world()
    world.faults.add(endpoint, kind, 2)
    async with live_bot(write_bot(tmp_path), world) as bot:
        await bot.until(lambda: bot.runtime.account.phase == "logged in", 900)


@pytest.mark.parametrize("kind", ["http", "html", "empty", "garbage", "drop"])
async def test_trouble_never_costs_a_stored_session(tmp_path: Path, autojump_clock: Clock, kind: str) -> None:
    world, path = new_world(), write_bot(tmp_path)
    async with live_bot(path, world) as bot:
        await bot.ready()
    world.faults.add("*", kind, 30)
    async with live_bot(path, world) as bot:
        await bot.until(lambda: bot.runtime.account.phase == "logged in", 3600)
        assert bot.codes == []
    assert world.logins == 1


async def test_somebody_elses_scan_gets_nothing_of_the_first_account(tmp_path: Path, autojump_clock: Clock) -> None:
    path, first, lines = write_bot(tmp_path), new_world(), list[dict[str, Any]]()
    async with live_bot(path, first) as bot:
        await bot.ready()
        bot.runtime.outbox._paused_until = math.inf
        first.say("小李", "ping secret")
        await bot.until(bot.runtime.store.queued)
    second = new_world()
    (other,) = second.directory.accounts.values()
    other.uin += 1
    async with live_bot(path, second, lines=lines) as bot:
        await bot.until(lambda: bot.exit_code is not None)
        assert bot.exit_code == 7
        assert bot.answers == []
    (told,) = [line for line in lines if line["event"] == "state_of_account"]
    assert (told["owner"], told["path"]) == ("小助手", str(tmp_path / "state"))
    async with live_bot(path, first) as bot:
        await bot.ready()
        await bot.settle()
        assert bot.answers == [("小李", "pong secret")], "nothing was lost"


async def test_an_account_is_known_again_after_a_logout_and_under_another_name(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    path = write_bot(tmp_path)
    async with live_bot(path, new_world()) as bot:
        await bot.ready()
        bot.runtime.store.forget_session()
    second = new_world()
    (other,) = second.directory.accounts.values()
    other.uin += 1
    async with live_bot(path, second) as bot:
        await bot.until(lambda: bot.exit_code is not None)
        assert bot.exit_code == 7
    async with live_bot(path, new_world()) as bot:
        await bot.ready()


async def test_a_full_disk_at_the_login_ends_nothing(
    tmp_path: Path, autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    def full(*_: object, **__: object) -> None:
        raise StoreUnavailable("disk full")

    path, world, lines = write_bot(tmp_path), new_world(), list[dict[str, Any]]()
    with monkeypatch.context() as patch:
        async with live_bot(path, world, lines=lines) as bot:
            patch.setattr(account, "_write_private", no_room)
            for name in ("save_session", "save_blob", "save_contacts", "take", "commit"):
                patch.setattr(bot.runtime.store, name, full)
            await bot.ready()
            world.say("小李", "ping 1")
            await trio.sleep(20)
            assert bot.answers == []
            patch.undo()
            await bot.until(lambda: bot.answers, 120)
            assert bot.answers == [("小李", "pong 1")]
            await trio.sleep(10)
    events = [line["event"] for line in lines]
    assert events.count("picture_unkept") == 1
    async with live_bot(path, world) as bot:
        await bot.ready()
        assert bot.codes == [], "the session was saved after all"


async def test_who_was_not_met_for_a_season_is_forgotten_unless_something_is_remembered(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    path, day = write_bot(tmp_path), 86_400.0
    rows = [(key, json.dumps({"kind": "person", "nick": key, "remark": key, "met": 1})) for key in ("gone", "kept")]
    async with live_bot(path, new_world()) as bot:
        bot.runtime.store.save_contacts(rows)
        strike = Change("strike", "规则", "g-1/kept", State(1))
        bot.runtime.store.commit(None, (), [strike], b"", "", 0.0)
    async with live_bot(path, new_world()) as bot:
        await bot.ready()
        await trio.sleep(3700)
        kept = dict(bot.runtime.store.load_contacts())
        assert "kept" in kept
        assert "gone" not in kept
        assert len(kept) > 5, "who is at hand stays"
        assert bot.runtime.account._now() > 91 * day
