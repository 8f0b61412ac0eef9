"""The small addresses of the page: link check, statistics, search, feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruleswx.sandbox.asked import Answer, Asked, reply
from ruleswx.sandbox.checks import admit, failed

if TYPE_CHECKING:
    from ruleswx.sandbox.world import World

__all__ = ["checkurl", "noted", "searchcontact"]


def checkurl(world: World, asked: Asked) -> Answer:
    """Redirect to a link, as the service does after looking at it."""
    admit(world, asked, body=False, methods="GET")
    target = asked.query.get("requrl", "")
    return Answer(b"", 302, "text/html", (("Location", target.split("\r")[0].split("\n")[0]),))


def noted(world: World, asked: Asked) -> Answer:
    """Take statistics and feedback, and do nothing with them."""
    admit(world, asked)
    return failed(0)


def searchcontact(world: World, asked: Asked) -> Answer:
    """Search the address book by nickname and remark."""
    visit = admit(world, asked)
    word = str(visit.body.get("KeyWord", ""))
    account = visit.session.account
    found = [
        {"EncryUserName": visit.session.user_name(world.directory.people[key])}
        for key, contact in account.book.items()
        if word and (word in contact.remark or word in world.directory.people[key].nick)
    ]
    return reply({"BaseResponse": {"Ret": 0, "ErrMsg": ""}, "Count": len(found), "List": found})
