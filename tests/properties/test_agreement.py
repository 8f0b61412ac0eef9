"""The short form of `python -m benchmarks.agree`, which compares 40,000 messages with 10,000 rules."""

import pytest

from benchmarks import engine
from benchmarks.agree import compare
from benchmarks.corpus import messages, rules
from benchmarks.load import written


@pytest.mark.parametrize("seed", [1, 2])
def test_the_index_agrees_with_asking_every_rule(seed: int) -> None:
    wrong, matched, candidates = compare(150, 600, seed)
    assert wrong == 0
    assert matched > 50
    # An index that names every rule would agree as well.
    assert candidates < 150 * 600 / 50


def test_decisions_agree_with_judging_every_rule() -> None:
    files = written(200)
    wrong, answered = engine.compare(files, messages(80, rules(200), 0.6, 3))
    assert wrong == 0
    assert answered > 20
