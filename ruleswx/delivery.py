"""Carries one queued effect out over the wire and says what became of it.

An effect names its chat by a key that lasts; the id of today's login is looked up at the last moment. It must not know
the queue, the pace or the rules.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random

from ruleswx.addressbook import AddressBook
from ruleswx.model import Chat, Effect, Receipt, SendText
from ruleswx.protocol.sending import build_text, parse_sent
from ruleswx.protocol.wire import Request, Response, Session
from ruleswx.store import OutboxRow

__all__ = ["Delivery", "address"]


class Delivery:
    """Sends over one session."""

    def __init__(
        self,
        request: Callable[[Request], Awaitable[Response]],
        session: Callable[[], Session],
        book: AddressBook,
        complete: Callable[[], bool],
        *,
        now: Callable[[], float],
        rng: Random,
    ) -> None:
        """`complete` says whether the whole address book was read, so that an unknown chat is really unknown."""
        self._request = request
        self._session = session
        self._book = book
        self._complete = complete
        self._now = now
        self._rng = rng

    async def send(self, row: OutboxRow) -> Receipt | None:
        """Send one entry; None while its chat cannot be addressed yet. Raises what the wire may raise."""
        match row.effect:
            case SendText(to=chat, text=text):
                to = address(self._book, chat)
                if to is None:
                    return Receipt("failed", reason="chat unknown") if self._complete() else None
                return await self._send_text(to, text, row.client_msg_id)
            case _ as other:
                return _impossible(other)

    async def _send_text(self, to: str, text: str, local_id: str) -> Receipt:
        request = build_text(self._session(), to, text, local_id=local_id, now=self._now(), rng=self._rng)
        return Receipt("sent", msg_id=parse_sent(await self._request(request)))


def address(book: AddressBook, chat: Chat) -> str | None:
    """Today's id of a chat that may have been met in an earlier login; None when nobody goes by its key."""
    if chat.key == chat.user_name:
        # Either called the same in every login (filehelper), or somebody no list knew: then the id is all there is.
        return chat.user_name
    known = book.chat(chat.user_name)
    if known is not None and known.key == chat.key:
        return chat.user_name
    return next((other.user_name for other in book.chats() if other.key == chat.key), None)


def _impossible(effect: Effect) -> Receipt:
    return Receipt("failed", reason=f"{type(effect).__name__} cannot be sent yet")
