"""Templates: the guarded language beside plain Jinja, compiling once beside every time, and hostile ones."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from statistics import median
from time import perf_counter

from jinja2 import Environment, StrictUndefined

from benchmarks.measure import Report
from ruleswx.templates import RenderFailed, Template, TemplateProblem, compile_template
from ruleswx.templates.guard import check
from ruleswx.templates.template import compile_template as cached

__all__ = ["HOSTILE"]

CONTEXT = {
    "person": "小李",
    "text": "请问多少钱？",
    "n": 3,
    "items": [{"name": f"第{i}项", "price": i} for i in range(10)],
}
SMALL = "你好 {{ person }}，你说的是：{{ text }}"
FILTERED = "你好 {{ person | upper }}，你说的是：{{ text | trim }}"
LOOP = "{% for x in items %}{{ loop.index }}. {{ x.name | upper }} {{ x.price }}\n{% endfor %}"
HOSTILE = [
    "{{ 'x' * 1000000000 }}", "{{ 9 ** 9 ** 9 }}", "{{ '%0999999999d' | format(1) }}", "{{ 'x' | center(1000000000) }}",
    "{% for a in range(100) %}{% for b in range(100) %}{% for c in range(100) %}{% endfor %}{% endfor %}{% endfor %}",
    "{% set a = 'xxxxxxxxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "{% for a in range(100) %}{% for b in range(60) %}{{ long | upper | lower | upper }}{% endfor %}{% endfor %}",
    "{% for a in range(100) %}{% for b in range(60) %}{% if 'z' in long %}{% endif %}{% endfor %}{% endfor %}",
    "{% for a in range(100) %}{% set b = a * 3 + a - a // 3 %}{% for c in range(20) %}{{ '' }}{% endfor %}{% endfor %}",
    "{{ " + "(" * 4000 + "1" + ")" * 4000 + " }}", "{% if 1 %}" * 400 + "{% endif %}" * 400,
    "{{ a" + ".a" * 4000 + " }}",
    "{{ 1" + " + 1" * 2000 + " }}", "{{ long | replace('长', 'yyyyyyyyyyyyyyyy') }}", "{{ long | join(long) }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ range(1000000000) | list }}", "{{ 1 }}" * 1100,
]  # fmt: skip


def taken(calls: dict[str, Callable[[], object]], times: int = 3_000, rounds: int = 9) -> dict[str, float]:
    """Return microseconds a call, interleaved."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            started = perf_counter()
            for _ in range(times):
                call()
            found[name].append((perf_counter() - started) / times * 1e6)
    return {name: median(values) for name, values in found.items()}


def hostile(source: str) -> float:
    """Return the milliseconds a template takes from reading to the end."""
    started = perf_counter()
    with suppress(TemplateProblem, RenderFailed):
        compile_template(source).render({"long": "长" * 70_000})
    return (perf_counter() - started) * 1e3


def main() -> None:
    """Measure."""
    report, plain = Report(), Environment(undefined=StrictUndefined)
    for name, source, wanted in (
        ("names only", SMALL, 1.1),
        ("two filters", FILTERED, 1.1),
        ("a loop of ten", LOOP, 2.2),
    ):
        ours, theirs = compile_template(source), plain.from_string(source)
        found = taken({"ours": lambda o=ours: o.render(CONTEXT), "plain": lambda t=theirs: t.render(CONTEXT)})
        print(f"     {name}: {found['ours']:.1f} microseconds, plain Jinja {found['plain']:.1f}")
        report.line(f"guarded against plain Jinja, {name}", found["ours"] / found["plain"], wanted)
    once = compile_template(FILTERED)
    found = taken({
        "once": lambda: once.render(CONTEXT),
        "each": lambda: Template(FILTERED, check(FILTERED).names, None).render(CONTEXT),
    }, times=200)  # fmt: skip
    report.line("compiling at every render against once", found["each"] / found["once"], 30, least=True)
    worst = max((hostile(source), source[:50]) for source in HOSTILE)
    report.line(f"worst of {len(HOSTILE)} hostile templates ({worst[1]})", worst[0], 50, unit=" ms")
    cached.cache_clear()
    started = perf_counter()
    for number in range(10_000):
        cached(f"{{{{ person }}}} 第 {number} 条" + ("{{ n + 1 }}" if number % 10 == 0 else ""))
    report.line("checking 10,000 templates, one in ten not plain", perf_counter() - started, 0.5, unit=" s")
    report.end()


if __name__ == "__main__":
    main()
