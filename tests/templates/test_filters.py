from datetime import UTC, date, datetime, time

import pytest

from ruleswx.templates import RenderFailed, compile_template

NOW = datetime(2026, 3, 2, 9, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ '13812340000' | mask }}{{ '张三' | mask }}{{ '' | mask }}{{ 'x' | mask }}", "138****0000张*x*"),
        ("{{ '一二三四五' | cut(3) }}{{ '一二' | cut(2) }}", "一二三…一二"),
        ("{{ '好👍🏽的' | cut(2) }}", "好…"),
        (
            "{{ now | date }}|{{ now | date('%-m月%-d日 %H:%M') }}|{{ now | date('%A %a %u') }}",
            "2026-03-02|3月2日 09:05|星期一 周一 1",
        ),
        ("{{ day | date('%Y/%m/%d %y') }}{{ clock | date(' %H点%-M分%S秒') }}", "2026/03/02 26 09点5分07秒"),
        ("{{ ['a', 'b'] | join('、') }}{{ 'ab' | join('-') }}{{ [1, 2] | join }}", "a、ba-b12"),
        ("{{ 'aXbX' | replace('X', '好') }}{{ 'ab' | replace('', 'x') }}", "a好b好ab"),
        (
            "{{ ' a ' | trim }}{{ 'aB' | upper }}{{ 'aB' | lower }}{{ 'ab' | capitalize }}{{ 'a b' | title }}",
            "aABabAbA B",
        ),
        ("{{ 'abc' | length }}{{ [1] | count }}{{ {'a': 1} | length }}", "311"),
        ("{{ [3, 1, 2] | sort | join }}{{ [1, 1, 2] | unique | join }}{{ [1, 2] | sum }}", "123123"),
        ("{{ [3, 1] | min }}{{ [3, 1] | max }}{{ [3, 1] | first }}{{ [3, 1] | last }}", "1331"),
        ("{{ [1, 2] | reverse | join }}{{ 'ab' | list | join('.') }}", "21a.b"),
        ("{{ '3 ' | int + 1 }}{{ 'x' | int }}{{ 'x' | int(9) }}{{ '1.5' | float }}{{ 2.7 | int }}", "4091.52"),
        ("{{ 2.6 | round }}{{ 2.64 | round(1) }}{{ -2 | abs }}", "32.62"),
        ("{{ 'a b/好' | urlencode }}{{ 1 | string }}", "a%20b%2F%E5%A5%BD1"),
        ("{{ [] | first | default('无') }}{{ [] | last | default('无') }}", "无无"),
    ],
)
def test_filters(source: str, text: str) -> None:
    assert compile_template(source).render({"now": NOW, "day": NOW.date(), "clock": time(9, 5, 7)}) == text


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{{ 'x' | date }}", "E186"),
        ("{{ day | date('%H') }}", "E186"),
        ("{{ day | date('%Q') }}", "E186"),
        ("{{ day | date('%') }}", "E186"),
        ("{{ 1 | join }}", "E186"),
        ("{{ [] | random }}", "E186"),
        ("{{ 'a' | cut(-1) }}", "E186"),
        ("{{ 'a' | cut('x') }}", "E186"),
        ("{{ ['a', 1] | sort }}", "E186"),
        ("{{ lists | sort }}", "E186"),
        ("{{ lists | sum }}", "E186"),
        ("{{ 'x' | abs }}", "E186"),
        ("{{ many | join }}", "E185"),
        ("{{ big | join }}", "E185"),
        ("{{ big | join | replace('x', 'yyy') }}", "E185"),
        ("{{ half | replace('x', 'yyyy') }}", "E185"),
        ("{{ half | urlencode }}", "E185"),
        ("{{ range(101) | list }}", "E185"),
        ("{{ 100000000 * 100000000 }}", "E185"),
        ("{{ nosuch | upper }}", "E184"),
    ],
)
def test_what_a_filter_refuses(source: str, code: str) -> None:
    context = {
        "day": date(2026, 3, 2),
        "lists": [[1], [2]],
        "many": ["x"] * 5000,
        "big": ["x" * 3000] * 5,
        "half": "x好" * 2000,
    }
    with pytest.raises(RenderFailed) as raised:
        compile_template(source).render(context)
    assert raised.value.code == code
