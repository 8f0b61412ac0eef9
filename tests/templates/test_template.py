from datetime import UTC, date, datetime, time
from random import Random
from time import perf_counter

import pytest

from ruleswx.templates import LONGEST_OUTPUT, RenderFailed, TemplateProblem, compile_template

CONTEXT = {
    "person": "小李",
    "text": "你好",
    "n": 3,
    "flag": True,
    "nothing": None,
    "joined": ["甲", "乙"],
    "订单": {"状态": "已发货", "费用": 12.0, "列表": [1, 2]},
    "now": datetime(2026, 3, 2, 9, 5, tzinfo=UTC),
    "day": date(2026, 3, 2),
    "at": "@小李\u2005",
    "long": "长" * 70_000,
}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("你好 {{ person }}，{{text}}", "你好 小李，你好"),
        ("{{ at }}请看公告", "@小李\u2005请看公告"),
        ("不是模板 } { }} %}", "不是模板 } { }} %}"),
        ("最后一行\n", "最后一行"),
        ("{{ 订单.状态 }}", "已发货"),
        ("{{ 订单['状态'] }}{{ 订单.列表[1] }}", "已发货2"),
        ("{{ 订单.费用 * 2 }}", "24"),
        ("{% for x in joined %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}", "1甲,2乙"),
        ("{% for x in [] %}x{% else %}没有{% endfor %}", "没有"),
        ("{% if n > 2 and flag %}多{% elif n %}少{% else %}无{% endif %}", "多"),
        ("{% set 总 = n + 1 %}{{ 总 }}", "4"),
        ("{{ 'a' ~ n ~ person }}", "a3小李"),
        ("{{ 'a' + 'b' }}{{ 7 // 2 }}{{ 7 % 4 }}{{ -n }}{{ 6 / 4 }}", "ab33-31.5"),
        ("{{ text if n is odd else person }}", "你好"),
        ("{{ '你' in text }}{{ nosuch is defined }}", "truefalse"),
        ("{{ nosuch | default('空') }}{{ '' | d('空', true) }}", "空空"),
        ("{{ nothing }}{{ flag }}{{ joined }}{{ 订单.列表 }}", "true甲、乙1、2"),
        ("{{ now }} {{ day }} {{ now.year }}", "2026-03-02 09:05 2026-03-02 2026"),
        ("{% for i in range(3) %}{{ i }}{% endfor %}", "012"),
        ("{{ text[:1] }}{{ joined[-1] }}", "你乙"),
        ("{# 说明 #}{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{%- if true -%}  紧  {%- endif -%}", "紧"),
        ("{{ {'a': 1}['a'] }}", "1"),
    ],
)
def test_render(source: str, text: str) -> None:
    assert compile_template(source).render(CONTEXT) == text


def test_names_and_where_they_stand() -> None:
    template = compile_template("{{ person }}{% for x in joined %}{{ x ~ person }}{{ loop.index }}{% endfor %}{{ x }}")
    assert template.names == {"person", "joined", "x"}
    assert template.name_offsets["person"] == (3, 40)
    assert compile_template("{{ a.b | default(c) }}{% set d = 1 %}{{ d }}").names == {"a", "c"}
    assert compile_template("{{ memeber }}").name_offsets == {"memeber": (3,)}
    assert compile_template("plain").names == frozenset()
    assert repr(compile_template("x")) == "Template('x')"


def test_chat_text_is_a_value() -> None:
    for chat in ("{{ 7*7 }}", "{% for x in range(9) %}x{% endfor %}", "{# #}", "{{ secrets }}"):
        assert compile_template("{{ text }}").render({"text": chat}) == chat
        assert compile_template("{{ text ~ '' }}").render({"text": chat}) == chat


def test_output_is_cut() -> None:
    for source in ("{{ long }}", "{{ long ~ 'x' }}", "{% for x in joined %}{{ long }}{% endfor %}"):
        text = compile_template(source).render(CONTEXT)
        assert len(text) == LONGEST_OUTPUT
        assert text.endswith("长…")


def test_random_draws_from_the_given_generator() -> None:
    template = compile_template("{{ ['a', 'b', 'c'] | random }}")
    drawn = [template.render({}, rng=Random(7)) for _ in range(3)]
    assert len(set(drawn)) == 1
    assert template.render({"rng": Random(7)}) == drawn[0]
    assert {template.render({}, rng=Random(i)) for i in range(40)} == {"a", "b", "c"}
    assert template.render({}) == "a"


@pytest.mark.parametrize(
    ("source", "code", "value"),
    [
        ("{{ nosuch }}", "E184", "nosuch"),
        ("x{{ nosuch }}{{ n + 1 }}", "E184", "nosuch"),
        ("{{ nosuch.x }}", "E184", "nosuch"),
        ("{{ 订单.没有 }}", "E184", "没有"),
        ("{{ 订单['没有'] ~ '' }}", "E184", "没有"),
        ("{% for x in nosuch %}{% endfor %}", "E184", "nosuch"),
        ("{% if nosuch %}{% endif %}", "E184", "nosuch"),
        ("{{ nosuch | join }}", "E184", "nosuch"),
        ("{{ n / 0 }}", "E186", "ZeroDivisionError"),
        ("{{ text * 3 }}", "E186", "str"),
        ("{{ joined + joined }}", "E186", "list"),
        ("{{ text.x.y }}", "E184", "x"),
        ("{{ n[0] }}", "E186", "int"),
        ("{% for x in n %}{% endfor %}", "E186", "int"),
        ("{{ text < n }}", "E186", "TypeError"),
        ("{{ thing }}", "E186", "object"),
        ("{{ thing ~ '' }}", "E186", "object"),
    ],
)
def test_failures_say_why(source: str, code: str, value: str) -> None:
    with pytest.raises(RenderFailed) as raised:
        compile_template(source).render({**CONTEXT, "thing": object()})
    assert raised.value.code == code
    assert value in raised.value.values.values()


@pytest.mark.parametrize(
    "source", ["{{ a }}", "x {{ a }} y {{b}}\n", "{{ a }}{{ b }}", "}} {{ a }} %}\n\n", "{ {{ b }} }"]
)
def test_plain_templates_render_as_jinja_would(source: str) -> None:
    values = {"a": "甲", "b": [1, 2.0, None, True, time(9, 5)]}
    plain = compile_template(source)
    assert plain._parts is not None
    assert plain.render(values) == compile_template(
        source + "{{ '' }}" if source[-1] != "\n" else "{{ '' }}" + source
    ).render(values)


def test_compiled_once_and_only_when_used() -> None:
    template = compile_template("{{ n + 1 }}")
    assert compile_template("{{ n + 1 }}") is template
    template.render(CONTEXT)
    roots = dict(template._roots)
    assert len(roots) == 1
    template.render(CONTEXT)
    assert template._roots == roots


def test_what_fills_a_hole_of_an_address_is_escaped_after_its_filters() -> None:
    values = {"a": "x y/z", "list": ["p", "q&"]}
    for source, made in (
        ("/{{ a }}?b={{ a }}", "/x%20y%2Fz?b=x%20y%2Fz"),
        ("/{{ a | replace(' y', '') }}", "/x%2Fz"),
        ("/{% for i in list %}{{ i }}&{% endfor %}", "/p&q%26&"),
        ("/{% set b = a ~ '?' %}{{ b }}", "/x%20y%2Fz%3F"),
    ):
        template = compile_template(source)
        assert template.render(values, escaped=True) == made
        assert template.render(values) != made, "elsewhere it stays as it is"


HOSTILE = {
    "repeat": "{{ 'x' * 1000000000 }}",
    "repeat list": "{{ [0] * 1000000000 }}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "format width": "{{ '%0999999999d' | format(1) }}",
    "percent": "{{ '%900000000d' % 1 }}",
    "center": "{{ 'x' | center(1000000000) }}",
    "center method": "{{ 'x'.center(1000000000) }}",
    "indent": "{{ 'x' | indent(1000000000) }}",
    "nested loops": "{% for a in range(100) %}{% for b in range(100) %}"
    "{% for c in range(100) %}{% for d in range(100) %}"
    "{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
    "long range": "{% for a in range(1000000000) %}{% endfor %}",
    "range step": "{{ range(0, 1000000000, 1) | list }}",
    "doubling": "{% set a = 'xxxxxxxxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "doubling plus": "{% set a = 'xxxxxxxxxxxxxxxx' %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
    "doubling list": "{% set a = [1] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}",
    "replace bomb": "{{ ('x' ~ long) | replace('长', 'yyyyyyyyyyyyyyyy') }}",
    "replace empty": "{{ long | replace('', long) }}",
    "join bomb": "{{ long | join(long) }}",
    "squaring": "{% set a = 99999 %}" + "{% set a = a * a %}" * 40 + "{{ a }}",
    "huge number": "{{ " + "9" * 5000 + " }}",
    "deep brackets": "{{ " + "(" * 8000 + "1" + ")" * 8000 + " }}",
    "deep lists": "{{ " + "[" * 5000 + "]" * 5000 + " }}",
    "deep not": "{{ " + "not " * 4000 + "1 }}",
    "deep ifs": "{% if 1 %}" * 900 + "{% endif %}" * 900,
    "deep fors": "{% for a in [1] %}" * 100 + "{% endfor %}" * 100,
    "many nodes": "{{ 1 }}" * 2300,
    "long chain": "{{ a" + ".a" * 7000 + " }}",
    "long sum": "{{ 1" + " + 1" * 4000 + " }}",
    "too long": "x" * 20_000 + "{{ 1 }}",
    "recursive loop": "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "macro recursion": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "include itself": "{% include '<template>' %}",
    "import": "{% import 'os' as os %}",
    "extends": "{% extends 'x' %}",
    "block": "{% block x %}{{ self.x() }}{% endblock %}",
    "work in a loop": "{% for a in range(100) %}{% for b in range(100) %}"
    "{{ long | upper | lower | upper }}{% endfor %}{% endfor %}",
    "search in a loop": "{% for a in range(100) %}{% for b in range(90) %}"
    "{% if 'z' in long %}{% endif %}{% endfor %}{% endfor %}",
    "output in a loop": "{% for a in range(100) %}{% for b in range(100) %}{{ long }}{% endfor %}{% endfor %}",
    "lipsum": "{{ lipsum(n=100000) }}",
    "cycler": "{{ cycler('a').__init__.__globals__ }}",
    "joiner": "{{ joiner.__init__.__globals__.os.popen('id').read() }}",
    "namespace": "{% set ns = namespace(x=1) %}{{ ns.x }}",
    "class walk": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "class walk by item": "{{ ''['__class__']['__mro__'] }}",
    "class walk by attr": "{{ '' | attr('__class__') }}",
    "class walk by concat": "{{ ''['__cl' ~ 'ass__'] }}",
    "class walk by hex": "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "map attribute": "{{ [''] | map(attribute='__class__') | list }}",
    "groupby": "{{ [''] | groupby('__class__') }}",
    "format attribute": "{{ '{0.__class__.__mro__}'.format(1) }}",
    "format by reference": "{% set f = '{0.__class__}'.format %}{{ f(1) }}",
    "format through attr": "{{ ('{0.__class__}' | attr('format'))(1) }}",
    "format_map": "{{ '{a.__class__}'.format_map({'a': 1}) }}",
    "request": "{{ request.application.__globals__.__builtins__.__import__('os') }}",
    "config": "{{ config.items() }}",
    "self": "{{ self._TemplateReference__context }}",
    "self init": "{{ self.__init__.__globals__.__builtins__ }}",
    "context": "{{ context.environment }}",
    "environment": "{{ environment.from_string('x') }}",
    "loop attribute": "{% for a in [1] %}{{ loop.__init__ }}{% endfor %}",
    "loop call": "{% for a in [1] %}{{ loop.cycle(1, 2) }}{% endfor %}",
    "caller": "{% call x() %}{% endcall %}",
    "undefined globals": "{{ nosuch.__init__.__globals__ }}",
    "method": "{{ person.upper() }}",
    "method as value": "{{ person.upper }}",
    "generator": "{{ (joined | map('upper')).gi_frame }}",
    "unpacking": "{{ range(*joined) }}",
    "autoescape": "{% autoescape true %}{{ 1 }}{% endautoescape %}",
    "do": "{% do joined.append(1) %}",
    "set attribute": "{% set person.x = 1 %}",
    "set block": "{% set a %}{{ long }}{% endset %}",
    "filter block": "{% filter upper %}{{ long }}{% endfilter %}",
    "with": "{% with a = 1 %}{{ a }}{% endwith %}",
    "unhashable key": "{{ 订单[[1]] }}",
    "tojson": "{{ joined | tojson }}",
    "pprint": "{{ joined | pprint }}",
    "xmlattr": "{{ 订单 | xmlattr }}",
    "wordwrap": "{{ long | wordwrap(1) }}",
    "debug": "{% debug %}",
    "hidden name": "{{ _TemplateReference }}",
    "inner filter": "{{ 1 | #loop }}",
    "date bomb": "{{ now | date('%999999999d') }}",
    "date names": "{{ now | date('%c%Z%s') }}",
    "round bomb": "{{ 1.5 | round(1000000000) }}",
    "cut bomb": "{{ long | cut(1000000000) }}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_templates_stop_at_once(name: str) -> None:
    """Public escapes from template sandboxes, and everything that eats time or memory: refused or cheap."""
    started = perf_counter()
    code, text = "", ""
    try:
        text = compile_template(HOSTILE[name]).render(CONTEXT)
    except (TemplateProblem, RenderFailed) as error:
        code = error.code
    spent = perf_counter() - started
    assert code in {"", "E181", "E182", "E183", "E184", "E185", "E186"}
    assert len(text) <= LONGEST_OUTPUT
    assert not any(word in text for word in ("<class", "built-in", "__", "object at"))
    # Milliseconds in truth; the bound leaves room for a busy machine and still catches anything that is not bounded.
    assert spent < 1
