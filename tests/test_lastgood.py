from pathlib import Path

import pytest

from ruleswx.lastgood import Snapshot, read_from, read_last_good, save_last_good

KEPT = Snapshot(("rules/a.yaml",), {"rules/a.yaml": "一".encode(), "t/x.j2": b"hello"}, {"x": "hello"}, "10:00")


def test_what_was_saved_comes_back_and_replaces_what_was_there(tmp_path: Path) -> None:
    save_last_good(tmp_path / "last-good", Snapshot(saved="9:00"), "9:00")
    save_last_good(tmp_path / "last-good", KEPT, "10:00")
    assert read_last_good(tmp_path / "last-good") == KEPT
    assert [path.name for path in tmp_path.iterdir()] == ["last-good"]


def test_cut_off_between_two_renames_the_old_one_counts(tmp_path: Path) -> None:
    save_last_good(tmp_path / "last-good", KEPT, "10:00")
    (tmp_path / "last-good").rename(tmp_path / "last-good.old")
    assert read_last_good(tmp_path / "last-good") == KEPT


def test_sameness_is_of_content_and_reading_is_of_nothing_else(tmp_path: Path) -> None:
    later = Snapshot(KEPT.rules, KEPT.files, KEPT.templates, "11:00")
    assert KEPT.same_as(later)
    assert not KEPT.same_as(Snapshot())
    assert read_from(KEPT)("t/x.j2") == b"hello"
    (tmp_path / "other").write_bytes(b"x")
    with pytest.raises(FileNotFoundError):
        read_from(KEPT)(str(tmp_path / "other"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rules": 1}', '{"files": {"a": "../../etc/passwd"}}'])
def test_a_damaged_last_good_set_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, "utf-8")
    assert read_last_good(tmp_path) is None
