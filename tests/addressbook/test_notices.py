from datetime import UTC, datetime

from ruleswx.addressbook.book import Noticed
from ruleswx.addressbook.notices import left_event
from ruleswx.model import Chat, Person

NOW = datetime(2026, 3, 2, 8, 30, 5, tzinfo=UTC)
GROUP = Chat("g-1", "group", ("读书会",))
GONE = (Person("p-1", nick="小林"), Person("p-2", nick="阿青"))


def test_people_who_are_missing_have_left() -> None:
    event = left_event(Noticed("members_left", GROUP, GONE), NOW, ("助手",))
    assert event is not None
    assert (event.event, event.kind, event.chat, event.people, event.me) == (
        "member_leave",
        "system",
        GROUP,
        GONE,
        ("助手",),
    )
    again = left_event(Noticed("members_left", GROUP, GONE[::-1]), NOW.replace(second=50))
    assert again is not None
    assert again.id == event.id
    later = left_event(Noticed("members_left", GROUP, GONE[:1]), NOW)
    assert later is not None
    assert later.id != event.id


def test_what_a_message_tells_makes_no_second_event() -> None:
    assert left_event(Noticed("members_came", GROUP, GONE), NOW) is None
    assert left_event(Noticed("group_renamed", GROUP, old="a", new="b"), NOW) is None
