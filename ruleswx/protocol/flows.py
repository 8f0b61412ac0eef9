"""Whole errands over the wire as generators: what to ask, what to read, how long to pause, and what came of it.

    flow = send_media(…)
    step = next(flow)                      # Ask(request) | Read(offset, length) | Pause(seconds)
    step = flow.send(response | data | None)
    … until StopIteration, whose value is the result

The driver carries requests, reads files and sleeps; the order of things, the retries and the judgement are here, so
that they can be tested without any of the three. Errors of the wire come out of `send`; a driver that could not carry a
request throws its own TransportError in. An Ask that is `final` is the send itself: when that one is lost nobody knows
what became of it, while everything before it can be done again. Group and friend errands return an Outcome: "ok" alone
is not believed, the lists are asked again for ten seconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from random import Random
from typing import TypeAlias, TypeVar

from ruleswx.errors import CannotSend, RemoteProtocolError, SendFailed, TransportError
from ruleswx.model import Contact
from ruleswx.protocol import operations as ops
from ruleswx.protocol.codes import classify
from ruleswx.protocol.contacts import build_batch, parse_batch
from ruleswx.protocol.media import build_forward, build_media, build_resend
from ruleswx.protocol.mediaids import MediaIds
from ruleswx.protocol.messages import WireMessage
from ruleswx.protocol.sending import build_revoke, build_text, parse_revoke, parse_sent, revocable
from ruleswx.protocol.upload import Chunk, Upload, build_check, build_chunk, chunks, parse_check, parse_chunk
from ruleswx.protocol.wire import Request, Response, Session

__all__ = [
    "Ask",
    "Flow",
    "Means",
    "Pause",
    "Read",
    "accept_friend",
    "add_member",
    "forward",
    "recall",
    "remove_member",
    "rename_group",
    "resend",
    "send_media",
    "send_text",
    "set_remark",
]

_IMAGE = 3
_TRIES = 3
_LOOKS = (1.0, 2.0, 3.0, 4.0)
"""Pauses before each look at the lists: ten seconds in all."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """Carry this request; answer with its Response. `final`: somebody may see its effect at once."""

    request: Request
    final: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """Read so many bytes of the file at this place; answer with the bytes."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds; answer with None."""

    seconds: float


Step: TypeAlias = Ask | Read | Pause
Flow: TypeAlias = Generator[Step, "Response | bytes | None", T]


@dataclass(frozen=True, slots=True)
class Means:
    """What every errand needs: the session as it is now, the time, chance."""

    session: Callable[[], Session]
    now: Callable[[], float]
    rng: Random


def send_text(means: Means, to: str, text: str, local_id: str) -> Flow[str]:
    """Say something; returns the message id."""
    request = build_text(means.session(), to, text, local_id=local_id, now=means.now(), rng=means.rng)
    return parse_sent((yield from _asked(request, final=True)))


def forward(means: Means, wire: WireMessage, to: str, local_id: str) -> Flow[str]:
    """Pass a received message on; raises CannotSend for kinds the service does not forward."""
    request = build_forward(means.session(), wire, to, local_id=local_id, now=means.now(), rng=means.rng)
    return parse_sent((yield from _asked(request, final=True)))


def resend(means: Means, wire: WireMessage, to: str, local_id: str) -> Flow[str]:
    """Pass on what was taken back: pictures by what their XML points to, the rest as anything that is forwarded."""
    build = build_resend if wire.MsgType == _IMAGE else build_forward
    request = build(means.session(), wire, to, local_id=local_id, now=means.now(), rng=means.rng)
    return parse_sent((yield from _asked(request, final=True)))


def recall(means: Means, to: str, msg_id: str, sent: float, local_id: str) -> Flow[None]:
    """Take one of our own messages back; raises CannotSend when its two minutes are over, SendFailed when refused."""
    if not revocable(sent, means.now()):
        raise CannotSend("too_late", "a message can be taken back for two minutes only")
    request = build_revoke(means.session(), to, msg_id, local_id=local_id, now=means.now(), rng=means.rng)
    parse_revoke((yield from _asked(request, final=True)))


def send_media(means: Means, upload: Upload, to: str, local_id: str, known: MediaIds) -> Flow[str]:
    """Upload a file unless the server has it, and send it; returns the message id.

    Raises SendFailed, CannotSend, SessionEnded, LoginRefused or RemoteProtocolError.
    """
    found = known.get(means.session(), upload, means.now())
    if found is not None:
        media_id, upload = found[0], replace(upload, signature=found[1])
    else:
        media_id, upload = yield from _put(means, upload)
        known.keep(means.session(), upload, media_id, means.now())
    request = build_media(means.session(), upload, media_id, to, local_id=local_id, now=means.now(), rng=means.rng)
    return parse_sent((yield from _asked(request, final=True)))


def _put(means: Means, upload: Upload) -> Flow[tuple[str, Upload]]:
    if upload.needs_check:
        told = parse_check((yield from _asked(build_check(means.session(), upload, means.now(), means.rng))))
        upload = upload.checked(told)
        if told.media_id:
            return told.media_id, upload
    media_id, digest = "", hashlib.md5(usedforsecurity=False)
    for chunk in chunks(upload.size):
        data = yield Read(chunk.offset, chunk.length)
        if not isinstance(data, bytes):
            raise CannotSend("changed", f"{upload.name} cannot be read", file=upload.name)
        digest.update(data)
        if chunk.last and digest.hexdigest() != upload.md5:
            raise CannotSend("changed", f"{upload.name} changed while it was read", file=upload.name)
        media_id = yield from _put_chunk(means, upload, chunk, data)
    return media_id, upload


def _put_chunk(means: Means, upload: Upload, chunk: Chunk, data: bytes) -> Flow[str]:
    """One piece, tried three times: a 502 there is the server's mood more often than a reason."""
    for attempt in range(1, _TRIES + 1):
        request = build_chunk(means.session(), upload, chunk, data, now=means.now(), rng=means.rng)
        try:
            return parse_chunk((yield from _asked(request)), chunk)
        except (RemoteProtocolError, TransportError):
            if attempt == _TRIES:
                raise
        yield Pause(float(attempt))
    raise AssertionError("the loop returns or raises")


def add_member(means: Means, group: Contact, user_name: str) -> Flow[ops.Outcome]:
    """Bring somebody into a group, by invitation when it is big; `group` as the lists showed it last."""
    session = means.session()
    invite = ops.wants_invitation(session, len(group.members or ()))
    build = ops.build_invite if invite else ops.build_add
    request = build(session, group.user_name, [user_name], now=means.now(), rng=means.rng)
    outcome = yield from _change(means, request, group.user_name, ops.has_member(user_name))
    return "pending" if invite and outcome == "no effect" else outcome


def remove_member(means: Means, group: str, user_name: str) -> Flow[ops.Outcome]:
    """Remove somebody from a group we own."""
    request = ops.build_remove(means.session(), group, [user_name], now=means.now(), rng=means.rng)
    return (yield from _change(means, request, group, ops.lacks_member(user_name)))


def rename_group(means: Means, group: str, topic: str) -> Flow[ops.Outcome]:
    """Give a group another name."""
    request = ops.build_rename(means.session(), group, topic, now=means.now(), rng=means.rng)
    return (yield from _change(means, request, group, ops.is_called(topic)))


def set_remark(means: Means, user_name: str, remark: str) -> Flow[ops.Outcome]:
    """Give a friend a 备注."""
    request = ops.build_remark(means.session(), user_name, remark, now=means.now(), rng=means.rng)
    return (yield from _change(means, request, user_name, ops.has_remark(remark)))


def accept_friend(means: Means, user_name: str, ticket: str) -> Flow[ops.Outcome]:
    """Accept a friend request."""
    request = ops.build_accept(means.session(), user_name, ticket, now=means.now(), rng=means.rng)
    return (yield from _change(means, request, user_name, ops.is_friend))


def _change(means: Means, request: Request, whom: str, wanted: ops.Predicate) -> Flow[ops.Outcome]:
    """Ask for a change, then look until it shows or ten seconds are over. A refusal is looked at once all the same.

    Raises SendFailed when the service says "too often", so that this kind of errand can be frozen.
    """
    answered = ops.parse_operation((yield from _asked(request, final=True)))
    if classify(answered.ret) == "throttled":
        raise SendFailed(answered.ret, answered.message)
    looks = _LOOKS[:1] if answered.refused or answered.pending else _LOOKS
    shown: Contact | None = None
    for pause in looks:
        yield Pause(pause)
        looked = build_batch(means.session(), [whom], means.now(), means.rng)
        found = {contact.user_name: contact for contact in parse_batch((yield from _asked(looked)))}
        shown = found.get(whom)
        if shown is not None and wanted(shown):
            break
    return ops.outcome(answered, shown, wanted)


def _asked(request: Request, *, final: bool = False) -> Flow[Response]:
    response = yield Ask(request, final)
    if not isinstance(response, Response):
        raise TypeError("an Ask is answered with a Response")
    return response
