from ruleswx.rules.patterns.tree import Literal, Sequence


def test_nodes_are_values() -> None:
    assert Sequence([Literal("a", True, (0,))]) == Sequence([Literal("a", True, (0,))])
