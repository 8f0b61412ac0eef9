"""`try` is a conversation: piped lines give the same answers every time, in both languages; state lives as long."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.verbs.rulesfolder import run_verb, write_rules

Talk = Callable[..., str]
RULES = r"""
guard:
  - rule: 广告
    when: {sender: '@@', group: all, contains: [加V]}
    do:
      - strike: 广告
        per: member
        ladder: {1: {reply: '第一次'}, 2: [kick: member, reply: 再见]}
reply:
  - rule: 价格
    when: {sender: '@', contains: [价格]}
    cooldown: 10m per person
    do: [{reply: "99 元\n便宜"}, {image: a.png}, {notify: '{{ person }} 问价'}]
  - rule: 报修
    when: {sender: '@', equals: 报修}
    do:
      - {ask: 房号？, save: 房号, timeout: 5m, on_timeout: {reply: 算了}, expect: {regex: '\d'}}
      - {wait: 2m}
      - {forward: message, to: 值班群}
      - {reply: '好的 {{ 房号 }}'}
  - rule: 查单
    when: {sender: '@', starts: 查}
    do:
      - http: {get: 'https://erp.example/{{ text }}', save: 单, timeout: 5s}
        on_error: {reply: 查不到}
      - {reply: '单：{{ 单.状态 }}'}
  - rule: 试
    mode: dry
    when: {sender: '@', equals: 试}
    do: {reply: 试试}
  - rule: 收图
    when: {sender: '@', MsgType: image}
    do: {reply: 收到}
  - rule: 欢迎
    when: {event: member_join, group: 甲群}
    do: {reply: '欢迎 {{ joined | first }}'}
schedule:
  - rule: 早报
    at: '08:30'
    do: {send: 早上好, to: [甲群, 乙群]}
"""
LINES = """价格
价格
报修
三楼
3-502
/clock +3m
查 1
/done {"状态": "已发货"}
查 2
/fail 超时
试
随便
/type image
/in 甲群
加V
加V
/event member_join
/clock 09:00
/as 老王
加V
/in
//quit
/quit
不会说的
"""
CHINESE = """\
说的话当作私聊；/in 群名 进群，/help 看其他命令。什么都不会真的发出去。
小李> 价格
小助手：99 元
    便宜  (价格)
小助手：[图片 a.png]  (价格)
小助手 → 管理员：[通知 小李 问价]  (价格)
小李> 价格
（不回答：价格: 命中了，但安静：cooldown 10 分钟（按人），还有 10 分钟（上次 10:00:00，小李））
小李> 报修
小助手：房号？  (报修)
小李> 三楼
小助手：房号？  (报修)
小李> 3-502
  · 等 2 分钟 (报修)
小李> /clock +3m
[03-02 10:02:00]
小助手 → 值班群：[转发 3-502]  (报修)
小助手：好的 3-502  (报修)
2026-03-02 10:03:00
小李> 查 1
小助手：[网络请求 https://erp.example/%E6%9F%A5%201 GET]  (查单)
  只显示，不执行；/done 结果（JSON 或文字）接着走，/fail 原因 当作失败
小李> /done {"状态": "已发货"}
小助手：单：已发货  (查单)
小李> 查 2
小助手：[网络请求 https://erp.example/%E6%9F%A5%202 GET]  (查单)
  只显示，不执行；/done 结果（JSON 或文字）接着走，/fail 原因 当作失败
小李> /fail 超时
小助手：查不到  (查单)
  · http 失败：超时 (查单)
小李> 试
  试 只试不做：会做：reply 试试 → 小李
小李> 随便
（不回答：没有规则命中，/why 看每条规则怎么说）
小李> /type image
小助手：收到  (收图)
小李> /in 甲群
小李@甲群> 加V
小助手：第一次  (广告)
  · 广告 记 1 次 (广告)
小李@甲群> 加V
小助手：[移出群 小李]  (广告)
  · 广告 记 2 次 (广告)
小助手：再见  (广告)
小李@甲群> /event member_join
小助手：欢迎 小李  (欢迎)
小李@甲群> /clock 09:00
[03-03 08:30:00]
小助手：早上好  (早报)
小助手 → 乙群：早上好  (早报)
2026-03-03 09:00:00
小李@甲群> /as 老王
老王@甲群> 加V
（不回答：广告: 不管 老王：是管理员）
老王@甲群> /in
老王> //quit
（不回答：没有规则命中，/why 看每条规则怎么说）
老王> /quit
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Talk:
    """Say these lines and get what was printed after the welcome."""

    def run(lines: str, rules: str = RULES, *, whole: bool = False, **flags: object) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        given = {"at": "2026-03-02 10:00", "sender": "小李", "chat": None, "me": None, **flags}
        assert run_verb("try", config=write_rules(tmp_path, rules), **given) == 0
        told = capsys.readouterr()
        assert told.err == ""
        return told.out if whole else told.out.partition("\n")[2]

    return run


def test_a_whole_conversation(chat: Talk) -> None:
    assert chat(LINES, lang="zh", whole=True) == CHINESE


def test_in_english(chat: Talk) -> None:
    told = chat(
        "价格\n价格\n试\n查 1\n/nope\n/in 甲群\n加V\n加V\n/clock x\n/clock 2026-03-01 10:00\n/fail\n/fail\n", lang="en"
    )
    assert (
        told
        == """\
小李> 价格
小助手: 99 元
    便宜  (价格)
小助手: [image a.png]  (价格)
小助手 → admins: [notifies 小李 问价]  (价格)
小李> 价格
(no answer: 价格: matched, silent: cooldown 10m per person, 10 m left (last fired 10:00:00 for 小李))
小李> 试
  试 would act (dry): would: reply 试试 → 小李
小李> 查 1
小助手: [web request https://erp.example/%E6%9F%A5%201 GET]  (查单)
  shown, not done; /done RESULT (JSON or text) goes on, /fail WHY lets it fail
小李> /nope
there is no /nope; /help lists what there is
小李> /in 甲群
小李@甲群> 加V
小助手: 第一次  (广告)
  · strike 广告 = 1 (广告)
小李@甲群> 加V
小助手: [removes 小李]  (广告)
  · strike 广告 = 2 (广告)
小助手: 再见  (广告)
小李@甲群> /clock x
write /clock +5m, /clock 22:00 or /clock 2026-03-02 10:00
小李@甲群> /clock 2026-03-01 10:00
time only goes on
小李@甲群> /fail
小助手 → 小李: 查不到  (查单)
  · http failed: failed (查单)
小李@甲群> /fail
no web request or program waits for its outcome
"""
    )


def test_why_tells_the_last_message_even_when_steps_followed(chat: Talk) -> None:
    told = chat("/why\n/in 甲群\n加V\n加V\n/why\n")
    assert "nothing happened yet" in told
    story = told.rpartition("/why\n")[2]
    assert story.startswith("message   text, group 甲群, member 小李, text 加V")
    assert "广告 ✓ contains 加V (0-2)" in story


def test_a_question_nobody_answers_ends_when_the_clock_says(chat: Talk) -> None:
    told = chat("报修\n/clock +5m\n")
    assert told.endswith("[03-02 10:05:00]\n小助手: 算了  (报修)\n2026-03-02 10:05:00\n")


def test_the_owner_and_the_bot_itself(chat: Talk) -> None:
    told = chat("/as bot\n/in 甲群\n加V\n/as phone\n加V\n/as\n")
    assert "(no answer: own message)" in told
    assert "(no answer: own message, typed on the phone; no rule has self)" in told
    assert told.endswith("phone speaks\n")


def test_kinds_and_events_nobody_knows(chat: Talk) -> None:
    told = chat("/type picture\n/event joined\n/help\n")
    assert "no kind of message is called picture. Known: text image" in told
    assert "no event is called joined. Known: member_join" in told
    assert told.endswith("/quit         end\n")


def test_too_much_for_one_move_is_said(chat: Talk) -> None:
    rules = "schedule:\n  - rule: 嘀\n    every: 1m\n    do: {log: '{{ now }}'}\n"
    told = chat("/clock +1d\n", rules)
    assert "(too much was due in that time; only the first of it happened)" in told
    assert told.endswith("2026-03-03 10:00:00\n")


def test_a_terminal_is_not_obeying_texts(chat: Talk) -> None:
    rules = "reply:\n  - rule: 回声\n    when: {sender: '@', starts: x}\n    do: {reply: '{{ text }}'}\n"
    told = chat("x\x1b[31m\u202e\n", rules)
    assert told == "小李> x\\u001b[31m\\u202e\n小助手: x\\u001b[31m\\u202e  (回声)\n"


@pytest.mark.parametrize("at", ["tomorrow", "25:00"])
def test_a_time_nobody_understands_is_exit_2(at: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_rules(tmp_path, RULES)
    assert run_verb("try", config=config, at=at, sender=None, chat=None, me=None) == 2
    assert "2026-03-02 10:00" in capsys.readouterr().err


def test_broken_rules_are_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_rules(tmp_path, RULES.replace("equals", "equal"))
    assert run_verb("try", config=config, at=None, sender=None, chat=None, me=None) == 3
    assert "rules/a.yaml" in capsys.readouterr().err
