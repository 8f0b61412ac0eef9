"""The last N names."""

from hypothesis import given
from hypothesis import strategies as st

from ruleswx.store.recent import Recent


@given(st.lists(st.text(max_size=2)), st.integers(0, 5))
def test_the_newest_are_known_and_the_bound_holds(names: list[str], limit: int) -> None:
    recent = Recent(limit, names)
    newest = list(dict.fromkeys(reversed(names)))[:limit]
    assert len(recent) == len(newest)
    assert {name for name in names if name in recent} == set(newest)


def test_seen_again_counts_as_new() -> None:
    recent = Recent(2, ["a", "b"])
    recent.add(["a", "c"])
    assert ("a" in recent, "b" in recent, "c" in recent) == (True, False, True)
