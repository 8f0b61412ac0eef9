"""From a stored message to a stored decision: who is who, what do the rules say, commit. One chat in order.

Theory. A batch and the cursor behind it are on disk before anything here happens, and a message stays pending until
its decision is on disk, so that a kill at any moment neither loses nor repeats one. Deciding is a pure function and
takes microseconds; it runs inline. Only one thing may make a message wait: ids that nobody has seen. They are fetched,
for half a minute at most, while other chats go on; messages of the same chat queue up behind it. A message that makes
something raise is tried three times in all and then set aside, and the others go on.

It must not know the wire's endpoints or how effects are carried out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Protocol

import trio

from ruleswx.addressbook import AddressBook
from ruleswx.errors import AlreadyDecided, RemoteProtocolError, StoreError, StoreUnavailable, TransportError
from ruleswx.model import Change, Chat, Effect, Event, Forward, Message, Receipt, SendMedia, SendText, State, Timer
from ruleswx.protocol.messages import Missing, bind, lessons, parse_message
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.engine import Continuation, Decision, Limits, Outcome, decide, report_failure, resume
from ruleswx.rules.trace import Reason
from ruleswx.store import InboxRow, OutboxRow, Store
from ruleswx.store.codec import encode_json

__all__ = ["Dispatcher", "Echoes", "Sight", "Witness"]

WAIT_SECONDS = 30.0
_RETRY_SECONDS = 1.0
_ECHO_SECONDS = 120.0
_MOST_ECHOES = 1000
_SLICE = 32
"""So many messages are handled before the loop gets a breath."""

Fetch = Callable[[Sequence[str]], Awaitable[None]]
Prepare = Callable[[Sequence[Effect]], tuple[Effect, ...]]


class Witness(Protocol):
    """Who hears what was decided. Calls are quick and never wait."""

    def decided(self, message: Message, decision: Decision) -> None:
        """A decision is on disk."""

    def went_on(self, waiting: Continuation, decision: Decision) -> None:
        """Something that had to wait went on; its decision is on disk."""

    def fired(self, timer: Timer, decision: Decision) -> None:
        """A schedule was due; what it led to is on disk."""

    def set_aside(self, row: InboxRow, error: Exception) -> None:
        """A message failed too often and is left alone from now on."""

    def stumbled(self, row: InboxRow, error: Exception) -> None:
        """A message made something raise; it is tried again."""

    def disk_trouble(self, error: Exception) -> None:
        """The store does not take anything just now; everything waits."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What deciding may see: the address book and the store, read only."""

    admins: frozenset[str]
    book: AddressBook
    store: Store

    def find(self, name: str) -> tuple[Chat, ...]:
        """Chats that go by this name."""
        return self.book.find(name)

    def chats(self) -> Iterable[Chat]:
        """Every conversation there is."""
        return self.book.chats()

    def state(self, kind: str, name: str, scope: str) -> State | None:
        """One remembered value."""
        return self.store.state(kind, name, scope)


class Echoes:
    """What the bot said lately, to know its own words when they come back without an id we know."""

    def __init__(self) -> None:
        self._said: deque[tuple[float, str, str]] = deque(maxlen=_MOST_ECHOES)

    def said(self, now: float, chat: str, text: str) -> None:
        """These words leave now for that chat."""
        self._said.append((now, chat, text))

    def heard(self, now: float, chat: str, text: str) -> bool:
        """Whether this is an echo of something said within two minutes."""
        while self._said and self._said[0][0] < now - _ECHO_SECONDS:
            self._said.popleft()
        return any(where == chat and words == text for _, where, words in self._said)


class Dispatcher:
    """Handles what the inbox holds. `feed` it rows, `run` it while there is a session."""

    def __init__(
        self,
        store: Store,
        book: AddressBook,
        witness: Witness,
        *,
        rules: Callable[[], RuleSet],
        admins: Callable[[], frozenset[str]],
        prepare: Prepare,
        queue: Callable[[tuple[OutboxRow, ...]], None],
        echoes: Echoes,
        limits: Limits,
        now: Callable[[], datetime],
        rng: Random,
        dry: bool = False,
    ) -> None:
        """`prepare` turns what rules ask for into what is queued; `queue` hears what was stored. A `dry` one remembers
        nothing that rules ask to be remembered."""
        self._store = store
        self._book = book
        self._witness = witness
        self._rules = rules
        self._admins = admins
        self._prepare = prepare
        self._queue = queue
        self._echoes = echoes
        self._limits = limits
        self._dry = dry
        self._now = now
        self._rng = rng
        self._ready: deque[InboxRow] = deque(store.pending())
        self._old = self._ready[-1].seq if self._ready else 0
        self._parked: dict[str, deque[InboxRow]] = {}
        self._news = trio.Event()
        self._tried: set[int] = set()

    def feed(self, rows: Iterable[InboxRow]) -> None:
        """Take over rows that are on disk, in order."""
        self._ready.extend(rows)
        self._news.set()

    @property
    def waiting(self) -> int:
        """How many messages are not decided yet."""
        return len(self._ready) + sum(map(len, self._parked.values()))

    def parked(self, chat: str) -> bool:
        """Whether messages of the chat with this id wait until somebody in it is known."""
        return chat in self._parked

    async def run(self, me: str, fetch: Fetch) -> None:
        """Handle rows as they come, until cancelled; what waits then is handled by the next run."""
        try:
            async with trio.open_nursery() as nursery:
                while True:
                    await self._handle_ready(me, fetch, nursery)
                    await self._news.wait()
                    self._news = trio.Event()
        finally:
            parked = [row for rows in self._parked.values() for row in rows]
            self._parked.clear()
            self._ready = deque(sorted({*parked, *self._ready}, key=lambda row: row.seq))

    async def _handle_ready(self, me: str, fetch: Fetch, nursery: trio.Nursery) -> None:
        while self._ready:
            rows = [self._ready[n] for n in range(min(_SLICE, len(self._ready)))]
            handled, trouble = self._handle_slice(rows, me)
            for done in handled:
                self._ready.popleft()
                self._release(done, fetch, nursery)
            if trouble is not None:
                self._witness.disk_trouble(trouble)
                await trio.sleep(_RETRY_SECONDS)
            await trio.lowlevel.checkpoint()

    def _handle_slice(self, rows: Sequence[InboxRow], me: str) -> tuple[list[_Handled], StoreUnavailable | None]:
        """Several messages in one transaction; one by one when something in them raises.

        What was handled is on disk and must be let go, also when the disk fails at the next one. Raises StoreError
        when the store itself is broken.
        """
        if len(rows) > 1 and all(row.seq > self._old for row in rows):
            parked = {chat: deque(waiting) for chat, waiting in self._parked.items()}
            try:
                with self._store.together():
                    return [self._handle(row, me) for row in rows], None
            except StoreUnavailable as error:
                self._parked = parked
                return [], error
            except AlreadyDecided:
                self._parked = parked  # one by one it shows which
            except StoreError:
                raise
            except Exception:  # noqa: BLE001 - found again and counted below
                self._parked = parked
        handled: list[_Handled] = []
        for row in rows:
            try:
                handled.append(self._try(row, me))
            except StoreUnavailable as error:
                return handled, error
        return handled, None

    def _release(self, done: _Handled, fetch: Fetch, nursery: trio.Nursery) -> None:
        """What a handled message sets in motion, once its decision is on disk."""
        self._queue(done.queued)
        if done.message is not None and done.decision is not None:
            self._witness.decided(done.message, done.decision)
        if done.missing is not None:
            nursery.start_soon(self._unpark, done.missing, fetch)

    async def _unpark(self, missing: Missing, fetch: Fetch) -> None:
        """Fetch who is missing, then handle this chat's messages; without an answer they run without names."""
        with trio.move_on_after(WAIT_SECONDS):
            while True:
                try:
                    await fetch(missing.ids)
                    break
                except (TransportError, RemoteProtocolError):
                    await trio.sleep(_RETRY_SECONDS)
        self._book.give_up(missing.chat, missing.member)
        rows = self._parked.pop(missing.chat)
        self._ready.extendleft(reversed(rows))
        self._news.set()

    def _try(self, row: InboxRow, me: str) -> _Handled:
        """Handle one message, counting what it makes raise. Raises StoreError (StoreUnavailable for a while) only."""
        if row.seq not in self._tried:
            # Counted once a run: a full disk is not the message's fault.
            if not self._store.trying(row.seq):
                self._witness.set_aside(row, RuntimeError("an earlier run ended while handling it"))
                return _Handled()
            self._tried.add(row.seq)
        while True:
            try:
                return self._handle(row, me)
            except AlreadyDecided as error:
                self._witness.set_aside(row, error)
                return _Handled()
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 - one bad message must never stop the others
                if self._store.failed(row.seq):
                    self._witness.set_aside(row, error)
                    return _Handled()
                self._witness.stumbled(row, error)

    def _handle(self, row: InboxRow, me: str) -> _Handled:
        wire = parse_message(row.body)
        told = lessons(wire)
        self._book.pair(told.pairs)
        self._book.meet(told.strangers)
        bound = bind(wire, self._book, me, row.msg_id, sent=_Ours(self._store))
        chat = bound.chat if isinstance(bound, Missing) else bound.chat.user_name if bound else ""
        if chat in self._parked:
            self._parked[chat].append(row)
            return _Handled()
        if isinstance(bound, Missing):
            self._parked[chat] = deque([row])
            return _Handled(missing=bound)
        if bound is not None and bound.event == "recall":
            bound = self._with_original(bound, me)
        return self._decide(row, bound)

    def _with_original(self, notice: Message, me: str) -> Message:
        """A recall with what was taken back, as far as it is kept. The notice names it by one of two ids."""
        for name in ("recalled", "recalled_new"):
            msg_id = notice.facts.get(name, "")
            if row := self._store.message(msg_id) if msg_id else None:
                found = bind(parse_message(row.body), self._book, me, msg_id, partial=True)
                if isinstance(found, Message) and found.chat.key == notice.chat.key:
                    original = {"original_id": msg_id, "original_kind": found.kind, "original": found.text}
                    return replace(notice, facts={**notice.facts, **original})
        return notice

    def _decide(self, row: InboxRow, message: Message | None) -> _Handled:
        now = self._now()
        stamp = now.timestamp()
        if message is None:
            self._store.commit(row.seq, (), (), b"", "", stamp)
            return _Handled()
        if message.origin == "phone" and self._echoes.heard(stamp, message.chat.key, message.text):
            message = replace(message, origin="bot")
        decision = self.judge(message, now)
        return _Handled(message, decision, self._commit(row.seq, decision, now))

    def judge(self, event: Event, now: datetime) -> Decision:
        """What the rules say now; nothing is kept."""
        sight = Sight(self._admins(), self._book, self._store)
        return decide(self._rules(), event, sight, now=now, rng=self._rng, limits=self._limits)

    def go_on(self, waiting: Continuation, outcome: Outcome) -> None:
        """What had to wait goes on. Raises StoreUnavailable, and then nothing happened."""
        now = self._now()
        sight = Sight(self._admins(), self._book, self._store)
        decision = resume(self._rules(), waiting, outcome, sight, now=now, rng=self._rng, limits=self._limits)
        self._keep(decision, now)
        self._witness.went_on(waiting, decision)

    def go_off(self, timer: Timer) -> None:
        """A schedule is due. Raises StoreUnavailable, and then nothing happened."""
        now = self._now()
        decision = self.judge(timer, now)
        self._keep(decision, now)
        self._witness.fired(timer, decision)

    def hear(self, message: Message) -> None:
        """An event that came as no message. Raises StoreUnavailable, and then nothing happened."""
        now = self._now()
        decision = self.judge(message, now)
        self._keep(decision, now)
        self._witness.decided(message, decision)

    def _keep(self, decision: Decision, now: datetime) -> None:
        """Store what no message of the inbox led to, and queue what it asks for."""
        self._queue(self._commit(None, decision, now))

    def _commit(self, seq: int | None, decision: Decision, now: datetime) -> tuple[OutboxRow, ...]:
        """Put a decision on disk, and with it that the message `seq` is dealt with."""
        trace = encode_json(decision.trace.to_record())
        effects = self._prepare(decision.effects)
        changes = () if self._dry else decision.changes
        return self._store.commit(seq, effects, changes, trace, decision.trace.outcome, now.timestamp())

    def failed(self, row: OutboxRow, receipt: Receipt) -> None:
        """What a rule wanted sent was refused for good and no step waits for it. Raises StoreUnavailable."""
        effect = row.effect
        if getattr(effect, "token", "") or not row.rule or row.kind == "broadcast" or row.errand:
            return  # its step fails, or the story of the broadcast tells of it
        why = Reason("fail.outcome", {"why": receipt.reason or f"Ret {receipt.ret}"})
        reason = Reason("step.failed", {"action": _action(effect)}, (why,))
        sight = Sight(self._admins(), self._book, self._store)
        # A file that cannot be sent is the rule's; what the service refuses is between the account and that chat.
        counts = isinstance(effect, SendMedia | Forward) and not receipt.ret
        decision = report_failure(self._rules(), row.rule, reason, sight, self._now(), counts=counts)
        if decision.effects or decision.changes:
            self.post(decision.effects, decision.changes)

    def post(self, effects: Sequence[Effect], changes: Sequence[Change] = ()) -> tuple[OutboxRow, ...]:
        """Queue something no message asked for. Raises StoreUnavailable."""
        rows = self._store.commit(None, self._prepare(effects), changes, b"", "", self._now().timestamp())
        self._queue(rows)
        return rows


@dataclass(frozen=True, slots=True)
class _Handled:
    """What became of one message, to be told once it is on disk."""

    message: Message | None = None
    decision: Decision | None = None
    queued: tuple[OutboxRow, ...] = ()
    missing: Missing | None = None


def _action(effect: Effect) -> str:
    """The step of a rule that asks for this."""
    match effect:
        case SendText():
            return "reply"
        case SendMedia(kind=kind):
            return kind
        case _:
            return type(effect).__name__.lower()


class _Ours:
    """The ids of what the bot sent, as a container."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __contains__(self, msg_id: object) -> bool:
        return isinstance(msg_id, str) and self._store.is_ours(msg_id)
