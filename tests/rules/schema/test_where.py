"""Where a rule listens: its own lines, the block around it, the defaults of the file."""

from typing import Any

import pytest

from ruleswx.rules.schema import Cond, Defaults, Where, effective


def where(cond: dict[str, Any] | None, defaults: dict[str, Any] | None = None) -> Where:
    made = Cond.model_validate(cond) if cond is not None else None
    return effective(made, Defaults.model_validate(defaults) if defaults else None)


@pytest.mark.parametrize(
    ("cond", "defaults", "sender", "known", "lacks_group"),
    [
        ({"sender": "@"}, None, "@", True, False),
        ({"sender": "@@"}, None, "@@", True, True),
        ({"group": "all"}, None, "@@", True, False),
        ({"person": "老王"}, None, "@", True, False),
        ({"member": "老王"}, None, "@@", True, True),
        ({"contains": "x"}, None, None, False, False),
        (None, None, None, False, False),
        (None, {"sender": "@"}, "@", True, False),
        ({"contains": "x"}, {"group": "g"}, "@@", True, False),
        ({"sender": "@"}, {"sender": "@@", "group": "g"}, "@", True, False),
        ({"group": "g"}, {"sender": "@"}, "@@", True, False),
        ({"sender": "@@"}, {"group": "g"}, "@@", True, False),
        ({"event": "friend_request"}, None, None, True, False),
        ({"event": "member_join"}, None, "@@", True, True),
        ({"event": ["pat_me"]}, None, None, False, False),
        ({"sender": "official"}, None, "official", True, False),
    ],
)
def test_effective(
    cond: dict[str, Any] | None,
    defaults: dict[str, Any] | None,
    sender: str | None,
    known: bool,
    lacks_group: bool,
) -> None:
    found = where(cond, defaults)
    assert (found.sender, found.known, found.lacks_group) == (sender, known, lacks_group)


def test_a_default_group_does_not_reach_private_rules() -> None:
    assert where({"sender": "@"}, {"group": "g"}).group is None


def test_a_block_inherits_from_the_block_around_it() -> None:
    outer = where({"sender": "@@"})
    assert effective(Cond.model_validate({"group": "g"}), outer=outer).lacks_group is False
    assert effective(Cond.model_validate({"contains": "x"}), outer=outer).lacks_group is True
