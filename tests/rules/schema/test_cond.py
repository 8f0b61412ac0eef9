"""`when`: every line in its written forms."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from ruleswx.rules.schema import EVENTS, KINDS, Cond


def cond(**lines: Any) -> Cond:
    return Cond.model_validate(lines)


def codes(**lines: Any) -> list[str]:
    with pytest.raises(ValidationError) as error:
        cond(**lines)
    found = [str(e.get("ctx", {}).get("code", e["type"])) for e in error.value.errors()]
    # A list of refused items also counts as too short to pydantic; `check_shape` leaves that out.
    return [code for code in found if code != "too_short"] or found


def test_one_or_many() -> None:
    assert cond(contains="a").contains == ("a",)
    assert cond(contains=["a", "b"]).contains == ("a", "b")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("@", "@"), ("@@", "@@"), ("person", "@"), ("group", "@@"), ("群", "@@"), ("official", "official")],
)
def test_sender(written: str, meant: str) -> None:
    assert cond(sender=written).sender == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("text", "text"),
        ("Text", "text"),
        ("文件", "file"),
        ("1", "1"),
        ("49/6", "49/6"),
        ("mini-program", "mini_program"),
    ],
)
def test_kinds(written: str, meant: str) -> None:
    assert cond(MsgType=written).MsgType == (meant,)


def test_an_id_of_one_login_is_no_sender() -> None:
    assert codes(sender="@1f3c9a7be2") == ["E121"]
    assert codes(sender="@老王") == ["E115"]


def test_every_kind_and_event_is_taken() -> None:
    assert cond(MsgType=list(KINDS)).MsgType == KINDS
    assert cond(event=list(EVENTS)).event == EVENTS
    assert codes(MsgType="51") == ["E115"]
    assert codes(event="joined_twice") == ["E115"]


def test_names() -> None:
    (star, pattern) = cond(group=["客户*", {"regex": "^A"}]).group or ()
    assert (star.text, star.regex) == ("客户*", None)
    assert (pattern.text, pattern.regex) == (None, "^A")
    assert codes(group="a*b") == ["E169"]
    assert codes(group={}) == ["E129"]


def test_flood_needs_both_numbers() -> None:
    flood = cond(flood={"messages": "6", "within": "10s"}).flood
    assert flood is not None
    assert (flood.messages, flood.within) == (6, timedelta(seconds=10))
    assert codes(flood={"messages": "6"}) == ["missing"]
    assert codes(repeat={"same": "1", "within": "10s"}) == ["greater_than_equal"]


def test_strikes_and_variables() -> None:
    made = cond(strikes={"of": "广告", "min": "2"}, var={"状态": "开", "次数": {"max": "3"}})
    assert made.strikes is not None
    assert made.strikes.of == "广告"
    assert made.strikes.holds(2)
    assert made.var is not None
    assert (made.var["状态"].equals, made.var["次数"].max) == ("开", 3)


def test_blocks_nest_and_are_not_empty() -> None:
    made = cond(any=[{"contains": "a"}, {"any": [{"has": "url"}]}])
    assert made.any_ is not None
    assert [block.contains for block in made.any_] == [("a",), None]
    assert codes(any=[]) == ["too_short"]


def test_self_and_muted_and_chance() -> None:
    made = cond(self="only", muted="no", chance="30%")
    assert (made.self_, made.muted, made.chance) == ("only", False, 0.3)
