"""Every address the simulated service answers, and the function that does.

Pure: a function gets the world and the request and returns the answer, or for the
two long polls a function that looks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruleswx.sandbox.asked import Answer, Asked, Endpoint, Look, html, reply
from ruleswx.sandbox.checks import Refused, failed

from . import contacts, login, sending, sync

if TYPE_CHECKING:
    from ruleswx.sandbox.world import World

__all__ = ["ENDPOINTS", "respond"]

ENDPOINTS: dict[str, Endpoint] = {
    "jslogin": login.jslogin,
    "login": login.poll,
    "webwxnewloginpage": login.newloginpage,
    "webwxpushloginurl": login.pushloginurl,
    "webwxlogout": login.logout,
    "webwxinit": sync.init,
    "webwxstatusnotify": sync.statusnotify,
    "synccheck": sync.synccheck,
    "webwxsync": sync.sync,
    "webwxgetcontact": contacts.getcontact,
    "webwxbatchgetcontact": contacts.batchgetcontact,
    "webwxsendmsg": sending.sendmsg,
}


def respond(world: World, asked: Asked) -> Answer | Look:
    """Answer one request, turning refusals into the replies they stand for."""
    endpoint = _find(asked)
    if endpoint is None:
        world.record(asked.endpoint, "path", f"there is no {asked.path}")
        return html("404 Not Found", 404)
    try:
        return endpoint(world, asked)
    except Refused as refused:
        return refused.answer or _refusal(asked, refused.ret)


def _find(asked: Asked) -> Endpoint | None:
    parts = asked.path.strip("/").split("/")
    if parts == [""]:
        return login.index
    if len(parts) == 2 and parts[0] in ("qrcode", "l"):
        return login.qrcode if parts[0] == "qrcode" else login.link
    return ENDPOINTS.get(parts[-1])


def _refusal(asked: Asked, ret: int) -> Answer:
    if asked.endpoint.startswith("webwxsend"):
        return reply({"BaseResponse": {"Ret": ret, "ErrMsg": ""}, "MsgID": "", "LocalID": ""})
    return failed(ret)
