"""Events nobody announced: people who left a group are only seen by their absence from its next member list.

Pure: from what the address book noticed to the event rules can read. Joins and renames are announced by grey lines, so
they make no second event here.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from ruleswx.addressbook.book import Noticed
from ruleswx.model import Message, Person

__all__ = ["left_event"]


def left_event(noticed: Noticed, now: datetime, me: tuple[str, ...] = ()) -> Message | None:
    """`member_leave` for members missing from a list; None for what a message tells anyway.

    The id is made of who left which group in which minute, so that a list that comes twice makes one event.
    """
    if noticed.kind != "members_left" or not noticed.people:
        return None
    who = "\n".join(sorted(person.key for person in noticed.people))
    told = f"{noticed.chat.key}\n{who}\n{now:%Y%m%d%H%M}"
    return Message(
        id=f"left-{hashlib.blake2b(told.encode('utf-8', 'replace'), digest_size=9).hexdigest()}",
        kind="system",
        chat=noticed.chat,
        sender=Person(key=""),
        text="",
        time=now,
        code=10000,
        event="member_leave",
        me=me,
        people=noticed.people,
    )
