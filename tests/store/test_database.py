"""Transactions are whole or nothing, and SQLite's errors come out as ours."""

import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ruleswx.errors import StoreError, StoreUnavailable
from ruleswx.store.database import Database, connect, connect_to_read


@pytest.fixture
def database(quick: Path) -> Iterator[Database]:
    opened = connect(quick / "a.db")
    opened.execute("CREATE TABLE t (x UNIQUE)")
    yield opened
    opened.close()


def test_every_commit_is_on_the_disk(database: Database) -> None:
    assert database.one("PRAGMA journal_mode") == ("wal",)
    assert database.one("PRAGMA synchronous") == (2,)
    assert database.one("PRAGMA secure_delete") == (1,)


@pytest.mark.parametrize("end", [ValueError, KeyboardInterrupt])
def test_whatever_ends_a_transaction_early_undoes_it(database: Database, end: type[BaseException]) -> None:
    with pytest.raises(end), database.transaction():  # noqa: PT012 - the raise is what is tried
        database.execute("INSERT INTO t VALUES (1)")
        raise end
    assert database.rows("SELECT * FROM t") == []
    with database.transaction():
        database.execute("INSERT INTO t VALUES (2)")
    assert database.rows("SELECT * FROM t") == [(2,)]


def test_a_reader_sees_whole_transactions_and_cannot_write(database: Database) -> None:
    reader = connect_to_read(database.path)
    with database.transaction():
        database.execute("INSERT INTO t VALUES (1)")
        assert reader.rows("SELECT * FROM t") == []
    assert reader.rows("SELECT * FROM t") == [(1,)]
    with pytest.raises(StoreUnavailable):
        reader.execute("INSERT INTO t VALUES (2)")
    reader.close()


def test_a_full_disk_undoes_the_transaction_and_works_again_when_there_is_room(database: Database) -> None:
    database.execute("PRAGMA max_page_count = 4")
    with pytest.raises(StoreUnavailable, match="full"), database.transaction():
        database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert database.rows("SELECT * FROM t") == []
    database.execute("PRAGMA max_page_count = 4000")
    with database.transaction():
        database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert database.one("SELECT count(*) FROM t") == (1,)


def test_our_own_mistake_is_a_store_error_too(database: Database) -> None:
    database.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(StoreError, match="UNIQUE") as caught:
        database.execute("INSERT INTO t VALUES (1)")
    assert not isinstance(caught.value, StoreUnavailable)


def test_what_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    path.write_bytes(b"not a database at all, but long enough to be read as one" * 40)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="damaged") as caught:
        connect(path)
    assert caught.value.event == "state_damaged"
    assert path.read_bytes() == before


def test_a_reader_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        connect_to_read(tmp_path / "none.db")


def test_a_copy_holds_everything(database: Database, tmp_path: Path) -> None:
    database.execute("INSERT INTO t VALUES (7)")
    database.back_up(tmp_path / "copy.db")
    copy = connect_to_read(tmp_path / "copy.db")
    assert copy.rows("SELECT * FROM t") == [(7,)]
    copy.close()
    with pytest.raises(StoreError):
        database.back_up(tmp_path / "no" / "copy.db")


def test_a_file_that_is_gone_or_replaced_takes_nothing_more(database: Database, quick: Path) -> None:
    aside = quick / "aside.db"
    database.path.rename(aside)
    with pytest.raises(StoreUnavailable, match="found"), database.transaction():
        database.execute("INSERT INTO t VALUES (1)")
    database.path.write_bytes(b"")
    with pytest.raises(StoreError, match="replaced") as caught, database.transaction():
        database.execute("INSERT INTO t VALUES (1)")
    assert caught.value.event == "state_replaced"
    aside.rename(database.path)
    with database.transaction():
        database.execute("INSERT INTO t VALUES (1)")
    assert database.rows("SELECT * FROM t") == [(1,)]


def test_a_disk_that_takes_no_more_bytes_undoes_the_transaction_and_heals(database: Database) -> None:
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = Path(f"{database.path}-wal").stat().st_size
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 5000, limits[1]))
        with pytest.raises(StoreUnavailable), database.transaction():
            database.execute("INSERT INTO t VALUES (zeroblob(50000))")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert database.rows("SELECT * FROM t") == []
    with database.transaction():
        database.execute("INSERT INTO t VALUES (zeroblob(50000))")
    assert database.one("SELECT count(*) FROM t") == (1,)
