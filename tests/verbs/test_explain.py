"""`ruleswx explain`: the story of a message in both languages and as JSON, the page of a code, bad flags."""

import argparse
import json
from pathlib import Path
from textwrap import dedent

import pytest

from ruleswx.verbs import explain

RULES = """
    lists:
      引流词: [加v, 加微信, 领红包]
    defaults: {sender: '@@', group: [产品交流群, 客户群*]}
    guard:
      - rule: 引流广告
        when: {any: [{contains: $引流词}, {has: url}]}
        do: {reply: 别发}
      - rule: 刷屏
        when: {flood: {messages: 6, within: 10s}}
        do: {reply: 慢点}
    reply:
      - {rule: 价格, when: {sender: '@', contains: 价}, do: {reply: '{{ person }}：9 元'}}
      - {rule: 查单, when: {sender: '@', regex: '单(?P<号>\\d+)'}, do: {reply: '{{ 号 }}'}}
      - {rule: 群里问帮助, when: {group: all, mention: me, equals: [帮助, help, 菜单]}, do: {reply: 菜单, at: sender}}
      - {rule: 通过好友, when: {sender: '@', event: friend_request}, do: {log: 好友}}
      - {rule: 欢迎新人, when: {event: member_join}, do: {reply: 欢迎}}
    watch:
      - rule: 投诉上报
        when: {contains: [投诉, 退款], length: {min: 6}}
        do: {forward: message, to: '客服*'}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(
        "wechat: {endpoint: sandbox}\nrules: [r.yaml]\nstate: state\ntz: Asia/Shanghai\nadmins: [老王]\n", "utf-8"
    )
    (tmp_path / "r.yaml").write_text(dedent(RULES), "utf-8")
    return tmp_path / "config.yaml"


def run(
    text: str, capsys: pytest.CaptureFixture[str], config: Path | None = None, **flags: object
) -> tuple[int, str, str]:
    given: dict[str, object] = dict.fromkeys(("chat", "sender", "me", "at", "type", "event"))
    given |= {"config": str(config), "text": text, "lang": "en", "json": False, **flags}
    code = explain.run(argparse.Namespace(**given))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_every_rule_with_its_reason_and_the_closest_miss(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run("@小助手 帮组", capsys, config, chat="产品交流群", sender="小李")
    assert (code, err) == (0, "")
    assert out == dedent("""\
        message   text, group 产品交流群, member 小李, mentions me, text 帮组  (folded 帮组)
        guard     引流广告 ✗ no word of $引流词 (3), no url     刷屏 ✗ 1 of 6 messages in 10 s
        reply     群里问帮助 ✗ equals: 帮组 is none of 帮助, help, 菜单   ← closest, 1 character off
                  欢迎新人 ✗ no event     (3 rules skipped: they want sender '@')
        watch     投诉上报 ✗ no keyword
        answer    none
    """)


def test_in_chinese(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run("我要投诉你们的客服", capsys, config, chat="客户群一", sender="小李", lang="zh")
    assert out.splitlines() == [
        "消息      text，群 客户群一，成员 小李，文字 我要投诉你们的客服  （归一后 我要投诉你们的客服）",
        "guard     引流广告 ✗ 没有 $引流词（3）里的词、没有网址     刷屏 ✗ 10 秒内第 1 条，要 6 条",
        (
            "reply     群里问帮助 ✗ 没有 @ 机器人     欢迎新人 ✗ 没有发生事件     "
            "（跳过 3 条：只听一对一聊天（sender '@'））"
        ),
        "watch     投诉上报 ✓ 包含 投诉 (2-4)",
        "回答      投诉上报",
        "            forward → 客服*  我要投诉你们的客服",
    ]


def test_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run("查单123", capsys, config, json=True, sender="小李", at="2026-03-02 10:00")
    told = json.loads(out)
    assert told["message"] == {
        "MsgType": "text", "sender": "@", "chat": "小李", "member": "小李", "text": "查单123", "folded": "查单123",
    }  # fmt: skip
    assert told["gate"] is None
    rows = {row["rule"]: row for row in told["rules"]}
    assert list(rows) == ["引流广告", "刷屏", "价格", "查单", "群里问帮助", "通过好友", "欢迎新人", "投诉上报"]
    found = rows["查单"]
    assert (found["section"], found["outcome"], found["matched"], found["captures"]) == (
        "reply", "matched", [1, 5], {"号": "123"},
    )  # fmt: skip
    assert (found["path"], found["line"]) == (str(config.parent / "r.yaml"), 14)
    assert rows["群里问帮助"]["outcome"] == "skipped", "the search ended before it"
    assert [(e["kind"], e["to"], e["text"]) for e in told["effects"]] == [("reply", "小李", "123")]


def test_admins_are_that_friend(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run("加v", capsys, config, json=True, chat="产品交流群", sender="老王")
    (row,) = [row for row in json.loads(out)["rules"] if row["rule"] == "引流广告"]
    assert (row["outcome"], row["because"]) == ("exempt", "exempt: 老王 is an admin")


def test_events_kinds_and_the_bots_name(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run("", capsys, config, json=True, chat="产品交流群", event="member_join")
    assert [e["text"] for e in json.loads(out)["effects"]] == ["欢迎"]
    _, out, _ = run("", capsys, config, json=True, chat="产品交流群", type="image")
    assert json.loads(out)["message"]["MsgType"] == "image"
    _, out, _ = run("@阿宝 帮助", capsys, config, json=True, chat="别的群", me="阿宝", sender="小李")
    assert [e["text"] for e in json.loads(out)["effects"]] == ["@小李\u2005菜单"]


def test_the_page_of_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("e112", capsys)
    assert code == 0
    assert out.startswith("E112  ")
    code, out, err = run("E999", capsys, lang="zh")
    assert (code, out) == (2, "")
    assert "E999" in err
    assert "E112" in err


@pytest.mark.parametrize(
    ("flag", "value"), [("at", "tomorrow"), ("at", "2026-03-02T10:00+01:00"), ("type", "smoke"), ("event", "rain")]
)
def test_bad_flags(config: Path, capsys: pytest.CaptureFixture[str], flag: str, value: str) -> None:
    code, out, err = run("x", capsys, config, **{flag: value})
    assert (code, out) == (2, "")
    assert value in err


def test_rules_that_do_not_load(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "r.yaml").write_text("reply: [{rule: x}]\n", "utf-8")
    code, out, err = run("x", capsys, config)
    assert (code, out) == (3, "")
    assert "r.yaml:1:" in err


def test_somebody_exempt_by_name_is_that_friend(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = config.parent / "r.yaml"
    rules.write_text(
        rules.read_text("utf-8").replace("- rule: 引流广告", "- rule: 引流广告\n    exempt: [林老师]"), "utf-8"
    )
    told = run("加v", capsys, config, chat="产品交流群", sender="林老师")[1]
    assert "引流广告 ✗ exempt: 林老师 is left alone" in told
    assert "引流广告 ✓" in run("加v", capsys, config, chat="产品交流群", sender="小李")[1]


def test_a_kind_is_as_it_comes(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(run("我是推荐来的", capsys, config, type="friend_request", json=True)[1])
    assert [row["outcome"] for row in told["rules"] if row["rule"] == "通过好友"] == ["matched"]
    assert json.loads(run("报价.pdf", capsys, config, type="file", json=True)[1])["message"]["text"] == ""
