"""Between files: names given twice, names nobody gave, lists nobody uses."""

from dataclasses import replace

import pytest

from ruleswx.catalogue import hint
from ruleswx.rules.load.crossing import nearest
from tests.rules.load.helpers import OPTIONS, found, load

WHEN = "when: {sender: '@', contains: x}"


def rule(*lines: str, name: str = "a") -> str:
    return f"reply:\n  - rule: {name}\n" + "".join(f"    {line}\n" for line in lines)


def test_a_name_given_twice_names_the_first_place() -> None:
    files = {"a.yaml": rule(WHEN, "do: {reply: x}"), "b.yaml": rule(WHEN.replace("x", "y"), "do: {reply: x}")}
    (finding,) = load(files).findings
    assert (finding.code, str(finding.place)) == ("E120", "b.yaml:2:11")
    assert finding.args["where"] == "a.yaml:2:11"


def test_lists_templates_and_variables_are_unique_too() -> None:
    shared = "lists: {w: [x]}\ntemplates: {t: x}\nvars: {v: {type: text, per: bot}}\n"
    used = rule("when: {sender: '@', contains: $w}", "do: {reply: x}")
    assert found({"a.yaml": shared + used, "b.yaml": shared}) == [
        ("E120", "b.yaml:1:9"),
        ("E120", "b.yaml:2:13"),
        ("E120", "b.yaml:3:8"),
    ]


@pytest.mark.parametrize(
    ("lines", "code", "place"),
    [
        (("when: {sender: '@', contains: [$w, x]}", "do: {reply: x}"), "E132", "3:36"),
        (("when: {person: $w, contains: x}", "do: {reply: x}"), "E132", "3:20"),
        ((WHEN, "unless: {person: [$w]}", "do: {reply: x}"), "E132", "4:23"),
        ((WHEN, "do: {send: x, to: $w}"), "E132", "4:23"),
        ((WHEN, "exempt: $w", "do: {reply: x}"), "E132", "4:13"),
        ((WHEN, "do: {reply: {template: t}}"), "E133", "4:28"),
        ((WHEN, "do: {add: {n: 1}}"), "E134", "4:16"),
        (("when: {sender: '@', contains: x, var: {n: y}}", "do: {reply: x}"), "E134", "3:44"),
        ((WHEN, "do: {log: x, if: {var: {n: y}}}"), "E134", "4:29"),
        ((WHEN, "do: {choose: [{when: {contains: $w}, do: {log: x}}]}"), "E132", "4:37"),
        ((WHEN, "do: {pardon: s}"), "E135", "4:18"),
        (("when: {sender: '@', strikes: {of: s, min: 1}}", "do: {reply: x}"), "E135", "3:39"),
    ],
)
def test_names_nobody_gave(lines: tuple[str, ...], code: str, place: str) -> None:
    assert found(rule(*lines)) == [(code, f"a.yaml:{place}")]


def test_names_given_in_another_file_count() -> None:
    use = rule("when: {sender: '@', contains: $w}", "do: [{reply: {template: t}}, {add: {n: 1}}, {pardon: s}]")
    give = (
        "lists: {w: [x]}\ntemplates: {t: x}\nvars: {n: {type: number, per: bot}}\n"
        "guard: [{rule: b, when: {group: all, contains: z}, do: {strike: s}}]\n"
    )
    assert found({"a.yaml": use, "b.yaml": give}) == []


def test_a_doubled_dollar_is_a_text() -> None:
    assert found(rule("when: {sender: '@', contains: $$w}", "do: {reply: x}")) == []


def test_nothing_is_missing_when_a_file_could_not_be_read_whole() -> None:
    broken = "lists:\n  w: [x]\n  w2: @\n v: 1\n"
    codes = [
        code
        for code, _ in found({"a.yaml": rule("when: {sender: '@', contains: $w}", "do: {reply: x}"), "b.yaml": broken})
    ]
    assert "E132" not in codes


def test_a_list_nobody_uses_is_a_warning() -> None:
    assert found("lists: {w: [x]}\n" + rule(WHEN, "do: {reply: x}")) == [("W207", "a.yaml:1:9")]


def test_nearest() -> None:
    assert nearest("perosn", ["person", "group"]) == {"near": "person"}
    assert nearest("zzz", ["person", "group"]) == {}


def test_a_missing_template_is_looked_for_where_the_configuration_says() -> None:
    text = "reply: [{rule: a, when: {sender: '@', contains: x}, do: {reply: {template: 菜单}}}]"
    (finding,) = load({"a.yaml": text}, options=replace(OPTIONS, template_folder="bot/texts")).findings
    assert hint(finding, "zh") == "在 templates: 里加上它，或放一个文件 bot/texts/菜单.j2"
    assert hint(finding, "en") == "add it under templates:, or put a file bot/texts/菜单.j2"
