"""The machine judged from given facts."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ruleswx.qr import Style
from ruleswx.verbs.checkup import Disk, Finding, clock, disk, hosts, modes, terminal, versions

ZONE = ZoneInfo("Asia/Shanghai")
NOW = 1_780_000_000.0


def seen(findings: object) -> list[tuple[str, str]]:
    return [(finding.level, finding.what) for finding in findings]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ({"trio": "0.35.0", "httpx": "0.28.10"}, [("ok", "versions")]),
        ({"trio": "0.34.9", "httpx": "0.28.1"}, [("mend", "old")]),
        ({"trio": "1.0rc1"}, [("mend", "old")]),
        ({}, [("mend", "old"), ("mend", "old")]),
    ],
)
def test_versions_against_their_floors(there: dict[str, str], wanted: list[tuple[str, str]]) -> None:
    floors = ("trio>=0.35", "httpx<0.29,>=0.28.1", "tzdata; sys_platform == 'win32'", "x>=1; extra == 'cn'", "plain")
    assert seen(versions(floors, there.get, "3.11.7", (2, 6, 1))) == wanted


def test_an_old_xml_parser_is_noted() -> None:
    (_, finding) = versions((), lambda _: None, "3.11.7", (2, 5, 0))
    assert (finding.level, finding.values) == ("note", {"found": "2.5.0", "least": "2.6.0"})


@pytest.mark.parametrize(
    ("now", "drift", "wanted"),
    [(NOW, 0.2, ("ok", "clock")), (NOW, -7.0, ("mend", "jumps")), (86_400.0, 0.0, ("mend", "past"))],
)
def test_the_clock(now: float, drift: float, wanted: tuple[str, str]) -> None:
    assert seen(clock(now, drift, ZONE)) == [wanted]


def test_the_clock_is_told_in_the_zone() -> None:
    (finding,) = clock(NOW, 0.0, ZONE)
    assert finding.values["time"] == "2026-05-29 04:26:40"


def test_the_state_is_private_or_not(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert seen(modes(state, os.geteuid())) == [("note", "no_state")]
    state.mkdir(mode=0o700)
    (state / "ruleswx.db").touch(mode=0o600)
    assert seen(modes(state, os.geteuid())) == [("ok", "private")]
    (state / "ruleswx.db").chmod(0o640)
    state.chmod(0o755)
    assert [f.values["least"] for f in modes(state, os.geteuid())] == ["0700", "0600"]
    assert seen(modes(state, os.geteuid() + 1)) == [("mend", "foreign")] * 2


@pytest.mark.parametrize(
    ("measured", "wanted"),
    [
        (Disk(0.3, 2.0, 100, 2**33), [("ok", "disk")]),
        (Disk(30.0, 90.0, 100, 2**33), [("note", "disk")]),
        (Disk(130.0, 900.0, 100, 2**20), [("mend", "stalls"), ("mend", "full")]),
        (OSError(30, "Read-only file system"), [("mend", "no_disk")]),
    ],
)
def test_the_disk(measured: Disk | OSError, wanted: list[tuple[str, str]]) -> None:
    assert seen(disk(measured)) == wanted


def test_hosts_are_looked_up_one_by_one() -> None:
    asked = []

    def resolve(name: str) -> None:
        asked.append(name)
        if name.startswith("file"):
            raise OSError(-2, "Name or service not known")

    found = list(hosts(("wx.example", "file.wx.example"), resolve))
    assert asked == ["wx.example", "file.wx.example"]
    values = {"name": "file.wx.example", "why": "Name or service not known"}
    assert found == [Finding("mend", "dns", "unknown_host", values)]
    assert seen(hosts(("wx.example",), resolve)) == [("ok", "dns")]


@pytest.mark.parametrize(
    ("columns", "style", "wanted"),
    [
        (80, Style(), ("ok", "terminal")),
        (80, Style(colour=False), ("ok", "plain_terminal")),
        (30, Style(), ("mend", "narrow")),
        (60, Style(blocks=False), ("mend", "narrow")),
        (None, Style(), ("note", "no_terminal")),
    ],
)
def test_the_terminal(columns: int | None, style: Style, wanted: tuple[str, str]) -> None:
    assert seen(terminal(columns, style)) == [wanted]
