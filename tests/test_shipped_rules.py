"""What the project ships to begin with: the rules, their tests, the files they send, the first minute they make."""

import os
import runpy
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock as Clock

from ruleswx import cli
from ruleswx.sandbox.control import run_verb
from ruleswx.sandbox.script import FIRST_MINUTE, play
from ruleswx.verbs.check import check_all
from tests.livebot import live_bot, new_world

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "config.example.yaml"


def test_the_example_configuration_is_clean() -> None:
    checked = check_all(str(CONFIG), os.environ)
    assert checked.findings == ()
    assert checked.rules >= 12


def test_every_shipped_test_passes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = cli.main(["test", CONFIG.name, "--lang", "en"])
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "files").iterdir()))
def test_the_files_are_those_their_script_writes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["make_files.py", str(tmp_path)])
    runpy.run_path(str(ROOT / "tools" / "make_files.py"), run_name="__main__")
    assert (tmp_path / name).read_bytes() == (ROOT / "files" / name).read_bytes()


async def test_the_first_minute_shows_what_it_should(tmp_path: Path, autojump_clock: Clock) -> None:
    """Every line of the demonstration that wants an answer gets it; nothing goes out on its own."""
    world = new_world()
    lines: list[dict[str, object]] = []
    async with live_bot(_folder(tmp_path), world, lines=lines) as bot:
        await bot.ready()
        await play(world, FIRST_MINUTE, sleep=trio.sleep)
        await bot.settle()
        said = bot.answers
        assert world.violations == []
    assert {chat: text for chat, text in said if chat == "老王"} == {"老王": "已收到，正在查 ab20260301，请稍等。"}
    to_li = [text for chat, text in said if chat == "小李"]
    assert "99 元" in to_li[0]
    assert to_li[1:] == ["报价单.pdf"]
    assert [("9:00" in text or "9 点" in text) for chat, text in said if chat == "小林"] == [True]
    assert [text for chat, text in said if chat == "产品交流群"] == [
        "@李工\u2005我们在人民路 1 号，地铁 2 号线出来就到。"
    ]
    assert ["第 1 次" in text for chat, text in said if chat == "客户群一"] == [True]
    assert ["我能做这些" in text for chat, text in said if chat == "读书会📚"] == [True]
    assert len(said) == 7, said
    assert [line["rule"] for line in lines if line["event"] == "rule_log"] == ["引流广告", "查订单"]


async def test_three_ads_end_with_a_removal_and_a_complaint_reaches_the_admin(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    world = new_world()
    async with live_bot(_folder(tmp_path), world) as bot:
        await bot.ready()
        run_verb(world, "say", {"as": "小李", "in": "客户群一", "text": "我要投诉你们客服"})
        await bot.settle()
        for number in range(3):
            run_verb(world, "say", {"as": "路人乙", "in": "客户群一", "text": f"加V领红包 {number}"})
            await bot.settle()
        await trio.sleep(30)
        said = bot.answers
        members = next(room for room in run_verb(world, "groups", {}) if room["name"] == "客户群一")["members"]
    assert [text for chat, text in said if chat == "老王"] == [
        "【客户群一】小李：我要投诉你们客服",
        "客户群一：路人乙 第 3 次发广告：加V领红包 2",
    ]
    assert "路人乙" not in str(members)
    assert "路人甲" in str(members)


def _folder(folder: Path) -> Path:
    """The example as it is shipped, with its state elsewhere and no waiting between sends."""
    text = CONFIG.read_text("utf-8")
    for key in ("rules/*.yaml", "templates", "files"):
        text = text.replace(f" {key} ", f" {ROOT / key} ").replace(f"[{key}]", f"[{ROOT / key}]")
    text = text.replace("endpoint: sandbox", "endpoint: 'http://127.0.0.1:9'").replace("pace: careful", "pace: off")
    (folder / "config.yaml").write_text(text, "utf-8")
    return folder / "config.yaml"
