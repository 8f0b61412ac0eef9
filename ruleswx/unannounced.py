"""What only the lists show, told in the running bot: silent leavers and joiners as events, renames in the log.

What a list shows is held back for some seconds (`addressbook.Ledger`), for most of it is told by a grey line as well
and must be heard once. A rename is logged at once, with every place in the rules that still says the old name. It must
not know the wire, nor what rules make of an event.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Protocol

import trio

from ruleswx.addressbook import AddressBook, Ledger, Noticed, list_event
from ruleswx.diagnostics import Place
from ruleswx.errors import StoreError, StoreUnavailable
from ruleswx.model import Message

__all__ = ["Teller", "Unannounced"]

_RETRY_SECONDS = 1.0
_MOST_RENAMES = 100
_SHOWN_PLACES = 10


class Teller(Protocol):
    """Who writes the log. Calls are quick and never wait."""

    def renamed(self, old: str, new: str, places: tuple[str, ...]) -> None:
        """A group goes by another name now; `places` are where rules say the old one."""

    def unheard(self, message: Message, error: Exception) -> None:
        """Deciding about an event from a list raised; it is left alone."""

    def disk_trouble(self, error: Exception) -> None:
        """The disk takes nothing just now."""


class Unannounced:
    """Changes seen by lists alone. `notice` them, `told` every message, `run` it while there is a session."""

    def __init__(
        self,
        book: AddressBook,
        hear: Callable[[Message], None],
        parked: Callable[[str], bool],
        places: Callable[[str], Awaitable[tuple[Place, ...]]],
        teller: Teller,
        *,
        now: Callable[[], datetime],
    ) -> None:
        """`hear` decides about an event and stores it, it may raise StoreUnavailable; `parked` says whether messages
        of a chat are still waiting to be told; `places` finds where rules say a name."""
        self._book = book
        self._hear = hear
        self._parked = parked
        self._places = places
        self._teller = teller
        self._now = now
        self._ledger = Ledger()
        self._ripe: deque[Noticed] = deque()
        self._renames: deque[Noticed] = deque(maxlen=_MOST_RENAMES)
        self._news = trio.Event()

    def notice(self, noticed: Iterable[Noticed], *, live: bool = True) -> None:
        """Lists showed this; without `live` it happened while nobody was logged in and is only logged."""
        for each in noticed:
            if each.kind == "group_renamed":
                self._renames.append(each)
            if live:
                self._ledger.notice(each, trio.current_time())
            self._news.set()

    def told(self, message: Message) -> None:
        """A message was decided upon; it may be the line that tells what a list shows."""
        self._ledger.tell(message, trio.current_time())

    async def run(self) -> None:
        """Tell what nobody else told, until cancelled; what is held then is told by the next run."""
        while True:
            while self._renames:
                await self._log(self._renames.popleft())
            pause = self._tell()
            with trio.move_on_after(pause):
                await self._news.wait()
            self._news = trio.Event()

    async def _log(self, noticed: Noticed) -> None:
        places = await self._places(noticed.old)
        shown = tuple(map(str, places[:_SHOWN_PLACES])) + (("…",) if len(places) > _SHOWN_PLACES else ())
        self._teller.renamed(noticed.old, noticed.new, shown)

    def _tell(self) -> float:
        """Let rules hear what is due; how long until more may be."""
        self._ripe.extend(self._ledger.due(trio.current_time()))
        for _ in range(len(self._ripe)):
            noticed = self._ripe.popleft()
            if self._parked(noticed.chat.user_name):
                # The line that tells it may be among what waits for names.
                self._ledger.notice(noticed, trio.current_time())
                continue
            now = self._now()
            message = list_event(noticed, now, self._book.me(noticed.chat.user_name))
            try:
                self._hear(message)
            except StoreUnavailable as error:
                self._ripe.appendleft(noticed)
                self._teller.disk_trouble(error)
                return _RETRY_SECONDS
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 - as for messages: one event must never stop the others
                self._teller.unheard(message, error)
        return max(0.0, self._ledger.next_due() - trio.current_time())
