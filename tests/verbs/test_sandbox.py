import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest


def start(*flags: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ruleswx", "sandbox", "--lang", "en", *flags]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def post(address: str, verb: str, **body: object) -> object:
    request = urllib.request.Request(f"{address}/sandbox/{verb}", json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_answers_and_stops_when_asked(number: signal.Signals) -> None:
    with start("--auto") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["auto"] is True
        assert told["sandbox"].startswith("http://127.0.0.1:")
        assert post(told["sandbox"], "violations") == []
        process.send_signal(number)
        assert process.wait(5) == 0
        assert process.stdout.read() == ""


def test_a_world_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    world = tmp_path / "world.json"
    world.write_text("{", "utf-8")
    with start("--world", str(world)) as process:
        out, err = process.communicate(timeout=10)
    assert process.returncode == 3
    assert out == ""
    assert err.count("\n") == 1
    assert "world.json" in err


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with start("--port", port) as process:
            out, err = process.communicate(timeout=10)
    assert process.returncode == 1
    assert out == ""
    assert err.startswith(f"cannot use port {port}: ")


def test_a_gateway_names_the_environment_of_other_clients(tmp_path: Path) -> None:
    with start("--auto", "--gateway", str(tmp_path)) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["environment"]["HTTPS_PROXY"].startswith("http://127.0.0.1:")
        assert Path(told["environment"]["REQUESTS_CA_BUNDLE"]).is_file()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
