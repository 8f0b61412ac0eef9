import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from ruleswx.protocol.saved import load_session
from ruleswx.store import open_store
from ruleswx.verbs import logout
from tests.verbs.served import served

LOGGED_OUT = "logged out; the next run needs a scan"


def out(folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ruleswx", "logout", str(folder / "config.yaml"), "--lang", "en", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("forget", [False, True])
def test_the_session_is_given_up_on_both_sides(tmp_path: Path, forget: bool) -> None:
    with served(tmp_path) as bot:
        bot.wait_for("logged in as")
        refused = out(tmp_path)
        assert refused.returncode == 6
        assert "process" in refused.stderr
        bot.stop()
        done = out(tmp_path, *(["--forget"] if forget else []))
        assert (done.returncode, done.stdout.strip()) == (0, LOGGED_OUT)
        assert bot.sandbox("violations") == []
        with open_store(tmp_path / "state") as store:
            blob = store.load_session()
        assert (blob is None) == forget
        if blob is not None:
            assert not load_session(blob).sid
        again = out(tmp_path)
        assert (again.returncode, again.stdout.strip()) == (0, "nobody is logged in")


def test_a_broken_configuration_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yaml").write_text("wechat: {endpoint: nowhere}\n", "utf-8")
    args = argparse.Namespace(config=str(tmp_path / "config.yaml"), lang="en", forget=False)
    assert logout.run(args) == 3
    assert "config.yaml:1:" in capsys.readouterr().err


def test_without_a_network_the_local_session_goes_all_the_same(tmp_path: Path) -> None:
    with served(tmp_path) as bot:
        bot.wait_for("logged in as")
        bot.stop()
    done = out(tmp_path)
    assert done.returncode == 0
    assert "did not answer" in done.stdout
