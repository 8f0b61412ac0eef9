import pytest

from ruleswx.templates import TemplateProblem
from ruleswx.templates.guard import check


@pytest.mark.parametrize(
    ("source", "code", "written", "what"),
    [
        ("好 {{ text.__class__ }}", "E182", "__class__", "hidden"),
        ("{{ text }}\n{{ text | attr('x') }}", "E182", "attr", "filter"),
        ("{{ text is sameas 1 }}", "E182", "sameas", "test"),
        ("{{ person.upper() }}", "E182", "upper", "call"),
        ("{{ f(1) }}", "E182", "f", "call"),
        ("{{ range(1, 2, 3, 4) }}", "E182", "range", "call"),
        ("{{ 2 ** 3 }}", "E182", "**", "statement"),
        ("第一行\n{% macro x() %}{% endmacro %}", "E182", "macro", "statement"),
        ("{% include 'x' %}", "E182", "include", "statement"),
        ("{% set a, b = 1, 2 %}", "E182", "set", "statement"),
        ("{{ self }}", "E182", "self", "reserved"),
        ("{% for loop in x %}{% endfor %}", "E182", "loop", "reserved"),
        ("{{ [[1]] }}", "E182", "[", "nested"),
        ("{% set a = 1 %}{{ [a] }}", "E182", "[", "nested"),
        ("{{ 9999999999999999999 }}", "E182", "9999999999999999999", "number_large"),
        ("好\n{{ text", "E181", "{{ text", "unclosed"),
        ("{% if x %}好", "E181", "{% if x %}", "unclosed"),
        ("{{ }}", "E181", "{{ }}", "expression"),
        ("{{ a b }}", "E181", "{{ a b }}", "token"),
        ("{% foo %}", "E181", "{% foo %}", "tag"),
        ("{{ a ? b }}", "E181", "{{ a ? b }}", "sign"),
    ],
)
def test_refused_at_the_place(source: str, code: str, written: str, what: str) -> None:
    with pytest.raises(TemplateProblem) as raised:
        check(source)
    error = raised.value
    assert error.code == code
    assert source[error.offset : error.offset + error.length] == written
    assert error.values["what"] == f"@template_{what}"


@pytest.mark.parametrize(
    "source", ["x" * 9000, "{{ a+1 }}" * 400, "{{ " + "-" * 100 + "1 }}", "{{ " + "1" * 5000 + " }}"]
)
def test_too_large(source: str) -> None:
    with pytest.raises(TemplateProblem) as raised:
        check(source)
    assert raised.value.code == "E183"


def test_known_filters_are_listed() -> None:
    with pytest.raises(TemplateProblem) as raised:
        check("{{ x | maks }}")
    assert "mask" in raised.value.values["options"].split(", ")


def test_names_are_scoped() -> None:
    assert check("{% for a in b if a > c %}{{ loop.first }}{{ a }}{% endfor %}{{ a }}").names == {"a", "b", "c"}
    assert check("{% if x %}{% set y = 1 %}{% endif %}{{ y }}").names == {"x"}
    assert check("{% for a, b in c %}{{ a }}{{ b }}{% endfor %}").names == {"c"}
