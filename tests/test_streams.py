import io
import os
import subprocess
import sys

import pytest

from ruleswx.streams import steady_streams


class Full(io.StringIO):
    """A log on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_reader_that_went_away_ends_nothing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr(sys, name, stream)
        with steady_streams():
            for _ in range(3):
                getattr(sys, name).write("hello\n")
                getattr(sys, name).flush()
        assert getattr(sys, name) is stream
        stream.write("what is left at the very end leads nowhere")


def test_a_full_disk_and_a_closed_stream_end_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", Full())
    monkeypatch.setattr(sys, "stderr", closed)
    with steady_streams():
        for stream in (sys.stdout, sys.stderr):
            stream.write("x")
            stream.flush()


def test_what_the_terminal_cannot_show_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii"))
    with steady_streams():
        sys.stdout.write("a 好\n")
        sys.stdout.flush()
        assert sys.stdout.encoding == "ascii"
    assert raw.getvalue() == b"a \\u597d\n"


def test_no_file_gets_the_number_of_a_stream_closed_at_the_start() -> None:
    code = (
        "import os, sys\n"
        "from ruleswx.streams import steady_streams\n"
        "with steady_streams():\n"
        "    sys.stdout.write('x'); sys.stderr.write('x'); sys.stderr.flush()\n"
        "    sys.exit(os.open('/dev/null', os.O_RDONLY) <= 2)\n"
    )
    done = subprocess.run(["/bin/sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, code], check=False)
    assert done.returncode == 0
