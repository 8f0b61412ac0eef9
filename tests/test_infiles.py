import hashlib
import json
import stat
from pathlib import Path

import pytest

from ruleswx.infiles import MediaFolder, NoRoom


def put(folder: MediaFolder, data: bytes, now: float = 1.0, name: str = "") -> str:
    with folder.receive(now) as file:
        file.write(data)
        file.keep(".bin", {"file_name": name})
    return file.kept


def names(path: Path) -> set[str]:
    return {each.name for each in path.iterdir()}


def test_a_file_is_kept_under_a_name_of_ours_and_theirs_is_data(tmp_path: Path) -> None:
    folder = MediaFolder(tmp_path / "media", 1000)
    evil = "../../etc/\u202epasswd\0"
    name = put(folder, b"hello", 5.0, evil)
    path = tmp_path / "media" / name
    about = json.loads((tmp_path / "media" / f"{name}.json").read_text("utf-8"))
    assert path.read_bytes() == b"hello"
    assert (path.stat().st_mtime, stat.S_IMODE(path.stat().st_mode)) == (5.0, 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert (about["file_name"], about["file"], about["size"]) == (evil, name, 5)
    assert about["sha256"] == hashlib.sha256(b"hello").hexdigest()
    assert names(tmp_path / "media") == {name, f"{name}.json"}
    assert put(folder, b"hello") != name


def test_what_is_not_wanted_or_breaks_leaves_nothing(tmp_path: Path) -> None:
    folder = MediaFolder(tmp_path / "media", 1000)
    with folder.receive(1.0) as file:
        file.write(b"half")
    with pytest.raises(NoRoom), folder.receive(1.0) as file:
        file.write(bytes(1001))
    assert names(tmp_path / "media") == set()


def test_beginning_anew_forgets_what_came(tmp_path: Path) -> None:
    folder = MediaFolder(tmp_path / "media", 1000)
    with folder.receive(1.0) as file:
        file.write(b"<html>longer than the rest")
        file.again()
        file.write(b"good")
        file.keep(".bin", {})
    assert (tmp_path / "media" / file.kept).read_bytes() == b"good"
    assert (file.size, file.head) == (4, b"good")


def test_the_oldest_make_room_and_one_too_large_is_refused(tmp_path: Path) -> None:
    folder = MediaFolder(tmp_path / "media", 1000)
    first, second = put(folder, bytes(400), 1.0), put(folder, bytes(400), 2.0)
    third = put(folder, bytes(300), 3.0)
    assert not (tmp_path / "media" / first).exists()
    assert not (tmp_path / "media" / f"{first}.json").exists()
    with pytest.raises(NoRoom):
        put(folder, bytes(1001))
    again = MediaFolder(tmp_path / "media", 1000)
    fourth = put(again, bytes(500), 4.0)
    assert names(tmp_path / "media") == {name for kept in (third, fourth) for name in (kept, f"{kept}.json")}
    assert second not in names(tmp_path / "media")


def test_time_takes_the_old_and_a_sweep_what_a_kill_left(tmp_path: Path) -> None:
    folder = MediaFolder(tmp_path / "media", 1000)
    assert folder.prune(10.0) == 0
    folder.sweep()
    old, new = put(folder, b"a", 1.0), put(folder, b"b", 20.0)
    (tmp_path / "media" / "dead.part").write_bytes(b"x")
    (tmp_path / "media" / "alone.json").write_text("{}")
    (tmp_path / "media" / "somebody's.txt").write_text("not ours")
    again = MediaFolder(tmp_path / "media", 1000)
    again.sweep()
    assert again.prune(10.0) == 1
    assert names(tmp_path / "media") == {new, f"{new}.json", "somebody's.txt"}
    assert old not in names(tmp_path / "media")
