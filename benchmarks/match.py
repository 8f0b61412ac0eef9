"""How the cost of matching grows with rules, patterns without literals, and hostile texts."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import perf_counter

from benchmarks.corpus import RARE, messages, rules
from benchmarks.engines import HERE, Ours, loop
from benchmarks.measure import Report, per_item
from ruleswx.fold import Folds, fold
from ruleswx.rules.index import Entry, Index, literals, pattern
from ruleswx.rules.patterns import compile_pattern

HOSTILE = [
    r"(a+)+$", r"(x+x+)+y", r"(a|aa)+$", r"^(\w+\s?)*$", r"\s+$", r".*a.*a.*b", r"(?:a?){30}a{30}", r"(哈+)+$",
    r"[ab]*a[ab]{20}$", r"(.*)(.*)(.*)(.*)(.*)x", r"(\w+)@(\w+)\.(\w+)", r"(?:\w+\s?)+！",
]  # fmt: skip
WIDE = [r".{0,90}x.{0,90}y", r"(?:[ab]{0,70}a[ab]{0,70}){2}c", r"\w{1,60}好", r"(?:(?:a{0,17}){0,17})b"]


def growth(report: Report, most: int) -> None:
    """Targets 1 and 2."""
    sizes = [size for size in (10, 100, 1_000, 10_000, 100_000) if size <= most]
    for hits, limit in ((0.01, 3.0), (0.30, 3.5)):
        sets = {size: rules(size) for size in sizes}
        engines = {size: Ours(sets[size]) for size in sizes}
        texts = {size: messages(2_000, sets[size], hits) for size in sizes}
        found = per_item({str(size): (engines[size], texts[size]) for size in sizes})
        print(f"     microseconds a message at {hits:.0%} hits: { ({k: round(v, 1) for k, v in found.items()}) }")
        report.line(f"10,000 rules against 10, {hits:.0%} hits", found["10000"] / found["10"], limit)
        if most >= 100_000 and hits < 0.1:
            report.line("100,000 rules against 10", found["100000"] / found["10"], 4.0)
    for size, wanted in ((100, 10), (1_000, 50), (10_000, 400)):
        ours, theirs = Ours(rules(size)), loop(rules(size))
        texts = folded(messages(max(200, 40_000 // size), rules(size)))
        mine = per_item({"ours": (ours.match, texts), "loop": (theirs, texts)}, rounds=5)
        report.line(f"a plain re loop at {size:,} rules", mine["loop"] / mine["ours"], wanted, least=True)
    texts = folded(messages(4_000, rules(10)))
    mine = per_item({"ours": (Ours(rules(10)).match, texts), "loop": (loop(rules(10)), texts)})
    report.line("ours against the re loop at 10 rules", mine["ours"] / mine["loop"], 1.2)
    texts = messages(4_000, rules(10_000))
    mine = per_item({"fold": (fold, texts), "all": (Ours(rules(10_000)), texts)})
    print(f"     of {mine['all']:.1f} microseconds a message at 10,000 rules, folding takes {mine['fold']:.1f}")


def folded(texts: list[str]) -> list[Folds]:
    """Fold beforehand: both sides search the same folded texts."""
    made = [Folds(text) for text in texts]
    for folds in made:
        folds.get("normal")
    return made


def literal_free(report: Report) -> None:
    """Target 3."""
    base = [rule for rule in rules(10_000) if rule[0] == "keyword" or pattern(compile_pattern(rule[1])).patterns == ()]
    free = [("regex", rf"^\d{{{n % 8 + 9}}}[a-f]?$|[{chr(97 + n % 20)}-z]{{6,}}\d") for n in range(50)]
    texts = messages(2_000, base)
    found = per_item({"base": (Ours(base), texts), "with": (Ours([*base, *free]), texts)})
    report.line("50 patterns without a literal, added to the base", found["with"] / found["base"] - 1, 1.0)


def timed(call: Callable[[], object], rounds: int = 9) -> float:
    """Return the best time of a call in milliseconds."""
    best = 1e9
    for _ in range(rounds):
        started = perf_counter()
        call()
        best = min(best, perf_counter() - started)
    return best * 1e3


def hostile(report: Report) -> None:
    """Target 5: patterns and texts made to hurt."""
    normal = "".join(messages(200, [], 0))[:2048]
    texts = {"a": "a" * 2048, "哈": "哈" * 2048, "blank": " x" * 1024, "ab": "ab" * 1024, "normal": normal}
    engine = Ours(rules(10_000))
    base = timed(lambda: engine(normal))
    print(f"     2,048 normal characters against 10,000 rules: {base:.3f} ms")
    for name, patterns, limit in (("", HOSTILE, 5 * base), ("counted ", WIDE, 20.0)):
        worst, where = 0.0, ""
        for source in patterns:
            compiled = compile_pattern(source)
            for label, text in texts.items():
                compiled.search(fold(text))
                spent = timed(lambda c=compiled, t=text: c.search(fold(t)), 3)
                if spent > worst:
                    worst, where = spent, f"{source} on {label}"
        report.line(f"worst {name}pattern on any 2,048 characters ({where})", worst, limit, unit=" ms")
    flood = "".join(word for kind, word in rules(10_000) if kind == "keyword")[:2048]
    found = timed(lambda: engine.index.candidates(HERE, Folds(flood)))
    report.line("keyword flood, 10,000 rules, index, against normal", found / base, 5.0)
    every = len(engine(flood))
    report.line(f"the same with all {every} rules that match confirmed", timed(lambda: engine(flood)), 2.0, unit=" ms")
    nested = Index([Entry(n, literals(["6" * (n + 1)], "normal")) for n in range(200)])
    sixes = timed(lambda: nested.candidates(HERE, Folds("6" * 4096)))
    report.line("4,096 times 6 against 200 nested keywords", sixes, 20, unit=" ms")
    book = "".join(messages(2_000, [], 0))[:65_536]
    report.line("64 KiB of text against 10,000 rules", timed(lambda: engine(book)), 20, unit=" ms")


def words(report: Report) -> None:
    """One list of 100,000 keywords, and how long a big index takes to build."""
    import random

    rng = random.Random(3)
    listed = {"".join(rng.choice(RARE) for _ in range(rng.randint(3, 6))) for _ in range(110_000)}
    started = perf_counter()
    index = Index([Entry(0, literals(listed, "normal"))])
    report.line(f"index of one list with {len(listed):,} words", perf_counter() - started, 5, unit=" s")
    texts = messages(2_000, [], 0)
    small = Index([Entry(0, literals(["不在场"], "normal"))])
    found = per_item({
        "big": (lambda text: index.candidates(HERE, Folds(text)), texts),
        "small": (lambda text: small.candidates(HERE, Folds(text)), texts),
    })  # fmt: skip
    report.line("100,000 words in one list against one word", found["big"] / found["small"], 4.0)
    for size, wanted in ((10_000, 1.5), (100_000, 15)):
        chosen = rules(size)
        started = perf_counter()
        Ours(chosen)
        report.line(f"patterns and index of {size:,} rules", perf_counter() - started, wanted, unit=" s")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000, help="the largest rule set")
    most = parser.parse_args().most
    report = Report()
    growth(report, most)
    literal_free(report)
    hostile(report)
    words(report)
    report.end()


if __name__ == "__main__":
    main()
