"""Programs of the host: arguments, output, ends, time, and what is left behind. On the real clock: they are real."""

import os
import sys
from pathlib import Path

import pytest
import trio

from ruleswx.model import RunCommand
from ruleswx.programs import MAX_BYTES, run_program
from ruleswx.rules.engine import Outcome
from ruleswx.rules.trace import say

COMMANDS = {"py": Path(sys.executable), "sh": Path("/bin/sh"), "gone": Path("/nowhere/gone")}


async def run(folder: Path, *command: str, seconds: float = 10.0) -> Outcome:
    return await run_program(RunCommand(command, seconds), COMMANDS, folder, os.environ)


async def failure(folder: Path, *command: str, seconds: float = 10.0) -> str:
    outcome = await run(folder, *command, seconds=seconds)
    assert outcome.kind == "failed"
    assert outcome.because is not None
    assert say(outcome.because, "zh") != say(outcome.because, "en")
    return say(outcome.because, "en")


async def test_arguments_arrive_whole_and_no_shell_reads_them(tmp_path: Path) -> None:
    words = ("a b", "; rm -rf /", "$HOME", "'\"", "两个\n行", "")
    outcome = await run(tmp_path, "py", "-c", "import sys; print(repr(sys.argv[1:]))", *words)
    assert outcome == Outcome("done", repr(list(words))), "without the last line break"


async def test_one_line_break_at_the_end_is_taken_off(tmp_path: Path) -> None:
    said = [(await run(tmp_path, "sh", "-c", f"printf '{text}'")).value for text in (r"a\n\n", r"a\r\n", r"\na ", "")]
    assert said == ["a\n", "a", "\na ", ""]


async def test_where_it_runs_and_what_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_KEY", "s3cret")
    monkeypatch.setenv("HOME", "/home/x")
    code = "import os, sys; print(os.getcwd()); print(sorted(os.environ)); print(sys.stdin.read() == '')"
    outcome = await run(tmp_path, "sh", "-c", f'"{sys.executable}" -c "{code}"')
    where, names, silent = str(outcome.value).splitlines()
    assert Path(where) == tmp_path
    assert "LLM_KEY" not in names
    assert {"HOME", "PATH"} <= set(eval(names)) <= {"HOME", "PATH", "LANG", "PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"}
    assert silent == "True"


async def test_bad_bytes_are_replaced(tmp_path: Path) -> None:
    assert (await run(tmp_path, "sh", "-c", r"printf 'a\377b'")).value == "a\ufffdb"


async def test_an_end_that_is_not_zero_fails_with_the_last_complaint(tmp_path: Path) -> None:
    assert await failure(tmp_path, "sh", "-c", "echo out; echo one >&2; echo two >&2; exit 3") == "sh ended with 3: two"
    assert await failure(tmp_path, "sh", "-c", "exit 1") == "sh ended with 1"
    assert await failure(tmp_path, "sh", "-c", "kill -9 $$") == "sh ended with -9"


async def test_only_programs_that_are_named_start(tmp_path: Path) -> None:
    assert await failure(tmp_path, "/bin/sh", "-c", "true") == "the configuration does not allow /bin/sh to run"
    assert await failure(tmp_path, "gone") == "gone cannot be started: No such file or directory"
    assert "cannot be started" in await failure(tmp_path, "sh", "-c", "true", "x" * 3_000_000)


async def test_too_much_output_ends_it(tmp_path: Path) -> None:
    assert await failure(tmp_path, "sh", "-c", "yes") == "the output of sh is larger than 64 KiB"
    outcome = await run(tmp_path, "sh", "-c", f"yes | head -c {MAX_BYTES}; head -c 1000000 /dev/zero >&2")
    assert len(str(outcome.value)) == MAX_BYTES - 1, "complaints do not count"


def alive(pid_file: Path) -> bool:
    """Whether the process of this number runs; one that waits to be buried does not."""
    stat = Path("/proc", pid_file.read_text().strip(), "stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


async def gone(pid_file: Path) -> None:
    with trio.fail_after(5):
        while alive(pid_file):
            await trio.sleep(0.01)


async def test_its_time_ends_the_whole_group(tmp_path: Path) -> None:
    begun = trio.current_time()
    script = "sleep 60 & echo $! > child; wait"
    assert await failure(tmp_path, "sh", "-c", script, seconds=0.5) == "sh did not end within 0.5 s and was stopped"
    assert trio.current_time() - begun < 5
    await gone(tmp_path / "child")


async def test_a_stop_ends_the_whole_group(tmp_path: Path) -> None:
    with trio.move_on_after(0.5):
        await run(tmp_path, "sh", "-c", "sleep 60 & echo $! > child; wait", seconds=60)
    await gone(tmp_path / "child")


async def test_a_child_that_keeps_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    begun = trio.current_time()
    outcome = await run(tmp_path, "sh", "-c", "sleep 60 & echo $! > child; echo ok", seconds=30)
    assert outcome == Outcome("done", "ok")
    assert trio.current_time() - begun < 5
    await gone(tmp_path / "child")
