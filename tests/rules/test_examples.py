"""Examples beside rules: only the text counts, and a finding says which word decided."""

from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest

from ruleswx.catalogue import render
from ruleswx.rules.examples import run_examples, try_examples
from ruleswx.rules.load import Options, load_rules
from tests.rules.bot import load


def findings(text: str, lang: str = "en", **files: str) -> list[str]:
    made = {"r.yaml": dedent(text), **{name.replace("__", "."): body for name, body in files.items()}}
    options = Options(ZoneInfo("Asia/Shanghai"), lang=lang)
    loaded = load_rules(["r.yaml"], lambda path: made[path].encode(), options)
    return [render(finding, lang) for finding in loaded.findings if finding.severity == "error"]


@pytest.mark.parametrize(
    "when",
    [
        "{sender: '@', contains: 价}",
        "{group: 某群, member: 某人, mention: me, contains: 价}",
        "{sender: '@', hours: 03:00-03:01, days: sun, contains: 价}",
        "{group: all, flood: {messages: 9, within: 1s}, contains: 价}",
        "{event: friend_request, regex: 价}",
        "{group: all, file_name: 价}",
        "{group: all, MsgType: text, role: owner, any: [{contains: 价}, {member: 老王}]}",
        "{contains: 价, any: [{group: 某群}, {person: 小李}]}",
    ],
)
def test_where_and_when_are_taken_as_satisfied(when: str) -> None:
    rule = f"reply: [{{rule: 一, when: {when}, do: {{log: 好}}, cooldown: 1h, examples: {{hit: 问价, miss: 别的}}}}]"
    assert run_examples(load(rule)) == ()


def test_exceptions_about_texts_count_and_others_do_not() -> None:
    assert run_examples(load("""
        reply: [{rule: 一, when: {sender: '@', contains: 价}, unless: {contains: 低价, person: 小李},
                 do: {log: 好}, examples: {hit: 高价, miss: 低价}}]
    """)) == ()  # fmt: skip


def test_a_hit_that_misses_says_why() -> None:
    rule = "reply: [{rule: 一, when: {sender: '@', contains: [价, 钱]}, do: {log: 好}, examples: {hit: [你好]}}]"
    assert findings(rule) == [
        (
            "r.yaml:1:89: error E141 example should hit but misses: 你好\n"
            f"    1 | {rule}\n"
            f"      | {' ' * 92}^^^^  because: no keyword"
        ),
    ]


def test_a_miss_that_hits_says_which_word_and_where() -> None:
    (told,) = findings(
        """
        lists: {引流词: {file: w.txt}}
        guard:
          - rule: 引流
            match: loose
            when: {group: all, contains: $引流词}
            do: {log: 好}
            examples: {miss: [周末加 微博抽奖]}
        """,
        w__txt="加微\n",
    )
    assert told.startswith("r.yaml:8:23: error E141 example should miss but hits: 周末加 微博抽奖\n")
    assert told.endswith("contains 加微 of $引流词: 加 微 (2-5) because match: loose skips blanks and signs")


def test_in_chinese() -> None:
    (told,) = findings(
        "reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {log: 好}, examples: {miss: [价]}}]", "zh"
    )
    assert "例句不该命中却命中了：价" in told
    assert told.endswith("原因：包含 价 (0-1)")


def test_todo_is_counted_and_never_a_finding() -> None:
    ruleset = load("""
        reply: [{rule: 一, mode: off, when: {sender: '@', contains: 价}, do: {log: 好},
                 examples: {hit: 价, miss: [没], todo: [家, 价]}}]
    """)
    tried = list(try_examples(ruleset))
    assert [(t.kind, t.hits, t.good) for t in tried] == [
        ("hit", True, True), ("miss", False, True), ("todo", False, True), ("todo", True, True),
    ]  # fmt: skip
