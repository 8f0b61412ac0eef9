"""What each rule verb prints, to the letter: in Chinese, in English, and as JSON.

The screens lie in `golden/`. After a wanted change of words: `RULESWX_GOLDEN=write pytest tests/verbs/test_golden.py`,
then read the difference.
"""

import json
import os
from pathlib import Path
from textwrap import dedent

import pytest

from ruleswx import cli
from ruleswx.rules.trace import Trace
from ruleswx.store import open_store
from tests.verbs.stored import GROUP, WANG, XIAOLI, put, write_rows

GOLDEN = Path(__file__).parent / "golden"
CONFIG = "wechat: {endpoint: sandbox}\nrules: [rules/*.yaml]\nadmins: [老王]\nsecrets: {}\n"
RULES = """
    lists: {引流词: [加微信, 领红包]}
    guard:
      - rule: 引流广告
        match: loose
        when: {sender: '@@', group: [产品交流群, 客户群*], contains: $引流词}
        do:
          - strike: 广告
            per: member
            expires: 30m
            ladder: {1: {reply: 第 1 次提醒, at: sender}, 2: {kick: member}}
        examples: {hit: [加 微 信], miss: [加班]}
    reply:
      - rule: 价格
        when: {sender: '@', contains: [价格, 多少钱]}
        do: {reply: '{{ person }}，99 元'}
        cooldown: 90s per person
        examples: {hit: [多少钱], todo: [贵吗]}
      - rule: 帮助
        mode: dry
        when: {sender: '@@', group: all, mention: me, equals: [帮助, 菜单]}
        do: {reply: 看公告}
    watch:
      - rule: 投诉
        when: {group: all, contains: 投诉}
        do: {log: '{{ text }}'}
    schedule:
      - rule: 早报
        at: '08:30'
        jitter: 2m
        do: {send: 早, to: 产品交流群}
"""
TESTS = """
    clock: 2026-03-02 10:00
    world:
      people: {小李: {}, 路人甲: {role: stranger}}
      groups: {产品交流群: {owner: me, members: [小李, 路人甲]}}
    tests:
      - {test: 问价, from: 小李, say: 多少钱, expect: {rule: 价格, reply: 小李，99 元}}
      - test: 两次广告
        in: 产品交流群
        from: 路人甲
        steps:
          - {say: 加微信, expect: {reply: {contains: 第 1 次}}}
          - {after: 1h, say: 领 红 包, expect: {kick: 路人甲}}
"""
BROKEN = """
    reply:
      - rule: 价
        when: {sender: @, contain: 价}
        do: {reply: 好}
      - rule: 群
        when: {sender: '@@', contains: 价}
        do: {reply: '{{ memeber }}'}
      - rule: 踢
        when: {sender: '@', contains: 广告}
        do: {kick: member}
"""
AT = ["--at", "2026-03-02 10:00"]
CASES = {
    "check": ["check"],
    "check-broken": ["check", "broken.yaml"],
    "test": ["test", "--coverage"],
    "explain-miss": ["explain", "@小助手 帮组", "--in", "产品交流群", "--as", "小李", *AT],
    "explain-hit": ["explain", "价格", "--as", "小李", *AT],
    "explain-code": ["explain", "E152"],
    "why": ["why"],
    "why-dropped": ["why", "5001"],
    "list": ["list", *AT],
    "init": ["init", "new"],
}
WITHOUT_JSON = {"explain-code", "init"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rules" / "tests").mkdir(parents=True)
    (tmp_path / "rules" / "a.yaml").write_text(dedent(RULES), "utf-8")
    (tmp_path / "rules" / "tests" / "a.test.yaml").write_text(dedent(TESTS), "utf-8")
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "b.yaml").write_text(dedent(BROKEN), "utf-8")
    (tmp_path / "broken.yaml").write_text(CONFIG.replace("rules/*.yaml", "b.yaml"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def remember(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two messages of the past: one that was answered, and one too old to be."""
    assert cli.main(["explain", "价格", "--as", "小李", *AT, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    place = [told["rules"][1]["path"], told["rules"][1]["line"], 0]
    row = {
        "rule": "价格", "section": "reply", "outcome": "matched", "place": place, "matched": [0, 2], "captures": {},
        "because": ["contains.yes", {"word": "价格"}, []], "steps": [], "near": None,
    }  # fmt: skip
    heard = {"kind": "text", "sender": "@", "chat": "小李", "person": "小李", "text": "价格", "folded": "价格"}
    done = {"kind": "reply", "to": "小李", "what": {"text": "小李，99 元"}, "rule": "价格"}
    answered = Trace.from_record({"heard": heard, "gate": None, "rules": [row], "effects": [done], "judged": 4})
    stale = ["gate.stale", {"age": "1 d 1 s", "limit": "2 m"}, []]
    dropped = Trace.from_record({"heard": heard, "gate": stale, "rules": [], "effects": [], "judged": 4})
    with open_store(folder / "state") as store:
        write_rows(store, XIAOLI, WANG, GROUP)
        put(store, "5001", "价格", 1_780_000_000.0, trace=dropped)
        put(store, "5002", "价格", 1_780_000_060.0, trace=answered)


@pytest.mark.parametrize("form", ["zh", "en", "json"])
@pytest.mark.parametrize("case", CASES)
def test_every_screen_to_the_letter(
    case: str, form: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if form == "json" and case in WITHOUT_JSON:
        pytest.skip("this verb prints no JSON of its own")
    if case.startswith("why"):
        remember(folder, capsys)
    capsys.readouterr()
    flags = ["--json", "--lang", "en"] if form == "json" else ["--lang", form]
    code = cli.main([*CASES[case], *flags])
    out, err = capsys.readouterr()
    if form == "json":
        out = json.dumps(json.loads(out), ensure_ascii=False, indent=1) + "\n"
    screen = out + (f"-- standard error\n{err}" if err else "") + f"-- exit {code}\n"
    path = GOLDEN / f"{case}.{form}.txt"
    if os.environ.get("RULESWX_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(screen, "utf-8")
    assert screen == path.read_text("utf-8")
