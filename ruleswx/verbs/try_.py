"""`ruleswx try [CONFIG]`: chat with the rules in the terminal. Nothing is logged in, sent or written.

It is the running bot's engine over a world that takes every name as given. Cooldowns, dialogues and waits live as long
as the session; waits and schedules happen when the clock passes them. On a terminal the clock runs, from a pipe it
stands still until `/clock` moves it, so that the same lines always give the same answers.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from ruleswx.config import Config
from ruleswx.diagnostics import Lang
from ruleswx.rules.compile import RuleSet, broad_targets
from ruleswx.rules.engine import Limits, Outcome
from ruleswx.rules.schema import EVENTS, KINDS
from ruleswx.rules.shape import parse_duration
from ruleswx.rules.testing import World
from ruleswx.rules.trace import Trace
from ruleswx.rules.trace import render as tell
from ruleswx.verbs.explain import describe, stored_name
from ruleswx.verbs.loading import with_rules
from ruleswx.verbs.moments import bad_moment, moment_of
from ruleswx.verbs.rehearsal import Play, Rehearsal
from ruleswx.verbs.tryout import Teller, words_of

__all__ = ["Chat", "run"]

EXIT_USAGE = 2
_LONGEST_MOVE = timedelta(days=3660)


@dataclass(slots=True)
class Chat:
    """One session: who speaks, where, and what the bot made of it. `hear` every line, print what it gives."""

    stage: Rehearsal
    world: World
    lang: Lang
    teller: Teller
    sender: str
    group: str = ""
    number: int = 0
    last: Trace | None = None
    over: bool = False
    commands: dict[str, Callable[[str], Iterator[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The commands."""
        self.commands = {
            "as": self._as, "in": self._in, "clock": self._clock, "type": self._type, "event": self._event,
            "why": self._why, "done": self._done, "fail": self._fail, "help": self._help, "quit": self._quit,
        }  # fmt: skip

    @property
    def prompt(self) -> str:
        """Who speaks, and where."""
        return f"{self.sender}@{self.group}> " if self.group else f"{self.sender}> "

    def hear(self, line: str) -> Iterator[str]:
        """What one line leads to, as lines to print."""
        text = line.strip("\r\n")
        if text.startswith("/") and not text.startswith("//"):
            name, _, rest = text[1:].strip().partition(" ")
            command = self.commands.get(name)
            yield from command(rest.strip()) if command else [self._word("unknown", name=name)]
        elif text.strip():
            yield from self._say(text.removeprefix("/") if text.startswith("//") else text)

    def catch_up(self, now: datetime) -> Iterator[str]:
        """The clock went on by itself."""
        yield from self._tell(self.stage.move(now), quiet=True, dated=True)

    def _say(self, text: str, kind: str = "", event: str = "") -> Iterator[str]:
        self.number += 1
        message = describe(self.world, self.sender, text, self.stage.now, group=self.group, kind=kind, event=event)
        yield from self._tell(self.stage.hear(replace(message, id=f"m{self.number}")))

    def _tell(self, plays: Iterable[Play], *, quiet: bool = False, dated: bool = False) -> Iterator[str]:
        """Everything that happened, in order; of what nobody asked for, only what can be seen."""
        here = self.group or self.sender
        for number, play in enumerate(plays):
            if dated or not number:
                self.last = play.decision.trace  # what followed at once is a step of it, not its story
            yield from self.teller.lines(play, here, quiet=quiet or number > 0, dated=dated)
        if self.stage.overran:
            yield self._word("overran")

    def _word(self, key: str, **values: str) -> str:
        return self.teller.dim(words_of(self.lang)[key].format(**values))

    def _as(self, name: str) -> Iterator[str]:
        if not name:
            yield self._word("who", name=self.sender)
            return
        self.sender = name
        if name not in {"phone", "bot"}:
            self.world.people.setdefault(name, "friend")
            self.world.remarks.setdefault(name, name)

    def _in(self, group: str) -> Iterator[str]:
        self.group = group
        yield from ()

    def _clock(self, text: str) -> Iterator[str]:
        if text:
            until = self._moment(text)
            if until is None or until - self.stage.now > _LONGEST_MOVE:
                yield self._word("clock")
                return
            if until < self.stage.now:
                yield self._word("back")
                return
            yield from self._tell(self.stage.move(until), quiet=True, dated=True)
        yield self.teller.dim(f"{self.stage.now:%Y-%m-%d %H:%M:%S}")

    def _moment(self, text: str) -> datetime | None:
        """+5m, 22:00 (the next), or a date and time."""
        now = self.stage.now
        with contextlib.suppress(ValueError, OverflowError):
            if text.startswith("+"):
                return _later(now, parse_duration(text[1:].strip()))
            if len(text) <= len("22:00:00"):
                today = datetime.fromisoformat(f"{now:%Y-%m-%d} {text.zfill(5)}").replace(tzinfo=now.tzinfo)
                return today if today >= now else today + timedelta(days=1)
        return moment_of(text, now.tzinfo)

    def _type(self, text: str) -> Iterator[str]:
        kind, _, rest = text.partition(" ")
        if kind not in KINDS:
            yield self._word("kinds", value=kind, known=" ".join(KINDS))
            return
        yield from self._say(rest.strip(), kind=kind)

    def _event(self, text: str) -> Iterator[str]:
        event, _, rest = text.partition(" ")
        if event not in EVENTS:
            yield self._word("events", value=event, known=" ".join(EVENTS))
            return
        yield from self._say(rest.strip(), event=event)

    def _why(self, _rest: str) -> Iterator[str]:
        yield from tell(self.last, self.lang).split("\n") if self.last else [self._word("nothing")]

    def _done(self, text: str) -> Iterator[str]:
        try:
            value = json.loads(text) if text else None
        except (ValueError, RecursionError):
            value = text
        yield from self._settle(Outcome("done", value))

    def _fail(self, text: str) -> Iterator[str]:
        yield from self._settle(Outcome("failed", reason=text or words_of(self.lang)["failed"]))

    def _settle(self, outcome: Outcome) -> Iterator[str]:
        errands = self.stage.open_errands()
        if not errands:
            yield self._word("no_errand")
            return
        yield from self._tell(self.stage.go_on(errands[0], outcome), quiet=True)

    def _help(self, _rest: str) -> Iterator[str]:
        yield from words_of(self.lang)["help"].strip("\n").split("\n")

    def _quit(self, _rest: str) -> Iterator[str]:
        self.over = True
        yield from ()


def _later(now: datetime, length: timedelta) -> datetime:
    """So much real time later, whatever the wall clock does in between."""
    return datetime.fromtimestamp(now.timestamp() + length.total_seconds(), now.tzinfo)


def _open(ruleset: RuleSet, config: Config, args: argparse.Namespace) -> Chat:
    now = moment_of(args.at, config.zone) or datetime.now(config.zone)  # noqa: TID251 - a verb may
    words = words_of(args.lang)
    sender = args.sender or words["somebody"]
    world = World(
        me=args.me or stored_name(config) or words["me"],
        people={sender: "friend", **dict.fromkeys(config.admins, "friend")},
        remarks={name: name for name in (sender, *config.admins)},
        admin_names=frozenset(config.admins),
        trusting=True,
        patterns=broad_targets(ruleset),
    )
    limits = Limits(max_age=config.max_age, breakers=False, thorough=True)
    stage = Rehearsal(ruleset, world, now, Random(0), limits, schedules=True)  # noqa: S311 - the same answers each time
    teller = Teller(world.me, args.lang, colour=sys.stdout.isatty())
    return Chat(stage, world, args.lang, teller, sender, args.chat or "")


def run(args: argparse.Namespace) -> int:
    """Chat until the input ends. 2 for a bad `--at`, 3 for rules that do not load."""
    if args.at is not None and moment_of(args.at) is None:
        sys.stderr.write(bad_moment(args.at, args.lang))
        return EXIT_USAGE

    def use(config: Config, ruleset: RuleSet) -> int:
        chat = _open(ruleset, config, args)
        _show([chat.teller.dim(words_of(args.lang)["welcome"])])
        (_on_terminal if sys.stdin.isatty() else _from_pipe)(chat)
        return 0

    return with_rules(args.config, args.lang, use)


def _show(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line.encode("utf-8", "replace").decode() + "\n")
    sys.stdout.flush()


def _from_pipe(chat: Chat) -> None:
    """Every line is shown as it would have been typed, so that the output reads as a conversation."""
    for line in sys.stdin:
        _show([chat.prompt + chat.teller.harmless(line.strip("\r\n"))])
        _show(chat.hear(line))
        if chat.over:
            return


def _on_terminal(chat: Chat) -> None:
    """Lines with history; the clock runs while one thinks."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - it makes `input` an editor

    before = time.monotonic()
    while not chat.over:
        try:
            line = input(chat.prompt)
        except (EOFError, KeyboardInterrupt):
            _show([""])
            return
        now = time.monotonic()
        _show(chat.catch_up(_later(chat.stage.now, timedelta(seconds=now - before))))
        before = now
        _show(chat.hear(line))
