from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from ruleswx.schedule import Spec, due_now, is_due, jittered, next_due, occurrences, previous_due

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)
REPORT = Spec(SHANGHAI, at=(time(8, 30),), days=frozenset({"workday"}), jitter=2 * MINUTE, missed=timedelta(minutes=20))
PLAIN = Spec(SHANGHAI, at=(time(8, 30),), missed=timedelta(minutes=20))


def on(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def verdicts(spec: Spec, mark: datetime | None, now: datetime, since: datetime | None = None) -> list[tuple[str, str]]:
    return [(f"{o.due:%m-%d %H:%M}", o.verdict) for o in due_now(spec, mark, now, "早报", since)]


def test_the_legal_workdays_around_national_day() -> None:
    found = occurrences(REPORT, on("2026-09-30"), on("2026-10-11"))
    assert [f"{due:%Y-%m-%d %H:%M}" for due in found] == [
        "2026-09-30 08:30",
        "2026-10-08 08:30",
        "2026-10-09 08:30",
        "2026-10-10 08:30",
    ]


def test_bounds_of_a_span_are_half_open() -> None:
    eight = on("2026-03-02 08:30")
    assert list(occurrences(PLAIN, eight, eight)) == []
    assert list(occurrences(PLAIN, eight, eight + timedelta(microseconds=1))) == [eight]


def test_next_is_strictly_after_and_previous_is_not() -> None:
    eight = on("2026-03-02 08:30")
    assert next_due(PLAIN, eight) == eight + timedelta(1)
    assert next_due(PLAIN, eight - timedelta(microseconds=1)) == eight
    assert previous_due(PLAIN, eight) == eight
    assert previous_due(PLAIN, eight - timedelta(microseconds=1)) == eight - timedelta(1)
    assert is_due(PLAIN, eight)
    assert not is_due(PLAIN, eight + MINUTE)
    assert not is_due(PLAIN, eight + timedelta(microseconds=1))


def test_answers_are_in_the_zone_of_the_schedule() -> None:
    found = next_due(PLAIN, datetime(2026, 3, 2, 0, 0, tzinfo=UTC))
    assert found == on("2026-03-02 08:30")
    assert found is not None
    assert found.tzinfo is SHANGHAI


@pytest.mark.parametrize(
    ("spec", "after", "expected"),
    [
        (Spec(SHANGHAI, once=datetime.fromisoformat("2026-03-02T10:00")), "2020-01-01", "2026-03-02 10:00"),
        (Spec(SHANGHAI, once=datetime.fromisoformat("2026-03-02T10:00")), "2026-03-02 10:00", None),
        (Spec(SHANGHAI, cron="0 9 29 2 *"), "2026-01-01", "2028-02-29 09:00"),
        (Spec(SHANGHAI, cron="0 9 29 2 *"), "2096-03-01", None),
        (Spec(SHANGHAI, at=(time(9),), dates=((date(2020, 1, 1), date(2020, 2, 1)),)), "2026-01-01", None),
        (Spec(SHANGHAI, at=(time(9),), days=frozenset({"holiday"})), "2026-05-06", "2026-06-19 09:00"),
        (Spec(SHANGHAI, every=timedelta(hours=5)), "2026-03-02 21:00", "2026-03-03 00:00"),
        (Spec(SHANGHAI, at=(time(9),)), "9999-12-30 12:00", None),
    ],
)
def test_the_search_ends(spec: Spec, after: str, expected: str | None) -> None:
    assert next_due(spec, on(after)) == (expected and on(expected))


def test_the_search_backwards_ends() -> None:
    assert previous_due(Spec(SHANGHAI, once=datetime.fromisoformat("2026-03-02T10:00")), on("2026-01-01")) is None
    assert previous_due(replace(PLAIN, dates=((date(2030, 1, 1), date(2030, 1, 2)),)), on("2026-01-01")) is None
    assert previous_due(PLAIN, on("0001-01-02 08:00")) is None


def test_the_next_ten_of_an_endless_beat() -> None:
    ten = list(islice(occurrences(Spec(NEW_YORK, every=30 * MINUTE), on("2026-11-01 12:00")), 10))
    gaps = {(b.astimezone(UTC) - a.astimezone(UTC)) for a, b in pairwise(ten)}
    assert gaps == {30 * MINUTE}


def test_an_end_in_the_doubled_hour_is_the_second_one_if_it_says_so() -> None:
    spec = Spec(NEW_YORK, every=30 * MINUTE)
    start = datetime(2026, 11, 1, 1, 0, tzinfo=NEW_YORK, fold=1)
    assert [f"{t:%H:%M%z}" for t in occurrences(spec, start, start.astimezone(UTC) + MINUTE)] == ["01:00-0500"]


# -- jitter


def test_jitter_is_drawn_once_and_for_all() -> None:
    due = on("2026-03-02 08:30")
    first = jittered(REPORT, due, "早报")
    assert first == jittered(REPORT, due.astimezone(UTC), "早报")
    assert due <= first < due + 2 * MINUTE
    drawn = {jittered(REPORT, due, str(n)) for n in range(200)}
    assert len(drawn) > 60
    assert jittered(PLAIN, due, "早报") == due


def test_jitter_never_reaches_the_next_occurrence() -> None:
    spec = Spec(UTC, every=timedelta(seconds=30), jitter=timedelta(hours=1))
    dues = list(islice(occurrences(spec, on("2026-03-02")), 200))
    assert all(a <= jittered(spec, a, "x") < b for a, b in pairwise(dues))


def test_jitter_of_the_last_occurrence_has_all_the_room() -> None:
    spec = Spec(UTC, once=datetime.fromisoformat("2026-03-02"), jitter=timedelta(hours=1))
    due = datetime(2026, 3, 2, tzinfo=UTC)
    assert max(jittered(spec, due, str(n)) for n in range(50)) > due + timedelta(minutes=30)


# -- what is due now


def test_without_a_mark_nothing_of_the_past_counts() -> None:
    assert due_now(PLAIN, None, on("2026-03-02 08:30")) == ()


def test_on_time() -> None:
    mark = on("2026-03-01 08:30")
    assert verdicts(PLAIN, mark, on("2026-03-02 08:29:59")) == []
    assert verdicts(PLAIN, mark, on("2026-03-02 08:30")) == [("03-02 08:30", "fire")]
    assert verdicts(PLAIN, on("2026-03-02 08:30"), on("2026-03-02 08:31")) == []


def test_a_clock_set_back_fires_nothing_twice() -> None:
    mark = on("2026-03-02 08:30")
    for now in ("2026-03-02 07:40", "2026-03-02 08:30", "2026-02-01 08:30", "1970-01-01 08:30"):
        assert due_now(PLAIN, mark, on(now)) == ()


@pytest.mark.parametrize(
    ("missed", "now", "verdict"),
    [
        (timedelta(minutes=20), "08:40", "fire"),
        (timedelta(minutes=20), "08:50", "fire"),
        (timedelta(minutes=20), "08:50:01", "missed"),
        (timedelta(seconds=5), "08:30:05", "fire"),
        (timedelta(seconds=5), "08:30:06", "missed"),
        (None, "08:30:01", "missed"),
    ],
)
def test_what_nobody_waited_for_goes_by_its_policy(missed: timedelta | None, now: str, verdict: str) -> None:
    moment = on(f"2026-03-02 {now}")
    found = verdicts(replace(PLAIN, missed=missed), on("2026-03-01 08:30"), moment, since=moment)
    assert found == [("03-02 08:30", verdict)]


@pytest.mark.parametrize(("now", "verdict"), [("08:31:30", "fire"), ("08:31:31", "missed")])
def test_whoever_waited_may_be_a_minute_late(now: str, verdict: str) -> None:
    found = verdicts(
        replace(PLAIN, missed=None), on("2026-03-01 08:30"), on(f"2026-03-02 {now}"), on("2026-03-02 08:30")
    )
    assert found == [("03-02 08:30", verdict)]


def test_a_long_jitter_is_not_lateness() -> None:
    spec = replace(PLAIN, jitter=timedelta(hours=2), missed=None)
    due = on("2026-03-02 08:30")
    planned = jittered(spec, due, "早报")
    assert planned > due + timedelta(minutes=5)
    mark, since = due - timedelta(1), due + timedelta(minutes=1)
    assert verdicts(spec, mark, planned - timedelta(seconds=1), since) == []
    assert verdicts(spec, mark, planned, since) == [("03-02 08:30", "fire")]


def test_what_was_due_later_on_the_day_of_the_mark_is_found_the_next_morning() -> None:
    spec = replace(PLAIN, at=(time(8, 30), time(20, 0)), missed=timedelta(hours=12))
    assert verdicts(spec, on("2026-03-01 08:30"), on("2026-03-02 07:00")) == [("03-01 20:00", "fire")]


def test_only_the_newest_of_many_fires() -> None:
    spec = Spec(SHANGHAI, every=5 * MINUTE, missed=timedelta(hours=1))
    found = verdicts(spec, on("2026-03-02 08:00"), on("2026-03-02 08:17"))
    assert found == [("03-02 08:05", "overtaken"), ("03-02 08:10", "overtaken"), ("03-02 08:15", "fire")]


def test_a_long_sleep_is_told_in_a_few_words_and_at_once() -> None:
    spec = Spec(SHANGHAI, every=timedelta(seconds=1), missed=None)
    found = due_now(spec, on("2020-01-01"), on("2026-03-02 08:17:00.5"), since=on("2026-03-02 08:17:00.4"))
    assert len(found) == 20
    assert found[-1].due == on("2026-03-02 08:17")
    assert {o.verdict for o in found} == {"missed"}


def test_an_occurrence_still_waiting_out_its_jitter_hides_nothing() -> None:
    spec = Spec(SHANGHAI, every=10 * MINUTE, jitter=10 * MINUTE, missed=timedelta(hours=1))
    mark, due = on("2026-03-02 08:00"), on("2026-03-02 08:20")
    assert jittered(spec, due, "早报") > due
    assert verdicts(spec, mark, due)[-1] == ("03-02 08:10", "fire")


def test_the_skipped_hour_and_the_doubled_one_are_due_once() -> None:
    spec = Spec(NEW_YORK, at=(time(1, 30), time(2, 30)), missed=timedelta(hours=3))
    spring = due_now(spec, datetime(2026, 3, 8, 6, 30, tzinfo=UTC), datetime(2026, 3, 8, 7, 0, tzinfo=UTC))
    assert [(f"{o.due:%H:%M%z}", o.verdict) for o in spring] == [("03:00-0400", "fire")]
    first, second = datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert due_now(spec, first, second) == ()
    assert due_now(spec, first.astimezone(NEW_YORK), second.astimezone(NEW_YORK)) == ()
