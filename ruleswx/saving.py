"""Keeps what others sent besides words: pictures, voice, videos and files, one after the other, beside everything else.

What is to be fetched waits in memory and survives the end of a session, not of the process: a file that was missed is
still on the phone. A failed download is tried a few times and then logged; it never stops anything. Memory holds one
piece of one file. It must not know rules, nor how the session came to be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from random import Random
from typing import Protocol

import trio

from ruleswx.config import Config
from ruleswx.errors import RemoteProtocolError, StoreUnavailable, TransportError
from ruleswx.infiles import MediaFolder, NoRoom
from ruleswx.model import Message
from ruleswx.protocol.media import DOWNLOADED, build_download, check_download, ending_of
from ruleswx.protocol.messages import parse_message
from ruleswx.protocol.wire import Request, Response, Session
from ruleswx.ratelimit import Backoff
from ruleswx.store import Store
from ruleswx.wording import reason_of

__all__ = ["Download", "Keeper", "Saver", "media_folder"]

_TRIES = 3
_WAITING = 1000
_LARGEST = 25 * 1024 * 1024
Download = Callable[[Request, Callable[[bytes], None]], Awaitable[Response]]


class Keeper(Protocol):
    """Who writes the log. Calls are quick and never wait."""

    def saved(self, message: Message, name: str, size: int) -> None:
        """It is in the folder."""

    def lost(self, message: Message, why: str) -> None:
        """It is not, and will not be; `why` is a reason as `wording` keeps them, or what the system said."""

    def unpruned(self, why: str) -> None:
        """What is past its time cannot be removed."""


def media_folder(config: Config) -> MediaFolder | None:
    """Where received files are kept, if the configuration wants them."""
    return MediaFolder(config.state / "media", config.keep_media) if config.keep_media else None


class Saver:
    """Fetches what came in. `add` messages; `run` it while there is a session."""

    def __init__(
        self, store: Store, folder: MediaFolder | None, keeper: Keeper, *, now: Callable[[], float], rng: Random
    ) -> None:
        """Without a `folder` nothing is kept; `now` reads Unix seconds."""
        self._store = store
        self._folder = folder
        self._keeper = keeper
        self._now = now
        self._rng = rng
        self._waiting: deque[Message] = deque()
        self._news = trio.Event()

    def add(self, message: Message) -> None:
        """Fetch what this message brought, if it brought anything to fetch."""
        if self._folder is None or message.kind not in DOWNLOADED:
            return
        if message.origin != "them" or message.chat.kind == "official":
            return
        if len(self._waiting) >= _WAITING:
            self._keeper.lost(message, "too_many")
            return
        self._waiting.append(message)
        self._news.set()

    def prune(self, age: float) -> None:
        """Let go what is older than `age` seconds, and what a run before this one did not finish."""
        if self._folder is None:
            return
        try:
            if not self._waiting:
                self._folder.sweep()
            self._folder.prune(self._now() - age)
        except OSError as error:
            self._keeper.unpruned(error.strerror or str(error))

    async def run(self, download: Download, session: Callable[[], Session]) -> None:
        """Fetch until cancelled; what is under way then is fetched by the next run."""
        while True:
            while self._waiting:
                message = self._waiting[0]
                try:
                    if self._folder is not None:
                        await self._save(message, self._folder, download, session)
                except (OSError, StoreUnavailable, TransportError, RemoteProtocolError) as error:
                    self._keeper.lost(message, _why(error))
                self._waiting.popleft()
            await self._news.wait()
            self._news = trio.Event()

    async def _save(
        self, message: Message, folder: MediaFolder, download: Download, session: Callable[[], Session]
    ) -> None:
        row = self._store.message(message.id)
        if row is None:
            return
        wire, most = parse_message(row.body), min(_LARGEST, folder.limit)
        if build_download(session(), wire, message.kind, self._now(), max_bytes=most) is None:
            return
        with folder.receive(self._now()) as file:

            async def attempt() -> None:
                file.again()
                request = build_download(session(), wire, message.kind, self._now(), max_bytes=most)
                if request is not None:
                    check_download(await download(request, file.write), file.size)

            await self._insist(attempt)
            file.keep(ending_of(message.kind, file.head), _about(message, row.received))
        self._keeper.saved(message, file.kept, file.size)

    async def _insist(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Try a few times: the service answers with nothing now and then."""
        backoff = Backoff(first=2.0)
        while True:
            try:
                return await attempt()
            except (TransportError, RemoteProtocolError):
                pause = backoff.failed(self._rng)
                if backoff.failures >= _TRIES:
                    raise
                await trio.sleep(pause)


def _why(error: Exception) -> str:
    if isinstance(error, NoRoom):
        return "no_room"
    return error.strerror or str(error) if isinstance(error, OSError) else reason_of(error)


def _about(message: Message, received: float) -> dict[str, object]:
    """Everything the sender says is data here, and nothing else."""
    return {
        "message": message.id,
        "kind": message.kind,
        "chat": message.chat.name,
        "chat_key": message.chat.key,
        "sender": message.sender.member_name,
        "sender_key": message.sender.key,
        "file_name": message.facts.get("file_name", ""),
        "sent": message.time.isoformat(),
        "received": received,
    }
