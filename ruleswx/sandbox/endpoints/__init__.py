"""Every address the simulated service answers, and the function that does.

Pure: a function gets the world and the request and returns the answer, or for the
two long polls a function that looks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruleswx.sandbox.asked import Answer, Asked, Endpoint, Look, html, reply
from ruleswx.sandbox.checks import Refused, failed

from . import contacts, downloads, friendops, groupops, lesser, login, sending, sendmedia, sync, uploading

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
    "webwxsendmsgimg": sendmedia.sendmsgimg,
    "webwxsendvideomsg": sendmedia.sendvideomsg,
    "webwxsendemoticon": sendmedia.sendemoticon,
    "webwxsendappmsg": sendmedia.sendappmsg,
    "webwxcheckupload": uploading.checkupload,
    "webwxuploadmedia": uploading.uploadmedia,
    "webwxgetmsgimg": downloads.getmsgimg,
    "webwxgetvoice": downloads.getvoice,
    "webwxgetvideo": downloads.getvideo,
    "webwxgetmedia": downloads.getmedia,
    "webwxgeticon": downloads.geticon,
    "webwxgetheadimg": downloads.getheadimg,
    "webwxpreview": downloads.preview,
    "webwxgetpubliclinkimg": downloads.publiclinkimg,
    "webwxcreatechatroom": groupops.createchatroom,
    "webwxupdatechatroom": groupops.updatechatroom,
    "webwxverifyuser": friendops.verifyuser,
    "webwxoplog": friendops.oplog,
    "webwxrevokemsg": friendops.revokemsg,
    "webwxcheckurl": lesser.checkurl,
    "webwxstatreport": lesser.noted,
    "webwxsendfeedback": lesser.noted,
    "webwxsearchcontact": lesser.searchcontact,
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
    if asked.endpoint.startswith("webwxsend") and asked.endpoint != "webwxsendfeedback":
        return reply({"BaseResponse": {"Ret": ret, "ErrMsg": ""}, "MsgID": "", "LocalID": ""})
    if asked.endpoint == "webwxuploadmedia":
        return failed(ret, MediaId="", StartPos=0, CDNThumbImgHeight=0, CDNThumbImgWidth=0, EncryFileName="")
    return failed(ret)
