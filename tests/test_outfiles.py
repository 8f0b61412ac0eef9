import hashlib
import os
from pathlib import Path

import pytest

from ruleswx.errors import CannotSend
from ruleswx.outfiles import open_file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "files"
    (root / "图").mkdir(parents=True)
    (root / "图" / "a.png").write_bytes(b"\x89PNG" + b"x" * 600_000)
    (tmp_path / "secret").write_text("skey")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "out").symlink_to(tmp_path)
    os.mkfifo(root / "fifo")
    return root


async def test_a_file_inside_is_read_and_hashed(root: Path) -> None:
    data = (root / "图" / "a.png").read_bytes()
    with open_file(root, "图/a.png") as file:
        assert (file.name, file.size) == ("a.png", len(data))
        assert file.head == data[:4096]
        assert file.read(524_288, 524_288) == data[524_288:]
        assert await file.md5() == hashlib.md5(data).hexdigest()


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "图/../../secret",
        "/etc/passwd",
        "link",
        "out/secret",
        "fifo",
        "图",
        "",
        ".",
        "no",
        "a\0b",
        "..",
        "图/a.png/x",
    ],
)
def test_nothing_leads_out_and_only_files_are_files(root: Path, path: str) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(CannotSend), open_file(root, path):
        pytest.fail("it was opened")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


async def test_what_is_exchanged_after_opening_does_not_matter(root: Path, tmp_path: Path) -> None:
    with open_file(root, "图/a.png") as file:
        (root / "图" / "a.png").unlink()
        (root / "图" / "a.png").symlink_to(tmp_path / "secret")
        assert file.head.startswith(b"\x89PNG")


def test_a_huge_file_is_refused_before_the_first_byte(root: Path) -> None:
    with (root / "big").open("wb") as big:
        big.truncate(100 * 1024 * 1024 + 1)
    with pytest.raises(CannotSend, match="100 MiB"), open_file(root, "big"):
        pass
