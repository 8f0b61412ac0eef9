"""A client without a network: carries our requests to the endpoints of a sandbox world in the same process."""

from __future__ import annotations

import hashlib
from random import Random
from typing import Any
from urllib.parse import urlsplit

from ruleswx.addressbook import AddressBook
from ruleswx.model import Contact, Message
from ruleswx.protocol import media
from ruleswx.protocol.build import LocalIds
from ruleswx.protocol.contacts import ContactPages, batches, build_batch, parse_batch
from ruleswx.protocol.cookies import merge_cookies
from ruleswx.protocol.login import LoggedIn, Login
from ruleswx.protocol.messages import Missing, bind, lessons, parse_message
from ruleswx.protocol.sending import build_text, parse_sent
from ruleswx.protocol.sync import Sync, build_notify, parse_notify
from ruleswx.protocol.upload import build_check, build_chunk, chunks, parse_check, parse_chunk, plan_upload
from ruleswx.protocol.wire import Request, Response, Session
from ruleswx.sandbox import World
from ruleswx.sandbox.asked import Asked, Cookie
from ruleswx.sandbox.endpoints import respond


def cookie_line(cookie: Cookie, secure: bool) -> str:
    domain = f"; Domain={cookie.domain}" if cookie.domain else ""
    return f"{cookie.name}={cookie.value}{domain}; Path=/; Max-Age={cookie.life}{'; Secure' if secure else ''}"


class Phone:
    """One client without a network: it carries our requests to the world's endpoints."""

    def __init__(self, world: World, endpoint: str = "https://wx.qq.com") -> None:
        self.world, self.endpoint = world, endpoint
        self.rng, self.ids = Random(5), LocalIds()
        self.book = AddressBook()
        self.sync: Sync
        self.door = ""

    @property
    def now(self) -> float:
        return self.world.clock.now()

    @property
    def session(self) -> Session:
        return self.sync.session

    @property
    def fresh(self) -> dict[str, Any]:
        """What every builder of an action wants."""
        return {"now": self.now, "rng": self.rng}

    def carry(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, parts.scheme, parts.netloc, parts.path, parts.query, headers, request.body)
        found = respond(self.world, asked)
        answer = found(True) if callable(found) else found
        assert answer is not None
        lines = tuple(cookie_line(cookie, parts.scheme == "https") for cookie in answer.cookies)
        told = {"content-type": answer.kind} | {name.lower(): value for name, value in answer.headers}
        response = Response(answer.status, told, answer.body, request.url, lines)
        if hasattr(self, "sync"):
            self.sync.session = merge_cookies(self.session, response, self.now)
        return response

    def login(self, stored: Session | None = None, *, mode: Any = "auto", ended: bool = False) -> list[object]:
        """Go in by whatever door opens; returns what happened on the way."""
        machine, seen = Login(self.endpoint, mode, stored, ended=ended), []
        while True:
            event = machine.receive(self.carry(machine.request(self.now, self.rng)), self.now)
            seen.append(event)
            if isinstance(event, LoggedIn):
                break
        self.sync, self.door = Sync(event.session), event.door
        self.book.start(event.session.uin, event.started.me)
        self.book.learn(event.started.contacts)
        parse_notify(self.carry(build_notify(self.session, 3, self.session.user_name, self.now, self.rng)))
        return seen

    def ready(self) -> Phone:
        """Logged in, contacts and groups known, the first news read."""
        self.login()
        pages = ContactPages()
        while not pages.done:
            self.book.learn(pages.receive(self.carry(pages.request(self.session, self.now))))
        self.fetch([chat.user_name for chat in self.book.chats() if chat.kind == "group"])
        self.news()
        return self

    def fetch(self, ids: list[str]) -> tuple[Contact, ...]:
        found: list[Contact] = []
        for portion in batches(ids):
            found += parse_batch(self.carry(build_batch(self.session, portion, self.now, self.rng)))
        self.book.learn(found)
        return tuple(found)

    def news(self) -> list[Message]:
        """Every message that is waiting, read to the end."""
        messages = []
        while self.sync.receive_check(self.carry(self.sync.check(self.now, self.rng)), self.now):
            batch = self.sync.receive(self.carry(self.sync.fetch(self.now, self.rng)), self.now)
            self.book.learn(batch.changed)
            self.book.forget(batch.deleted)
            messages += [found for one in batch.messages if (found := self.read(one.msg_id, one.body)) is not None]
        return messages

    def read(self, msg_id: str, body: bytes) -> Message | None:
        wire = parse_message(body)
        learnt = lessons(wire)
        self.book.pair(learnt.pairs)
        self.book.meet(learnt.strangers)
        self.last = wire
        found = bind(wire, self.book, self.session.user_name, msg_id)
        if isinstance(found, Missing):
            self.fetch(list(found.ids))
            found = bind(wire, self.book, self.session.user_name, msg_id, partial=True)
        assert not isinstance(found, Missing)
        return found

    def id_of(self, name: str) -> str:
        (chat,) = self.book.find(name)
        return chat.user_name

    def say(self, name: str, text: str) -> str:
        local_id = self.ids.next(self.now, self.rng)
        return parse_sent(self.carry(build_text(self.session, self.id_of(name), text, local_id=local_id, **self.fresh)))

    def put(self, name: str, kind: Any, file: str, data: bytes) -> str:
        """Upload and send."""
        to = self.id_of(name)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        upload = plan_upload(kind, file, len(data), data[:16], md5=md5, to=to, now=self.now)
        if upload.needs_check:
            upload = upload.checked(parse_check(self.carry(build_check(self.session, upload, self.now, self.rng))))
        media_id = ""
        for chunk in chunks(upload.size):
            piece = data[chunk.offset : chunk.offset + chunk.length]
            media_id = parse_chunk(self.carry(build_chunk(self.session, upload, chunk, piece, **self.fresh)), chunk)
        request = media.build_media(self.session, upload, media_id, to, local_id=self.local_id(), **self.fresh)
        return parse_sent(self.carry(request))

    def local_id(self) -> str:
        return self.ids.next(self.now, self.rng)
