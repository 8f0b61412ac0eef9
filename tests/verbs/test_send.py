"""`send`: one message by hand through the running bot."""

import json
from pathlib import Path

import pytest

from ruleswx.cli import main
from tests.verbs.served import served


def test_by_hand_through_the_running_bot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(tmp_path / "config.yaml")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "价目.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "elsewhere.pdf").write_bytes(b"%PDF-1.7")
    with served(tmp_path) as bot:
        bot.wait_for("contacts:")
        assert main(["send", config, "--to", "小李", "今天 到货", "--lang", "zh"]) == 0
        assert main(["send", config, "--to", "小李", "--file", "价目.pdf", "--json"]) == 0
        assert bot.answers() == [("小李", "今天 到货"), ("小李", "价目.pdf")]
        told = capsys.readouterr().out.splitlines()
        assert told[0] == "已发给 小李"
        assert [entry["state"] for entry in json.loads(told[1])["entries"]] == ["sent"]
        assert main(["send", config, "--to", "没这人", "x", "--lang", "en"]) == 1
        assert capsys.readouterr().err.startswith("no friend or group is called 没这人; ruleswx chats")
        assert main(["send", config, "--to", "小李", "--file", str(tmp_path / "elsewhere.pdf"), "--lang", "zh"]) == 1
        assert "不在里面" in capsys.readouterr().err
        bot.stop()
    assert main(["send", config, "--to", "小李", "x", "--lang", "zh"]) == 1
    assert capsys.readouterr().err == f"机器人没有在运行：先 ruleswx serve {config}\n"
    assert main(["send", config, "--to", "小李", "x", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"to": "小李", "refused": "absent"}


@pytest.mark.parametrize("words", [["--to", "小李"], ["a", "b", "c", "--to", "小李"]])
def test_words_that_make_no_message(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", *words]) == 2
    assert "send takes [CONFIG] TEXT" in capsys.readouterr().err
