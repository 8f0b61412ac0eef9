"""Sending what needs no upload: texts, revoking, and the shape all sends share. Pure.

A send is identified by its LocalID; the same id is used again when it is repeated, so that the server can tell a retry
from a second message. A good answer is Ret 0 *and* a message id.
"""

from __future__ import annotations

from random import Random

from ruleswx.errors import RemoteProtocolError
from ruleswx.model import Json
from ruleswx.protocol.build import base_request, build_json
from ruleswx.protocol.replies import Reply, check_send, excerpt, parse_reply
from ruleswx.protocol.wire import Request, Response, Session

__all__ = ["REVOKE_WINDOW", "build_revoke", "build_send", "build_text", "parse_revoke", "parse_sent", "revocable"]

REVOKE_WINDOW = 120.0


class _Sent(Reply, frozen=True):
    MsgID: str | int = ""


class _Revoked(Reply, frozen=True):
    Introduction: str = ""


def build_text(session: Session, to: str, text: str, *, local_id: str, now: float, rng: Random) -> Request:
    """One text; line breaks as they are, emoji as characters, nothing escaped."""
    msg: dict[str, Json] = {"Type": 1, "Content": text}
    return build_send(session, "webwxsendmsg", (), msg, to, local_id=local_id, now=now, rng=rng)


def build_send(
    session: Session,
    name: str,
    query: tuple[str, ...],
    msg: dict[str, Json],
    to: str,
    *,
    local_id: str,
    now: float,
    rng: Random,
    scene: int = 0,
) -> Request:
    """Any send: `msg` holds what is particular, the rest is the same for all. `scene` 2 means forwarded."""
    ids: dict[str, Json] = {
        "FromUserName": session.user_name,
        "ToUserName": to,
        "LocalID": local_id,
        "ClientMsgId": local_id,
    }
    extra = {key: msg[key] for key in ("Signature",) if key in msg}
    plain = {key: value for key, value in msg.items() if key not in extra}
    body: dict[str, Json] = {
        "BaseRequest": base_request(session, rng),
        "Msg": {**plain, **ids, **extra},
        "Scene": scene,
    }
    return build_json(session, name, query, body, now, timeout=30.0)


def parse_sent(response: Response) -> str:
    """The server's id of the message; raises SendFailed, SessionEnded, LoginRefused or RemoteProtocolError."""
    reply = parse_reply(response, _Sent)
    check_send(reply)
    msg_id = str(reply.MsgID)
    if not msg_id.isdigit() or len(msg_id) > 32:
        raise RemoteProtocolError("a send was accepted without a message id", excerpt(response))
    return msg_id


def build_revoke(session: Session, to: str, msg_id: str, *, local_id: str, now: float, rng: Random) -> Request:
    """Take back one of our own messages; the service allows it for two minutes."""
    body: dict[str, Json] = {
        "BaseRequest": base_request(session, rng),
        "SvrMsgId": msg_id,
        "ToUserName": to,
        "ClientMsgId": local_id,
    }
    return build_json(session, "webwxrevokemsg", (), body, now)


def revocable(sent: float, now: float) -> bool:
    """Whether a message sent then may still be taken back."""
    return now - sent < REVOKE_WINDOW


def parse_revoke(response: Response) -> str:
    """The server's sentence about its window; raises SendFailed when it did not take the message back."""
    reply = parse_reply(response, _Revoked)
    check_send(reply)
    return reply.Introduction
