from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.schedule import CronError, read_cron


def test_five_fields_become_minutes_and_days() -> None:
    cron = read_cron("0,30 8-9 * * 1-5")
    assert cron.minutes == (480, 510, 540, 570)
    assert not cron.steady
    assert [cron.on(date(2026, 3, day)) for day in (6, 7, 8, 9)] == [True, False, False, True]


@pytest.mark.parametrize(("text", "steady"), [("*/5 8 * * *", True), ("0 * * * *", True), ("0 0-23 * * *", False)])
def test_a_star_follows_the_running_clock(text: str, steady: bool) -> None:
    assert read_cron(text).steady is steady


def test_days_as_debian_reads_them() -> None:
    either, both = read_cron("0 0 13 * 5"), read_cron("0 0 */2 * 5")
    assert either.on(date(2026, 3, 6))  # a Friday
    assert either.on(date(2026, 4, 13))  # a Monday
    assert not both.on(date(2026, 3, 6))
    assert both.on(date(2026, 3, 13))
    assert read_cron("0 0 L * *").on(date(2028, 2, 29))
    assert read_cron("0 0 * * mon#1").on(date(2026, 6, 1))
    assert not read_cron("0 0 1 jan *").on(date(2026, 2, 1))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", ""),
        ("@daily", ""),
        ("0 30 8 * * 1", ""),
        ("0 0 * *", ""),
        ("60 8 * * *", "minute"),
        ("0 24 * * *", "hour"),
        ("0 8 32 * *", "day-of-month"),
        ("0 8 31 2 *", "day-of-month"),
        ("0 8 * 13 *", "month"),
        ("0 8 * * 8", "day-of-week"),
        ("0 8 * * 5-1", "day-of-week"),
        ("*/0 8 * * *", "minute"),
        ("0 " * 4 + "9" * 300, ""),
    ],
)
def test_what_is_refused_and_where(text: str, field: str) -> None:
    with pytest.raises(CronError) as caught:
        read_cron(text)
    assert caught.value.field == field


FIELD = st.text(alphabet="0123456789*/,-#LWMONjan ²", max_size=12)


@given(st.one_of(st.lists(FIELD, min_size=5, max_size=5).map(" ".join), st.text(max_size=30)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        cron = read_cron(text)
    except CronError as refused:
        field = refused.field
    else:
        assert list(cron.minutes) == sorted(set(cron.minutes))
        field = "" if isinstance(cron.on(date(2028, 2, 29)), bool) else "?"
    assert field in {"", "minute", "hour", "day-of-month", "month", "day-of-week"}
