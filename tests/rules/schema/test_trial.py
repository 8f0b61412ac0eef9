"""What `tests:` may say."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from ruleswx.rules.schema import ACTIONS, Expect, Test, World


def test_one_thing_said_and_what_comes_of_it() -> None:
    made = Test.model_validate({
        "test": "a", "from": "老王", "in": "群", "say": "x",
        "expect": {"rule": "none", "because": "exempt", "not": {"kick": "x"}, "reply": ["a", {"contains": ["b", "c"]}]},
    })  # fmt: skip
    assert (made.from_, made.in_, made.say) == ("老王", "群", "x")
    assert made.expect is not None
    assert made.expect.not_ is not None
    assert made.expect.reply is not None
    assert [(t.equals, t.contains) for t in made.expect.reply] == [("a", None), (None, ("b", "c"))]


def test_steps_pass_time() -> None:
    made = Test.model_validate(
        {"test": "a", "steps": [{"after": "1h"}, {"send": {"MsgType": "图片", "path": "a.jpg"}}]}
    )
    assert made.steps is not None
    assert made.steps[0].after == timedelta(hours=1)
    assert made.steps[1].send is not None
    assert made.steps[1].send.MsgType == "image"


def test_every_action_can_be_expected() -> None:
    keys = {field.alias or name for name, field in Expect.model_fields.items()}
    assert set(ACTIONS) <= keys


def test_the_world() -> None:
    world = World.model_validate({
        "people": {"老王": {"role": "admin"}, "小李": {}, "号": {"official": "yes"}},
        "groups": {"群": {"owner": "me", "members": ["老王"]}},
        "me": "小助手", "http": {"https://x": {"error": "timeout"}}, "fails": ["kick"],
    })  # fmt: skip
    assert world.people is not None
    assert world.people["号"].official is True
    assert world.fails == ("kick",)


@pytest.mark.parametrize("wrong", [{"test": "a", "saying": "x"}, {"say": "x"}, {"test": "a", "steps": []}])
def test_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Test.model_validate(wrong)
