import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
import trio
from trio.testing import MockClock as Clock

from ruleswx.errors import (
    ConnectFailed,
    ConnectionLost,
    RemoteProtocolError,
    SendFailed,
    SessionEnded,
    StoreUnavailable,
    TimedOut,
    TransportError,
)
from ruleswx.model import Chat, Receipt, SendText
from ruleswx.outbox import Outbox, left
from ruleswx.ratelimit import CAREFUL, GENTLE, OFF, Pace, Profile
from ruleswx.store import OutboxRow, Store, open_store

START = 1_790_000_000.0


class Bench:
    """An outbox over a real store on virtual time; `answers` decide what becomes of each try."""

    def __init__(self, store: Store, profile: Profile = OFF) -> None:
        self.store = store
        self.profile = profile
        self.tries: list[tuple[float, str, str]] = []
        self.ends: list[tuple[str, str]] = []
        self.frozen_until: list[float] = []
        self.troubles: list[float] = []
        self.answers: Iterator[Receipt | Exception | None] = iter(())
        self.connects = self.takes = 0.0
        self.most_at_once = 0
        self._at_once = 0
        self._origin = trio.current_time()

    def now(self) -> float:
        return START + trio.current_time() - self._origin

    def outbox(self) -> Outbox:
        pace = Pace(self.profile, self.store.load_pace())
        return Outbox(self.store, pace, self, now=self.now, rng=Random(5))

    def queue(self, outbox: Outbox, *texts: str, chat: str = "a") -> None:
        effects = [SendText(Chat(chat, "person", (chat,)), text) for text in texts]
        outbox.add(self.store.commit(None, effects, (), b"", "", self.now()))

    async def send(self, row: OutboxRow, leaves: Callable[[], None]) -> Receipt | None:
        assert isinstance(row.effect, SendText)
        assert self.store.outbox(("sending",))[-1].client_msg_id
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        self.tries.append((round(trio.current_time() - self._origin, 3), row.effect.text, row.client_msg_id))
        answer = next(self.answers, Receipt("sent", msg_id=str(10**18 + len(self.tries))))
        try:
            await trio.sleep(self.connects)
            if answer is not None and not (isinstance(answer, TransportError) and not left(answer)):
                leaves()
            await trio.sleep(self.takes)
        finally:
            self._at_once -= 1
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run(self, outbox: Outbox, seconds: float = 60.0) -> None:
        with trio.move_on_after(seconds):
            await outbox.run(self.send)

    @property
    def texts(self) -> list[str]:
        return [text for _, text, _ in self.tries]

    @property
    def times(self) -> list[float]:
        return [when for when, _, _ in self.tries]

    def states(self) -> dict[str, str]:
        return {row.effect.text: row.state for row in self.store.outbox() if isinstance(row.effect, SendText)}

    def departing(self, row: OutboxRow) -> None:
        pass

    def settled(self, row: OutboxRow, receipt: Receipt) -> None:
        assert isinstance(row.effect, SendText)
        self.ends.append((row.effect.text, receipt.outcome))

    def frozen(self, row: OutboxRow, until: float) -> None:
        self.frozen_until.append(until)

    def held_up(self, error: Exception, seconds: float) -> None:
        self.troubles.append(seconds)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def bench(store: Store) -> Callable[..., Bench]:
    return lambda profile=OFF: Bench(store, profile)


Make = Callable[..., Bench]


async def test_what_was_queued_goes_out_in_order_under_growing_ids(bench: Make, autojump_clock: Clock) -> None:
    b = bench()
    outbox = b.outbox()
    b.queue(outbox, "一", "二", "三")
    await b.run(outbox)
    assert b.texts == ["一", "二", "三"]
    assert b.ends == [("一", "sent"), ("二", "sent"), ("三", "sent")]
    assert b.states() == dict.fromkeys("一二三", "sent")
    ids = [int(given) for _, _, given in b.tries]
    assert ids == sorted(set(ids))
    assert outbox.statistics().queued == outbox.statistics().in_flight == 0


async def test_one_at_a_time_in_a_chat_but_chats_do_not_wait_for_each_other(bench: Make, autojump_clock: Clock) -> None:
    b = bench()
    b.takes = 1.0
    outbox = b.outbox()
    for chat in "abcdefghijkl":
        b.queue(outbox, f"{chat}1", f"{chat}2", chat=chat)
    await b.run(outbox)
    assert b.most_at_once == 8
    for chat in "abcdefghijkl":
        first, second = (next(t for t, text, _ in b.tries if text == f"{chat}{n}") for n in "12")
        assert second >= first + 1.0


async def test_news_wakes_a_sleeping_outbox_at_once(bench: Make, autojump_clock: Clock) -> None:
    b = bench()
    outbox = b.outbox()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(b.run, outbox)
        await trio.sleep(10)
        b.queue(outbox, "hi")
    assert b.times == [10.0]


async def test_the_careful_pace_leaves_gaps_and_stays_on_disk(bench: Make, autojump_clock: Clock) -> None:
    b = bench(CAREFUL)
    outbox = b.outbox()
    for n in range(15):
        b.queue(outbox, str(n), chat=str(n))
    await b.run(outbox, 600)
    gaps = [later - earlier for earlier, later in itertools.pairwise(b.times)]
    assert all(1.499 <= gap <= 4.001 for gap in gaps)
    assert len(set(gaps)) == len(gaps)
    assert Pace(CAREFUL, b.store.load_pace()).left_today(b.now()) == 585


async def test_a_dropped_entry_does_not_leave(bench: Make, autojump_clock: Clock) -> None:
    b = bench()
    outbox = b.outbox()
    b.queue(outbox, "one", "two", "three")
    b.queue(outbox, "elsewhere", chat="b")
    rows = {row.effect.text: row.id for row in b.store.queued() if isinstance(row.effect, SendText)}
    for text in ("two", "elsewhere"):
        assert b.store.drop(rows[text], b.now())
        outbox.remove(rows[text])
    b.store.drop(rows["three"], b.now())  # somebody forgot to tell the outbox
    await b.run(outbox)
    assert b.texts == ["one"]


@pytest.mark.parametrize("ret", [1, -2, 1200, 1201, 1204, 9999])
async def test_a_refusal_is_final_and_the_next_one_goes_on(bench: Make, autojump_clock: Clock, ret: int) -> None:
    b = bench()
    b.answers = iter([SendFailed(ret, "不行")])
    outbox = b.outbox()
    b.queue(outbox, "bad", "good")
    await b.run(outbox)
    assert b.texts == ["bad", "good"]
    assert b.ends == [("bad", "failed"), ("good", "sent")]
    (failed,) = b.store.outbox(("failed",))
    assert (failed.ret, failed.reason) == (ret, "不行")


async def test_a_system_error_is_tried_once_more_under_the_same_id_after_two_seconds(
    bench: Make, autojump_clock: Clock
) -> None:
    b = bench()
    b.answers = iter([SendFailed(-1)])
    outbox = b.outbox()
    b.queue(outbox, "hi")
    await b.run(outbox)
    assert [t for t, _, _ in b.tries] == [0.0, 2.0]
    assert len({given for _, _, given in b.tries}) == 1
    assert b.ends == [("hi", "sent")]


async def test_a_system_error_twice_is_final(bench: Make, autojump_clock: Clock) -> None:
    b = bench()
    b.answers = iter([SendFailed(-1), SendFailed(-1)])
    outbox = b.outbox()
    b.queue(outbox, "hi")
    await b.run(outbox)
    assert b.ends == [("hi", "failed")]


async def test_too_often_freezes_the_kind_for_five_minutes_and_loses_nothing(
    bench: Make, autojump_clock: Clock
) -> None:
    b = bench()
    b.answers = iter([SendFailed(1205)])
    outbox = b.outbox()
    b.queue(outbox, "one", "two")
    await b.run(outbox, 299)
    assert b.texts == ["one"]
    assert b.states() == {"one": "queued", "two": "queued"}
    again = b.outbox()  # a restart does not thaw it
    await b.run(again, 300)
    assert b.texts == ["one", "one", "two"]
    assert b.times[1] == pytest.approx(300, abs=0.01)
    assert b.tries[0][2] == b.tries[1][2]
    assert b.frozen_until == [START + 300]


@pytest.mark.parametrize("error", [ConnectFailed("refused"), TimedOut("connect")])
async def test_what_did_not_leave_stays_queued_and_is_tried_again_with_patience(
    bench: Make, autojump_clock: Clock, error: Exception
) -> None:
    b = bench()
    b.answers = iter([error] * 6)
    outbox = b.outbox()
    b.queue(outbox, "hi", "there")
    await b.run(outbox, 300)
    assert b.texts == ["hi"] * 7 + ["there"]
    assert len({given for _, text, given in b.tries if text == "hi"}) == 1
    assert b.ends == [("hi", "sent"), ("there", "sent")]
    assert all(0.1 <= pause <= 60 for pause in b.troubles)


@pytest.mark.parametrize(
    "error", [TimedOut("read"), TimedOut("write"), ConnectionLost("reset", after_write=True), RemoteProtocolError("?")]
)
async def test_what_may_have_arrived_is_never_repeated(bench: Make, autojump_clock: Clock, error: Exception) -> None:
    b = bench()
    b.answers = iter([error])
    outbox = b.outbox()
    b.queue(outbox, "maybe", "next")
    await b.run(outbox)
    await b.run(b.outbox())
    assert b.texts == ["maybe", "next"]
    assert b.states() == {"maybe": "unknown", "next": "sent"}


async def test_the_end_of_the_session_keeps_the_queue_in_order(bench: Make, autojump_clock: Clock) -> None:
    b = bench()
    b.answers = iter([SessionEnded(1101)])
    outbox = b.outbox()
    b.queue(outbox, "one", "two")
    with pytest.RaisesGroup(SessionEnded):
        await outbox.run(b.send)
    assert b.states() == {"one": "queued", "two": "queued"}
    await b.run(outbox)
    assert b.texts == ["one", "one", "two"]
    assert b.tries[0][2] == b.tries[1][2]


async def test_what_cannot_be_addressed_yet_waits(bench: Make, autojump_clock: Clock) -> None:
    b = bench()
    b.answers = iter([None, None])
    outbox = b.outbox()
    b.queue(outbox, "hi")
    await b.run(outbox)
    assert b.times == [0.0, 1.0, 2.0]
    assert b.ends == [("hi", "sent")]


async def test_a_stop_lets_a_send_under_way_finish(bench: Make, autojump_clock: Clock) -> None:
    b = bench()
    b.takes = 2.0
    outbox = b.outbox()
    b.queue(outbox, "under way", "waiting")
    await b.run(outbox, 1.0)
    assert b.states() == {"under way": "sent", "waiting": "queued"}


async def test_a_stop_waits_three_seconds_and_no_longer(bench: Make, autojump_clock: Clock) -> None:
    b = bench()
    b.takes = 20.0
    outbox = b.outbox()
    b.queue(outbox, "slow", "waiting")
    before = trio.current_time()
    await b.run(outbox, 1.0)
    assert trio.current_time() - before == pytest.approx(4.0)
    assert b.states() == {"slow": "unknown", "waiting": "queued"}


async def test_a_stop_before_anything_left_leaves_it_in_the_queue(bench: Make, autojump_clock: Clock) -> None:
    b = bench(CAREFUL)
    b.connects = 20.0
    outbox = b.outbox()
    b.queue(outbox, "connecting")
    before = trio.current_time()
    await b.run(outbox, 1.0)
    assert trio.current_time() - before == pytest.approx(4.0)
    assert b.states() == {"connecting": "queued"}
    assert b.ends == []
    b.connects = 0.0
    await b.run(b.outbox())
    assert b.ends == [("connecting", "sent")]
    assert len({given for _, _, given in b.tries}) == 1


async def test_a_stop_between_two_tries_leaves_it_in_the_queue(bench: Make, autojump_clock: Clock) -> None:
    b = bench()
    b.answers = iter([SendFailed(-1)])
    outbox = b.outbox()
    b.queue(outbox, "hi")
    b.connects = 2.5
    await b.run(outbox, 1.0)  # refused at 2.5, tried again from 4.5 on, cut at 4.0
    assert b.states() == {"hi": "queued"}


@pytest.mark.parametrize("seed", range(8))
async def test_nothing_leaves_in_the_moment_of_a_stop(bench: Make, autojump_clock: Clock, seed: int) -> None:
    b = bench()
    b.takes = 1000.0
    outbox = b.outbox()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outbox.run, b.send)
        await trio.sleep(1)
        b.queue(outbox, "x")
        before = trio.current_time()
        nursery.cancel_scope.cancel()
    assert trio.current_time() - before <= 5
    assert b.states() == {"x": "queued" if not b.tries else "unknown"}


async def test_an_outage_takes_nothing_of_the_days_budget(bench: Make, autojump_clock: Clock) -> None:
    b = bench(GENTLE)
    b.answers = iter([ConnectFailed("no name server")] * 250)
    outbox = b.outbox()
    b.queue(outbox, "hi")
    await b.run(outbox, 40 * 3600)
    assert b.states() == {"hi": "sent"}
    assert len(b.tries) == 251, "more than a day holds"
    # Half a minute a try on average and no longer: the pace did not come in the way.
    assert b.times[-1] < 251 * 60
    assert Pace(GENTLE, b.store.load_pace()).left_today(START + b.times[-1]) == GENTLE.day - 1


async def test_what_the_service_answered_counts(bench: Make, autojump_clock: Clock) -> None:
    b = bench(GENTLE)
    b.answers = iter([SendFailed(1204), SendFailed(1205), ConnectionLost("reset", after_write=True)])
    outbox = b.outbox()
    for chat in "abc":
        b.queue(outbox, chat, chat=chat)
    await b.run(outbox, 600)
    assert outbox.statistics().left_today == GENTLE.day - len(b.tries)
    assert len(b.tries) == 4


@pytest.mark.parametrize("jump", [-3600.0, -86_400.0, 3600.0])
async def test_a_clock_that_is_set_stalls_nothing(store: Store, autojump_clock: Clock, jump: float) -> None:
    b = Bench(store)
    b.answers = iter([ConnectFailed("refused")])
    shift = [0.0]
    outbox = Outbox(store, Pace(CAREFUL), b, now=lambda: b.now() + shift[0], rng=Random(1))
    b.queue(outbox, "one", "two", "three")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(b.run, outbox, 300)
        await trio.sleep(0.01)
        shift[0] = jump
    assert b.texts == ["one", "one", "two", "three"]
    assert b.times[-1] < 120


async def test_a_freeze_outlasts_no_clock_that_is_set_back(store: Store, autojump_clock: Clock) -> None:
    b = Bench(store)
    b.answers = iter([SendFailed(1205)])
    shift = [0.0]
    outbox = Outbox(store, Pace(OFF), b, now=lambda: b.now() + shift[0], rng=Random(1))
    b.queue(outbox, "one")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(b.run, outbox, 1000)
        await trio.sleep(1)
        shift[0] = -7200.0
    assert b.times == [0.0, pytest.approx(301, abs=61)]


async def test_a_thousand_chats_wait_without_work(bench: Make, autojump_clock: Clock) -> None:
    b = bench(CAREFUL)
    outbox = b.outbox()
    effects = [SendText(Chat(str(n), "person", (str(n),)), str(n)) for n in range(1000)]
    outbox.add(b.store.commit(None, effects, (), b"", "", b.now()))
    asked = 0
    delay = outbox._pace.chat_delay

    def count(now: float, chat: str) -> float:
        nonlocal asked
        asked += 1
        return delay(now, chat)

    outbox._pace.chat_delay = count  # type: ignore[method-assign]
    await b.run(outbox, 200)
    assert 40 < len(b.tries) <= 67
    assert asked == len(b.tries), "one look a send, however many wait"
    assert b.texts == [str(n) for n in range(len(b.tries))]


async def test_a_killed_process_leaves_an_unknown_end_and_repeats_nothing(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    with open_store(tmp_path / "state") as store:
        b = Bench(store)
        outbox = b.outbox()
        b.queue(outbox, "under way", "waiting")
        assert store.sending(store.queued()[0].id, "17")
    with open_store(tmp_path / "state") as store:
        b = Bench(store)
        await b.run(b.outbox())
        assert b.texts == ["waiting"]
        assert b.states() == {"under way": "unknown", "waiting": "sent"}


async def test_without_a_disk_nothing_leaves_and_with_it_back_all_goes_on(
    bench: Make, autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = bench()
    outbox = b.outbox()
    b.queue(outbox, "hi")
    with monkeypatch.context() as patch:
        patch.setattr(b.store, "sending", _full)
        await b.run(outbox, 120)
    assert b.tries == []
    assert b.troubles
    await b.run(outbox, 120)
    assert b.ends == [("hi", "sent")]


async def test_an_end_that_cannot_be_written_is_written_later(
    bench: Make, autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = bench()
    outbox = b.outbox()
    b.queue(outbox, "hi", "there")
    settle, full = b.store.settle, [True]
    monkeypatch.setattr(b.store, "settle", lambda *args: _full() if full else settle(*args))
    await b.run(outbox, 20)
    assert b.texts == ["hi"], "nothing leaves meanwhile"
    full.clear()
    await b.run(outbox, 120)
    assert b.texts == ["hi", "there"]
    assert b.states() == {"hi": "sent", "there": "sent"}


async def test_how_many_ends_are_unknown_is_asked_of_a_disk_that_may_not_tell(
    bench: Make, autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = bench()
    b.answers = iter([TimedOut("read")])
    outbox = b.outbox()
    b.queue(outbox, "maybe")
    await b.run(outbox)
    assert outbox.unknown() == 1
    monkeypatch.setattr(b.store, "outbox_counts", _full)
    assert outbox.unknown() is None


def _full(*_: object) -> bool:
    raise StoreUnavailable("disk full")
