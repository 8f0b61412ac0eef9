"""Times on the command line are local dates and times, nothing else."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ruleswx.verbs.moments import bad_moment, moment_of

ZONE = ZoneInfo("Asia/Shanghai")


def test_a_moment_is_read_in_the_zone_given() -> None:
    assert moment_of(" 2026-03-02 10:00 ", ZONE) == datetime(2026, 3, 2, 10, tzinfo=ZONE)


@pytest.mark.parametrize("text", [None, "", "10:00", "2026-03-02T10:00+08:00", "2026-02-30 10:00", "now"])
def test_anything_else_is_none(text: str | None) -> None:
    assert moment_of(text, ZONE) is None


def test_the_sentence_shows_what_was_typed() -> None:
    assert "now" in bad_moment("now", "zh")
    assert "now" in bad_moment("now", "en")
