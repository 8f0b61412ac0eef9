"""Whether a request may be answered, and what it did wrong.

The session is found by Sid (body, query, cookie, in that order); Uin, Skey and the
cookies are compared with it. What no client may do is recorded as a violation and
refused; what known clients do all the same is recorded as an oddity and passes,
unless the world is strict.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .asked import Answer, Asked, reply
from .session import Session

if TYPE_CHECKING:
    from .world import World

__all__ = ["Refused", "Visit", "admit", "failed", "json_body", "literal_escapes", "settled"]

_DEVICE = re.compile(r"e\d{15}")
_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\(u[0-9a-fA-F]{4}|/)")
_IN_FLIGHT = 10.0  # seconds a request with the Skey before may have been under way


class Refused(Exception):
    """The request ends here; `ret` is the code to answer, or `answer` says it whole."""

    def __init__(self, ret: int, answer: Answer | None = None) -> None:
        super().__init__(ret)
        self.ret = ret
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that was let in: the session it belongs to and its JSON body."""

    session: Session
    body: dict[str, Any]


def failed(ret: int, message: str = "", **rest: Any) -> Answer:
    """Return a JSON refusal."""
    return reply({"BaseResponse": {"Ret": ret, "ErrMsg": message}, **rest})


def admit(world: World, asked: Asked, *, body: bool = True, methods: str = "POST") -> Visit:
    """Find the session of a request and check what it carries; raises Refused."""
    check_method(world, asked, methods)
    content = json_body(world, asked) if body else {}
    base = content.get("BaseRequest") if body else None
    if body and not isinstance(base, dict):
        world.record(asked.endpoint, "BaseRequest", "the body has no BaseRequest object")
        raise Refused(1)
    given = base if isinstance(base, dict) else {}
    session = find_session(world, asked, str(given.get("Sid") or ""))
    check_cookies(world, asked, session)
    if body:
        check_base(world, asked, session, given)
    else:
        check_skey(world, asked, session, asked.query.get("skey", ""))
    check_ticket(world, asked, session)
    return Visit(session, content)


def check_method(world: World, asked: Asked, methods: str) -> None:
    """Refuse a method the endpoint does not have."""
    if asked.method not in methods.split():
        detail = f"{asked.method} instead of {methods}"
        world.record(asked.endpoint, "method", detail)
        raise Refused(1, Answer(b"", 405))


def json_body(world: World, asked: Asked) -> dict[str, Any]:
    """Read the JSON of a request; raises Refused(1200) when it is none."""
    try:
        content = json.loads(asked.body.decode("utf-8"))
    except (ValueError, RecursionError):
        world.record(asked.endpoint, "json", "the body is not JSON in UTF-8")
        raise Refused(1200) from None
    if not isinstance(content, dict):
        world.record(asked.endpoint, "json", "the body is not a JSON object")
        raise Refused(1200)
    return content


def find_session(world: World, asked: Asked, sid: str = "") -> Session:
    """Return the living session a request belongs to; raises Refused with what ended it."""
    sid = sid or asked.query.get("sid", "") or asked.cookies.get("wxsid", "")
    session = world.sessions.get(sid) or world.sessions.get(sid.replace(" ", "+"))
    if session is None:
        world.record(asked.endpoint, "Sid", "no session has this Sid")
        raise Refused(1100)
    if sid != session.sid:
        world.oddity(asked.endpoint, "sid encoding", "the + in sid was not percent-encoded")
    if session.over:
        raise Refused(session.over)
    return session


def check_cookies(world: World, asked: Asked, session: Session) -> None:
    """Compare the login cookies; raises Refused(1102)."""
    wanted = {
        "wxuin": str(session.account.uin),
        "wxsid": session.sid,
        "webwx_data_ticket": session.data_ticket,
    }
    missing = [name for name in wanted if name not in asked.cookies]
    wrong = [name for name in wanted if name not in missing and asked.cookies[name] != wanted[name]]
    if missing or wrong:
        what = "missing: " + ", ".join(missing) if missing else "wrong: " + ", ".join(wrong)
        world.record(asked.endpoint, "cookies", what)
        raise Refused(1102)


def check_base(world: World, asked: Asked, session: Session, base: dict[str, Any]) -> None:
    """Compare a BaseRequest with the session; raises Refused."""
    if not base.get("Sid"):
        world.record(asked.endpoint, "Sid", "BaseRequest has no Sid")
    if str(base.get("Uin", "")) != str(session.account.uin):
        world.record(asked.endpoint, "Uin", "BaseRequest.Uin is not this account's")
        raise Refused(1100)
    device = base.get("DeviceID")
    if device is None or device == "":
        world.oddity(asked.endpoint, "DeviceID", "BaseRequest has no DeviceID")
    elif not _DEVICE.fullmatch(str(device)):
        world.oddity(asked.endpoint, "DeviceID", "not e and 15 digits")
    check_skey(world, asked, session, str(base.get("Skey") or ""))


def check_skey(world: World, asked: Asked, session: Session, skey: str) -> None:
    """Compare a Skey; an empty one is an oddity, a wrong one is refused with -14."""
    if not skey:
        if world.oddity(asked.endpoint, "Skey empty", "the Skey is empty"):
            raise Refused(-14)
    elif skey in session.old_skeys:
        if world.clock.now() > session.old_skeys[skey] + _IN_FLIGHT:
            world.record(asked.endpoint, "Skey old", "a newer SKey was given in a reply")
    elif skey != session.skey:
        world.record(asked.endpoint, "Skey", "not the Skey of this session")
        raise Refused(-14)


def check_ticket(world: World, asked: Asked, session: Session) -> None:
    """Compare a pass_ticket, however often it was encoded; its absence is fine."""
    given = asked.query.get("pass_ticket")
    if given is not None and settled(given) != settled(session.pass_ticket):
        world.oddity(asked.endpoint, "pass_ticket", "not the ticket of this session")


def settled(text: str) -> str:
    """Return `text` percent-decoded until it no longer changes; a blank was a plus."""
    while (plain := unquote(text)) != text:
        text = plain
    return text.replace(" ", "+")


def literal_escapes(body: bytes) -> dict[str, Any] | None:
    """Return the JSON read as the service reads it, with `\\uXXXX` left standing, if it differs."""
    text = body.decode("utf-8", "replace")
    kept = _ESCAPE.sub(_keep_escape, text)
    if kept == text:
        return None
    content = json.loads(kept)
    return content if isinstance(content, dict) else None


def _keep_escape(found: re.Match[str]) -> str:
    slashes, escape = found.groups()
    control = escape.startswith("u00") and int(escape[1:], 16) < 0x20
    return found.group() if control else f"{slashes}\\\\{escape}"
