"""Who is at hand, who only was, and whose names are not enough."""

import pytest

from ruleswx.addressbook.bindings import Row
from ruleswx.verbs.roster import Roster, roster_of

NOW, BEFORE = "now", "before"
ROWS = (
    Row("p-1", nick="王五", remark="老王", alias="wang5", listed=True, login=NOW),
    Row("p-2", nick="老王", listed=True, login=NOW),
    Row("p-3", nick="路人", login=NOW),
    Row("p-4", nick="旧友", remark="老友", listed=True, login=BEFORE),
    Row("g-1", "group", nick="产品交流群", listed=True, login=NOW),
    Row("g-2", "group", nick="客户群一", login=NOW),
    Row("g-3", "group", nick="客户群二", login=BEFORE),
    Row("o-1", "official", nick="天气", login=NOW),
)


@pytest.fixture
def roster() -> Roster:
    return roster_of(ROWS, "助手", NOW)


def test_people_only_met_in_groups_are_no_chats(roster: Roster) -> None:
    assert [chat.key for chat in roster.chats if chat.kind == "person"] == ["p-4", "p-1", "p-2"]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("老王", ["p-1", "p-2"]),
        ("王五", ["p-1"]),
        ("WANG5", ["p-1"]),
        ("客户群*", ["g-2"]),
        ("路人", []),
        ("老友", []),
        ("天气", ["o-1"]),
    ],
)
def test_names_find_what_is_at_hand(roster: Roster, name: str, keys: list[str]) -> None:
    assert [chat.key for chat in roster.find(name)] == keys


def test_what_an_earlier_login_knew_is_not_at_hand(roster: Roster) -> None:
    assert [chat.key for chat in roster.lost("客户群*")] == ["g-3"]
    assert not any(chat.bound for chat in roster_of(ROWS, "助手", "").chats)


def test_shared_names_come_with_their_chats(roster: Roster) -> None:
    ((name, chats),) = roster.shared()
    assert (name, [chat.key for chat in chats]) == ("老王", ["p-1", "p-2"])


def test_power_rests_on_names_nobody_else_can_take(roster: Roster) -> None:
    assert [chat.key for chat in roster.friends("老王")] == ["p-1"]
    assert [chat.key for chat in roster.friends("wang5")] == ["p-1"]
    assert roster.friends("王五") == ()
    assert roster.friends("老友") == ()
