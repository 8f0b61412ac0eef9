"""The short form of `python -m benchmarks.agree`, which compares 40,000 messages with 10,000 rules."""

import pytest

from benchmarks.agree import compare


@pytest.mark.parametrize("seed", [1, 2])
def test_the_index_agrees_with_asking_every_rule(seed: int) -> None:
    wrong, matched, candidates = compare(150, 600, seed)
    assert wrong == 0
    assert matched > 50
    # An index that names every rule would agree as well.
    assert candidates < 150 * 600 / 50
