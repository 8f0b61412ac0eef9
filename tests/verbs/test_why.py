"""`why` tells a stored trace again, by id, by chat, in both languages and as JSON."""

import argparse
import json
import os
from pathlib import Path

import pytest

from ruleswx.rules.trace import Done, Heard, Reason, RuleTrace, Trace
from ruleswx.store import Incoming, Store, open_store
from ruleswx.verbs import why
from tests.verbs.stored import heard, put, write_rows

ANSWERED = Trace(
    Heard("text", "@@", "同学群", "小李", text="价格", folded="价格", mentions="me"),
    rules=(RuleTrace("价格咨询", "reply", "matched", Reason("all.yes")),),
    effects=(Done("reply", "同学群", {"text": "99 元"}, "价格咨询"),),
    judged=1,
)
DROPPED = Trace(Heard("text", "@", "老王", person="老王", text="在吗"), gate=Reason("gate.old"))
STALE = Reason("gate.stale", {"age": "1 d 1 s", "limit": "2 m"})


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text("wechat: {endpoint: sandbox}\n", "utf-8")
    with open_store(tmp_path / "state") as store:
        keep(store, "m1", ANSWERED)
        keep(store, "m2", DROPPED)
    return tmp_path


def keep(store: Store, msg_id: str, trace: Trace) -> None:
    (row,) = store.take([Incoming(msg_id, b"{}")], b"s", 0.0)
    store.commit(row.seq, (), (), json.dumps(trace.to_record()).encode(), trace.outcome, 1_780_000_000.0)


def ask(state: Path, what: str = "last", chat: str = "", lang: str = "en", as_json: bool = False) -> int:
    config = str(state / "config.yaml")
    return why.run(argparse.Namespace(config=config, what=what, chat=chat, lang=lang, json=as_json))


def test_the_last_message_and_why_it_was_dropped(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state) == 0
    told = capsys.readouterr().out
    assert told.startswith("05-29 04:26:40  message m2\n")
    assert "在吗" in told
    assert "dropped" in told


@pytest.mark.parametrize("how", [{"what": "m1"}, {"chat": "同学群"}, {"chat": "同 學群".replace(" ", "")}])
def test_a_message_is_found_by_id_or_chat(state: Path, how: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, lang="zh", **how) == 0
    told = capsys.readouterr().out
    assert "消息 m1" in told
    assert "价格咨询" in told
    assert "99 元" in told


def test_json_is_what_explain_prints_with_id_and_time(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, "m1", as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["id"], told["at"], told["outcome"], told["gate"]) == ("m1", 1_780_000_000.0, "matched", None)
    assert [rule["rule"] for rule in told["rules"]] == ["价格咨询"]
    assert told["effects"] == [{"kind": "reply", "to": "同学群", "text": "99 元", "rule": "价格咨询"}]


@pytest.mark.parametrize("how", [{"what": "m3"}, {"chat": "没有的群"}])
def test_what_is_not_stored_is_said(state: Path, how: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, **how) == 1
    assert "no such message is stored" in capsys.readouterr().err


def test_a_trace_of_another_version_is_passed_over(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(state / "state") as store:
        store.commit(None, (), (), b'{"heard": 5}', "matched", 2.0)
        store.commit(None, (), (), b"\xff", "matched", 2.0)
    assert ask(state) == 0
    assert "message m2" in capsys.readouterr().out


def test_what_went_on_later_is_no_schedule(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(state / "state") as store:
        for trace in (ANSWERED, Trace(Heard("timer", timer="早报"))):
            body = json.dumps(trace.to_record()).encode()
            store.commit(None, (), (), body, trace.outcome, 1_780_000_009.0)
    assert ask(state) == 0
    assert capsys.readouterr().out.startswith("05-29 04:26:49  schedule\n")
    assert ask(state, chat="同学群", lang="zh") == 0
    assert capsys.readouterr().out.startswith("05-29 04:26:49  等过之后接着做\n")


ENGLISH = """\
05-29 04:26:40  message m1
message   text, group 同学群, member 小李, mentions me, text 价格  (folded 价格)
reply     价格咨询 ✓ every line holds
answer    价格咨询
            reply → 同学群  99 元
"""
CHINESE = """\
05-29 04:26:40  消息 m1
消息      text，群 同学群，成员 小李，@ 了机器人，文字 价格  （归一后 价格）
reply     价格咨询 ✓ 每一行都成立
回答      价格咨询
            reply → 同学群  99 元
"""


@pytest.mark.parametrize(("lang", "golden"), [("en", ENGLISH), ("zh", CHINESE)])
def test_golden(lang: str, golden: str, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, "m1", lang=lang) == 0
    assert capsys.readouterr().out == golden


def test_what_was_dropped_in_both_languages(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(state / "state") as store:
        keep(store, "m3", Trace(Heard("text", "@", "老王", person="老王", text="在吗"), gate=STALE))
    assert ask(state, "m3", lang="zh") == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "没往下看  已过了 1 天 1 秒，只处理 2 分钟以内的",
        "回答      没有",
    ]
    assert ask(state, "m3") == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "dropped   stale: 1 d 1 s old, only 2 m are answered",
        "answer    none",
    ]


def test_golden_json(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(state, "m1", as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {
        "id": "m1",
        "at": 1_780_000_000.0,
        "outcome": "matched",
        "message": {
            "MsgType": "text",
            "sender": "@@",
            "chat": "同学群",
            "member": "小李",
            "text": "价格",
            "folded": "价格",
        },
        "gate": None,
        "rules": [
            {
                "rule": "价格咨询",
                "section": "reply",
                "outcome": "matched",
                "because": "every line holds",
                "path": "",
                "line": 0,
                "matched": None,
                "captures": {},
            }
        ],
        "effects": [{"kind": "reply", "to": "同学群", "text": "99 元", "rule": "价格咨询"}],
    }


def test_a_long_message_is_cut_and_counted(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(state / "state") as store:
        keep(store, "m4", Trace(Heard("text", "@", "老王", person="老王", text="字" * 65536, folded="字" * 65536)))
    assert ask(state, "m4") == 0
    shown = capsys.readouterr().out
    assert "字" * 200 + "… (65536)" in shown
    assert "字" * 201 not in shown
    assert ask(state, "m4", lang="zh", as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["message"]["folded"] == "字" * 200 + "…（共 65536 字）"


RULES = """
reply:
  - {rule: 群里问帮助, when: {group: all, equals: [帮助, 菜单]}, do: {reply: 菜单}}
  - {rule: 价格, when: {group: all, contains: 价格表格}, do: {reply: 9 元}}
  - {rule: 夜里, when: {group: all, hours: 22:00-06:00, contains: 夜宵}, do: {reply: 有}}
  - {rule: 不要, when: {group: all, contains: 活动}, unless: {contains: 不}, do: {reply: 好}}
  - {rule: 别的群, when: {group: 别的群, contains: 夜宵}, do: {reply: 没}}
guard:
  - {rule: 刷屏, when: {group: all, flood: {messages: 6, within: 10s}}, do: {reply: 慢点}}
"""
AT = 1_780_000_000.0


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A bot with rules and one message of a group nobody answered, its text kept."""
    (tmp_path / "config.yaml").write_text(f"wechat: {{endpoint: sandbox}}\nrules: [{tmp_path}/r.yaml]\n", "utf-8")
    (tmp_path / "r.yaml").write_text(RULES, "utf-8")
    os.utime(tmp_path / "r.yaml", (AT - 60, AT - 60))
    return tmp_path


def unanswered(bot: Path, text: str) -> None:
    with open_store(bot / "state") as store:
        write_rows(store)
        put(store, "7", f"@li:<br/>{text}", AT, by="@@g1", trace=heard("产品交流群", "小李", text=text))


@pytest.mark.parametrize(
    ("text", "rule", "why", "line"),
    [
        ("帮组", "群里问帮助", "equals: 帮组 is none of 帮助, 菜单", 3),
        ("有夜宵吗", "夜里", "it is 04:26, not 22:00-06:00", 5),
        ("不参加活动", "不要", "unless: contains 不", 6),
    ],
)
def test_the_nearest_rule_of_a_message_nobody_answered(  # noqa: PLR0917
    bot: Path, text: str, rule: str, why: str, line: int, capsys: pytest.CaptureFixture[str]
) -> None:
    if rule == "夜里":
        (bot / "r.yaml").write_text(RULES.replace("22:00-06:00", "08:00-12:00"), "utf-8")
        os.utime(bot / "r.yaml", (AT - 60, AT - 60))
        why = why.replace("22:00-06:00", "08:00-12:00")
    unanswered(bot, text)
    assert ask(bot) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-2:] == [
        f"nearest   {rule} ✗ {why}   {bot}/r.yaml:{line}",
        "          (judged again by the rules of now)",
    ]
    assert ask(bot, as_json=True) == 0
    again = json.loads(capsys.readouterr().out)["again"]
    assert (again["rule"]["rule"], again["rule"]["because"], again["fits"], again["saved"]) == (rule, why, False, [])


def test_rules_that_were_mended_since_are_said_to_be(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unanswered(bot, "帮组")
    (bot / "r.yaml").write_text(RULES.replace("菜单]", "帮组]"), "utf-8")
    assert ask(bot, lang="zh") == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"现在      群里问帮助 ✓ 整句是 帮组   {bot}/r.yaml:3",
        f"          （按现在的规则重新看的）消息来了以后改过：{bot}/r.yaml",
    ]


def test_without_text_or_rules_that_load_there_is_no_nearest(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unanswered(bot, "帮组")
    (bot / "r.yaml").write_text("reply: [{rule: 坏}]", "utf-8")
    assert ask(bot) == 0
    with open_store(bot / "state") as store:
        store.prune(AT + 1, messages=0)
    (bot / "r.yaml").write_text(RULES, "utf-8")
    assert ask(bot) == 0
    assert "nearest" not in capsys.readouterr().out


def test_what_goes_on_says_from_which_message(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    went_on = Trace(
        Heard("text", "@@", "同学群", "小李", text="价格", folded="价格", goes_on="m1"),
        rules=(RuleTrace("价格咨询", "reply", "matched", Reason("step.done", {"action": "http"})),),
        effects=(Done("reply", "同学群", {"text": "99 元"}, "价格咨询"),),
    )
    with open_store(state / "state") as store:
        body = json.dumps(went_on.to_record()).encode()
        store.commit(None, (), (), body, went_on.outcome, 1_780_000_009.0)
    assert ask(state) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "05-29 04:26:49  went on after waiting, for message m1"
    assert "group 同学群, member 小李" in lines[1]
    assert lines[-1] == "began     价格咨询 ✓ every line holds"
    assert ask(state, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["goes_on"], told["before"]["rule"]) == ("m1", "价格咨询")
