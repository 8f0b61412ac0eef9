import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ruleswx.report import Facts, Moving, Progress, status
from ruleswx.verbs import health
from ruleswx.verbs import status as verb
from tests.verbs.served import served

FACTS = Facts(
    now=1000.0,
    started=100.0,
    phase="logged in",
    name="小助手",
    last_poll=990.0,
    last_message=0.0,
    waiting=0,
    queued=2,
    oldest_queued=900.0,
    in_flight=1,
    unknown=0,
    left_today=None,
    frozen_until=0.0,
    generation=3,
    rules=8,
    broken="",
    dry=False,
    heard={"matched": 4, "missed": 10},
)
ZH = """\
小助手：已登录，运行了 15 分钟，上次收到回应是 10 秒前
规则：第 3 版，8 条
等着发 2，正在发 1，不知道结果 0，今天还能发 不限
收到：命中 4，没命中 10
"""
EN = """\
小助手: logged in, up for 15m, last answer 10s ago
rules: generation 3, 8 rules
queued 2, on the way 1, unknown 0, left today any number
heard: matched 4, missed 10
"""


@pytest.mark.parametrize(("lang", "text"), [("zh", ZH), ("en", EN)])
def test_the_state_in_words(lang: str, text: str) -> None:
    assert verb.as_text(status(FACTS), lang) == text


def test_a_broadcast_under_way_is_a_line() -> None:
    told = status(replace(FACTS, broadcasts=(Progress("早报", 3, 1, 12),)))
    assert "群发 早报：已发 3/12，失败 1\n" in verb.as_text(told, "zh")
    assert "broadcast 早报: 3 of 12 sent, 1 failed\n" in verb.as_text(told, "en")


def args(folder: Path, *, as_json: bool = False) -> argparse.Namespace:
    return argparse.Namespace(config=str(folder / "config.yaml"), lang="en", json=as_json)


def test_a_file_under_way_is_a_line() -> None:
    told = status(replace(FACTS, uploads=(Moving("客户群", "报价.pdf", 26_214_400, 104_857_600),)))
    assert "正在上传 报价.pdf → 客户群：25.0/100.0 MiB\n" in verb.as_text(told, "zh")
    assert "uploading 报价.pdf → 客户群: 25.0 of 100.0 MiB\n" in verb.as_text(told, "en")


def test_a_running_bot_tells_its_state_and_health(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served(tmp_path) as bot:
        bot.wait_for("contacts:")
        assert verb.run(args(tmp_path)) == 0
        assert "小助手: logged in" in capsys.readouterr().out
        before = time.monotonic()
        assert health.run(args(tmp_path)) == 0
        assert time.monotonic() - before < 1
        assert capsys.readouterr().out == "healthy\n"
        (tmp_path / "rules" / "a.yaml").write_text("reply: [", "utf-8")
        bot.wait_for("the rules have mistakes")
        assert health.run(args(tmp_path, as_json=True)) == 1
        assert json.loads(capsys.readouterr().out)["health"] == "degraded"
        assert verb.run(args(tmp_path, as_json=True)) == 1
        assert "a.yaml" in json.loads(capsys.readouterr().out)["rules"]["broken"]
        bot.stop()
    assert health.run(args(tmp_path)) == 2
    assert capsys.readouterr().err == "not running\n"
    assert verb.run(args(tmp_path, as_json=True)) == 2
    assert json.loads(capsys.readouterr().out)["health"] == "down"
