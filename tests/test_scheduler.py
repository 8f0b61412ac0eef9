"""The scheduler under a virtual clock; the wall clock is that clock plus whatever somebody did to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
import trio
from trio.testing import MockClock

from ruleswx import scheduler
from ruleswx.model import State, Timer
from ruleswx.schedule import Occurrence, Spec, jittered, make_mark, read_mark

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
MORNING = Spec(SHANGHAI, at=(time(8, 30),), missed=timedelta(minutes=20))
HOURLY = Spec(SHANGHAI, every=timedelta(hours=1))
HOUR, DAY = 3600.0, 86_400.0


@dataclass
class Bot:
    """What the runtime is to the scheduler: rules in force, marks on disk, a clock, a receiver. It keeps its state
    over `live`, which is one life of the process."""

    start: str
    specs: dict[str, Spec] = field(default_factory=dict)
    marks: dict[str, State | None] = field(default_factory=dict)
    fired: list[tuple[str, str]] = field(default_factory=list)
    passed: list[tuple[str, str, str]] = field(default_factory=list)
    stepped: timedelta = timedelta(0)
    zone: ZoneInfo = SHANGHAI
    slow: float = 0
    news: trio.Event = field(default_factory=trio.Event)

    def now(self) -> datetime:
        start = datetime.fromisoformat(self.start).replace(tzinfo=self.zone).astimezone(UTC)
        return (start + timedelta(seconds=trio.current_time()) + self.stepped).astimezone(self.zone)

    def step(self, seconds: float) -> None:
        """Somebody sets the wall clock, or the host sleeps."""
        self.stepped += timedelta(seconds=seconds)

    def reload(self, specs: dict[str, Spec]) -> None:
        self.specs = specs
        self.news.set()
        self.news = trio.Event()

    async def wait_news(self) -> None:
        await self.news.wait()

    def tell(self, rule: str, found: tuple[Occurrence, ...]) -> None:
        self.passed += [(rule, f"{o.due:%m-%d %H:%M}", o.verdict) for o in found]
        self.commit(rule, found[-1].due)

    def commit(self, rule: str, due: datetime) -> None:
        self.marks[rule] = make_mark(rule, due).state

    async def receive(self, timers: trio.MemoryReceiveChannel[Timer]) -> None:
        async for timer in timers:
            assert timer.due <= self.now()
            self.fired.append((timer.rule, f"{timer.due:%m-%d %H:%M}"))
            self.commit(timer.rule, timer.due)
            await trio.sleep(self.slow)

    @asynccontextmanager
    async def live(self) -> AsyncIterator[None]:
        send, receive = trio.open_memory_channel[Timer](0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.receive, receive)
            await nursery.start(
                partial(
                    scheduler.run,
                    lambda: self.specs,
                    lambda rule: read_mark(self.marks.get(rule)),
                    self.now,
                    send,
                    changed=self.wait_news,
                    passed=self.tell,
                )
            )
            yield
            nursery.cancel_scope.cancel()


async def test_each_occurrence_fires_at_its_time(autojump_clock: MockClock) -> None:
    bot = Bot("2026-09-30 08:00", {"早报": replace(MORNING, days=frozenset({"workday"}))})
    async with bot.live():
        await trio.sleep(11 * DAY)
    assert bot.fired == [("早报", f"{day} 08:30") for day in ("09-30", "10-08", "10-09", "10-10")]
    assert bot.passed == []


async def test_it_is_punctual_and_not_early(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 08:29:59.5", {"早报": MORNING})
    async with bot.live():
        await trio.sleep(0.4)
        assert bot.fired == []
        await trio.sleep(0.2)
        assert bot.fired == [("早报", "03-02 08:30")]


async def test_the_first_start_repeats_nothing_of_the_past(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 08:31", {"早报": MORNING, "每时": HOURLY})
    async with bot.live():
        await trio.sleep(HOUR)
    assert bot.fired == [("每时", "03-02 09:00")]


@pytest.mark.parametrize(
    ("away", "fired", "passed"),
    [
        (0.4 * HOUR, [("早报", "03-03 08:30")], []),
        (2 * HOUR, [], [("早报", "03-03 08:30", "missed")]),
        (2 * DAY, [], [("早报", "03-03 08:30", "missed"), ("早报", "03-04 08:30", "missed")]),
    ],
)
async def test_a_restart_makes_up_for_what_is_not_too_old(
    autojump_clock: MockClock, away: float, fired: list[tuple[str, str]], passed: list[tuple[str, str, str]]
) -> None:
    bot = Bot("2026-03-02 08:20", {"早报": MORNING})
    async with bot.live():
        await trio.sleep(HOUR)
    await trio.sleep(DAY - HOUR)
    await trio.sleep(away)
    bot.fired.clear()
    async with bot.live():
        await trio.sleep(60)
    assert (bot.fired, bot.passed) == (fired, passed)
    bot.fired.clear()
    async with bot.live():
        await trio.sleep(60)
    assert bot.fired == []
    assert bot.passed == passed, "the next start is not told again"


async def test_skip_means_skip_at_a_start(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 08:30:01", {"早报": replace(MORNING, missed=None)})
    bot.marks["早报"] = make_mark("早报", datetime(2026, 3, 1, 8, 30, tzinfo=SHANGHAI)).state
    async with bot.live():
        await trio.sleep(60)
    assert (bot.fired, bot.passed) == ([], [("早报", "03-02 08:30", "missed")])


async def test_a_crash_before_the_commit_fires_again_after_the_start(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 08:29", {"早报": MORNING})
    async with bot.live():
        await trio.sleep(61)
        assert bot.fired == [("早报", "03-02 08:30")]
    bot.marks["早报"] = make_mark("早报", datetime(2026, 3, 1, 8, 30, tzinfo=SHANGHAI)).state
    async with bot.live():
        await trio.sleep(60)
    assert bot.fired == [("早报", "03-02 08:30")] * 2


# -- the clock


async def test_a_clock_set_back_fires_nothing_twice(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 07:59", {"每时": HOURLY})
    async with bot.live():
        await trio.sleep(2.5 * HOUR)
        bot.step(-2 * HOUR)
        await trio.sleep(4 * HOUR)
    assert bot.fired == [("每时", f"03-02 {h:02}:00") for h in (8, 9, 10, 11, 12)]


async def test_a_clock_set_forward_is_noticed_within_a_minute_and_brings_no_storm(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 07:30", {"每时": HOURLY})
    async with bot.live():
        await trio.sleep(1)
        bot.step(4 * HOUR + 31 * 60)
        await trio.sleep(61)
        assert bot.fired == [("每时", "03-02 12:00")]
    assert [p[1:] for p in bot.passed] == [(f"03-02 {h:02}:00", "overtaken") for h in (8, 9, 10, 11)]


async def test_eight_hours_of_suspend(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 23:50", {"每时": replace(HOURLY, missed=None), "早报": MORNING})
    async with bot.live():
        await trio.sleep(60)
        bot.step(8.5 * HOUR)
        await trio.sleep(60)
        assert bot.fired == []
        await trio.sleep(HOUR)
    assert bot.fired == [("早报", "03-03 08:30"), ("每时", "03-03 09:00")]


async def test_hourly_steps_of_the_clock_there_and_back(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 06:00", {"早报": MORNING})
    async with bot.live():
        for seconds in (HOUR, -HOUR, HOUR, -HOUR) * 6:
            await trio.sleep(1000)
            bot.step(seconds)
        await trio.sleep(DAY)
    assert [f for f in bot.fired if f[1].startswith("03-02")] in ([], [("早报", "03-02 08:30")])
    assert len(bot.fired) == len(set(bot.fired))
    assert ("早报", "03-03 08:30") in bot.fired


async def test_a_wrong_clock_at_the_first_start_mutes_nothing(autojump_clock: MockClock) -> None:
    bot = Bot("2035-01-01 00:10", {"每时": HOURLY})
    async with bot.live():
        await trio.sleep(120)
        bot.step((datetime(2026, 3, 2, 8, 10) - datetime(2035, 1, 1, 0, 12)).total_seconds())  # noqa: DTZ001
        await trio.sleep(HOUR)
    assert bot.fired == [("每时", "03-02 09:00")]


async def test_what_was_set_back_behind_the_start_is_still_waited_for(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 10:00", {"早报": replace(MORNING, missed=None)})
    bot.marks["早报"] = make_mark("早报", datetime(2026, 3, 1, 8, 30, tzinfo=SHANGHAI)).state
    bot.specs = {}
    async with bot.live():
        bot.step(-2 * HOUR)
        bot.reload({"早报": replace(MORNING, missed=None)})
        await trio.sleep(HOUR)
    assert bot.fired == [("早报", "03-02 08:30")]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-03-07 12:00", ["03-08 01:30", "03-08 03:00", "03-09 01:30", "03-09 02:30"]),
        ("2026-10-31 12:00", ["11-01 01:30", "11-01 02:30", "11-02 01:30", "11-02 02:30"]),
    ],
)
async def test_summer_time_both_ways(autojump_clock: MockClock, start: str, expected: list[str]) -> None:
    bot = Bot(start, {"夜": Spec(NEW_YORK, at=(time(1, 30), time(2, 30)))}, zone=NEW_YORK)
    async with bot.live():
        await trio.sleep(1.7 * DAY)
    assert [due for _, due in bot.fired] == expected
    assert bot.passed == []


async def test_a_beat_through_the_doubled_hour(autojump_clock: MockClock) -> None:
    bot = Bot("2026-11-01 00:45", {"半": Spec(NEW_YORK, every=timedelta(minutes=30))}, zone=NEW_YORK)
    async with bot.live():
        await trio.sleep(2.5 * HOUR)
    assert [due[6:] for _, due in bot.fired] == ["01:00", "01:30", "01:00", "01:30", "02:00"]


# -- reload


async def test_an_edit_drops_the_old_timer_and_leaves_the_others_alone(autojump_clock: MockClock) -> None:
    slow = Spec(SHANGHAI, at=(time(9, 0),), jitter=timedelta(minutes=40))
    other = jittered(slow, datetime(2026, 3, 2, 9, tzinfo=SHANGHAI), "另一条")
    assert other > datetime(2026, 3, 2, 9, 1, tzinfo=SHANGHAI)
    bot = Bot("2026-03-02 08:00", {"早报": MORNING, "另一条": slow})
    async with bot.live():
        await trio.sleep(60)
        bot.reload({"早报": replace(MORNING, at=(time(8, 45),)), "另一条": slow})
        await trio.sleep(HOUR)
        assert bot.fired == [("早报", "03-02 08:45")]
        bot.reload({"早报": replace(MORNING, at=(time(8, 44),)), "另一条": slow})
        await trio.sleep((other - bot.now()).total_seconds() - 1)
        assert bot.fired == [("早报", "03-02 08:45")], "an edit does not catch up on anything"
        await trio.sleep(2)
    assert bot.fired == [("早报", "03-02 08:45"), ("另一条", "03-02 09:00")]


async def test_a_new_schedule_is_waited_for_at_once(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 08:29:50")
    async with bot.live():
        await trio.sleep(1)
        bot.reload({"早报": MORNING})
        await trio.sleep(9.5)
        assert bot.fired == [("早报", "03-02 08:30")]


async def test_what_is_gone_does_not_fire_and_comes_back_from_now_on(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 08:00", {"早报": MORNING, "每时": HOURLY})
    async with bot.live():
        await trio.sleep(60)
        bot.reload({})
        await trio.sleep(DAY)
        bot.reload({"每时": HOURLY})
        await trio.sleep(HOUR)
    assert bot.fired == [("每时", "03-03 09:00")]


async def test_a_thousand_reloads_fire_once(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 08:29:00", {"早报": MORNING})
    async with bot.live():
        for n in range(1000):
            bot.reload({"早报": MORNING, f"别的{n}": HOURLY})
            await trio.sleep(0.1)
    assert bot.fired == [("早报", "03-02 08:30")]


async def test_more_lateness_allowed_is_no_new_schedule(autojump_clock: MockClock) -> None:
    jitter = replace(MORNING, jitter=timedelta(minutes=30))
    planned = jittered(jitter, datetime(2026, 3, 2, 8, 30, tzinfo=SHANGHAI), "早报")
    bot = Bot("2026-03-02 08:00", {"早报": jitter})
    async with bot.live():
        await trio.sleep((planned - bot.now()).total_seconds() - 1)
        bot.reload({"早报": replace(jitter, missed=None)})
        await trio.sleep(2)
    assert bot.fired == [("早报", "03-02 08:30")]


async def test_an_edit_to_a_time_just_past_waits_for_the_next_day(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 08:00", {"早报": MORNING})
    async with bot.live():
        await trio.sleep(HOUR)
        bot.reload({"早报": replace(MORNING, at=(time(8, 55),))})
        await trio.sleep(HOUR)
        assert bot.fired == [("早报", "03-02 08:30")]
        await trio.sleep(DAY)
    assert bot.fired[1:] == [("早报", "03-03 08:55")]
    assert bot.passed == []


# -- the rest


async def test_jitter_is_the_same_after_a_restart(autojump_clock: MockClock) -> None:
    jitter = replace(MORNING, jitter=timedelta(minutes=30))
    planned = jittered(jitter, datetime(2026, 3, 2, 8, 30, tzinfo=SHANGHAI), "早报")
    bot = Bot("2026-03-02 08:00", {"早报": jitter})
    bot.marks["早报"] = make_mark("早报", datetime(2026, 3, 1, 8, 30, tzinfo=SHANGHAI)).state
    seconds = (planned - bot.now()).total_seconds()
    async with bot.live():
        await trio.sleep(seconds - 2)
    async with bot.live():
        await trio.sleep(1)
        assert bot.fired == []
        await trio.sleep(2)
    assert bot.fired == [("早报", "03-02 08:30")]


async def test_what_waits_out_its_jitter_still_comes_when_an_older_one_was_late(autojump_clock: MockClock) -> None:
    ten = timedelta(minutes=10)
    spec = Spec(SHANGHAI, every=ten, jitter=ten, missed=6 * ten)
    due = datetime(2026, 3, 2, 8, 20, tzinfo=SHANGHAI)
    rule = next(name for name in map(str, range(99)) if jittered(spec, due, name) > due + timedelta(minutes=2))
    bot = Bot("2026-03-02 08:00:10", {rule: spec})
    bot.marks[rule] = make_mark(rule, due - timedelta(minutes=20)).state
    async with bot.live():
        bot.step(20 * 60)
        await trio.sleep(61)
        assert bot.fired == [(rule, "03-02 08:10")]
        await trio.sleep(600)
    assert bot.fired[:2] == [(rule, "03-02 08:10"), (rule, "03-02 08:20")]


async def test_a_slow_receiver_gets_the_newest_only(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 08:00:00", {"每秒": Spec(SHANGHAI, every=timedelta(seconds=10))}, slow=35)
    async with bot.live():
        await trio.sleep(300)
    assert len(bot.fired) == 9
    assert len({due for _, due in bot.fired}) < 9, "shown by the minute"
    assert all(verdict == "overtaken" for *_, verdict in bot.passed)


async def test_many_at_the_same_time(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 08:29", {f"规则{n}": MORNING for n in range(300)})
    async with bot.live():
        await trio.sleep(61)
    assert sorted(rule for rule, _ in bot.fired) == sorted(bot.specs)


async def test_nothing_to_wait_for_is_no_hurry(autojump_clock: MockClock) -> None:
    past = Spec(SHANGHAI, once=datetime.fromisoformat("2020-01-01T00:00"))
    bot = Bot("2026-03-02 08:00", {"过去": past})
    bot.marks["过去"] = make_mark("过去", datetime(2019, 1, 1, tzinfo=SHANGHAI)).state
    async with bot.live():
        await trio.sleep(3 * DAY)
    assert bot.fired == []
    assert bot.passed == [("过去", "01-01 00:00", "missed")]


async def test_a_mark_from_another_age_is_no_trouble(autojump_clock: MockClock) -> None:
    day = datetime.fromisoformat("1995-01-01").date()
    bot = Bot("2026-03-02 08:00", {"过去": replace(MORNING, dates=((day, day),)), "早报": MORNING})
    bot.marks["过去"] = make_mark("过去", datetime(1990, 12, 31, tzinfo=SHANGHAI)).state
    async with bot.live():
        await trio.sleep(HOUR)
    assert bot.fired == [("早报", "03-02 08:30")]


async def test_without_a_receiver_it_ends(autojump_clock: MockClock) -> None:
    bot = Bot("2026-03-02 08:29:59", {"早报": MORNING})
    send, receive = trio.open_memory_channel[Timer](0)
    receive.close()
    with pytest.raises(trio.BrokenResourceError):
        await scheduler.run(lambda: bot.specs, lambda rule: None, bot.now, send, changed=bot.news.wait, passed=bot.tell)
