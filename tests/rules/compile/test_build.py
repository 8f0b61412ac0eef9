"""From checked files to a rule set: order, defaults, shared names, what the index may know."""

from datetime import timedelta

from ruleswx.rules.actions import Say
from ruleswx.rules.compile import broad_targets
from ruleswx.rules.conditions import Equals, KindIs, Said, Sender, cost_of
from tests.rules.bot import Bot, load, row

FILE = """
    defaults: {sender: '@', mode: dry, match: exact, cooldown: 5m per rule, exempt: [老王]}
    vars:
      数: {type: number, per: person, start: 3}
      开: {type: flag, per: bot, start: 是}
      单: {type: list, per: chat, start: [a, b]}
      话: {type: text, per: member, expires: 1h}
    watch:
      - {rule: 四, when: {contains: A}, do: {log: 好}}
    guard:
      - {rule: 一, when: {contains: A}, do: {strike: 词, per: person}}
    reply:
      - {rule: 二, mode: live, match: normal, when: {contains: A}, do: {send: 好, to: ['客户*', 小李]}, cooldown: 1h}
      - {rule: 三, mode: off, when: {contains: A}, do: {log: 好}}
    schedule:
      - {rule: 五, mode: live, at: '08:30', days: workday, missed: within 20m, jitter: 2m, do: {send: 好, to: '值*'}}
      - {rule: 六, mode: off, every: 2h, tz: Europe/London, missed: skip, do: {send: 好, to: 小李}}
"""


def test_sections_are_in_order_and_positions_run_through() -> None:
    ruleset = load(FILE)
    assert [(rule.name, rule.section, rule.position) for rule in ruleset.rules] == [
        ("一", "guard", 0), ("二", "reply", 1), ("三", "reply", 2), ("四", "watch", 3),
    ]  # fmt: skip
    assert ruleset.find("二") is ruleset.reply[0]
    assert ruleset.find("五") is ruleset.schedule[0]
    assert ruleset.find("七") is None


def test_a_rules_own_key_replaces_the_default() -> None:
    first, second, third, fourth = load(FILE).rules
    assert [rule.mode for rule in (first, second, third, fourth)] == ["dry", "live", "off", "dry"]
    assert [rule.match for rule in (first, second)] == ["exact", "normal"]
    assert first.cooldown is not None
    assert (first.cooldown.length, first.cooldown.per) == (timedelta(minutes=5), "rule")
    assert second.cooldown is not None
    assert second.cooldown.length == timedelta(hours=1)
    assert first.exempt.names is not None
    assert second.exempt.names is None, "a default for moderation does not silence answers"


def test_shared_names() -> None:
    ruleset = load(FILE)
    assert {name: var.start for name, var in ruleset.variables.items()} == {
        "数": 3, "开": True, "单": ["a", "b"], "话": "",
    }  # fmt: skip
    assert ruleset.variables["话"].expires == timedelta(hours=1)
    assert dict(ruleset.counters) == {"词": "person"}
    assert broad_targets(ruleset) == ("客户*", "值*")


def test_schedules_have_specs() -> None:
    ruleset = load(FILE)
    assert list(ruleset.specs()) == ["五"]
    first, second = (rule.spec for rule in ruleset.schedule)
    assert (first.days, first.missed, first.jitter) == (
        frozenset({"workday"}), timedelta(minutes=20), timedelta(minutes=2),
    )  # fmt: skip
    assert (str(second.zone), second.every, second.missed) == ("Europe/London", timedelta(hours=2), None)


def test_cheap_lines_come_first() -> None:
    (rule,) = load("""
        reply:
          - rule: 一
            when: {flood: {messages: 2, within: 1s}, equals: A, hours: 09:00-10:00, sender: '@'}
            do: {log: 好}
    """).rules
    assert list(map(cost_of, rule.when)) == sorted(map(cost_of, rule.when))
    assert isinstance(rule.when[0], Sender)
    assert any(isinstance(line, Equals) for line in rule.when)


def test_what_is_meant_without_being_written() -> None:
    texts, catch_all, kinds = load("""
        reply:
          - {rule: 一, when: {sender: '@', contains: A}, do: {log: 好}}
          - {rule: 二, when: {sender: '@'}, do: {reply: 好}, cooldown: 1h}
          - {rule: 三, when: {sender: '@', MsgType: [image, 49/6]}, do: {log: 好}}
    """).rules
    assert [line for line in texts.when if isinstance(line, KindIs)] == [KindIs(frozenset({"text"}))]
    assert any(isinstance(line, Said) for line in catch_all.when)
    assert [line for line in kinds.when if isinstance(line, KindIs | Said)] == [
        KindIs(frozenset({"image"}), frozenset({(49, 6)}))
    ]  # fmt: skip


def test_what_must_be_remembered_and_heard() -> None:
    plain = load("reply: [{rule: 一, when: {sender: '@', contains: A}, do: {log: 好}}]")
    assert (plain.memory.messages, plain.hears_official, plain.hears_phone) == (0, False, False)
    wide = load("""
        guard: [{rule: 一, when: {group: all, any: [{flood: {messages: 6, within: 10s}},
                                                   {repeat: {same: 3, within: 1m}}]}, do: {log: 好}}]
        reply: [{rule: 二, when: {sender: official, contains: A}, do: {log: 好}},
                {rule: 三, when: {sender: '@', self: only, contains: A}, do: {log: 好}}]
    """)
    assert (wide.memory.messages, wide.memory.within) == (6, timedelta(minutes=1))
    assert wide.hears_official
    assert wide.hears_phone


def test_a_rules_fingerprint_changes_with_the_rule_only() -> None:
    one = "{rule: %s, when: {sender: '@', contains: %%s}, do: {log: 好}}"
    rules = f"reply: [{one % '一'}, {one % '二'}]"
    before, other, edited = (load(rules % words).rules[0].fingerprint for words in (("A", "B"), ("A", "C"), ("B", "B")))
    assert before == other
    assert before != edited


def test_names_with_stars_and_plain_ones_are_told_apart() -> None:
    (rule,) = load(
        "lists: {群: [甲, '乙*']}\nreply: [{rule: 一, when: {sender: '@', contains: A}, do: {send: 好, to: [$群, 丙]}}]"
    ).rules
    (step,) = rule.steps
    assert isinstance(step, Say)
    assert (step.to.names, step.to.broad) == (("甲", "丙"), ("乙*",))


def test_the_index_never_hides_a_rule_that_matches() -> None:
    bot = Bot("""
        reply:
          - {rule: 空, when: {sender: '@', regex: '^$'}, do: {log: 好}, then: continue}
          - {rule: 长, when: {sender: '@', length: {min: 2}}, do: {log: 好}, then: continue}
          - {rule: 并, when: {sender: '@', contains_all: [甲, 乙]}, do: {log: 好}, then: continue}
          - {rule: 或, when: {sender: '@', any: [{contains: 甲}, {length: {max: 1}}]}, do: {log: 好}, then: continue}
          - {rule: 样, when: {sender: '@', regex: '\\\\d+元|甲.乙'}, do: {log: 好}, then: continue}
          - {rule: 图, when: {sender: '@', MsgType: 3}, do: {log: 好}, then: continue}
    """)
    for text in ("", "甲", "甲和乙", "9元", "没有"):
        for kind, code in (("text", 1), ("image", 3)):
            told = bot.say(text, kind=kind, code=code).trace
            full = bot.judge(text, kind=kind, code=code)
            assert {r.rule for r in told.rules if r.outcome == "matched"} == {
                r.rule for r in full.rules if r.outcome == "matched"
            }, (text, kind)
            assert row(full, "图").outcome == ("matched" if kind == "image" else "missed")
