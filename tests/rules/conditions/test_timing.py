"""hours, days, dates, chance."""

from datetime import datetime

import pytest

from tests.rules.bot import ZONE, Bot, row, why

R = "reply: [{rule: 一, when: {sender: '@', contains: 价, %s}, do: {log: 好}}]"


@pytest.mark.parametrize(
    ("line", "at", "hits"),
    [
        ("hours: 09:00-21:00", "2026-03-02 09:00", True),
        ("hours: 09:00-21:00", "2026-03-02 20:59", True),
        ("hours: 09:00-21:00", "2026-03-02 21:00", False),
        ("hours: 21:00-09:00", "2026-03-02 23:30", True),
        ("hours: 21:00-09:00", "2026-03-02 08:59", True),
        ("hours: 21:00-09:00", "2026-03-02 09:00", False),
        ("hours: 22:00-24:00", "2026-03-02 23:59", True),
        ("hours: [08:00-09:00, 12:00-13:00]", "2026-03-02 12:30", True),
        ("days: mon", "2026-03-02 10:00", True),
        ("days: [sat, weekend]", "2026-03-02 10:00", False),
        ("days: workday", "2026-10-10 10:00", True),
        ("days: workday", "2026-10-01 10:00", False),
        ("days: holiday", "2026-10-01 10:00", True),
        ("days: holiday", "2026-03-07 10:00", False),
        ("dates: 2026-03-01..2026-03-02", "2026-03-02 23:59", True),
        ("dates: 2026-03-01..2026-03-02", "2026-03-03 00:00", False),
        ("dates: 2026-03-03", "2026-03-03 12:00", True),
        ("chance: 100%", "2026-03-03 12:00", True),
    ],
)
def test_lines(line: str, at: str, hits: bool) -> None:
    bot = Bot(R % line)
    bot.now = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    assert (row(bot.judge("价"), "一").outcome == "matched") == hits


def test_reasons() -> None:
    bot = Bot(R % "hours: 21:00-09:00")
    assert why(bot.judge("价"), "一") == "it is 10:00, not 21:00-09:00"
    assert why(Bot(R % "days: sat").judge("价"), "一") == "today is mon, weekday, workday, not sat"
    assert why(Bot(R % "dates: 2027-01-01").judge("价"), "一") == "today, 2026-03-02, is not in 2027-01-01"


def test_chance_is_about_as_likely_as_it_says() -> None:
    bot = Bot(R % "chance: 30%")
    hits = sum(row(bot.judge("价"), "一").outcome == "matched" for _ in range(400))
    assert 80 < hits < 160
    assert bot.judge("没有").rules[0].because.code == "contains.no", "the dice come last"
