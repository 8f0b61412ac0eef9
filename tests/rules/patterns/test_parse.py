from ruleswx.rules.patterns.parse import parse
from ruleswx.rules.patterns.tree import Alternatives, Anchor, Chars, Group, Literal, Repeat, Sequence


def test_a_tree_with_places() -> None:
    tree = parse(r"ab(?P<组>c|\d)+$", any_case=True)
    assert tree.names == {"组": 1}
    assert isinstance(tree.tree, Sequence)
    literal, repeat, end = tree.tree.items
    assert literal == Literal("ab", True, (0, 1))
    assert end == Anchor("$")
    assert isinstance(repeat, Repeat)
    assert (repeat.least, repeat.most) == (1, None)
    assert isinstance(repeat.body, Group)
    assert isinstance(repeat.body.body, Alternatives)
    assert isinstance(repeat.body.body.branches[1], Chars)


def test_case_flags_end_with_their_group() -> None:
    tree = parse("(?i:a)b", any_case=False).tree
    assert isinstance(tree, Sequence)
    group, after = tree.items
    assert isinstance(group, Group)
    assert group.body == Literal("a", True, (4,))
    assert after == Literal("b", False, (6,))
    inner = parse("(a(?i)b)c", any_case=False).tree
    assert isinstance(inner, Sequence)
    assert inner.items[1] == Literal("c", False, (8,))


def test_only_the_last_character_is_repeated() -> None:
    tree = parse("abc+", any_case=True).tree
    assert isinstance(tree, Sequence)
    assert tree.items[0] == Literal("ab", True, (0, 1))


def test_only_groups_with_a_name_catch() -> None:
    assert parse("(a)(?:b)(?P<x>c)(?<y>d)", any_case=True).names == {"x": 1, "y": 2}
