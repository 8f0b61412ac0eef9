"""The index against asking every rule, one at a time: no rule may be missing, none may be added.

    python -m benchmarks.agree --messages 40000 --rules 10000 --seed 7

Besides the rules of the corpus there are nested and overlapping keywords, loose and exact ones, and patterns without
any literal; half of the messages carry something to find, in full width, traditional characters or with fillers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from random import Random
from time import perf_counter

from benchmarks.corpus import Rule, messages, rules
from benchmarks.engines import HERE
from ruleswx.fold import Folds, Mode, fold_key
from ruleswx.rules.index import Entry, Index, Need, all_of, any_of, literals, pattern
from ruleswx.rules.patterns import Pattern, compile_pattern

__all__ = ["compare"]

Part = tuple[Mode, str | Pattern]


def build(base: Sequence[Rule], rng: Random) -> list[list[Part]]:
    """Return rules as lists of parts of which all must hold, in all modes."""
    made: list[list[Part]] = []
    for kind, source in base:
        mode: Mode = rng.choice(["normal", "normal", "normal", "loose", "exact"])
        if kind == "keyword":
            size = rng.randint(2, len(source))
            made.append([(mode, fold_key(source[:size], mode))])
        else:
            compiled = compile_pattern(source, mode)
            made.append([(compiled.mode, compiled)])
        if rng.random() < 0.1:
            made[-1].append(("normal", rng.choice("的一是了我")))
    return made


def needs(rule: list[Part]) -> Need | None:
    """Return what the index is told about a rule."""
    return all_of(any_of([literals([what], mode) if isinstance(what, str) else pattern(what)]) for mode, what in rule)


def holds(rule: list[Part], folds: Folds) -> bool:
    """Judge one rule by itself, as the engine does."""
    for mode, what in rule:
        folded = folds.get(mode)
        if not (what in folded.text if isinstance(what, str) else what.search(folded)):
            return False
    return True


def disguised(text: str, rng: Random) -> str:
    """Return a text as people write it who do not want to be found."""
    return "".join(
        chr(ord(c) + 0xFEE0)
        if "!" <= c <= "~" and rng.random() < 0.2
        else c + rng.choice(["", "", "", "", " ", "\u200b", "."])
        for c in text
    )


def compare(count: int, size: int, seed: int) -> tuple[int, int, int]:
    """Return (disagreements, rules that matched, candidates) over all messages."""
    rng = Random(seed)
    base = rules(size, seed)
    made = build(base, rng)
    index = Index([Entry(position, needs(rule)) for position, rule in enumerate(made)])
    wrong = matched = named = 0
    for number, text in enumerate(messages(count, base, 0.6, seed + 1)):
        folds = Folds(disguised(text, rng) if number % 5 == 0 else text)
        candidates = index.candidates(HERE, folds)
        found = [position for position in candidates if holds(made[position], folds)]
        truth = [position for position, rule in enumerate(made) if holds(rule, folds)]
        wrong += found != truth
        matched += len(truth)
        named += len(candidates)
    return wrong, matched, named


def main() -> None:
    """Compare and say what differed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    started = perf_counter()
    wrong, matched, named = compare(chosen.messages, chosen.rules, chosen.seed)
    print(
        f"{chosen.messages:,} messages x {chosen.rules:,} rules, seed {chosen.seed}: {wrong} disagreements, "
        f"{matched:,} matches, {named:,} candidates, {perf_counter() - started:.0f} s"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
