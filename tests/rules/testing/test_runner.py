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


def run(test: str, fails: str = "") -> tuple[str, ...]:
    """What a test's first failing step expected, one a slip; empty when it passed."""
    source = read_yaml("t.yaml", (dedent(WORLD.replace("FAILS", fails)) + "tests:\n- " + test).encode())
    model, findings = check_shape(RuleFile, source)
    assert model is not None, findings
    (one,) = model.tests or ()
    failure = run_test(load(RULES), one, model.world).failure
    return () if failure is None else tuple(f"{slip.expected} | {slip.got}" for slip in failure.slips)


PASSING = """
    - {test: t, from: 小李, say: 价, expect: {rule: 价, reply: 九元, file: 价.pdf}}
    - {test: t, from: 小李, say: 价, expect: {reply: {regex: '^九'}, file: files/价.pdf}}
    - {test: t, from: 小李, say: 没有, expect: {rule: none, nothing: yes}}
    - {test: t, in: 产品群, from: 老王, say: 广告, expect: {rule: none, because: exempt}}
    - {test: t, in: 产品群, from: bot, say: 广告, expect: {rule: none, because: own message}}
    - {test: t, from: 号, say: 价, expect: {because: official account}}
    - {test: t, from: 小李, say: 单a/b, expect: {reply: 已发货, http: {contains: a%2Fb}}}
    - {test: t, from: 小李, say: 单x, expect: {reply: 忙, not: {reply: 已发货}}}
    - {test: t, from: 小李, say: 单没有, expect: {reply: 忙}}
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


def test_actions_fail_when_the_world_says_so() -> None:
    steps = "{say: 广告, expect: {reply: 一}}, {say: 广告, expect: {kick: 小李, notify: %s}}"
    test = f"{{test: t, in: 产品群, from: 小李, steps: [{steps}]}}"
    assert run(test % "踢不动", "kick") == ()
    assert run(test % "踢了", "kick") != ()


def test_a_failure_tells_step_words_and_reason() -> None:
    steps = "[{say: 价}, {say: ＡＢ, expect: {rule: 价}}]"
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
