"""The life of one account: log in, keep a session, log in again when it ends, for as long as the process runs.

    stored session ─► push ─► code ─► session ─ended─► push ─► code ─► session …

A session that the service ended is answered with one push login and then a code; when it happens twice within ten
minutes somebody else is using the account, and from then on only a scan brings it back: two programs must not fight
for one seat. Nothing here ever logs out.

It must not know rules; what a message means is the dispatcher's business.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Literal, TypeVar

import trio

from ruleswx.addressbook import AddressBook, Noticed, session_event
from ruleswx.client import Client
from ruleswx.delivery import Delivery
from ruleswx.dispatch import Dispatcher
from ruleswx.errors import LoginRefused, SessionEnded, StoreError, StoreUnavailable
from ruleswx.model import Contact
from ruleswx.narrator import Narrator
from ruleswx.outbox import Outbox
from ruleswx.protocol.login import (
    CodeGone,
    Exchanging,
    LoggedIn,
    Login,
    LoginEvent,
    PushAsked,
    QRShown,
    Scanned,
    State,
)
from ruleswx.protocol.saved import dump_session, load_session
from ruleswx.protocol.sync import Batch
from ruleswx.protocol.wire import Session
from ruleswx.qr import draw_png
from ruleswx.saving import Download
from ruleswx.signon import Patience, log_in
from ruleswx.store import Store
from ruleswx.transport import Transport

__all__ = ["Account", "Phase"]

_FIGHT_SECONDS = 600.0
_KNOWN_SECONDS = 60.0
_DISK_SECONDS = 5.0
_HEARD_SECONDS = 60.0
_DAY = 86_400.0
_LOST_DAYS = 90
_OWNER = "account"
E = TypeVar("E", bound=Exception)
Phase = Literal["starting", "code wanted", "confirm wanted", "logged in", "refused"]


class Account:
    """One account over one transport. `run` it once."""

    def __init__(
        self,
        *,
        store: Store,
        book: AddressBook,
        dispatcher: Dispatcher,
        outbox: Outbox,
        narrator: Narrator,
        show_code: Callable[[str, Path], None],
        endpoint: str,
        mode: Literal["auto", "desktop", "web"],
        picture: Path,
        files: Path,
        now: Callable[[], float],
        rng: Random,
        patience: Patience,
        sends: bool = True,
        companions: Sequence[Callable[[], Awaitable[None]]] = (),
        noticed: Callable[[Sequence[Noticed], bool], None] = lambda _what, _live: None,
        fetch_media: Callable[[Download, Callable[[], Session]], Awaitable[None]] | None = None,
    ) -> None:
        """`show_code` hears the text of a code to scan and where its picture is; without `sends` the outbox rests.
        `companions` run beside a session once the address book is known. `noticed` hears what lists show to be
        different, and whether it happened just now or before this login; `fetch_media` runs
        beside a session and fetches what messages bring."""
        self._store = store
        self._book = book
        self._dispatcher = dispatcher
        self._outbox = outbox
        self._narrator = narrator
        self._show_code = show_code
        self._endpoint = endpoint
        self._mode: Literal["auto", "desktop", "web"] = mode
        self._picture = picture
        self._files = files
        self._unsaved: dict[str, str] = {}
        self._saved = True
        self._owner: tuple[int, str] = (0, "")
        self._now = now
        self._rng = rng
        self._patience = patience
        self._sends = sends
        self._companions = tuple(companions)
        self._noticed = noticed
        self._fetch_media = fetch_media
        self._all_known = trio.Event()
        self._client: Client | None = None
        self.phase: Phase = "starting"
        self.name = ""
        self.code = ""

    @property
    def last_poll(self) -> float:
        """When the service last answered a poll, in Unix seconds; 0 without a session."""
        return self._client.last_poll if self._client else 0.0

    async def run(self, transport: Transport) -> None:
        """Live until cancelled. Raises LoginRefused when this account may not use the web, ScanTimedOut when nobody
        came to scan, StoreError when the state cannot be written."""
        stored, ended, last_end = self._stored(), False, float("-inf")
        self._owner = _read_owner(self._store.blob(_OWNER)) or ((stored.uin, stored.nick_name) if stored else (0, ""))
        while True:
            login = Login(self._endpoint, self._mode, stored, ended=ended)
            if ended and trio.current_time() - last_end < _FIGHT_SECONDS and login.state is State.PUSH:
                self._narrator.say("fight", "error")
                login.skip()
            if ended:
                last_end = trio.current_time()
            self.phase = "starting"
            try:
                done = await log_in(
                    transport,
                    login,
                    self._on_login,
                    self._narrator.trouble,
                    now=self._now,
                    rng=self._rng,
                    patience=self._patience,
                )
            finally:
                self._hide_code()
            stored, ended = await self._live(transport, done), True

    def _stored(self) -> Session | None:
        blob = self._store.load_session()
        if blob is None:
            return None
        try:
            return load_session(blob)
        except ValueError as error:
            self._narrator.say("session_unreadable", "warning", why=str(error))
            return None

    async def _live(self, transport: Transport, done: LoggedIn) -> Session:
        """One session, until the service ends it; returns it as it was then."""
        self._all_known = trio.Event()
        self._begin(done)
        client = Client(transport, done.started, self, now=self._now, rng=self._rng)
        self._client = client
        delivery = Delivery(
            client.request,
            lambda: client.session,
            lambda: client.complete,
            book=self._book,
            store=self._store,
            files=self._files,
            now=self._now,
            rng=self._rng,
            lang=self._narrator.speaks,
            progress=self._narrator,
        )
        ends: list[SessionEnded] = []
        refusals: list[LoginRefused] = []
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(client.run)
                nursery.start_soon(self._keep_session, client)
                nursery.start_soon(self._dispatcher.run, done.session.user_name, client.fetch)
                if self._fetch_media is not None:
                    nursery.start_soon(self._fetch_media, client.download, lambda: client.session)
                for companion in self._companions:
                    nursery.start_soon(self._once_known, companion)
                if done.door != "stored":
                    nursery.start_soon(self._once_known, partial(self._announce, "login"))
                if self._sends:
                    nursery.start_soon(self._outbox.run, delivery.send)
        except* SessionEnded as group:
            ends += _leaves(group)
        except* LoginRefused as group:
            refusals += _leaves(group)
        finally:
            self._client = None
        if refusals:
            self.phase = "refused"
            raise refusals[0]
        self._narrator.say("session_ended", "warning", ret=ends[0].ret)
        await self._announce("logout")
        return client.session

    async def _announce(self, event: Literal["login", "logout"]) -> None:
        """Let rules hear that a session began or ended. A restart on the stored session is neither. Without a disk
        nothing can be decided; that is waited for, but not for ever."""
        with trio.move_on_after(_HEARD_SECONDS):
            while True:
                message = session_event(event, datetime.fromtimestamp(self._now(), UTC), self._book.me())
                try:
                    self._dispatcher.hear(message)
                except StoreUnavailable as error:
                    self._narrator.disk_trouble(error)
                    await trio.sleep(_DISK_SECONDS)
                    continue
                except StoreError:
                    raise
                except Exception as error:  # noqa: BLE001 - as for messages: one event must never end the session
                    self._narrator.unheard(message, error)
                return

    async def _keep_session(self, client: Client) -> None:
        """The session as it is goes to the disk as soon as the disk takes it again."""
        while True:
            await trio.sleep(_DISK_SECONDS)
            if not self._saved:
                self.session(client.session)

    async def _once_known(self, companion: Callable[[], Awaitable[None]]) -> None:
        """Who acts by names needs the names, but does not wait for them for ever."""
        with trio.move_on_after(_KNOWN_SECONDS):
            await self._all_known.wait()
        await companion()

    def _refuse_others(self, session: Session) -> None:
        """What is stored belongs to one account: its answers must not leave as somebody else's. Raises StoreError, with
        everything left as it is."""
        uin, name = self._owner
        if uin and session.uin and uin != session.uin:
            raise StoreError(
                f"{self._picture.parent} holds the state of another account",
                event="state_of_account",
                path=str(self._picture.parent),
                owner=name,
                name=session.nick_name,
            )
        if session.uin and self._owner != (session.uin, session.nick_name):
            self._owner = (session.uin, session.nick_name)
            try:
                self._store.save_blob(_OWNER, json.dumps(self._owner).encode())
            except StoreUnavailable as error:
                self._narrator.disk_trouble(error)  # the session names it too, and the next login tries again

    def _begin(self, done: LoggedIn) -> None:
        started = done.started
        self._refuse_others(started.session)
        self.session(started.session)
        self._book.start(started.session.uin, started.me, int(self._now() // _DAY))
        self.contacts(started.contacts)
        self.phase, self.name = "logged in", started.session.nick_name
        self._narrator.say("resumed" if done.door == "stored" else "logged_in", name=self.name)

    # -- what the client tells

    def batch(self, batch: Batch) -> None:
        """Messages and the cursor behind them, in one transaction; then everybody else."""
        rows = self._store.take(batch.messages, dump_session(batch.session), self._now())
        self._noticed(self._book.learn(batch.changed), True)
        self._book.forget(batch.deleted)
        self._dispatcher.feed(rows)
        self._keep_contacts()

    def contacts(self, contacts: tuple[Contact, ...]) -> None:
        """More of the address book."""
        self._noticed(self._book.learn(contacts), True)
        self._keep_contacts()

    def _keep_contacts(self) -> None:
        """On disk now or the next time; what the lists say comes again anyway."""
        self._unsaved |= dict(self._book.changes())
        try:
            self._store.save_contacts(self._unsaved.items())
        except StoreUnavailable as error:
            self._narrator.disk_trouble(error)
        else:
            self._unsaved.clear()

    def forget_lost(self) -> None:
        """People and groups not met for a long time, and with nothing remembered of them. Raises StoreUnavailable."""
        if not self._all_known.is_set():
            return  # nobody can say yet who is at hand
        gone = self._book.forget_lost(int(self._now() // _DAY), _LOST_DAYS, self._store.keys_in_use())
        if gone:
            self._unsaved = {key: text for key, text in self._unsaved.items() if key not in set(gone)}
            self._store.forget_contacts(gone)

    def session(self, session: Session) -> None:
        """Cookies or keys changed; the cursor on disk stays where the inbox is."""
        try:
            self._store.save_session(dump_session(session))
        except StoreUnavailable as error:
            self._narrator.disk_trouble(error)
            self._saved = False
        else:
            self._saved = True

    def known(self) -> None:
        """The whole address book was read."""
        chats = list(self._book.chats())
        people = sum(1 for chat in chats if chat.kind == "person")
        groups = sum(1 for chat in chats if chat.kind == "group")
        self._keep_contacts()  # naming them all gave each its key
        self._noticed(self._book.renamed(), False)
        self._all_known.set()
        self._narrator.say("contacts", people=people, groups=groups)

    def trouble(self, error: Exception, seconds: float) -> None:
        """A try failed."""
        self._narrator.trouble(error, seconds)

    def recovered(self) -> None:
        """The first good poll after trouble."""
        self._narrator.say("recovered")

    def woke(self, seconds: float) -> None:
        """The host slept."""
        self._narrator.say("woke", seconds=round(seconds))

    def stuck(self) -> None:
        """Selectors without news."""
        self._narrator.say("stuck", "warning")

    # -- what the login tells

    def _on_login(self, event: LoginEvent) -> None:
        match event:
            case QRShown(link=link):
                self.phase, self.code = "code wanted", link
                self._narrator.code_wanted(link, str(self._picture))
                self._keep_picture(link)
                self._show_code(link, self._picture)
            case PushAsked():
                self.phase = "confirm wanted"
                self._narrator.say("push")
            case Scanned():
                self.phase = "confirm wanted"
                self._narrator.say("scanned")
            case CodeGone(reason=reason):
                self._narrator.say("code_gone", reason=reason)
            case Exchanging(base=base, mode=mode):
                self._narrator.say("exchanging", "debug", base=base, mode=mode)
            case _:
                return

    def _keep_picture(self, link: str) -> None:
        try:
            _write_private(self._picture, draw_png(link))
        except OSError as error:
            # The terminal shows the code as well.
            self._narrator.say("picture_unkept", "warning", file=str(self._picture), why=error.strerror or str(error))

    def _hide_code(self) -> None:
        self.code = ""
        with contextlib.suppress(OSError):  # a code that was used or died opens nothing
            self._picture.unlink()


def _read_owner(blob: bytes | None) -> tuple[int, str] | None:
    """Whose state this is; None when that was never written down."""
    try:
        uin, name = json.loads(blob or b"")
        return int(uin), str(name)
    except (ValueError, TypeError):
        return None


def _leaves(group: ExceptionGroup[E]) -> list[E]:
    return [leaf for e in group.exceptions for leaf in (_leaves(e) if isinstance(e, ExceptionGroup) else [e])]


def _write_private(path: Path, data: bytes) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
