"""A state folder and the values every test of the store writes into one."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ruleswx.store import Store, open_store
from tests.store.making import quick_place


@pytest.fixture
def quick() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of commits need not wait for a busy disk."""
    with TemporaryDirectory(dir=quick_place()) as where:
        yield Path(where)


@pytest.fixture
def folder(quick: Path) -> Path:
    return quick / "state"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with open_store(folder) as opened:
        yield opened
