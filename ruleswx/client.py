"""One logged-in session: receives, learns contacts, sends. The waiting half of `protocol.sync` and its neighbours.

Only three things end it: SessionEnded and LoginRefused from a well-formed reply, and cancellation. Everything the
network can do is answered by waiting, a second at first and a minute at most, with full jitter and without end; the
session is kept and nobody is logged out. A host that slept polls at once when it wakes, over fresh connections.

It must not know rules, the store or what is done with a batch.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from random import Random
from typing import Protocol, TypeVar

import trio

from ruleswx.errors import RemoteProtocolError, StoreUnavailable, TimedOut, TransportError
from ruleswx.model import Contact
from ruleswx.protocol.contacts import BATCH, ContactPages, batches, build_batch, is_group, parse_batch
from ruleswx.protocol.cookies import merge_cookies
from ruleswx.protocol.sync import Batch, Started, Sync, build_init, build_notify, parse_init, parse_notify
from ruleswx.protocol.wire import Request, Response, Session
from ruleswx.ratelimit import Backoff
from ruleswx.transport import Transport

__all__ = ["Client", "Observer"]

_PROBE_AFTER = 600.0
"""So long after the last good reply webwxinit is asked whether the session still lives."""
_TICK = 5.0
_HEAD_START = 0.2
_JUMP = 30.0
_SMALLER = (BATCH, 10, 5, 1)
T = TypeVar("T")


class Observer(Protocol):
    """Who hears how the session fares. All calls are quick and never wait."""

    def batch(self, batch: Batch) -> None:
        """News; on disk when this returns. Raises StoreUnavailable when it is not: then it comes again."""
        ...

    def contacts(self, contacts: tuple[Contact, ...]) -> None:
        """More of the address book, in no order."""
        ...

    def known(self) -> None:
        """The whole address book was read."""
        ...

    def session(self, session: Session) -> None:
        """Keys or cookies changed outside of a batch."""
        ...

    def trouble(self, error: Exception, seconds: float) -> None:
        """A try failed; the next one comes after so many seconds."""
        ...

    def recovered(self) -> None:
        """The first good poll after trouble."""
        ...

    def woke(self, seconds: float) -> None:
        """The clock jumped: the host slept, or somebody set it."""
        ...

    def stuck(self) -> None:
        """Selectors promise news that never come; the position is fetched anew."""
        ...


class Client:
    """The session as long as it lives. `run` it; `request` sends anything else over the same cookies."""

    def __init__(
        self, transport: Transport, started: Started, observer: Observer, *, now: Callable[[], float], rng: Random
    ) -> None:
        """`started` is what the login ended with; `now` reads Unix seconds."""
        self._transport = transport
        self._started = started
        self._observer = observer
        self._now = now
        self._rng = rng
        self._sync = Sync(started.session)
        self._poll = trio.CancelScope()
        self._good = trio.current_time()
        self._stuck = False
        self._first_poll = trio.Event()
        self.last_poll = now()
        self.complete = False

    @property
    def session(self) -> Session:
        """The session as the last reply left it."""
        return self._sync.session

    async def run(self) -> None:
        """Receive until the session ends; raises SessionEnded or LoginRefused (bare or in a group)."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._announce)
            nursery.start_soon(self._learn)
            nursery.start_soon(self._watch_clock)
            nursery.start_soon(self._receive)

    async def request(self, request: Request, leaves: Callable[[], None] | None = None) -> Response:
        """Carry one request and keep the cookies it brings. Raises what the transport raises."""
        return self._keep_cookies(await self._transport.send(request, leaves))

    async def download(self, request: Request, write: Callable[[bytes], None]) -> Response:
        """As `request`; the body of a good answer goes to `write` in pieces."""
        return self._keep_cookies(await self._transport.send(request, write=write))

    def _keep_cookies(self, response: Response) -> Response:
        after = merge_cookies(self._sync.session, response, self._now())
        if after is not self._sync.session:
            self._sync.session = after
            self._observer.session(after)
        return response

    async def fetch(self, ids: Sequence[str], room_id: str = "") -> None:
        """Ask for contacts, groups or (with the group's room id) members now; what comes goes to the observer.

        Raises what a single try may raise; ids the service does not know are passed over.
        """
        for portion in batches(ids):
            request = build_batch(self.session, portion, self._now(), self._rng, room_id=room_id)
            await self._tell(parse_batch(await self.request(request)))

    async def _receive(self) -> None:
        backoff = Backoff()
        while True:
            try:
                news = await self._check()
                while news:
                    news = await self._fetch()
            except (TransportError, RemoteProtocolError, StoreUnavailable) as error:
                await self._stumble(error, backoff)
                continue
            self._first_poll.set()
            if backoff.failures:
                self._observer.recovered()
            backoff.worked()
            self._good = trio.current_time()
            if self._sync.progress.stuck and not self._stuck:
                self._observer.stuck()
                await self._probe(anew=True)
            self._stuck = self._sync.progress.stuck
            if self._sync.pause:
                await trio.sleep(self._sync.pause)

    async def _check(self) -> bool:
        """One long poll. Cut short (False) when the host woke up, and ended as usual by the carrier's timeout."""
        with trio.CancelScope() as self._poll:
            try:
                response = await self._transport.send(self._sync.check(self._now(), self._rng))
            except TimedOut as error:
                if error.phase != "read":
                    raise
                return False
            self.last_poll = self._now()
            return self._sync.receive_check(response, self._now())
        return False

    async def _fetch(self) -> bool:
        response = await self._transport.send(self._sync.fetch(self._now(), self._rng))
        before = self._sync.session
        batch = self._sync.receive(response, self._now())
        try:
            self._observer.batch(batch)
        except StoreUnavailable:
            # The cursor must not run ahead of the disk: asked from the old place, the service tells it again.
            self._sync.session = replace(batch.session, sync_key=before.sync_key, sync_check_key=before.sync_check_key)
            raise
        return batch.more

    async def _stumble(self, error: Exception, backoff: Backoff) -> None:
        seconds = backoff.failed(self._rng)
        self._observer.trouble(error, seconds)
        with trio.CancelScope() as self._poll:
            await trio.sleep(seconds)
        if trio.current_time() - self._good > _PROBE_AFTER:
            self._good = trio.current_time()
            await self._probe()

    async def _probe(self, *, anew: bool = False) -> None:
        """Ask webwxinit whether the session lives; with `anew` also take the position it gives."""
        try:
            response = await self._transport.send(build_init(self.session, self._now(), self._rng))
            # As it is now: what was sent meanwhile may have brought cookies.
            session = _without_position(self.session) if anew else self.session
            self._sync.session = parse_init(session, response, self._now()).session
        except (TransportError, RemoteProtocolError) as error:
            self._observer.trouble(error, 0.0)
        else:
            self._observer.session(self.session)

    async def _announce(self) -> None:
        """Tell the phone that the web client is up. Nothing depends on it, so one try is enough."""
        session = self.session
        try:
            request = build_notify(session, 3, session.user_name, self._now(), self._rng)
            parse_notify(await self.request(request))
        except (TransportError, RemoteProtocolError) as error:
            self._observer.trouble(error, 0.0)

    async def _learn(self) -> None:
        """The whole address book, beside the receive loop: recent chats, the list, then the groups' members."""
        # Whoever wrote while nobody was logged in comes first; the list can wait for a fifth of a second.
        with trio.move_on_after(_HEAD_START):
            await self._first_poll.wait()
        groups = dict.fromkeys(name for name in self._started.chats if is_group(name))
        groups |= dict.fromkeys(c.user_name for c in self._started.contacts if c.kind == "group")
        pages = ContactPages()
        while not pages.done:
            found = await self._insist(partial(self._page, pages))
            groups |= dict.fromkeys(contact.user_name for contact in found if contact.kind == "group")
        await self._learn_groups(tuple(groups))
        self.complete = True
        self._observer.known()

    async def _page(self, pages: ContactPages) -> tuple[Contact, ...]:
        found = pages.receive(await self.request(pages.request(self.session, self._now())))
        await self._tell(found)
        return found

    async def _tell(self, found: tuple[Contact, ...]) -> None:
        """Hand contacts on a few at a time: a group of five hundred takes a while, and messages do not wait for it."""
        size = 4 if any(contact.members for contact in found) else 100
        for start in range(0, len(found), size):
            self._observer.contacts(found[start : start + size])
            await trio.lowlevel.checkpoint()

    async def _learn_groups(self, ids: tuple[str, ...]) -> None:
        """Members of every group. After an error in smaller portions (the official script's 50, 10, 5, 1); a group
        that fails alone is left for the moment somebody speaks in it."""
        left = list(batches(ids))
        while left:
            portion = left.pop(0)
            try:
                await self.fetch(portion)
            except TransportError as error:
                self._observer.trouble(error, _TICK)
                left.insert(0, portion)
                await trio.sleep(_TICK)
            except RemoteProtocolError as error:
                smaller = next((size for size in _SMALLER if size < len(portion)), 0)
                if smaller:
                    left[:0] = batches(portion, smaller)
                self._observer.trouble(error, 1.0)
                await trio.sleep(1.0)

    async def _insist(self, step: Callable[[], Awaitable[T]]) -> T:
        backoff = Backoff()
        while True:
            try:
                return await step()
            except (TransportError, RemoteProtocolError) as error:
                seconds = backoff.failed(self._rng)
                self._observer.trouble(error, seconds)
                await trio.sleep(seconds)

    async def _watch_clock(self) -> None:
        """Notice that the host slept: wall time ran ahead of ours. Old connections are dead then, and news waits."""
        while True:
            wall, ours = self._now(), trio.current_time()
            await trio.sleep(_TICK)
            jump = (self._now() - wall) - (trio.current_time() - ours)
            if jump > _JUMP:
                self._observer.woke(jump)
                await self._transport.reset()
                self._poll.cancel()


def _without_position(session: Session) -> Session:
    return replace(session, sync_key=(), sync_check_key=())
