import io
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ruleswx.config import Config, load_config
from ruleswx.store import open_store
from tests.livebot import RULES
from tests.verbs.served import served

EDITED = RULES.replace("pong", "edited")
BROKEN = RULES.replace("starts: ping", "start: ping", 1)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_it_logs_in_answers_reloads_and_stops(tmp_path: Path) -> None:
    """One bot, the whole of its first hour in a few seconds; no terminal, no HOME."""
    with served(tmp_path) as bot:
        bot.wait_for("logged in as 小助手")
        state = tmp_path / "state"
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert [p.name for p in state.iterdir() if p.is_file() and p.stat().st_mode & 0o077] == []
        bot.sandbox("say", **{"as": "小李", "text": "ping 1"})
        assert bot.until_answers(1) == [("小李", "pong 1")]

        rules = tmp_path / "rules" / "a.yaml"
        before = time.monotonic()
        rules.write_text(EDITED, "utf-8")
        bot.wait_for("rules reloaded")
        assert time.monotonic() - before < 1.0
        bot.sandbox("say", **{"as": "小李", "text": "ping 2"})
        assert bot.until_answers(2)[-1] == ("小李", "edited 2")

        rules.write_text(BROKEN, "utf-8")
        bot.wait_for("the rules have mistakes")
        bot.wait_for(r"a\.yaml:4:\d+: error")
        bot.sandbox("say", **{"as": "小李", "text": "ping 3"})
        assert ("小李", "edited 3") in bot.until_answers(4)
        assert sum(1 for chat, text in bot.answers() if "a.yaml:4:" in text) == 1

        rules.write_text(RULES, "utf-8")
        bot.wait_for("the rules are mended")
        bot.sandbox("say", **{"as": "小李", "text": "ping 4"})
        assert {("小李", "pong 4"), ("文件传输助手", "规则改好了，已生效，共 2 条。")} <= set(bot.until_answers(6))

        before = time.monotonic()
        assert bot.stop() == 0
        assert time.monotonic() - before < 5
        assert bot.sandbox("violations") == []
        said = "\n".join(bot.lines.rest())
        assert "SIGTERM: stopping, without logging out" in said
        assert "Traceback" not in said
        bot.start()
        bot.wait_for("went on with the last login of 小助手, without a scan")
        assert bot.stop(signal.SIGINT) == 0


TALK = [("小李", None), ("阿青", None), ("小李", "产品交流群"), ("晨报", None), ("phone", "小李")]


def test_two_hundred_messages_over_a_port_with_a_restart(tmp_path: Path) -> None:
    rng, due = random.Random(3), []
    with served(tmp_path) as bot:
        bot.wait_for("logged in as")
        for number in range(200):
            if number == 100:
                assert bot.stop() == 0
                bot.start()
            who, group = rng.choice(
                [("小李", None), ("阿青", None), ("小李", "产品交流群"), ("晨报", None), ("phone", "小李")]
            )
            place = {"in": group} if group else {}
            bot.sandbox("say", **{"as": who, "text": f"ping {number}", **place})
            if who not in {"晨报", "phone"}:
                due.append((group or who, f"pong {number}"))
        found = bot.until_answers(len(due))
        bot.stop()
        assert bot.answers() == found
        assert bot.sandbox("violations") == []
    for chat in {chat for chat, _ in due}:
        assert [text for c, text in found if c == chat] == [text for c, text in due if c == chat]


@pytest.mark.parametrize("seed", range(2))
def test_killed_in_the_middle_nothing_is_lost_and_nothing_said_twice(tmp_path: Path, seed: int) -> None:
    """At most the send that was under way at a kill has an unknown end, and that one is shown."""
    kill_and_check(tmp_path, seed, kills=3, messages=60)


def kill_and_check(folder: Path, seed: int, *, kills: int, messages: int) -> None:
    rng = random.Random(seed)
    at = sorted(rng.sample(range(1, messages), kills))
    with served(folder) as bot:
        bot.wait_for("logged in as")
        for number in range(messages):
            bot.sandbox("say", **{"as": rng.choice(["小李", "阿青"]), "text": f"ping {number}"})
            if number in at:
                time.sleep(rng.random() * 0.03)  # noqa: TID251 - somewhere in the middle of something
                bot.process.kill()
                bot.process.wait()
                bot.start()
                if rng.random() < 0.5:
                    bot.wait_for("without a scan")
        bot.sandbox("say", **{"as": "小林", "text": "ping last"})
        bot.until_quiet("pong last")
        assert bot.stop() == 0
        answers = [text for _, text in bot.answers()]
        assert bot.sandbox("violations") == []
    with open_store(folder / "state") as store:
        unknown = [row.effect.text for row in store.outbox(("unknown",)) if row.effect is not None]  # type: ignore[union-attr]
        assert store.pending() == ()
    assert len(answers) == len(set(answers)), "nothing is said twice"
    missing = {f"pong {n}" for n in range(messages)} - set(answers)
    assert missing <= set(unknown), "nothing is lost unless it is shown"
    assert len(unknown) <= kills * 8


def test_a_second_instance_refuses_at_once_and_names_the_holder(tmp_path: Path) -> None:
    with served(tmp_path) as bot:
        bot.wait_for("logged in as")
        first, lines = bot.process, bot.lines
        before = time.monotonic()
        bot.start()
        assert bot.process.wait(5) == 6
        assert time.monotonic() - before < 3
        assert any(str(first.pid) in line for line in bot.lines.rest())
        bot.process, bot.lines = first, lines


@pytest.mark.parametrize(
    ("rules", "config", "code", "says"),
    [
        (BROKEN, None, 3, r"a\.yaml:4:\d+: error"),
        (RULES, "wechat: {endpoint: x}\n", 3, r"config\.yaml:1:"),
    ],
)
def test_a_broken_start_prints_every_place_and_ends(
    tmp_path: Path, rules: str, config: str | None, code: int, says: str
) -> None:
    with served(tmp_path, rules=rules, start=False) as bot:
        if config:
            (tmp_path / "config.yaml").write_text(config, "utf-8")
        bot.start()
        bot.wait_for(says)
        assert bot.process.wait(10) == code


def test_with_last_good_a_broken_start_goes_on(tmp_path: Path) -> None:
    with served(tmp_path) as bot:
        bot.wait_for("logged in as")
        bot.stop()
        (tmp_path / "rules" / "a.yaml").write_text(BROKEN, "utf-8")
        bot.start("--last-good")
        bot.wait_for("without a scan")
        bot.sandbox("say", **{"as": "小李", "text": "ping 1"})
        assert bot.until_answers(1) == [("小李", "pong 1")]


def test_a_state_that_cannot_be_used_is_code_seven(tmp_path: Path) -> None:
    with served(tmp_path, start=False) as bot:
        (tmp_path / "state").write_text("a file", "utf-8")
        bot.start()
        assert bot.process.wait(10) == 7


def test_dry_sends_nothing_and_says_so_at_every_line(tmp_path: Path) -> None:
    with served(tmp_path, "--dry") as bot:
        bot.wait_for("dry run: nothing is sent outward")
        bot.wait_for("logged in as")
        bot.sandbox("say", **{"as": "小李", "text": "ping 1"})
        bot.wait_for(r"\[dry\] → 小李")
        bot.stop()
        assert bot.answers() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_forces_the_stop(tmp_path: Path, number: signal.Signals) -> None:
    """With a send that hangs, the first signal waits for it a little; the second does not."""
    with served(tmp_path) as bot:
        bot.wait_for("logged in as")
        bot.sandbox("fault", endpoint="webwxsendmsg", kind="stall", times=1, seconds=30)
        bot.sandbox("say", **{"as": "小李", "text": "ping 1"})
        bot.wait_for("小李")
        time.sleep(0.2)  # noqa: TID251 - another process
        bot.process.send_signal(number)
        bot.wait_for("stopping")
        bot.process.send_signal(number)
        assert bot.process.wait(2) == 128 + number


def test_sighup_reloads(tmp_path: Path) -> None:
    with served(tmp_path) as bot:
        bot.wait_for("logged in as")
        bot.process.send_signal(signal.SIGHUP)
        (tmp_path / "rules" / "a.yaml").write_text(EDITED, "utf-8")
        bot.process.send_signal(signal.SIGHUP)
        bot.wait_for("rules reloaded")
        assert bot.stop() == 0


def test_a_refused_account_is_one_sentence_and_code_four(tmp_path: Path) -> None:
    with served(tmp_path, login="refused") as bot:
        bot.wait_for("this account may not use the web WeChat")
        assert bot.process.wait(10) == 4


def test_the_first_minute_needs_no_account_and_no_network(tmp_path: Path) -> None:
    with served(tmp_path, start=False) as bot:
        (tmp_path / "config.yaml").write_text("wechat: {endpoint: sandbox}\npace: off\nlog: {format: text}\n", "utf-8")
        bot.start()
        bot.wait_for("the simulated WeChat is at")
        bot.wait_for("logged in as")
        bot.wait_for("小李")
        assert bot.stop() == 0


def test_the_code_is_in_a_private_picture_while_it_is_wanted_and_away_from_a_terminal_not_drawn(tmp_path: Path) -> None:
    with served(tmp_path, auto=False) as bot:
        link = bot.wait_for(r"scan this code").rpartition(" ")[2]
        picture = tmp_path / "state" / "qr.png"
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert stat.S_IMODE(picture.stat().st_mode) == 0o600
        assert link.startswith(bot.address + "/l/")
        assert not any("▀" in line or "\x1b" in line for line in bot.lines.seen)
        bot.sandbox("scan")
        bot.wait_for("please confirm on your phone")
        bot.sandbox("confirm")
        bot.wait_for("logged in as")
        assert not picture.exists()


def test_the_code_is_drawn_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ruleswx.verbs.serve import _show_code

    out = Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.delenv("NO_COLOR", raising=False)
    _show_code("zh", "https://login.weixin.qq.com/l/abc", tmp_path / "qr.png", by_itself=False)
    lines = out.getvalue().splitlines()
    assert sum("▀" in line for line in lines) > 10
    assert lines[-1] == f"请用手机微信扫这个二维码（图片：{tmp_path}/qr.png）：https://login.weixin.qq.com/l/abc"


def test_it_goes_on_when_nobody_reads_its_log_any_more(tmp_path: Path) -> None:
    with served(tmp_path, start=False) as bot:
        command = [sys.executable, "-m", "ruleswx", "serve", str(tmp_path / "config.yaml"), "--lang", "en"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                assert process.stdout is not None
                assert any("logged in as" in line for line in iter(process.stdout.readline, ""))
                process.stdout.close()
                for number in range(3):
                    bot.sandbox("say", **{"as": "小李", "text": f"ping {number}"})
                    bot.until_answers(number + 1)
                process.terminate()
                assert process.wait(10) == 0
            finally:
                process.kill()


def test_what_was_played_in_the_sandbox_does_not_meet_a_real_account(tmp_path: Path) -> None:
    from ruleswx.verbs.serve import _leave_sandbox, _mark_sandbox

    def config(endpoint: str) -> Config:
        (tmp_path / "config.yaml").write_text(f"wechat: {{endpoint: '{endpoint}'}}", "utf-8")
        loaded, findings = load_config(str(tmp_path / "config.yaml"), {})
        assert loaded is not None, findings
        return loaded

    def start(endpoint: str, account: bytes) -> bytes | None:
        _leave_sandbox(config(endpoint))
        with open_store(tmp_path / "state") as store:
            _mark_sandbox(config(endpoint), store)
            found = store.blob("account")
            store.save_blob("account", account)
            return found

    real, play = "https://wx.qq.com", "sandbox"
    assert start(play, b"play") is None
    assert start(play, b"play") == b"play", "the sandbox goes on where it was"
    assert start(real, b"real") is None
    assert start(real, b"real") == b"real"
    assert start(play, b"real") == b"real", "a real account's state is never taken for play"
    assert start(real, b"real") == b"real"
    assert list(tmp_path.glob("state/*.sandbox-2*")) == []
    with sqlite3.connect(tmp_path / "state" / "ruleswx.db.sandbox") as kept:
        assert kept.execute("SELECT body FROM blob WHERE name = 'account'").fetchone() == (b"play",)
    kept.close()
