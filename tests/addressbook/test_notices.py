from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ruleswx.addressbook.book import Noticed
from ruleswx.addressbook.notices import HOLD_SECONDS, Ledger, list_event
from ruleswx.model import Chat, Message, Person

NOW = datetime(2026, 3, 2, 8, 30, 5, tzinfo=UTC)
GROUP = Chat("g-1", "group", ("读书会",))
LIN, QING, ME = (
    Person("p-1", nick="小林", card="林老师"),
    Person("p-2", nick="阿青"),
    Person("me", nick="助手", me=True),
)
LEFT = Noticed("members_left", GROUP, (LIN, QING))
RENAMED = Noticed("group_renamed", GROUP, old="旧", new="新")


def line(event: str, *people: Person, chat: Chat = GROUP) -> Message:
    return Message("m", "system", chat, Person(""), "", NOW, event=event, people=people)


@pytest.mark.parametrize(
    ("noticed", "event", "topic"),
    [
        (LEFT, "member_leave", ""),
        (replace(LEFT, kind="members_came"), "member_join", ""),
        (RENAMED, "group_renamed", "新"),
    ],
)
def test_what_a_list_shows_is_an_event(noticed: Noticed, event: str, topic: str) -> None:
    told = list_event(noticed, NOW, ("助手",))
    assert (told.event, told.kind, told.chat, told.people, told.me) == (
        event,
        "system",
        GROUP,
        noticed.people,
        ("助手",),
    )
    assert told.facts.get("topic", "") == topic


def test_a_list_that_comes_twice_makes_one_event() -> None:
    again = list_event(replace(LEFT, people=LEFT.people[::-1]), NOW.replace(second=50))
    assert again.id == list_event(LEFT, NOW).id
    assert list_event(replace(LEFT, people=(LIN,)), NOW).id != again.id
    assert list_event(replace(LEFT, kind="members_came"), NOW).id != again.id
    assert list_event(RENAMED, NOW).id != list_event(replace(RENAMED, new="又"), NOW).id


def test_what_nobody_tells_is_due_once_and_not_at_once() -> None:
    ledger = Ledger()
    ledger.notice(LEFT, 100.0)
    assert ledger.next_due() == 100.0 + HOLD_SECONDS
    assert ledger.due(100.0 + HOLD_SECONDS - 0.1) == ()
    assert ledger.due(100.0 + HOLD_SECONDS) == (LEFT,)
    assert ledger.due(1e9) == ()
    assert ledger.next_due() == float("inf")


@pytest.mark.parametrize("first", ["list", "line"])
def test_a_line_that_tells_part_of_it_leaves_the_rest(first: str) -> None:
    """By key, or by any name shown: who has gone is found in no list any more."""
    for told in (Person("p-1"), Person("", nick="林老师"), Person("", nick="小林")):
        ledger = Ledger()
        if first == "list":
            ledger.notice(LEFT, 100.0)
            ledger.tell(line("member_leave", told), 105.0)
        else:
            ledger.tell(line("member_leave", told), 100.0)
            ledger.notice(LEFT, 105.0)
        assert ledger.due(1e9) == (replace(LEFT, people=(QING,)),)


def test_a_line_tells_only_its_own_event_in_its_own_chat_and_not_for_ever() -> None:
    ledger = Ledger()
    ledger.tell(line("member_leave", LIN, QING), 0.0)
    ledger.tell(line("member_join", LIN, QING), 100.0)
    ledger.tell(line("member_leave", LIN, QING, chat=replace(GROUP, key="g-2")), 100.0)
    ledger.tell(line("", LIN, QING), 100.0)
    ledger.tell(line("member_leave", Person("")), 100.0)
    ledger.notice(LEFT, 100.0)
    assert ledger.due(1e9) == (LEFT,)


def test_a_rename_that_a_line_tells_is_no_event() -> None:
    ledger = Ledger()
    ledger.notice(RENAMED, 0.0)
    ledger.tell(line("group_renamed"), 1.0)
    ledger.notice(replace(RENAMED, new="又"), 2.0)
    ledger.notice(replace(RENAMED, new=""), 50.0)
    assert ledger.due(1e9) == ()
    ledger.notice(RENAMED, 50.0)
    assert ledger.due(1e9) == (RENAMED,)


def test_the_account_itself_never_comes_or_leaves() -> None:
    ledger = Ledger()
    ledger.notice(Noticed("members_came", GROUP, (ME,)), 0.0)
    ledger.notice(Noticed("members_came", GROUP, (ME, QING)), 0.0)
    assert ledger.due(1e9) == (Noticed("members_came", GROUP, (QING,)),)
