import pytest

from ruleswx.rules.patterns import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "groups"),
    [
        ("订单", [{"订单"}]),
        (r"订单\s*[A-Z]{2}", [{"订单"}]),
        ("推荐|报价|来自", [{"推荐", "报价", "来自"}]),
        ("colou?r", [{"color", "colour"}]),
        ("(?:加|家)(?:微|薇)信?", [{"加微", "加薇", "家微", "家薇"}]),
        ("VX", [{"vx"}]),
        ("ab+c", [{"ab"}, {"b"}, {"bc"}]),
        ("a(b|c)*d", [{"a"}, {"d"}]),
        ("(?:ab){2}", [{"abab"}]),
        (r"^\d+$", None),
        ("a?b?", None),
        ("a|", None),
        (r"(?:\d|x)y", [{"y"}]),
        (r"x.y|z\d", [{"x", "z"}]),
        ("[ab]c", [{"ac", "bc"}]),
        ("[^a]c", [{"c"}]),
        ("ßx", [{"x"}]),
        ("Ж", [{"ж"}]),
        ("加(?i:V)", [{"加v"}]),
        ("(?:a|b)(?:c|d)(?:e|f)(?:g|h)(?:i|j)(?:k|l)(?:m|n)x", None),
    ],
)
def test_required_under_the_normal_fold(pattern: str, groups: list[set[str]] | None) -> None:
    required = compile_pattern(pattern).required
    if groups is None and required:
        assert all("" not in group for group in required)
        assert pattern.startswith("(?:a|b)")
        return
    assert (None if required is None else [set(group) for group in required]) == groups


def test_required_in_unfolded_texts() -> None:
    assert compile_pattern("Ab", "exact").required == (frozenset({"Ab"}),)
    folded = compile_pattern("(?i)k好", "exact").required
    assert folded == (frozenset({"k好", "K好", "\u212a好"}),)
    assert compile_pattern("(?i)Ж好", "exact").required == (frozenset({"好"}),)
