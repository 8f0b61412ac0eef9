"""The table of the wire in docs/protocol.md names what there is: functions, answers of the sandbox, tests."""

import re
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest

from ruleswx.sandbox.endpoints import ENDPOINTS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "protocol.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| `")]
BY_PATH = {"qrcode", "l"}


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def found(package: str, name: str) -> object:
    module, *parts = name.split(".")
    return reduce(getattr, parts, import_module(f"{package}.{module}"))


def test_every_address_the_sandbox_answers_has_one_row() -> None:
    assert sorted(names(row[0])[0] for row in ROWS) == sorted({*ENDPOINTS, *BY_PATH})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("`"))
def test_a_row_is_true(row: list[str]) -> None:
    assert len(row) == 5
    assert all(row), "no empty cell"
    endpoint = names(row[0])[0]
    makers = names(row[1]) + names(row[2])
    assert all(callable(found("ruleswx.protocol", name)) for name in makers)
    assert names(row[1]) or row[1] == "missing"
    answered = found("ruleswx.sandbox.endpoints", names(row[3])[0])
    assert endpoint in BY_PATH or ENDPOINTS[endpoint] is answered
    words = {endpoint, *(name.split(".")[1] for name in makers)} if makers else {endpoint, "ENDPOINTS"}
    assert names(row[4])
    for test in names(row[4]):
        assert Path(test).name.startswith("test_")
        text = (ROOT / "tests" / test).read_text("utf-8")
        assert any(re.search(rf"\b{word}\b", text) for word in words), f"{test} knows nothing of {endpoint}"


def test_files_and_functions_of_the_prose_exist() -> None:
    prose = "\n".join(line for line in PAGE.splitlines() if not line.startswith("|"))
    for name in names(prose):
        if name.endswith((".py", "/")):
            assert (ROOT / name).exists() or (ROOT / "tests" / name).exists(), name
        elif "." in name:
            assert callable(found("ruleswx.protocol", name)), name
        else:
            assert name in ENDPOINTS, name
