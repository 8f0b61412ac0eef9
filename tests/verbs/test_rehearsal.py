"""The engine over a told world: waits and schedules in the order of their times, errands that nobody does."""

from datetime import timedelta
from random import Random

from ruleswx.rules.engine import Limits, Outcome
from ruleswx.rules.testing import World
from ruleswx.verbs.rehearsal import MOST, Play, Rehearsal
from tests.rules.bot import NOW, load

RULES = r"""
reply:
  - rule: 等
    when: {sender: '@', equals: 等}
    do: [{wait: 90s}, {reply: 等完}, {wait: 60s}, {reply: 又等完}]
  - rule: 请
    when: {sender: '@', equals: 请}
    do: [{invite: person, to: 产品群}, {reply: 请了}]
  - rule: 查
    when: {sender: '@', equals: 查}
    do: [{http: {get: 'https://erp.example/', save: 答, timeout: 5s}, on_error: {reply: 不行}}, {reply: '{{ 答 }}'}]
schedule:
  - rule: 嘀
    at: ['10:02', '10:04']
    do: {log: 嘀}
  - rule: 嗒
    at: '10:02'
    do: {log: 嗒}
  - rule: 关了
    mode: off
    every: 1m
    do: {log: 关了}
"""


def stage(rules: str = RULES, *, schedules: bool = True) -> Rehearsal:
    world = World(people={"小李": "friend"}, trusting=True)
    return Rehearsal(load(rules), world, NOW, Random(1), Limits(breakers=False), schedules=schedules)


def hear(playing: Rehearsal, text: str) -> list[Play]:
    message = playing.world.message("小李", text, playing.now, number=7)  # type: ignore[attr-defined]
    return list(playing.hear(message))


def done(plays: list[Play]) -> list[tuple[str, str, str]]:
    return [
        (f"{p.at:%H:%M:%S}", effect.what.get("text", effect.kind), p.message)
        for p in plays
        for effect in p.decision.trace.effects
    ]


def test_waits_and_schedules_happen_in_order_at_their_times() -> None:
    playing = stage()
    hear(playing, "等")
    assert done(list(playing.move(NOW + timedelta(minutes=5)))) == [
        ("10:01:30", "等完", "m7"),
        ("10:02:00", "嘀", ""),
        ("10:02:00", "嗒", ""),
        ("10:02:30", "又等完", "m7"),
        ("10:04:00", "嘀", ""),
    ]
    assert playing.now == NOW + timedelta(minutes=5)
    assert list(playing.move(NOW + timedelta(minutes=6))) == []


def test_without_schedules_only_waits_happen() -> None:
    playing = stage(schedules=False)
    assert list(playing.move(NOW + timedelta(days=3))) == []


def test_what_would_be_verified_counts_as_done() -> None:
    assert [text for _, text, _ in done(hear(stage(), "请"))] == ["invite", "请了"]


def test_an_errand_waits_until_it_is_told_its_outcome() -> None:
    playing = stage(schedules=False)
    hear(playing, "查")
    assert list(playing.move(NOW + timedelta(days=1))) == []
    (waiting,) = playing.open_errands()
    assert [text for _, text, _ in done(list(playing.go_on(waiting, Outcome("done", "好"))))] == ["好"]
    assert playing.open_errands() == ()
    hear(playing, "查")
    (waiting,) = playing.open_errands()
    assert [text for _, text, _ in done(list(playing.go_on(waiting, Outcome("failed", reason="x"))))] == ["不行"]


def test_one_move_brings_no_flood() -> None:
    playing = stage("schedule:\n  - rule: 嘀\n    every: 1s\n    do: {log: 嘀}\n")
    assert len(list(playing.move(NOW + timedelta(days=1)))) == MOST
    assert playing.overran
    assert playing.now == NOW + timedelta(days=1)
    assert list(playing.move(NOW + timedelta(days=1))) == []


def test_the_clock_never_goes_back() -> None:
    playing = stage()
    assert list(playing.move(NOW - timedelta(days=1))) == []
    assert playing.now == NOW
