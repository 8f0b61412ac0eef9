"""Carries one queued effect out over the wire and says what became of it.

An effect names chats and people by keys that last; the ids of today's login are looked up at the last moment. The order
of requests, the retries and the judgement are the flows' of `protocol`; here they are driven: requests carried, files
read, pauses slept. What went wrong before the request that counts did not happen, whatever it was. It must not know the
queue, the pace or the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol, TypeVar

import trio

from ruleswx.addressbook import AddressBook
from ruleswx.diagnostics import Lang
from ruleswx.errors import CannotSend, RemoteProtocolError, Stumbled, TransportError
from ruleswx.log import sentence
from ruleswx.model import (
    AcceptFriend,
    Chat,
    Contact,
    Forward,
    Invite,
    Kick,
    Person,
    Recall,
    Receipt,
    RenameGroup,
    SendMedia,
    SendText,
    SetRemark,
)
from ruleswx.outbox import left
from ruleswx.outfiles import OutFile, open_file
from ruleswx.protocol import flows
from ruleswx.protocol.mediaids import MediaIds
from ruleswx.protocol.messages import WireMessage, parse_message
from ruleswx.protocol.operations import Outcome
from ruleswx.protocol.upload import plan_upload
from ruleswx.protocol.wire import Request, Response, Session
from ruleswx.store import OutboxRow, Store
from ruleswx.wording import error_words, reason_of, system_words

__all__ = ["Delivery", "Progress", "address", "cannot"]

T = TypeVar("T")
_TRIES = 10
"""So often what comes before the send itself may fail (an upload the server does not take)."""
_QUICK = 2 * 1024 * 1024
"""Up to here an upload is over before anybody asks how far it is."""
_RECALL_SECONDS = 120.0
_FORWARD_SECONDS = 7 * 86_400.0


class _NotYet(Exception):
    """The chat or person cannot be addressed while the address book is still being read."""


def _nothing() -> None:
    """Nobody asked to hear it."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One entry being carried out, and who hears that what counts goes out."""

    row: OutboxRow
    leaves: Callable[[], None]


class Progress(Protocol):
    """Who hears how far an upload is. Calls are quick and never wait."""

    def uploading(self, row: OutboxRow, file: str, done: int, size: int) -> None:
        """So many bytes of the file have arrived."""

    def upload_over(self, row: OutboxRow) -> None:
        """It has come to an end, or is put off."""


class Delivery:
    """Sends over one session."""

    def __init__(
        self,
        request: Callable[[Request, Callable[[], None] | None], Awaitable[Response]],
        session: Callable[[], Session],
        complete: Callable[[], bool],
        *,
        book: AddressBook,
        store: Store,
        files: Path,
        now: Callable[[], float],
        rng: Random,
        lang: Lang = "en",
        progress: Progress | None = None,
    ) -> None:
        """`complete` says whether the whole address book was read, so that who is not in it is really unknown;
        `files` is the only folder that is sent from; reasons are given in `lang`; `progress` hears of uploads."""
        self._request = request
        self._complete = complete
        self._book = book
        self._store = store
        self._files = files
        self._now = now
        self._means = flows.Means(session, now, rng)
        self._lang: Lang = lang
        self._progress = progress
        self._media = MediaIds()
        self._stumbles: Counter[int] = Counter()

    async def send(self, row: OutboxRow, leaves: Callable[[], None] = _nothing) -> Receipt | None:
        """Carry one entry out; None while it cannot be addressed yet. Raises what the wire may raise. `leaves` is
        called when the request that counts goes out."""
        try:
            return await self._carry_out(_Job(row, leaves))
        except _NotYet:
            return None
        except CannotSend as error:
            return Receipt("failed", reason=cannot(error, self._lang))

    async def _carry_out(self, job: _Job) -> Receipt:
        means, local_id = self._means, job.row.client_msg_id
        match job.row.effect:
            case SendText(to=chat, text=text):
                return _sent(await self._drive(job, flows.send_text(means, self._chat(chat), text, local_id)))
            case SendMedia() as media:
                return await self._send_media(job, media)
            case Forward() as passed_on:
                wire, to = self._original(passed_on.message_id), self._chat(passed_on.to)
                errand = flows.resend if passed_on.recalled else flows.forward
                return _sent(await self._drive(job, errand(means, wire, to, local_id)))
            case Recall(to=chat):
                msg_id, when = self._last_said(chat)
                await self._drive(job, flows.recall(means, self._chat(chat), msg_id, when, local_id))
                return Receipt("sent")
            case Invite(person=person, to=chat):
                flow_in = flows.add_member(means, self._group(chat), self._person(person))
                return self._verified(await self._drive(job, flow_in))
            case Kick(person=person, to=chat):
                flow_out = flows.remove_member(means, self._chat(chat), self._person(person))
                return self._verified(await self._drive(job, flow_out))
            case RenameGroup(to=chat, text=text):
                return self._verified(await self._drive(job, flows.rename_group(means, self._chat(chat), text)))
            case SetRemark(person=person, text=text):
                return self._verified(await self._drive(job, flows.set_remark(means, self._person(person), text)))
            case AcceptFriend(person=person, facts=facts):
                ticket = facts.get("ticket", "")
                return self._verified(await self._drive(job, flows.accept_friend(means, self._person(person), ticket)))
            case other:
                what = type(other).__name__
                raise CannotSend("not_for_chats", f"{what} is not for a chat", what=what)

    async def _send_media(self, job: _Job, media: SendMedia) -> Receipt:
        to = self._chat(media.to)
        with open_file(self._files, media.path) as file:
            upload = plan_upload(
                media.kind,
                file.name,
                file.size,
                file.head,
                md5=await file.md5(),
                to=to,
                now=self._now(),
                modified=file.modified,
            )
            flow = flows.send_media(self._means, upload, to, job.row.client_msg_id, self._media)
            try:
                return _sent(await self._drive(job, flow, file))
            finally:
                if self._progress is not None:
                    self._progress.upload_over(job.row)

    async def _drive(self, job: _Job, flow: flows.Flow[T], file: OutFile | None = None) -> T:
        """Run an errand to its end. What fails before the request that counts becomes Stumbled: it can be done again,
        ten times at most when it was the service that failed, and for ever when there was no network."""
        final = False
        try:
            step = next(flow)
            while True:
                match step:
                    case flows.Ask(request=request, final=is_final):
                        final = final or is_final
                        told = await self._ask(request, job.leaves if is_final else None)
                        step = flow.throw(told) if isinstance(told, TransportError) else flow.send(told)
                    case flows.Read(offset=offset, length=length):
                        step = flow.send(self._read(job.row, file, offset, length) if file else None)
                    case flows.Pause(seconds=seconds):
                        await trio.sleep(seconds)
                        step = flow.send(None)
        except StopIteration as done:
            result: T = done.value
            return result
        except (TransportError, RemoteProtocolError) as error:
            if final:
                raise
            self._stumbles[job.row.id] += isinstance(error, RemoteProtocolError) or left(error)
            if self._stumbles[job.row.id] >= _TRIES:
                raise CannotSend("upload", reason_of(error), why=error_words(error, self._lang)) from error
            raise Stumbled(reason_of(error)) from error
        finally:
            flow.close()

    def _read(self, row: OutboxRow, file: OutFile, offset: int, length: int) -> bytes:
        """The next piece; what comes before it has arrived."""
        if self._progress is not None and file.size > _QUICK:
            self._progress.uploading(row, file.name, offset, file.size)
        return file.read(offset, length)

    async def _ask(self, request: Request, leaves: Callable[[], None] | None) -> Response | TransportError:
        """The answer, or why there is none, for the errand to judge."""
        try:
            return await self._request(request, leaves)
        except TransportError as error:
            return error

    def _verified(self, outcome: Outcome) -> Receipt:
        """A plain "ok" is not believed: only what the lists showed afterwards counts; an invitation on its way is
        fine."""
        if outcome in {"done", "pending"}:
            return Receipt("sent", reason=outcome)
        return Receipt("failed", reason=sentence(f"cannot_{outcome.replace(' ', '_')}", {}, self._lang))

    # -- whom today's login calls what

    def _chat(self, chat: Chat) -> str:
        return self._known(address(self._book, chat))

    def _person(self, person: Person) -> str:
        known = self._book.person(person.user_name)
        if known is not None and known.key == person.key:
            return person.user_name
        return self._known(next((c.user_name for c in self._book.chats() if c.key == person.key), None))

    def _group(self, chat: Chat) -> Contact:
        name = self._chat(chat)
        members = tuple(Contact(user_name=p.user_name, kind="person") for p in self._book.members(name))
        return Contact(user_name=name, kind="group", members=members)

    def _known(self, user_name: str | None) -> str:
        if user_name is not None:
            return user_name
        if self._complete():
            raise CannotSend("unknown", "this account does not know that chat or person any more")
        raise _NotYet

    # -- what the store remembers

    def _last_said(self, chat: Chat) -> tuple[str, float]:
        """The last message of ours in a chat: its id and when it was accepted."""
        since = self._now() - _RECALL_SECONDS
        for row in reversed(self._store.outbox(("sent",), 200)):
            if row.chat == chat.key and row.msg_id and row.settled >= since:
                return row.msg_id, row.settled
        raise CannotSend("nothing", "nothing was said there in the last two minutes")

    def _original(self, msg_id: str) -> WireMessage:
        row = self._store.message(msg_id)
        if row is not None and row.received >= self._now() - _FORWARD_SECONDS:
            return parse_message(row.body)
        raise CannotSend("gone", "the message to forward is not kept any more")


def cannot(error: CannotSend, lang: Lang) -> str:
    """Why something cannot be sent, as people read it."""
    values = {name: system_words(value, lang) for name, value in error.values.items()}
    return sentence(f"cannot_{error.reason}", dict(values), lang)


def address(book: AddressBook, chat: Chat) -> str | None:
    """Today's id of a chat that may have been met in an earlier login; None when nobody goes by its key."""
    if chat.key == chat.user_name:
        # Either called the same in every login (filehelper), or somebody no list knew: then the id is all there is.
        return chat.user_name
    known = book.chat(chat.user_name)
    if known is not None and known.key == chat.key:
        return chat.user_name
    return next((other.user_name for other in book.chats() if other.key == chat.key), None)


def _sent(msg_id: str) -> Receipt:
    return Receipt("sent", msg_id=msg_id)
