"""Patterns and templates: what does not compile, names from nowhere, comments that cut."""

from zoneinfo import ZoneInfo

import pytest

from ruleswx.rules.schema import Options
from tests.rules.load.helpers import found, load


def rule(*lines: str, when: str = "contains: x") -> str:
    return f"reply:\n  - rule: a\n    when: {{sender: '@', {when}}}\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        rule("do: {reply: '{{ person }} {{ text | cut(9) }} {{ now }}'}"),
        rule("do: {reply: '{{ 单号 }}'}", when="regex: '(?P<单号>\\d+)'"),
        rule("do: [{ask: q, save: 房号, timeout: 1m}, {reply: '{{ 房号 }}'}]"),
        rule("do: [{http: {get: 'https://x/{{ text }}', timeout: 5s, save: 答}}, {reply: '{{ 答.状态 }}'}]"),
        "vars: {n: {type: number, per: bot}}\n" + rule("do: {reply: '{{ n }}'}"),
        rule("do: {reply: 'a # b'}  # a comment"),
        rule("do:", "  reply: a#b"),
        rule("do: {log: x, if: {regex: '(?P<g>a)'}}", "examples: {hit: x}"),
    ],
)
def test_fine(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (rule("do: {reply: '你好 {{ memeber }}'}"), "E117", "4:24"),
        (rule("do: {reply: {random: [a, '{{ x }}']}}"), "E117", "4:34"),
        (rule("do: {send: x, to: p, on_error: {notify: '{{ y }}'}}"), "E117", "4:49"),
        (rule("do:", "  reply: |", "    hello", "    {{ z }}"), "E117", "7:12"),
        (rule("do: {reply: '{{ 单号 }}'}", "unless: {regex: '(?P<单号>b)'}"), "E117", "4:21"),
        ("templates: {t: '{{ w }}'}\n" + rule("do: {reply: {template: t}}"), "E117", "5:28"),
        (rule("do: {reply: '{{ person'}"), "E181", "4:18"),
        (rule("do: {reply: '{{ person | uper }}'}"), "E182", "4:30"),
        ("templates: {t: '{% if'}\n" + rule("do: {reply: {template: t}}"), "E181", "1:17"),
        (rule("do: {reply: x}", when="regex: 'a(?=b)'"), "E172", "3:34"),
        (rule("do: {reply: x}", when="regex: 'a(b'"), "E171", "3:34"),
        (rule("do: {reply: x}", when="regex: 'Ｖ信'"), "W205", "3:33"),
        (rule("do: {reply: x}", when="contains: x, group: {regex: '('}").replace("'@'", "'@@'"), "E171", "3:55"),
        (rule("do:", "  reply: 你好 # 说明"), "W106", "5:17"),
        (rule("do:", "  reply:", "    random:", "      - 你好 # 说明"), "W106", "7:16"),
    ],
)  # fmt: skip
def test_refused(text: str, code: str, place: str) -> None:
    assert found(text) == [(code, f"a.yaml:{place}")]


def test_exact_rules_may_wait_for_wide_characters() -> None:
    assert found(rule("match: exact", "do: {reply: x}", when="regex: 'Ｖ信'")) == []


def test_names_of_the_rule_are_offered() -> None:
    (finding,) = load({"a.yaml": rule("do: {reply: '{{ 单 }}'}", when="regex: '(?P<单号>\\d+)'")}).findings
    assert (finding.args["near"], finding.args["captures"]) == ("单号", "单号")


def test_templates_of_the_folder_are_checked_at_their_own_lines() -> None:
    options = Options(ZoneInfo("UTC"), templates={"t": "ok\n{{ a | nope }}\n"}, template_folder="tpl")
    (finding,) = load({"a.yaml": ""}, options=options).findings
    assert (finding.code, str(finding.place)) == ("E182", "tpl/t.j2:2:8")


def test_a_template_of_the_folder_needs_its_names_where_it_is_used() -> None:
    options = Options(ZoneInfo("UTC"), templates={"t": "{{ 单号 }}"})
    (finding,) = load({"a.yaml": rule("do: {reply: {template: t}}")}, options=options).findings
    assert finding.code == "E117"
    good = rule("do: {reply: {template: t}}", when="regex: '(?P<单号>\\d+)'")
    assert load({"a.yaml": good}, options=options).findings == ()


def test_loose_words_of_two_characters_need_a_miss_that_has_them() -> None:
    text = (
        "guard:\n  - rule: a\n    match: loose\n    when: {group: all, contains: [加微, 领红包]}\n"
        "    do: {log: x}\n    examples: {miss: %s}\n"
    )
    assert found(text % "你好") == [("W204", "a.yaml:3:5")]
    assert found(text % "周末加 微博抽奖") == []


def test_a_secret_is_never_for_a_chat() -> None:
    from zoneinfo import ZoneInfo

    from ruleswx.rules.load import Options, load_rules

    rules = """
reply:
  - rule: 泄密
    when: {sender: '@', equals: 密钥}
    do:
      - http: {get: 'https://example.com/', headers: {Authorization: 'Bearer {{ secrets.KEY }}'}, timeout: 5s}
      - reply: '给你 {{ secrets.KEY }}'
"""
    options = Options(ZoneInfo("Asia/Shanghai"), secrets=frozenset({"KEY"}))
    loaded = load_rules(["a.yaml"], lambda _: rules.encode(), options)
    assert [(f.code, f.place.line, f.place.column) for f in loaded.findings] == [("E187", 7, 23)]


@pytest.mark.parametrize(
    ("line", "cut"),
    [
        ("contains: 价格 #签到", True),
        ("contains: 价格 # 签到", False),
        ("contains: 价格  ## 签到", False),
        ("contains: '价格' #签到", False),
        ("contains: '价格 #签到'", False),
        ("contains: 价格#签到", False),
        ("person: 老王 #1", True),
        ("hours: 09:00-10:00 #上午", False),
    ],
)
def test_a_word_glued_to_its_hash_is_told(line: str, cut: bool) -> None:
    text = f"reply:\n  - rule: a\n    when:\n      sender: '@'\n      {line}\n      has: url\n    do: {{reply: x}}\n"
    column = 7 + len(line.partition("#")[0])
    assert found(text) == ([("W106", f"a.yaml:5:{column}")] if cut else [])


def test_words_of_a_list_may_be_cut_too() -> None:
    rule_of_it = rule("do: {reply: x}", when="contains: $w")
    assert found("lists:\n  w:\n    - 价格 #签到\n    - 报价 # 说明\n" + rule_of_it) == [("W106", "a.yaml:3:10")]
