import importlib.util
from datetime import date, timedelta

import pytest

from ruleswx.schedule import data_end, day_names, is_holiday, is_workday
from ruleswx.schedule import days as module

PACKAGE = importlib.util.find_spec("chinese_calendar")


@pytest.mark.parametrize(
    ("day", "work", "holiday"),
    [
        (date(2026, 9, 30), True, False),
        (date(2026, 10, 1), False, True),
        (date(2026, 10, 7), False, True),
        (date(2026, 10, 8), True, False),
        (date(2026, 10, 10), True, False),  # a Saturday worked for 国庆
        (date(2026, 10, 11), False, False),  # a plain Sunday is neither
        (date(2026, 2, 16), False, True),  # 除夕
        (date(2025, 1, 28), False, True),
        (date(2024, 2, 18), True, False),  # a Sunday worked for 春节
    ],
)
def test_legal_days(day: date, work: bool, holiday: bool) -> None:
    assert (is_workday(day), is_holiday(day)) == (work, holiday)
    assert ("workday" in day_names(day), "holiday" in day_names(day)) == (work, holiday)


def test_every_day_has_its_names() -> None:
    assert day_names(date(2026, 10, 10)) == {"sat", "weekend", "workday"}
    assert day_names(date(2026, 10, 1)) == {"thu", "weekday", "holiday"}
    assert day_names(date(2026, 10, 3)) == {"sat", "weekend", "holiday"}
    assert day_names(date(2026, 10, 18)) == {"sun", "weekend"}


def test_the_table_is_what_a_notice_can_say() -> None:
    for year, table in module._notices().items():
        worked = table["worked"]
        assert all(day.year == int(year) and day.weekday() > 4 for day in worked)
        assert worked == sorted(worked)
        assert all(first <= last and {first.year, last.year} == {int(year)} for first, last in table["off"])
        off, extra = module._year(int(year)) or (set(), set())
        assert not off & extra
        # Every weekday off beyond the statutory days (11 until 2024, 13 since) is worked on some weekend instead.
        assert len(extra) <= sum(day.weekday() < 5 for day in off)


def test_years_nobody_knows_fall_back_to_monday_to_friday() -> None:
    assert not is_holiday(date(2045, 10, 2))
    assert is_workday(date(2045, 10, 2))
    assert day_names(date(2045, 10, 1)) == {"sun", "weekend"}


def test_the_end_of_the_data_is_said() -> None:
    end = data_end()
    assert end >= date(2026, 12, 31)
    assert (end.month, end.day) == (12, 31)
    assert module._year(end.year) is not None
    assert module._year(end.year + 1) is None


def test_without_the_optional_package_only_the_table_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "chinese_calendar", None)
    assert module._asked(2023) is None


@pytest.mark.skipif(PACKAGE is None, reason="the extra [cn] is not installed")
def test_the_table_agrees_with_the_package_on_every_day() -> None:
    import chinese_calendar as package

    days = [date(2024, 1, 1) + timedelta(n) for n in range(1096)]
    assert [d for d in days if is_workday(d) != package.is_workday(d)] == []
    assert [d for d in days if is_holiday(d) != (d in package.constants.holidays)] == []


@pytest.mark.skipif(PACKAGE is None, reason="the extra [cn] is not installed")
def test_years_before_the_table_come_from_the_package() -> None:
    assert is_holiday(date(2023, 1, 23))
    assert is_workday(date(2023, 1, 28))
