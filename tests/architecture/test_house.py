"""The floor plan is a test: doors, sizes, tests beside sources, and nothing of a builder's machine in the tree."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ruleswx"
SOURCES = sorted(p for p in PACKAGE.rglob("*.py"))

DOORS = {
    "httpx": {"transport"},
    "sqlite3": {"store"},
    "watchfiles": {"reload"},
    "starlette": {"web", "sandbox"},
    "hypercorn": {"web", "sandbox"},
    "segno": {"qr", "sandbox"},
    "cronsim": {"schedule"},
    "msgspec": {"protocol", "store"},
    "jinja2": {"templates"},
    "yaml": {"rules.source"},
    "pydantic": {"rules.shape", "rules.schema", "config"},
    "re2": {"rules"},
    "ahocorasick_rs": {"rules.index"},
}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_each_library_has_one_door() -> None:
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in SOURCES
        for name in imports(path)
        if (rooms := DOORS.get(name.split(".")[0]))
        and not any(module_name(path) == room or module_name(path).startswith(room + ".") for room in rooms)
    ]
    assert wrong == []


def test_no_room_and_no_function_grows_too_long() -> None:
    long = [f"{module_name(p)}: {n} lines" for p in SOURCES if (n := p.read_text("utf-8").count("\n")) > 500]
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = (node.end_lineno or 0) - node.lineno + 1
                if body > 50:
                    long.append(f"{module_name(path)}.{node.name}: {body} lines")
    assert long == []


def test_every_room_has_its_tests() -> None:
    """A module is tested by test_NAME.py, a package by a folder of its name (or by its modules' own files)."""
    tests = {p.stem.removeprefix("test_") for p in (ROOT / "tests").rglob("test_*.py")}
    folders = {p.parent.name for p in (ROOT / "tests").rglob("test_*.py")}
    missing = [
        module_name(p)
        for p in SOURCES
        if p.stem not in {"__init__", "__main__"}
        and p.stem not in tests
        and not ({*p.relative_to(PACKAGE).parts[:-1]} - {"rules", "protocol", "verbs"}) & (folders | tests)
    ]
    assert missing == []


def test_every_module_says_what_it_is_for() -> None:
    assert [module_name(p) for p in SOURCES if not ast.get_docstring(ast.parse(p.read_text("utf-8")))] == []


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_loads_nothing_heavy(flag: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ruleswx", flag],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    loaded = {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert loaded & {"trio", "jinja2", "yaml", "httpx", "pydantic", "structlog", "sqlite3", "msgspec"} == set()
    assert "argparse" in loaded


def test_the_tree_speaks_only_of_itself() -> None:
    # Written so that the pattern does not find itself.
    pattern = re.compile(
        r"p[y]thon" + r"hosted\.|p[y]pi\.org|registry\.n" + r"pmjs|deb\.deb" + r"ian\.org|/w" + r"ork/"
    )
    listed = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.splitlines()
    found = [
        name
        for name in listed
        if (path := ROOT / name).is_file() and pattern.search(path.read_text("utf-8", errors="replace"))
    ]
    assert found == []
