import itertools
import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.ratelimit import CAREFUL, GENTLE, OFF, PROFILES, Backoff, Pace, Profile

NOON = 1_790_000_000.0


def run(
    profile: Profile, steps: list[tuple[float, str]], seed: int = 0, restart: bool = False
) -> list[tuple[float, str]]:
    """Send one message a step as soon as it may go, after waiting the step's own pause."""
    pace, rng, now, sent = Pace(profile), Random(seed), NOON, []
    for pause, chat in steps:
        now += pause
        now += pace.delay(now, chat)
        assert pace.delay(now, chat) <= 1e-6
        pace.spend(now, chat, "text", rng)
        sent.append((now, chat))
        if restart:
            pace = Pace(profile, pace.dump())
    return sent


def worst(times: list[float], window: float) -> int:
    return max((sum(1 for t in times if start <= t < start + window) for start in times), default=0)


STEPS = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 3.0, 70.0, 4000.0]), st.sampled_from("abc")), max_size=60)


@given(STEPS, st.sampled_from([GENTLE, CAREFUL]), st.integers(0, 9), st.booleans())
def test_no_window_is_ever_exceeded_not_even_over_restarts(
    steps: list[tuple[float, str]], profile: Profile, seed: int, restart: bool
) -> None:
    sent = run(profile, steps, seed, restart)
    times = [t for t, _ in sent]
    assert worst(times, 60 - 1e-3) <= profile.minute
    for chat in "abc":
        assert worst([t for t, c in sent if c == chat], 60 - 1e-3) <= profile.chat_minute
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert all(gap >= profile.gap[0] - 1e-6 for gap in gaps)


def test_a_busy_day_stops_at_the_daily_limit_in_any_24_hours() -> None:
    profile = Profile("few", day=5)
    times = [t for t, _ in run(profile, [(0.0, "a")] * 12)]
    assert worst(times, 24 * 3600) == 5
    assert times[4] == NOON
    assert 24 * 3600 <= times[5] - NOON <= 25 * 3600


def test_gaps_are_drawn_anew_and_never_even() -> None:
    times = [t for t, _ in run(CAREFUL, [(0.0, str(i)) for i in range(15)])]
    gaps = [round(b - a, 6) for a, b in itertools.pairwise(times)]
    assert all(1.5 <= gap <= 4.0 for gap in gaps)
    assert len(set(gaps)) == len(gaps)


def test_the_twenty_first_message_of_a_minute_waits_for_the_first_to_age() -> None:
    pace = Pace(Profile("burst", minute=20))
    for i in range(20):
        pace.spend(NOON + i, f"chat{i}", "text", Random(0))
    assert pace.delay(NOON + 20, "other") == pytest.approx(40)


def test_a_full_chat_does_not_hold_up_another() -> None:
    pace = Pace(Profile("burst", chat_minute=2, minute=20))
    for _ in range(2):
        pace.spend(NOON, "loud", "text", Random(0))
    assert pace.delay(NOON, "loud") == 60
    assert pace.delay(NOON, "quiet") == 0


def test_broadcasts_and_group_operations_keep_their_wider_gaps_while_answers_go_on() -> None:
    pace = Pace(CAREFUL)
    pace.spend(NOON, "a", "broadcast", Random(1))
    assert 15 <= pace.delay(NOON, "b", "broadcast") <= 35
    assert pace.delay(NOON, "b", "text") <= 4


def test_a_restart_refills_nothing() -> None:
    pace = Pace(CAREFUL)
    for i in range(10):
        pace.spend(NOON + i * 0.1, "a", "text", Random(i))
    pace.freeze(NOON, "group")
    again = Pace(CAREFUL, pace.dump())
    for kind in ("text", "group", "broadcast"):
        assert again.delay(NOON + 1, "a", kind) == pace.delay(NOON + 1, "a", kind)
    assert again.left_today(NOON + 1) == 590


@pytest.mark.parametrize("state", [b"{", b"[]", b'{"next": 3}', b"\xff", b"null", b'{"next":{},"recent":[1]}'])
def test_a_state_that_cannot_be_read_counts_as_empty(state: bytes) -> None:
    assert Pace(CAREFUL, state).delay(NOON, "a") == 0


def test_too_often_freezes_the_kind_doubling_from_five_minutes() -> None:
    pace = Pace(OFF)
    assert pace.freeze(NOON, "text") == NOON + 300
    assert pace.freeze(NOON + 10, "text") == NOON + 300, "sends already under way add nothing"
    assert pace.delay(NOON + 10, "a") == 290
    assert pace.delay(NOON + 10, "a", "broadcast") == 290
    assert pace.delay(NOON + 10, "a", "media") == 0
    assert pace.freeze(NOON + 400, "broadcast") == NOON + 400 + 600
    assert pace.freeze(NOON + 2000, "text") == NOON + 2000 + 1200


def test_freezes_have_a_longest_and_are_forgiven_after_a_quiet_day() -> None:
    pace, now = Pace(OFF), NOON
    for _ in range(12):
        now = pace.freeze(now, "text")
    assert pace.freeze(now, "text") - now == 6 * 3600
    later = now + 6 * 3600 + 25 * 3600
    assert pace.freeze(later, "text") - later == 300


def test_off_limits_nothing_and_remembers_nothing() -> None:
    pace = Pace(OFF)
    for _ in range(1000):
        assert pace.delay(NOON, "a") == 0
        pace.spend(NOON, "a", "text", Random(0))
    assert len(pace.dump()) < 100
    assert pace.left_today(NOON) is None


def test_a_clock_set_back_neither_locks_the_account_nor_refills_its_day() -> None:
    pace = Pace(CAREFUL)
    for i in range(5):
        pace.spend(NOON + i, "a", "text", Random(i))
    pace.freeze(NOON, "group")
    earlier = NOON - 30 * 24 * 3600
    assert pace.delay(earlier, "a") <= 60
    assert pace.delay(earlier, "a", "group") <= 6 * 3600
    assert pace.left_today(earlier) == 595


def test_the_state_stays_small_on_a_full_day() -> None:
    sent = Pace(CAREFUL)
    now = NOON
    for i in range(600):
        now += sent.delay(now, "群" * 10 + str(i))
        sent.spend(now, "群" * 10 + str(i), "text", Random(i))
    assert len(sent.dump()) < 4096


def test_profiles_by_name() -> None:
    assert set(PROFILES) == {"gentle", "careful", "off"}
    assert OFF.off
    assert not CAREFUL.off


def test_waits_grow_to_a_minute_are_jittered_and_never_a_spin() -> None:
    backoff, rng = Backoff(), Random(7)
    waits = [backoff.failed(rng) for _ in range(200)]
    assert all(0.1 <= wait <= min(60, 2**i) for i, wait in enumerate(waits))
    assert max(waits) > 50
    assert min(waits[10:]) < 6
    backoff.worked()
    assert backoff.failed(rng) <= 1


@pytest.mark.parametrize("profile", [GENTLE, CAREFUL])
@pytest.mark.parametrize("shift", [0.0, -7200.0])
def test_what_is_given_back_never_was(profile: Profile, shift: float) -> None:
    rng = Random(3)
    pace = Pace(profile)
    for n in range(5):
        pace.spend(NOON - 300 + n * 20, "a", "text", rng)
    before = json.loads(pace.dump())
    assert pace.delay(NOON, "a", "group") == 0
    spent = pace.spend(NOON, "a", "group", rng)
    assert pace.delay(NOON, "a", "group") > 10
    pace.delay(NOON + shift, "b")  # the clock is set back meanwhile
    pace.refund(spent)
    assert pace.left_today(NOON + shift) == profile.day - 5
    assert pace.delay(NOON, "a", "group") == 0 or shift
    if not shift:
        assert json.loads(pace.dump())["hours"] == before["hours"]


def test_giving_back_late_takes_nothing_of_others() -> None:
    rng = Random(3)
    pace = Pace(CAREFUL)
    early = pace.spend(NOON, "a", "text", rng)
    pace.spend(NOON + 90, "a", "text", rng)
    gap = pace.kind_delay(NOON + 90, "text")
    pace.refund(early)
    assert pace.kind_delay(NOON + 90, "text") == gap
    assert pace.left_today(NOON + 90) == CAREFUL.day - 1
