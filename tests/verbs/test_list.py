"""`list` prints the effective order and the next times of schedules, in both languages and as JSON."""

import json
from pathlib import Path

import pytest

from tests.verbs.rulesfolder import run_verb, write_rules

RULES = r"""
defaults: {sender: '@@', group: [产品交流群, 客户群*]}
reply:
  - rule: 价格咨询
    when: {sender: '@', person: [老王, {regex: '^小'}], contains: 价格}
    cooldown: 10m per person
    do: {reply: 99 元}
  - rule: 群里问帮助
    mode: dry
    when: {group: all, mention: me, equals: 帮助}
    do: {reply: 帮助}
watch:
  - rule: 投诉
    mode: off
    when: {contains: 投诉, member: '*经理', role: friend}
    do: {notify: '{{ text }}'}
guard:
  - rule: 广告
    when: {contains: 加微信}
    do: {log: '{{ text }}'}
schedule:
  - rule: 工作日早报
    at: '08:30'
    days: workday
    jitter: 2m
    do: {send: 早上好, to: [产品交流群]}
  - rule: 过去了
    once: '2020-01-01 10:00'
    do: {send: 新年好, to: [产品交流群]}
  - rule: 关了
    mode: off
    every: 1m
    do: {send: 嘀, to: [产品交流群]}
  - rule: 那边
    cron: '0 9 1 * *'
    tz: Europe/London
    do: {send: hi, to: [产品交流群]}
"""
ENGLISH = """\
guard     the first match ends the message
   1  广告  rules/a.yaml:18  group 产品交流群 客户群*

reply     the first match answers
   2  价格咨询    rules/a.yaml:4  private 老王 /^小/ · cooldown 10m per person
   3  群里问帮助  rules/a.yaml:8  every group, mentions me · mode dry

watch     every match runs
   4  投诉  rules/a.yaml:13  group 产品交流群 客户群*, member *经理, role friend · mode off

schedule  at times (Asia/Shanghai)
      工作日早报  rules/a.yaml:22, up to 2m later at random
        2026-09-30 Wed 08:30   2026-10-08 Thu 08:30   2026-10-09 Fri 08:30   2026-10-10 Sat 08:30   2026-10-12 Mon 08:30
        2026-10-13 Tue 08:30   2026-10-14 Wed 08:30   2026-10-15 Thu 08:30   2026-10-16 Fri 08:30   2026-10-19 Mon 08:30
      过去了  rules/a.yaml:27
        never due again
      关了  rules/a.yaml:30  mode off
      那边  rules/a.yaml:34  Europe/London
        2026-10-01 Thu 09:00   2026-11-01 Sun 09:00   2026-12-01 Tue 09:00   2027-01-01 Fri 09:00   2027-02-01 Mon 09:00
        2027-03-01 Mon 09:00   2027-04-01 Thu 09:00   2027-05-01 Sat 09:00   2027-06-01 Tue 09:00   2027-07-01 Thu 09:00
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def listed(rules: str, tmp_path: Path, **flags: object) -> int:
    given = {"at": "2026-09-29 08:30", "json": False, **flags}
    return run_verb("list", config=write_rules(tmp_path, rules), **given)


def test_the_effective_order_and_the_next_ten_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(RULES, tmp_path) == 0
    assert capsys.readouterr().out == ENGLISH


def test_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(RULES, tmp_path, lang="zh") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "guard     第一条命中的结束这条消息",
        "   1  广告  rules/a.yaml:18  群 产品交流群 客户群*",
        "",
        "reply     第一条命中的来回答",
        "   2  价格咨询    rules/a.yaml:4  私聊 老王 /^小/ · 每个人冷却 10 分钟",
    ]
    assert "schedule  定时（Asia/Shanghai）" in lines
    assert "      工作日早报  rules/a.yaml:22，再随机晚 2 分钟以内" in lines
    assert lines[-2].startswith("        2026-10-01 周四 09:00   2026-11-01 周日 09:00")


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(RULES, tmp_path, json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert [rule["rule"] for rule in told["rules"]] == ["广告", "价格咨询", "群里问帮助", "投诉"]
    assert told["rules"][1] == {
        "hours": [],
        "days": [],
        "dates": [],
        "valid": [],
        "rule": "价格咨询",
        "section": "reply",
        "position": 2,
        "path": "rules/a.yaml",
        "line": 4,
        "mode": "live",
        "where": [
            {"sender": "@", "group": [], "person": ["老王", "/^小/"], "member": [], "event": [], "mention": None, "role": None}  # noqa: E501
        ],
        "cooldown": {"seconds": 600.0, "per": "person"},
    }  # fmt: skip
    assert [len(schedule["next"]) for schedule in told["schedules"]] == [10, 0, 0, 10]
    morning = told["schedules"][0]
    assert morning["next"][0] == "2026-09-30T08:30:00+08:00"
    assert {key: morning[key] for key in ("rule", "path", "line", "mode", "tz", "jitter")} == {
        "rule": "工作日早报", "path": "rules/a.yaml", "line": 22, "mode": "live", "tz": "Asia/Shanghai",
        "jitter": 120.0,
    }  # fmt: skip


def test_a_rule_that_leaves_the_where_to_its_blocks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = """
    reply:
      - rule: 两处
        when: {contains: 你好, any: [{sender: '@'}, {group: 甲群}]}
        do: {reply: 你好}
    """
    assert listed(rules, tmp_path) == 0
    assert capsys.readouterr().out.endswith("private, or group 甲群\n")


def test_an_event_says_where_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = "reply:\n  - rule: 通过\n    when: {event: friend_request}\n    do: {accept: request}\n"
    assert listed(rules, tmp_path) == 0
    assert capsys.readouterr().out.endswith("  event friend_request\n")


def test_no_rules_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed("lists: {}\n", tmp_path) == 0
    assert capsys.readouterr().out == "no rules\n"


def test_broken_rules_are_exit_3_with_their_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(RULES.replace("equals", "equal"), tmp_path) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("rules/a.yaml:10:")


def test_a_time_nobody_understands_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(RULES, tmp_path, at="tomorrow") == 2
    assert "2026-03-02 10:00" in capsys.readouterr().err


def test_who_and_when_a_rule_listens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = """
        defaults: {hours: 09:00-18:00, days: workday}
        reply:
          - {rule: 甲, when: {person: 小李, equals: 甲}, do: {reply: 一}}
          - {rule: 乙, when: {person: 小李, sender: '@@', group: all, equals: 乙, hours: [22:00-06:00], days: [sat, sun]}, do: {log: 二}}
          - rule: 丙
            valid: 2026-10-01..2026-10-07
            when: {sender: '@', equals: 丙, dates: 2026-10-02}
            do: {reply: 三}
    """  # noqa: E501
    assert listed(rules, tmp_path) == 0
    assert [line.split("  ")[-1] for line in capsys.readouterr().out.splitlines()[1:]] == [
        "private 小李 · 09:00-18:00 · workday",
        "every group, person 小李 · 22:00-06:00 · sat, sun",
        "private · 09:00-18:00 · workday · on 2026-10-02 · valid 2026-10-01..2026-10-07",
    ]
    assert listed(rules, tmp_path, json=True) == 0
    last = json.loads(capsys.readouterr().out)["rules"][-1]
    assert (last["hours"], last["days"], last["dates"]) == (["09:00-18:00"], ["workday"], ["2026-10-02"])
    assert last["valid"] == ["2026-10-01..2026-10-07"]
