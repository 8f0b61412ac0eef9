"""Tests of rules: the told world, the clock, what counts as passed, coverage."""

from textwrap import dedent

import pytest

from ruleswx.rules.schema import RuleFile
from ruleswx.rules.shape import check_shape
from ruleswx.rules.source import read_yaml
from ruleswx.rules.testing import Failure, measure, run_test
from ruleswx.rules.testing.coverage import branches
from tests.rules.bot import load

RULES = """
    vars: {数: {type: number, per: bot, start: 0}}
    guard:
      - rule: 广告
        when: {group: all, contains: 广告}
        do:
          strike: 广告
          ladder: {1: {reply: 一}, 2: [{kick: member, on_error: {notify: 踢不动}}, {notify: 踢了}]}
    reply:
      - {rule: 价, when: {sender: '@', contains: 价}, do: [{reply: 九元}, {file: files/价.pdf}], cooldown: 10m}
      - rule: 单
        when: {sender: '@', regex: '单(?P<号>.+)'}
        do:
          - {http: {get: 'https://a.example/{{ 号 }}', timeout: 5s, save: 单}, on_error: {reply: 忙}}
          - reply: '{{ 单.状态 }}'
      - {rule: 友, when: {event: friend_request}, do: [{wait: 20s}, {accept: request}, {reply: 你好}]}
      - {rule: 迎, when: {group: 产品群, event: member_join}, do: {reply: '欢迎 {{ joined | join("、") }}'}}
      - rule: 问
        when: {sender: '@', equals: 问}
        do: {ask: 谁？, timeout: 1m, retry: 1, on_timeout: {reply: 算了}, on_cancel: {log: 走}}
    schedule:
      - {rule: 早, at: '08:30', days: workday, do: {send: 早, to: 产品群}}
"""
WORLD = """
    world:
      me: 阿宝
      people: {老王: {role: admin}, 小李: {}, 号: {official: yes}}
      groups: {产品群: {owner: me, members: [老王, 小李]}}
      http: {'https://a.example/a%2Fb': {状态: 已发货}, 'https://a.example/x': {error: timeout}}
      fails: [FAILS]
"""


def run(test: str, fails: str = "", *, rules: str = RULES, world: str = WORLD) -> tuple[str, ...]:
    """What a test's first failing step expected, one a slip; empty when it passed."""
    source = read_yaml("t.yaml", (dedent(world.replace("FAILS", fails)) + "tests:\n- " + test).encode())
    model, findings = check_shape(RuleFile, source)
    assert model is not None, findings
    (one,) = model.tests or ()
    failure = run_test(load(rules), one, model.world).failure
    return () if failure is None else tuple(f"{slip.expected} | {slip.got}" for slip in failure.slips)


PASSING = """
    - {test: t, from: 小李, say: 价, expect: {rule: 价, reply: 九元, file: 价.pdf}}
    - {test: t, from: 小李, say: 价, expect: {reply: {regex: '^九'}, file: files/价.pdf}}
    - {test: t, from: 小李, say: 没有, expect: {rule: none, nothing: yes}}
    - {test: t, in: 产品群, from: 老王, say: 广告, expect: {rule: none, because: exempt}}
    - {test: t, in: 产品群, from: bot, say: 广告, expect: {rule: none, because: own message}}
    - {test: t, from: 号, say: 价, expect: {because: official account}}
    - {test: t, from: 小李, say: 单a/b, expect: {reply: 已发货, http: {contains: a%2Fb}}}
    - {test: t, from: 小李, say: 单x, expect: {reply: 忙, http: {contains: x}, not: {reply: 已发货}}}
    - {test: t, from: 小李, say: 单没有, expect: {reply: 忙, http: {contains: a.example}}}
    - {test: t, in: 产品群, from: 新人, event: member_join, expect: {reply: 欢迎 新人}}
    - test: 定时的时刻
      schedule: 早
      between: 2026-03-06 00:00 .. 2026-03-10 00:00
      expect: {fires: [2026-03-06 08:30, 2026-03-09 08:30]}
    - test: 定时做的事
      schedule: 早
      between: 2026-03-06 00:00 .. 2026-03-07 00:00
      expect: {send: {contains: 早, to: 产品群}}
    - test: 等一会儿
      from: 小李
      steps:
        - {event: friend_request, expect: {nothing: yes}}
        - {after: 30s, expect: {accept: request, reply: 你好}}
    - {test: t, from: 小李, steps: [{say: 问, expect: {ask: 谁？}}, {after: 2m, expect: {reply: 算了}}]}
    - test: 冷却
      from: 小李
      steps:
        - {say: 价, expect: {reply: 九元, file: 价.pdf}}
        - {say: 价, expect: {because: cooldown, rule: 价, nothing: yes}}
        - {say: 价, expect: {because: cooldown, rule: none}}
        - {after: 10m, say: 价, expect: {reply: 九元, file: 价.pdf}}
    - test: 阶梯
      in: 产品群
      from: 小李
      steps:
        - {say: 广告, expect: {reply: 一, strike: 广告}}
        - {from: 老王, say: 好}
        - {say: 广告, expect: {kick: 小李, notify: 踢了}}
"""


@pytest.mark.parametrize("test", dedent(PASSING).split("\n- ")[1:])
def test_passes(test: str) -> None:
    assert run(test) == ()


@pytest.mark.parametrize(
    ("test", "slips"),
    [
        ("from: 小李, say: 价, expect: {reply: 九元}", ["no file | file 价.pdf → 小李"]),
        ("from: 小李, say: 价, expect: {nothing: yes}", ["nothing | reply 九元", "nothing | file 价.pdf → 小李"]),
        ("from: 小李, say: 没有, expect: {rule: 价}", ["rule 价 | rule none"]),
        (
            "from: 小李, say: 价, expect: {reply: {contains: [十, 百]}, file: 价.pdf}",
            ["reply contains 十 | 百 | reply 九元"],
        ),
        (
            "from: 小李, say: 价, expect: {reply: 九元, file: 价.pdf, not: {file: 价.pdf}}",
            ["not file 价.pdf | file 价.pdf → 小李"],
        ),
        (
            "schedule: 早, between: 2026-03-06 00:00 .. 2026-03-07 00:00, expect: {fires: []}",
            ["fires never | fires 2026-03-06 08:30"],
        ),
        (
            "schedule: 没有, between: 2026-03-06 00:00 .. 2026-03-07 00:00, expect: {fires: []}",
            ["a schedule 没有 | no such schedule"],
        ),
        ("from: 小李, say: 价, expect: {because: 月亮}", None),
    ],
)
def test_fails(test: str, slips: list[str] | None) -> None:
    told = run(f"{{test: t, {test}}}")
    assert told
    assert slips is None or list(told) == slips


def test_a_file_that_fails_runs_its_on_error() -> None:
    rules = """
        reply:
          - rule: 文
            when: {sender: '@', contains: 文}
            do: [{file: a.pdf, on_error: {reply: 没有}}, {reply: 好}]
    """
    test = "{test: t, from: 小李, say: 文, expect: {file: a.pdf, reply: %s}}"
    assert run(test % "好", "kick", rules=rules) == ()
    assert run(test % "没有", "file", rules=rules) == ()


def test_actions_fail_when_the_world_says_so() -> None:
    steps = "{say: 广告, expect: {reply: 一}}, {say: 广告, expect: {kick: 小李, notify: %s}}"
    test = f"{{test: t, in: 产品群, from: 小李, steps: [{steps}]}}"
    assert run(test % "踢不动", "kick") == ()
    assert run(test % "踢了", "kick") != ()


def test_a_failure_tells_step_words_and_reason() -> None:
    steps = "[{say: 早}, {say: ＡＢ, expect: {rule: 价}}]"
    source = read_yaml("t.yaml", f"tests: [{{test: t, from: 小李, steps: {steps}}}]".encode())
    model, _ = check_shape(RuleFile, source)
    assert model is not None
    failure = run_test(load(RULES), (model.tests or ())[0], None).failure
    assert isinstance(failure, Failure)
    assert (failure.step, failure.said, failure.folded, failure.because) == (2, "ＡＢ", "ab", "no rule matched")


def test_coverage_counts_rules_and_branches() -> None:
    ruleset = load(RULES)
    assert [branch.what for rule in ruleset.rules for branch in branches(rule)] == [
        "ladder 1 of 广告", "ladder 2 of 广告", "on_error of kick", "on_error of http",
        "on_timeout of ask", "on_cancel of ask", "retry of ask",
    ]  # fmt: skip
    source = read_yaml("t.yaml", "tests: [{test: t, in: 产品群, from: 小李, say: 广告}]".encode())
    model, _ = check_shape(RuleFile, source)
    assert model is not None
    result = run_test(ruleset, (model.tests or ())[0], None)
    cover = measure(ruleset, result.traces, frozenset({"价"}))
    assert (cover.rules, cover.by_tests, cover.by_examples, cover.percent) == (7, 1, 1, 28)
    assert (cover.branches, cover.branches_reached) == (7, 1)
    assert len(cover.missing) == 5 + 6


STRICT = """
    reply:
      - rule: 一发
        when: {sender: '@', equals: 甲}
        do:
          - {reply: 一}
          - {send: 二, to: 小王}
          - {notify: 三}
          - {log: 四}
          - {http: {get: 'https://a.example/', timeout: 3s}}
      - {rule: 两发, when: {sender: '@', equals: 乙}, do: [{reply: 一}, {reply: 一}]}
      - {rule: 拉, when: {sender: '@', equals: 丁}, do: [{invite: person, to: 群1}]}
      - {rule: 回二, when: {sender: '@', equals: 戊}, do: [{reply: {each: [一, 二]}}]}
      - rule: 多处
        when: {sender: '@', equals: 己}
        do: {send: {each: [甲, 乙]}, to: [群1, 小王, admins, filehelper]}
      - {rule: 转, when: {sender: '@', equals: 辛}, do: [{forward: message, to: [老板, filehelper]}]}
      - {rule: 群里, when: {sender: '@@', group: all, equals: 己}, do: {reply: x}}
      - {rule: 问, when: {sender: '@', equals: 问}, do: [{reply: 先}, {ask: 谁？, timeout: 1m}, {reply: 好}]}
"""
STRICT_WORLD = """
    world:
      people: {小李: {}, 小王: {}, 老板: {role: admin}}
      groups: {群1: {owner: me, members: [小李, 小王]}, 群2: {}}
      http: {'https://a.example/': ok}
"""
ALL_SENT = "send: [甲, 乙]"


@pytest.mark.parametrize(
    ("test", "slips"),
    [
        ("say: 甲, expect: {reply: 一, send: 二, notify: 三}", ["no http | http https://a.example/ GET"]),
        ("say: 甲, expect: {reply: 一, send: 二, notify: 三, http: {contains: a.example}}", []),
        ("say: 丁", ["no invite | invite 小李 → 群1"]),
        ("steps: [{say: 没有}, {say: 丁}]", ["no invite | invite 小李 → 群1"]),
        ("say: 乙, expect: {reply: 一}", ["no reply but the named | reply 一"]),
        ("say: 乙, expect: {reply: [一, 一]}", []),
        ("say: 乙, expect: {reply: [一, 一, 一]}", ["one more reply 一 | reply 一; reply 一"]),
        ("say: 戊, expect: {reply: [一, 二]}", []),
        ("say: 戊, expect: {reply: [二, 一]}", ["reply in this order: 二; 一 | reply 一; reply 二"]),
        ("say: 戊, expect: {reply: [{contains: 一}, {contains: 二}]}", []),
        (f"say: 己, expect: {{{ALL_SENT}}}", []),
        ("say: 己, expect: {send: [乙, 甲]}", None),
        ("say: 己, expect: {send: [{to: 群1}, {to: 小王}, {to: 老板}, {to: filehelper}]}", []),
        ("say: 己, expect: {send: [{to: 群1}, {to: 小王}, {to: admins}, {to: 文件传输助手}]}", []),
        ("say: 己, expect: {send: [{to: 群1}, {to: 小王}, {to: 老板}]}", None),
        ("say: 辛, expect: {forward: [{to: 老板}, {to: filehelper}]}", []),
        ("say: 问, expect: {reply: 先, ask: 谁？}", []),
        ("say: 问, expect: {ask: 谁？}", ["no reply but the named | reply 先"]),
        ("from: 谁, say: 戊, expect: {reply: [一, 二]}", ["from: 谁 is one of world.people | only 小李, 小王, 老板"]),
        ("in: 没群, say: 己, expect: {reply: x}", ["in: 没群 is one of world.groups | only 群1, 群2"]),
        ("in: 群1, from: 老板, say: 己, expect: {reply: x}", ["from: 老板 is a member of 群1 | only 小李, 小王"]),
        ("in: 群2, from: 老板, say: 己, expect: {reply: x}", []),
        ("in: 群1, from: phone, say: 好", []),
        ("from: 老板, steps: [{in: 群1, event: member_join}, {in: 群1, say: 己, expect: {reply: x}}]", []),
        ("from: 生人, event: friend_request", []),
        ("say: 没有, expect: {because: 月亮}", None),
    ],
)
def test_only_what_is_named_may_happen(test: str, slips: list[str] | None) -> None:
    given = test if "from:" in test else f"from: 小李, {test}"
    told = run(f"{{test: t, {given}}}", rules=STRICT, world=STRICT_WORLD)
    assert list(told) == slips if slips is not None else told


def test_a_reason_that_was_not_given_shows_the_nearest_one_only() -> None:
    rules = """
        reply:
          - {rule: 甲, when: {sender: '@', equals: 帮助}, do: {reply: 一}}
          - {rule: 乙, when: {sender: '@', equals: 价格表}, do: {reply: 二}}
    """
    told = run("{test: t, from: 小李, say: 帮组, expect: {because: 月亮}}", rules=rules)
    assert told == ("because 月亮 | rule 甲 missed: equals: 帮组 is none of 帮助",)
    assert run("{test: t, from: 小李, say: 帮组, expect: {because: 不是 帮助}}", rules=rules) == ()


TIMED = """
    guard:
      - {rule: 管, when: {sender: '@@', group: 群, contains: 广告}, exempt: [林老师], do: {reply: 管}}
      - rule: 踢
        when: {sender: '@@', group: 群, contains: 踢}
        do: [{kick: member, on_error: {reply: 踢不动}}, {reply: 走好}]
    reply:
      - rule: 答
        when: {sender: '@', equals: 在}
        do: [{reply: 在的}, {image: a.png, on_error: {reply: 图坏了}}, {reply: 完}]
      - {rule: 传, when: {sender: '@', equals: 传}, do: [{forward: message, to: 群}, {recall: last}]}
      - {rule: 文件, when: {sender: '@', MsgType: file, title: 报价}, do: {reply: 收到}}
      - {rule: 链接, when: {sender: '@', MsgType: link, file_name: 报价}, do: {reply: 不会}}
      - {rule: 申请, when: {event: friend_request, contains: 推荐}, do: {log: 有人}}
    schedule:
      - {rule: 整点, every: 1h, do: {send: 点, to: 群}}
      - {rule: 关了, every: 1h, mode: off, do: {send: 关, to: 群}}
"""
TIMED_WORLD = """
    clock: 2026-03-02 09:30
    world:
      people: {林老师: {}, 小林: {remark: 林老师}, 小李: {}}
      groups: {群: {owner: 小李, members: [林老师, 小林, 小李]}}
      fails: [FAILS]
"""
NOTICE = "notify: {contains: '%s fails in this world'}"


@pytest.mark.parametrize(
    ("test", "fails"),
    [
        ("in: 群, from: 林老师, say: 广告, expect: {rule: 管, reply: 管}", ""),
        ("in: 群, from: 小林, say: 广告, expect: {rule: none, because: 'exempt: 林老师'}", ""),
        ("in: 群, from: 小李, say: 踢, expect: {kick: 小李, reply: 踢不动}", ""),
        ("steps: [{after: 1h, expect: {send: 点}}]", ""),
        ("steps: [{after: 3h, expect: {send: [点, 点], rule: 整点}}]", ""),
        ("steps: [{after: 31d}, {after: 10m, expect: {nothing: yes}}]", ""),
        ("schedule: 关了, between: 2026-03-02 00:00 .. 2026-03-02 02:00, expect: {fires: []}", ""),
        ("schedule: 整点, between: 2026-03-02 00:00 .. 2026-03-02 02:00, expect: {send: 点}", ""),
        ("from: 小李, say: 在, expect: {reply: [在的, 完], image: a.png}", ""),
        ("from: 小李, say: 在, expect: {reply: [在的, 图坏了], image: a.png}", "image"),
        (f"from: 小李, say: 在, expect: {{reply: [在的, 完], image: a.png, {NOTICE % 'reply'}}}", "reply"),
        (f"from: 小李, say: 传, expect: {{forward: 传, recall: last, {NOTICE % 'forward'}}}", "forward"),
        (f"from: 小李, say: 传, expect: {{forward: 传, recall: last, {NOTICE % 'recall'}}}", "recall"),
        ("from: 小李, send: {MsgType: file, file_name: 报价.pdf}, expect: {reply: 收到}", ""),
        ("from: 小李, send: {MsgType: link, title: 报价}, expect: {nothing: yes}", ""),
        ("from: 新人, send: {MsgType: friend_request, text: 王姐推荐}, expect: {log: 有人}", "invite"),
    ],
)
def test_the_world_is_as_the_real_one(test: str, fails: str) -> None:
    world = (
        TIMED_WORLD
        if "新人" not in test
        else TIMED_WORLD.replace("people:", "me: 阿宝\n      people:").replace("小李: {}}", "小李: {}, 新人: {}}")
    )
    assert run(f"{{test: t, {test}}}", fails, rules=TIMED, world=world) == ()


def test_a_schedule_that_fires_is_something() -> None:
    told = run("{test: t, steps: [{after: 1h, expect: {nothing: yes}}]}", rules=TIMED, world=TIMED_WORLD)
    assert told == ("nothing | send 点 → 群",)


def test_more_than_can_be_played_fails() -> None:
    rules = "schedule: [{rule: 快, every: 1s, do: {log: 滴}}]"
    told = run("{test: t, steps: [{after: 2h}]}", rules=rules)
    assert told == (
        "at most 5000 waits and schedules within one step | more: shorten `after`, or `use` no rapid schedule",
    )


@pytest.mark.parametrize("word", ["notify", "log", "strike", "pardon", "set", "add", "ask", "wait", "choose"])
def test_what_happens_inside_the_bot_cannot_fail(word: str) -> None:
    source = read_yaml("t.yaml", f"world: {{fails: [{word}]}}".encode())
    _, findings = check_shape(RuleFile, source)
    assert [(f.severity, f.place.column) for f in findings] == [("error", 17)]
