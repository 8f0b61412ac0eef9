"""The state folder is private, ours, and held by one process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ruleswx.errors import StoreError, StoreLocked
from ruleswx.store.folder import Folder


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_it_is_made_private_with_its_parents_under_any_mask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = Folder(tmp_path / "a" / "state")
        path = folder.make_private("x.db")
    finally:
        os.umask(before)
    assert mode(folder.path) == 0o700
    assert mode(path) == mode(folder.path / "lock") == 0o600
    assert folder.notices == []
    folder.close()


def test_what_is_ours_but_open_is_tightened_and_said(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.mkdir(mode=0o755)
    (path / "x.db").write_bytes(b"kept")
    (path / "x.db").chmod(0o644)
    folder = Folder(path)
    folder.make_private("x.db")
    assert mode(path) == 0o700
    assert mode(path / "x.db") == 0o600
    assert (path / "x.db").read_bytes() == b"kept"
    assert [(event, values["mode"]) for event, values in folder.notices] == [
        ("state_tightened", "0700"),
        ("state_tightened", "0600"),
    ]
    folder.close()


def test_a_second_one_is_refused_at_once_and_hears_who_has_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with pytest.raises(StoreLocked, match=f"process {os.getpid()} on ") as caught:
        Folder(tmp_path)
    assert str(os.getpid()) in caught.value.holder
    folder.close()
    Folder(tmp_path).close()


def test_a_killed_holder_leaves_no_obstacle(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from ruleswx.store.folder import Folder;"
        "Folder(pathlib.Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert (tmp_path / "lock").read_text().split()[0].isdecimal()
    Folder(tmp_path).close()


@pytest.mark.parametrize(
    ("make", "event"),
    [
        (lambda p: p.write_text("x"), "state_no_folder"),
        (lambda p: (p.mkdir(), (p / "lock").mkdir()), "state_unusable"),
        (lambda p: (p.mkdir(), (p / "lock").symlink_to(p.parent / "elsewhere")), "state_unusable"),
        (lambda p: (p.mkdir(), os.mkfifo(p / "lock", 0o600)), "state_no_file"),
        (lambda p: (p.parent / "file").write_text("x") and p.symlink_to(p.parent / "file"), "state_no_folder"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, make: Callable[[Path], object], event: str) -> None:
    path = tmp_path / "state"
    make(path)
    with pytest.raises(StoreError) as caught:
        Folder(path)
    assert caught.value.event == event
    assert str(path) in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give things away")
def test_root_goes_on_in_a_folder_of_another_user_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.mkdir(mode=0o755)
    os.chown(path, 1000, 1000)
    folder = Folder(path)
    assert [event for event, _ in folder.notices] == ["state_of_other", "state_tightened"]
    folder.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("owned", [False, True])
def test_others_are_refused_a_folder_that_is_not_theirs(tmp_path: Path, owned: bool) -> None:
    path = tmp_path / "state"
    path.mkdir(mode=0o777)
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == 0 and parent.is_relative_to(Path(tmp_path.parts[0]) / tmp_path.parts[1]):
            parent.chmod(parent.stat().st_mode | 0o011)
    if owned:
        os.chown(path, 4321, 4321)
    os.seteuid(4321)
    try:
        if owned:
            Folder(path).close()
        else:
            with pytest.raises(StoreError) as caught:
                Folder(path)
            assert caught.value.event == "state_foreign"
    finally:
        os.seteuid(0)


def test_a_folder_nobody_may_write_is_said() -> None:
    with pytest.raises(StoreError) as caught:
        Folder(Path("/proc/self/state"))
    assert caught.value.event == "state_unusable"


def test_a_database_put_aside_keeps_its_parts_and_every_earlier_one(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "state")
    for number in range(2):
        for ending in ("", "-wal"):
            (tmp_path / "state" / f"ruleswx.db{ending}").write_text(f"{number}{ending}")
        folder.put_aside("ruleswx.db.sandbox")
    folder.close()
    kept = {path.name: path.read_text() for path in (tmp_path / "state").glob("ruleswx.db*")}
    assert kept == {
        "ruleswx.db.sandbox": "0",
        "ruleswx.db.sandbox-wal": "0-wal",
        "ruleswx.db.sandbox-2": "1",
        "ruleswx.db.sandbox-2-wal": "1-wal",
    }
