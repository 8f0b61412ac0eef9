import argparse
import socket
from pathlib import Path

import pytest

from ruleswx.verbs import health
from tests.livebot import write_bot


def test_a_bot_that_hangs_is_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_bot(tmp_path)
    (tmp_path / "state").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "state" / "ruleswx.sock"))
        listening.listen()
        assert health.run(argparse.Namespace(config=str(path), lang="zh", json=False)) == 2
    assert "不回答" in capsys.readouterr().err


def test_a_broken_configuration_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert health.run(argparse.Namespace(config=str(tmp_path / "none.yaml"), lang="en", json=False)) == 3
    assert "none.yaml" in capsys.readouterr().err
