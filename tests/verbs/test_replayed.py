"""What rules do with recorded messages, and where two sets of rules differ."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ruleswx.config import Config, load_config
from ruleswx.rules.testing import World
from ruleswx.verbs.recorded import Recorded, Recording, Remembered
from ruleswx.verbs.replayed import Told, compare, hits, play
from tests.rules.bot import NOW, load

RULES = r"""
guard:
  - rule: 广告
    when: {group: all, contains: 加V}
    do: {reply: 不要}
reply:
  - rule: 价格
    when: {sender: '@', contains: 价格}
    cooldown: 10m per person
    do: [{reply: {random: [一, 二, 三, 四, 五, 六]}}, {wait: 1m}, {reply: 还要吗}]
  - rule: 试
    mode: dry
    when: {sender: '@', equals: 试}
    do: {reply: 试}
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text("wechat: {endpoint: sandbox}\n", "utf-8")
    config, _ = load_config(str(path), {})
    assert config is not None
    return config


def record(*said: tuple[float, str, str]) -> Recording:
    """Messages as (minute, text, group)."""
    world = World(people={"小李": "friend"})
    items = []
    for number, (minute, text, group) in enumerate(said):
        at = NOW + timedelta(minutes=minute)
        items.append(Recorded(world.message("小李", text, at, group=group, number=number), at))
    return Recording(tuple(items), 0, 0, 0, Remembered((), ()))


def texts(told: Mapping[str, Told], number: int) -> list[str]:
    return [done.what["text"] for done in told[f"m{number}"].effects]


def test_messages_are_played_at_their_time_and_waits_count_for_theirs(config: Config) -> None:
    recording = record((0, "价格", ""), (5, "价格", ""), (6, "试", ""), (7, "别的", ""), (11, "价格", ""))
    ruleset = load(RULES)
    told = play(ruleset, recording, config)
    assert texts(told, 0)[1:] == ["还要吗"]
    assert texts(told, 1) == []
    assert texts(told, 4)[1:] == ["还要吗"]  # the wait after the last message as well
    assert told["m3"].rules == {}
    assert hits(ruleset, told) == {"广告": {}, "价格": {"matched": 2, "cooldown": 1}, "试": {"dry": 1}}


def test_a_message_too_old_on_arrival_stays_unanswered(config: Config) -> None:
    recording = record((0, "价格", ""))
    late = replace(recording.messages[0], received=NOW + timedelta(hours=1))
    told = play(load(RULES), replace(recording, messages=(late,)), config)
    assert told["m0"].gate is not None
    assert told["m0"].gate.code == "gate.stale"


def test_the_same_rules_differ_in_nothing_not_even_by_chance(config: Config) -> None:
    recording = record(*((minute * 20, "价格", "") for minute in range(12)))
    one, two = (play(load(RULES), recording, config) for _ in range(2))
    assert len({texts(one, n)[0] for n in range(12)}) > 1
    assert compare(one, two, recording) == ()


def test_gained_lost_changed(config: Config) -> None:
    recording = record((0, "价格", ""), (1, "加V", "甲群"), (2, "加微", "甲群"), (3, "别的", ""))
    new = RULES.replace("加V", "加微").replace("还要吗", "还要别的吗")
    before, after = (play(load(rules), recording, config) for rules in (RULES, new))
    found = compare(before, after, recording)
    assert [(one.kind, one.item.message.text) for one in found] == [
        ("changed", "价格"),
        ("lost", "加V"),
        ("gained", "加微"),
    ]
    assert found[2].before.matched == ()
    assert found[2].after.matched == ("广告",)


def test_nothing_recorded(config: Config) -> None:
    assert play(load(RULES), record(), config) == {}
