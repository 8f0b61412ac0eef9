from datetime import UTC, datetime

import pytest

from ruleswx.model import Chat, Json, Message, Person, State
from ruleswx.rules.engine import Continuation, due_before

MESSAGE = Message("1", "text", Chat("k", "person", ("小李",)), Person("p"), "你好", datetime(2026, 3, 2, tzinfo=UTC))


def kept(due: float) -> Json:
    return Continuation("dialogue", "规则", (0,), due, f"t{due:g}", MESSAGE).to_json()


@pytest.mark.parametrize(
    ("value", "ripe", "later"),
    [
        (kept(5.0), ["t5"], float("inf")),
        (kept(11.0), [], 11.0),
        ([kept(20.0), kept(9.0), kept(15.0)], ["t9"], 15.0),
        ([], [], float("inf")),
        (["?", {"due": "soon"}, 7], [], float("inf")),
        ([{"due": 1.0}], [], float("inf")),
    ],
)
def test_what_is_due_and_when_the_next_is(value: Json, ripe: list[str], later: float) -> None:
    found, after = due_before(State(value), 10.0)
    assert ([waiting.token for waiting in found], after) == (ripe, later)


def test_nothing_is_remembered() -> None:
    assert due_before(None, 10.0) == ((), float("inf"))
