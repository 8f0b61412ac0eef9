"""Which happenings a list of expectations accounts for: one each, in the order written, per chat.

Pure combinatorics over handed-in yes and no. It must not know what is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["align"]

_Pairs = tuple[tuple[int, int], ...]


def align(count: int, chains: Sequence[Sequence[int]], fits: Callable[[int, int], bool]) -> _Pairs:
    """As many pairs (happening, expectation) as possible, none used twice, no two of one chain crossing.

    `count` happenings in order; each chain lists expectations in the order they must come in; what stands in different
    chains may come in any order.
    """
    first, second = (tuple(chains[number]) if number < len(chains) else () for number in (0, 1))
    best: dict[tuple[int, int, int], _Pairs] = {}
    for done in range(count, -1, -1):
        for a in range(len(first), -1, -1):
            for b in range(len(second), -1, -1):
                best[done, a, b] = _best(best, (done, a, b), (first, second), count, fits)
    return best[0, 0, 0]


def _best(
    best: dict[tuple[int, int, int], _Pairs],
    at: tuple[int, int, int],
    chains: tuple[tuple[int, ...], tuple[int, ...]],
    count: int,
    fits: Callable[[int, int], bool],
) -> _Pairs:
    done, a, b = at
    first, second = chains
    if done == count:
        return ()
    found: list[_Pairs] = []
    if a < len(first):
        if fits(done, first[a]):
            found.append(((done, first[a]), *best[done + 1, a + 1, b]))
        found.append(best[done, a + 1, b])
    if b < len(second):
        if fits(done, second[b]):
            found.append(((done, second[b]), *best[done + 1, a, b + 1]))
        found.append(best[done, a, b + 1])
    return max([*found, best[done + 1, a, b]], key=len)
