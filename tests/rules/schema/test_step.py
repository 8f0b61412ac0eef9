"""`do`: one action a step, what belongs beside it, what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from ruleswx.rules.schema import ACTIONS, Step


def step(**keys: Any) -> Step:
    return Step.model_validate(keys)


def codes(**keys: Any) -> list[str]:
    with pytest.raises(ValidationError) as error:
        step(**keys)
    return [str(e.get("ctx", {}).get("code", e["type"])) for e in error.value.errors()]


SAMPLES: dict[str, dict[str, Any]] = {
    "reply": {"reply": "hi", "at": "sender"},
    "send": {"send": "hi", "to": "老王"},
    "image": {"image": "a.png"},
    "file": {"file": "a.pdf", "to": ["群", "$名单"]},
    "video": {"video": "a.mp4"},
    "emoticon": {"emoticon": "a.gif"},
    "forward": {"forward": "message", "to": "群", "prefix": "x"},
    "recall": {"recall": "last"},
    "invite": {"invite": "person", "to": "群"},
    "kick": {"kick": "member"},
    "accept": {"accept": "request"},
    "remark": {"remark": "客户 {{ person }}"},
    "rename_group": {"rename_group": "新群名"},
    "notify": {"notify": "x"},
    "log": {"log": "x"},
    "strike": {"strike": "广告", "per": "member", "ladder": {"1": {"reply": "x"}, "3": [{"kick": "member"}]}},
    "pardon": {"pardon": "广告"},
    "set": {"set": {"状态": "开"}},
    "add": {"add": {"次数": "-1"}},
    "ask": {"ask": "?", "save": "房号", "expect": {"regex": "\\d"}, "timeout": "3m", "on_timeout": {"reply": "x"}},
    "http": {"http": {"get": "https://x", "timeout": "5s", "save": "答"}},
    "run": {"run": {"command": ["date"], "timeout": "5s"}},
    "wait": {"wait": "3s..8s"},
    "choose": {"choose": [{"when": {"contains": "a"}, "do": {"reply": "x"}}, {"do": {"reply": "y"}}]},
}  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_of_the_grammar(action: str) -> None:
    assert step(**SAMPLES[action]).action == action


def test_messages_in_their_forms() -> None:
    plain = step(reply="hi").reply
    assert plain is not None
    assert plain.text == "hi"
    chosen = step(reply={"random": ["a", "b"]}).reply
    assert chosen is not None
    assert chosen.random == ("a", "b")
    assert codes(reply=["a", "b"]) == ["E118"]
    assert codes(reply={"random": ["a"], "each": ["b"]}) == ["E119"]
    assert codes(reply={}) == ["E119"]


def test_exactly_one_action() -> None:
    assert codes(reply="a", log="b") == ["E119"]
    assert codes(at="sender") == ["E111"]


def test_keys_belong_to_their_action() -> None:
    assert codes(reply="a", prefix="b") == ["E138"]
    assert codes(log="a", to="b") == ["E138"]
    assert codes(send="a") == ["E139"]
    assert codes(ask="a") == ["E139"]


def test_when_a_step_fails() -> None:
    go_on = step(log="a", on_error="continue").on_error
    assert go_on is not None
    assert (go_on.go_on, go_on.steps) == (True, ())
    other = step(log="a", on_error={"notify": "x"}).on_error
    assert other is not None
    assert [s.action for s in other.steps] == ["notify"]
    assert codes(log="a", on_error="stop") == ["E115"]


def test_a_ladder_counts() -> None:
    assert codes(strike="x", ladder={"zero": {"reply": "a"}}) == ["E127"]


def test_a_request_has_one_address() -> None:
    assert codes(http={"timeout": "5s"}) == ["E119"]
    assert codes(http={"get": "a", "post": "b", "timeout": "5s"}) == ["E119"]
    assert codes(http={"get": "a"}) == ["missing"]
    made = step(http={"post": "a", "timeout": "5s", "json": {"a": ["{{ text }}"]}}).http
    assert made is not None
    assert (made.json_, made.timeout) == ({"a": ["{{ text }}"]}, timedelta(seconds=5))


@pytest.mark.parametrize("action", ["mute", "delete", "ban", "red_packet"])
def test_what_the_platform_cannot_do_is_no_action(action: str) -> None:
    assert Step.refused[action] == "E131"
    assert codes(**{action: "x"}) == ["extra_forbidden"]
