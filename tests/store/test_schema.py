"""A new file, an older one, one from the future, a broken one."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ruleswx.errors import StoreError
from ruleswx.store import open_reader, open_store
from ruleswx.store.database import connect
from ruleswx.store.folder import Folder
from ruleswx.store.schema import STEPS, VERSION, prepare
from tests.store.making import incoming


def grow(folder: Path, *more: str) -> None:
    """Open the file as a version with one step more."""
    held = Folder(folder)
    database = connect(held.database)
    try:
        prepare(database, held, {**STEPS, VERSION: more})
    finally:
        database.close()
        held.close()


def fill(folder: Path) -> None:
    with open_store(folder) as store:
        store.take(incoming("1", "2"), b"s", 1.0)


def test_an_older_file_is_copied_and_brought_up(folder: Path) -> None:
    fill(folder)
    grow(folder, "ALTER TABLE inbox ADD COLUMN note TEXT", "CREATE TABLE more (x)")
    copy = folder / f"ruleswx.db.v{VERSION}.bak"
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT msg_id FROM inbox").fetchall() == [("1",), ("2",)]
        assert old.execute("PRAGMA user_version").fetchone() == (VERSION,)
    with closing(sqlite3.connect(folder / "ruleswx.db")) as new:
        assert new.execute("SELECT msg_id, note FROM inbox").fetchall() == [("1", None), ("2", None)]


def test_a_step_that_fails_changes_nothing(folder: Path) -> None:
    fill(folder)
    with pytest.raises(StoreError):
        grow(folder, "CREATE TABLE more (x)", "CREATE TABLE more (x)")
    with open_store(folder) as store:
        assert len(store.pending()) == 2


def test_a_file_from_the_future_is_refused_by_writer_and_reader(folder: Path) -> None:
    fill(folder)
    grow(folder, "CREATE TABLE more (x)")
    for opener in (open_store, open_reader):
        with pytest.raises(StoreError, match="newer") as caught, opener(folder):
            pass
        assert caught.value.event == "state_new"


def test_a_reader_waits_for_the_bot_to_bring_an_old_file_up(folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "ruleswx.db")) as old:
        old.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreError) as caught, open_reader(folder):
        pass
    assert caught.value.event == "state_old"


def test_a_broken_page_is_found_at_the_start_and_the_file_is_left_alone(folder: Path) -> None:
    fill(folder)
    path = folder / "ruleswx.db"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"), open_store(folder):
        pass
    assert path.read_bytes() == bytes(data)


def test_deleted_space_is_given_back(folder: Path) -> None:
    fill(folder)
    with closing(sqlite3.connect(folder / "ruleswx.db")) as file:
        assert file.execute("PRAGMA auto_vacuum").fetchone() == (2,)
