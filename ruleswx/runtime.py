"""The bot put together: opens what it needs, runs every part in one nursery, and stops them when asked.

    reload ─ generation ─┐                       ┌─ control (status, health)
                         ▼                       ▼
    account: login ─► client ─ batch ─► inbox ─► dispatch ─ decide ─► commit ─► outbox ─► wire

This is the composition root: parts meet here and nowhere else, and only here is the clock read (it is handed in). It
holds the one reference to the rules in force; a reload swaps it or leaves it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import trio

from ruleswx import reload
from ruleswx.account import Account
from ruleswx.addressbook import AddressBook, Noticed
from ruleswx.broadcasts import Broadcasts
from ruleswx.byhand import change_outbox, send_message
from ruleswx.config import Config
from ruleswx.control import SOCKET, serve_control
from ruleswx.diagnostics import Diagnostic, Lang
from ruleswx.dispatch import Dispatcher, Echoes
from ruleswx.errands import Errands, run_errands
from ruleswx.errors import LoginRefused, ScanTimedOut, StoreError, StoreUnavailable
from ruleswx.lifecycle import stop_on_signals
from ruleswx.model import Effect, Message, Receipt, SendText, Timer
from ruleswx.narrator import Narrator
from ruleswx.notify import Notifier
from ruleswx.outbox import Outbox
from ruleswx.outgoing import Outgoing
from ruleswx.ratelimit import Pace
from ruleswx.reload import Loader, Outcome
from ruleswx.report import Facts, health, status
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.engine import Continuation, Decision, Limits
from ruleswx.saving import Saver, media_folder
from ruleswx.schedule import Occurrence, Spec
from ruleswx.signon import Patience
from ruleswx.store import InboxRow, OutboxRow, Store
from ruleswx.tidings import Tidings, report
from ruleswx.timetable import Timetable
from ruleswx.transport import Transport, open_transport
from ruleswx.unannounced import Unannounced
from ruleswx.waits import Waits

__all__ = ["EXIT_FAULT", "EXIT_REFUSED", "EXIT_SCAN", "EXIT_STATE", "Rules", "Runtime", "World"]

EXIT_FAULT = 1
EXIT_REFUSED = 4
EXIT_SCAN = 5
EXIT_STATE = 7
_HOUSEKEEPING_SECONDS = 3600.0
_QUICKEST_PEOPLE = 7.0
"""Five answers to one speaker at this rhythm are a bot's, not a person's."""


@dataclass(slots=True)
class World:
    """What the runtime takes from outside, so that tests can hand in another: the clock, chance, the ways out (`app`
    stands for WeChat, `outdoors` for every service a rule calls)."""

    now: Callable[[], float]
    rng: Random = field(default_factory=Random)
    app: object | None = None
    outdoors: object | None = None
    notice: reload.Notice = reload.notice_changes
    patience: Patience = field(default_factory=Patience)
    signals: bool = True


@dataclass(slots=True)
class Rules:
    """The generation in force and what is wrong with the files, if anything."""

    ruleset: RuleSet
    rules: int
    generation: int = 1
    findings: tuple[Diagnostic, ...] = ()
    kept: tuple[str, ...] = ()
    specs: Mapping[str, Spec] = field(init=False)

    def __post_init__(self) -> None:
        """One mapping a generation: by its identity others see that it is a new one."""
        self.specs = self.ruleset.specs()

    @property
    def broken(self) -> bool:
        """Whether some file does not load and its last good copy, or the whole last generation, goes on."""
        return any(f.severity == "error" for f in self.findings)


class Runtime:
    """One bot over one open store. `run` it once; it returns the exit code."""

    def __init__(
        self,
        config: Config,
        store: Store,
        loader: Loader,
        loaded: Outcome,
        world: World,
        *,
        endpoint: str,
        lang: Lang,
        show_code: Callable[[str, Path], None],
        dry: bool = False,
    ) -> None:
        """`loaded` is the first generation (its rule set is not None); `endpoint` an origin."""
        if loaded.ruleset is None:
            raise ValueError("there must be a rule set to begin with")
        self.config = config
        self.store = store
        self.rules = Rules(loaded.ruleset, loaded.rules, 1, loaded.findings, loaded.kept)
        self.narrator = Narrator(lang, dry=dry, now=world.now, zone=config.zone, speaks=config.lang)
        self.started = world.now()
        self._world = world
        self._loader = loader
        self._lang: Lang = lang
        self._dry = dry
        self._code = 0
        self._nudge, self._nudges = trio.open_memory_channel[str](1)
        self._stopping = ""
        self.book = AddressBook()
        self.book.rebind(store.load_contacts())
        self._echoes = Echoes()
        self.outbox = Outbox(store, Pace(config.pace, store.load_pace()), self, now=world.now, rng=world.rng)
        self._outgoing = Outgoing(self.book, config.admins, dry=dry)
        self.dispatcher = self._make_dispatcher()
        self.waits = Waits(store, self.dispatcher.go_on, now=world.now)
        self.errands = Errands(store, self.waits.tell, self.narrator, now=world.now)
        self.broadcasts = _broadcasts(store)
        self.timetable = Timetable(
            store, lambda: self.rules.specs, self.dispatcher.go_off, self, now=self.clock, dry=dry
        )
        self.unannounced = self._make_unannounced()
        self.saver = Saver(store, media_folder(config), self.narrator, now=world.now, rng=world.rng)
        self.tidings = Tidings(self.post, config.lang, world.now)
        self.account = self._make_account(endpoint, show_code)

    def _make_dispatcher(self) -> Dispatcher:
        return Dispatcher(
            self.store,
            self.book,
            self,
            rules=lambda: self.rules.ruleset,
            admins=self._outgoing.admins,
            prepare=self._outgoing.prepare,
            queue=self._queued,
            echoes=self._echoes,
            limits=_limits(self.config),
            dry=self._dry,
            now=self.clock,
            rng=self._world.rng,
        )

    def _make_unannounced(self) -> Unannounced:
        return Unannounced(
            self.book,
            self.dispatcher.hear,
            self.dispatcher.parked,
            partial(reload.find_places, self._loader),
            self.narrator,
            now=self.clock,
        )

    def _make_account(self, endpoint: str, show_code: Callable[[str, Path], None]) -> Account:
        return Account(
            store=self.store,
            book=self.book,
            dispatcher=self.dispatcher,
            outbox=self.outbox,
            narrator=self.narrator,
            show_code=show_code,
            endpoint=endpoint,
            mode=self.config.mode,
            picture=self.config.state / "qr.png",
            files=self.config.files,
            now=self._world.now,
            rng=self._world.rng,
            patience=self._world.patience,
            sends=not self._dry,
            companions=(self.waits.run, self.timetable.run, self.unannounced.run),
            noticed=self._noticed,
            fetch_media=self.saver.run,
        )

    def clock(self) -> datetime:
        """The moment, in the configured zone."""
        return datetime.fromtimestamp(self._world.now(), self.config.zone)

    async def run(self, *others: Callable[[], Awaitable[None]]) -> int:
        """Live until a signal, a refusal or a scan nobody came for; `others` run beside the bot. Raises what no part
        of the bot may raise: a bug."""
        world = self._world
        self.keep_last_good()
        async with AsyncExitStack() as stack:
            transport = await stack.enter_async_context(
                open_transport(proxy=self.config.proxy, trust_env=self.config.trust_env, app=world.app)
            )
            notifier = await self._open_notifier(stack)
            self._life = stack.enter_context(trio.CancelScope())
            if world.signals:
                stack.enter_context(stop_on_signals(self.stop, self.reload))
            async with trio.open_nursery() as nursery:
                sock = self.config.state / SOCKET
                await nursery.start(serve_control, sock, self.answer, self.narrator.without_control)
                nursery.start_soon(self._live, transport)
                nursery.start_soon(self._watch_rules)
                nursery.start_soon(self._keep_house)
                if not self._dry:
                    nursery.start_soon(run_errands, self.errands, self.config, world.outdoors)
                if notifier is not None:
                    nursery.start_soon(notifier.run)
                for other in others:
                    nursery.start_soon(other)
        if self._stopping:
            self.narrator.say("stopped", queued=self.outbox.statistics().queued)
        return self._code

    async def _open_notifier(self, stack: AsyncExitStack) -> Notifier | None:
        """The way to somebody outside, over connections of its own, if the configuration has one."""
        if not self.config.webhook:
            return None
        carrier = await stack.enter_async_context(open_transport(trust_env=self.config.trust_env))

        def failed(event: str, why: str) -> None:
            self.narrator.say("notice_lost", "warning", about=event, why=why)

        notifier = Notifier(self.config.webhook, carrier, now=self.clock, rng=self._world.rng, failed=failed)
        self.narrator.alarm = notifier
        return notifier

    def stop(self, why: str) -> None:
        """Stop politely: nothing new begins, what is under way ends, nobody is logged out."""
        self._stopping = why
        self.narrator.say("stopping", signal=why)
        self._life.cancel()

    def reload(self) -> None:
        """Look at the files now."""
        try:
            self._nudge.send_nowait("asked")
        except trio.WouldBlock:
            return  # somebody has asked already

    async def _live(self, transport: Transport) -> None:
        try:
            await self.account.run(transport)
        except LoginRefused as error:
            self.narrator.say("refused", "error", ret=error.ret, message=error.message)
            self._code = EXIT_REFUSED
        except ScanTimedOut:
            self.narrator.say("nobody_scanned", "error")
            self._code = EXIT_SCAN
        except StoreError as error:
            self.narrator.say(error.event, "error", **error.values)
            self._code = EXIT_STATE
        self._life.cancel()

    # -- rules

    async def _watch_rules(self) -> None:
        await reload.run(
            self._loader, self.offer, self._nudges, notice=self._world.notice, unwatched=self.narrator.unwatched
        )

    async def offer(self, outcome: Outcome) -> None:
        """A load came to its end: swap the one reference, or keep it and say why."""
        was_broken = self.rules.broken
        if outcome.ruleset is not None:
            generation = self.rules.generation + (not outcome.same)
            ruleset = dataclasses.replace(outcome.ruleset, generation=generation)
            self.rules = Rules(ruleset, outcome.rules, generation, outcome.findings, outcome.kept)
        else:
            self.rules.findings = outcome.findings
        self._tell(outcome, was_broken=was_broken)
        if outcome.ruleset is not None:
            self.timetable.poke()
        if outcome.ruleset is not None and not outcome.same:
            self.keep_last_good()

    def _tell(self, outcome: Outcome, *, was_broken: bool) -> None:
        values: dict[str, object] = {"generation": self.rules.generation, "rules": self.rules.rules}
        broken = self.rules.broken
        if broken:
            told, outside = (report(outcome.findings, lang) for lang in (self._lang, self.config.lang))
            self.narrator.rules_broken(values, here=told, outside=outside)
        else:
            self.narrator.say("rules_mended" if was_broken else "rules_loaded", "info", **values)
        self.tidings.heard(outcome.findings, self.rules.rules, broken=broken, was_broken=was_broken)

    def keep_last_good(self) -> None:
        """Copy the generation in force beside the state, for a start with broken files."""
        if self._loader.good is None:
            return
        try:
            reload.save_last_good(
                self.config.state / "last-good", self._loader.good, self.clock().isoformat(" ", "minutes")
            )
        except OSError as error:
            self.narrator.say("last_good_unkept", "warning", why=error.strerror or str(error))

    # -- effects

    def post(self, *effects: Effect) -> None:
        """Queue something no message asked for; without a disk it is only lost, not a reason to stop."""
        self._quietly(partial(self.dispatcher.post, effects))

    def _quietly(self, write: Callable[[], object]) -> None:
        try:
            write()
        except StoreUnavailable as error:
            self.narrator.disk_trouble(error)

    def _queued(self, rows: tuple[OutboxRow, ...]) -> None:
        """What a decision asks for is on disk."""
        self.broadcasts.add(rows)
        self.outbox.add(rows)
        self.errands.add(rows)

    # -- what the dispatcher and the timetable tell

    def decided(self, message: Message, decision: Decision) -> None:
        """A decision is on disk; it may have left something waiting."""
        self.narrator.decided(message, decision)
        self.unannounced.told(message)
        self.saver.add(message)
        self._heed(decision)

    def went_on(self, waiting: Continuation, decision: Decision) -> None:
        """Something that had to wait went on, perhaps to the next wait."""
        self.narrator.went_on(waiting, decision)
        self._heed(decision)

    def fired(self, timer: Timer, decision: Decision) -> None:
        """A schedule was due."""
        self.narrator.fired(timer, decision)
        self._heed(decision)

    def passed(self, rule: str, lost: Sequence[Occurrence]) -> None:
        """Occurrences of a schedule that will not happen."""
        self.narrator.passed(rule, lost)

    def set_aside(self, row: InboxRow, error: Exception) -> None:
        """A message is left alone from now on."""
        self.narrator.set_aside(row, error)

    def stumbled(self, row: InboxRow, error: Exception) -> None:
        """A message made something raise."""
        self.narrator.stumbled(row, error)

    def disk_trouble(self, error: Exception) -> None:
        """Everything waits for the disk."""
        self.narrator.disk_trouble(error)

    def _noticed(self, what: Sequence[Noticed], live: bool) -> None:
        """Lists show something to be different."""
        self.unannounced.notice(what, live=live)
        if not live and (unknown := self._outgoing.unknown_admins()):
            self.narrator.say("admins_unknown", "warning", names=", ".join(unknown))

    def _heed(self, decision: Decision) -> None:
        if any(change.kind in {"wait", "dialogue"} for change in decision.changes):
            self.waits.poke()

    # -- what the outbox tells

    def departing(self, row: OutboxRow) -> None:
        """Remember our own words, in case they come back."""
        if isinstance(row.effect, SendText):
            self._echoes.said(self._world.now(), row.chat, row.effect.text)

    def settled(self, row: OutboxRow, receipt: Receipt) -> None:
        """An entry has its end; a rule may wait for it."""
        self.narrator.settled(row, receipt)
        progress = self.broadcasts.settled(row, arrived=receipt.outcome == "sent")
        if progress is not None:
            self.narrator.progressed(progress)
        self.waits.settled(row.effect, receipt)
        if receipt.outcome == "failed":
            self._quietly(partial(self.dispatcher.failed, row, receipt))

    def frozen(self, row: OutboxRow, until: float) -> None:
        """The service said "too often"."""
        self.narrator.frozen(row, until)

    def held_up(self, error: Exception, seconds: float) -> None:
        """Something is in the way of sending."""
        self.narrator.held_up(error, seconds)

    # -- the rest

    async def _keep_house(self) -> None:
        """Forget what is past its time, once an hour."""
        while True:
            try:
                self.store.prune(
                    self._world.now(),
                    messages=self.config.keep_messages.total_seconds(),
                    keep_traces=self.config.keep_traces,
                )
                self.account.forget_lost()
            except StoreUnavailable as error:
                self.narrator.disk_trouble(error)
            self.saver.prune(self.config.keep_messages.total_seconds())
            await trio.sleep(_HOUSEKEEPING_SECONDS)

    def facts(self) -> Facts:
        """Everything `status` is made of."""
        out = self.outbox.statistics()
        return Facts(
            now=self._world.now(),
            started=self.started,
            phase=self.account.phase,
            name=self.account.name,
            last_poll=self.account.last_poll,
            last_message=self.narrator.last_message,
            waiting=self.dispatcher.waiting,
            queued=out.queued,
            oldest_queued=out.oldest,
            in_flight=out.in_flight,
            unknown=self.outbox.unknown(),
            left_today=out.left_today,
            frozen_until=out.frozen_text_until,
            generation=self.rules.generation,
            rules=self.rules.rules,
            broken=report(self.rules.findings, self._lang) if self.rules.broken else "",
            dry=self._dry,
            broadcasts=self.broadcasts.all(),
            uploads=self.narrator.uploads(),
            heard=self.narrator.heard,
            ends=self.narrator.ends,
        )

    def answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the socket is asked."""
        match request.get("ask"):
            case "status":
                return status(self.facts())
            case "health":
                level, reasons = health(self.facts())
                return {"health": level, "reasons": reasons}
            case "outbox":
                return change_outbox(
                    request, self.store, self._world.now(), again=self._again, taken_back=self._taken_back
                )
            case "send":
                return send_message(request, self.book.find, self.dispatcher.post, self.config.files)
            case "reload":
                self.reload()
                return {"ok": True}
            case _:
                return {"error": "unknown question"}

    def _again(self, row: OutboxRow) -> None:
        """Somebody wants an entry sent once more."""
        self.outbox.add([row])
        self.errands.add([row])

    def _taken_back(self, row: OutboxRow) -> None:
        """Somebody does not want an entry sent any more."""
        self.outbox.remove(row.id)
        self.errands.remove(row.id)
        self.broadcasts.dropped(row.id)
        self.waits.dropped(row)


def _broadcasts(store: Store) -> Broadcasts:
    """The broadcasts the last run did not finish."""
    waiting = any(row.kind == "broadcast" for row in store.queued())
    return Broadcasts(store.outbox() if waiting else ())


def _limits(config: Config) -> Limits:
    """What deciding must know of the configuration; a pace makes both sides slower, but people are slower still."""
    quick = timedelta(seconds=min(3 + config.pace.gap[1], _QUICKEST_PEOPLE))
    return Limits(max_age=config.max_age, breakers=not config.pace.off, quick=quick)
