"""Rules that change while the bot runs: notice an edit, load a whole generation, offer it or say what is wrong.

Theory. A generation is made from one reading of every file. If it loads, its bytes become the *last good* set, in
memory and under `state/last-good/`. If it does not, each broken file falls back to its last good bytes while the
others take their new ones; if even that does not load, nothing changes. So there is never a moment with fewer rules
than the last good set, and a broken edit is always reported with its place.

Edits are noticed three ways: the directories are watched (never single files: an editor's save replaces them), the
contents are hashed every half minute (bind mounts and network shares send no events), and SIGHUP asks for it. What is
read is compared by content, so that a touch or a save of equal text does nothing. What is compared is what the load
itself read: a save while a load is under way is a change for the next look.

A folder that is moved away takes no rules with it: with no rule file left the last generation stays. The folder above
is watched as well, so its return is seen at once. Where nothing can be watched (limits of the system, rights) the
half-minute look remains.

It must not know what is done with a generation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import trio
import watchfiles
from watchfiles._rust_notify import WatchfilesRustInternalError

from ruleswx.aside import let_go, never_searched, pieces_of, run_aside
from ruleswx.config import Config, read_user_file, shown
from ruleswx.diagnostics import Diagnostic, Lang, Place
from ruleswx.lastgood import Snapshot, read_from, read_last_good, save_last_good
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.load import Loaded, load_rules
from ruleswx.rules.load.files import MAX_LIST_BYTES, TEST_ENDINGS
from ruleswx.rules.load.naming import places_of
from ruleswx.rules.load.strict import failing_tests
from ruleswx.rules.schema import CheckedFile

__all__ = [
    "Loader",
    "Outcome",
    "Snapshot",
    "find_places",
    "loader_for",
    "notice_changes",
    "read_last_good",
    "run",
    "save_last_good",
]

POLL_SECONDS = 30.0
QUIET_SECONDS = 0.3
_LONGEST_QUIET = 2.0
_LAYING_SECONDS = 0.5
"""A watch is surely laid after that; what was saved before it is found by one more look."""
_INLINE_BYTES = 16_384
"""Up to here a load takes a few milliseconds and is not worth a thread."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one load. `ruleset` None: nothing to swap to. `kept`: broken files that go on with their last good
    copy inside this generation. `same`: all of it is as in the last one."""

    ruleset: RuleSet | None
    findings: tuple[Diagnostic, ...]
    files: int = 0
    rules: int = 0
    kept: tuple[str, ...] = ()
    same: bool = False


Notice = Callable[[frozenset[Path], Callable[[], None]], Awaitable[None]]
LoadFiles = Callable[[Sequence[str], Callable[[str], bytes], Mapping[str, str]], Loaded]


class Loader:
    """Makes generations out of the files as they are now; remembers the last good bytes of every file."""

    def __init__(
        self,
        list_rules: Callable[[], Iterable[str]],
        list_templates: Callable[[], Mapping[str, str]],
        load: LoadFiles,
        last_good: Snapshot | None = None,
    ) -> None:
        """`list_rules` and `list_templates` read the disk (paths; name → path), `load` is pure."""
        self._list_rules = list_rules
        self._list_templates = list_templates
        self._load = load
        self.good = last_good
        self.newest: RuleSet | None = None
        self._checked: tuple[CheckedFile, ...] = ()
        self._seen = b""
        self._also: tuple[str, ...] = ()

    def changed(self) -> bool:
        """Whether anything differs from what the last `load()` read; missing files count as such."""
        now = _Reading()
        return now.fingerprint({*self._list_rules(), *self._list_templates().values(), *self._also}) != self._seen

    def size(self) -> int:
        """How many bytes a load would read, as far as known."""
        return sum(_size(path) for path in self._paths())

    def folders(self) -> frozenset[Path]:
        """The directories in which an edit matters, there or not."""
        return frozenset(Path(path).absolute().parent for path in self._paths())

    def _paths(self) -> set[str]:
        known = self.good.rules if self.good else ()
        return {*self._list_rules(), *self._list_templates().values(), *self._also, *known}

    def load(self) -> Outcome:
        """Read everything once and make a generation of it, with last good copies for what is broken."""
        if self.size() <= _INLINE_BYTES:
            return self._load_all()
        with never_searched():
            return self._load_all()

    def _load_all(self) -> Outcome:
        rules, names, reading = tuple(self._list_rules()), self._list_templates(), _Reading()
        templates = self._texts(names, reading)
        if not rules and self.good is not None and self.good.rules:
            outcome = Outcome(None, (Diagnostic("E318", Place(str(Path(self.good.rules[0]).parent))),))
        else:
            outcome = self._generation(rules, names, templates, reading)
        self._also = tuple(path for path in reading.found if path not in rules)
        self._seen = reading.fingerprint({*rules, *names.values(), *self._also})
        return outcome

    def _generation(
        self, rules: tuple[str, ...], names: Mapping[str, str], templates: dict[str, str], reading: _Reading
    ) -> Outcome:
        loaded = self._load(rules, reading, templates)
        if loaded.ruleset is not None:
            self.good = Snapshot(rules, reading.readable, templates)
            self.newest, self._checked = loaded.ruleset, loaded.checked
            return Outcome(loaded.ruleset, loaded.findings, len(loaded.files), loaded.rules)
        for path in loaded.files:
            reading.note(path)
        patched = self._patched(rules, names, templates, loaded, reading)
        return patched or Outcome(None, loaded.findings, len(loaded.files))

    def _texts(self, names: Mapping[str, str], reading: _Reading) -> dict[str, str]:
        """The templates that can be read; a rule that names another one gets the finding."""
        texts: dict[str, str] = {}
        for name, path in names.items():
            try:
                texts[name] = (reading(path) or b"\xff").decode("utf-8-sig")
            except (OSError, UnicodeDecodeError):
                continue
        return texts

    def _patched(
        self,
        rules: tuple[str, ...],
        names: Mapping[str, str],
        templates: dict[str, str],
        loaded: Loaded,
        reading: _Reading,
    ) -> Outcome | None:
        """The same generation with the broken files as they last were; None when that does not load either."""
        if self.good is None:
            return None
        broken = {d.place.path for d in loaded.findings if d.severity == "error"}
        if any(path.endswith(TEST_ENDINGS) for path in broken):
            return None  # a file of tests says no, or cannot say; the copy it had before knows nothing of new rules
        old = {path: data for path, data in self.good.files.items() if path in broken}
        paths = [p for p in rules if p not in broken or p in old]
        paths += [p for p in self.good.rules if p in broken and p not in rules]
        for name, text in self.good.templates.items():
            if names.get(name, name) in broken or name not in templates:
                templates[name] = text
        again = self._load(paths, lambda path: old[path] if path in old else reading(path), templates)
        if again.ruleset is None:
            return None
        files = {path: data for path, data in reading.readable.items() if path not in broken}
        self.newest, self._checked, was = again.ruleset, again.checked, self.good
        self.good = Snapshot(tuple(paths), {**files, **old}, templates)
        kept, same = tuple(sorted(broken)), was.same_as(self.good)
        return Outcome(again.ruleset, loaded.findings, len(again.files), again.rules, kept, same)

    def load_last_good(self) -> Outcome | None:
        """The last good set as it was, for a start with broken files; None when there is none or it is unusable."""
        if self.good is None:
            return None
        loaded = self._load(self.good.rules, read_from(self.good), self.good.templates)
        if loaded.ruleset is None:
            return None
        self.newest, self._checked = loaded.ruleset, loaded.checked
        return Outcome(loaded.ruleset, loaded.findings, len(loaded.files), loaded.rules, self.good.rules)

    def places(self, name: str) -> tuple[Place, ...]:
        """Where the rules in force speak of a chat by this name."""
        return places_of(self._checked, name)


def loader_for(config: Config, lang: Lang, last_good: Snapshot | None) -> Loader:
    """The loader of a configuration's rules, templates and lists. It reads again only the files that changed."""
    last: list[Loaded] = []

    def load(paths: Sequence[str], read: Callable[[str], bytes], templates: Mapping[str, str]) -> Loaded:
        today = datetime.now(config.zone).date()  # noqa: TID251 - a warning of the day, nothing is decided by it
        options = config.rule_options(lang, templates=templates, today=today)
        last[:] = [load_rules(paths, read, options, last[0] if last else None)]
        failed = tuple(failing_tests(last[0], config.test_paths(), read, options)) if config.strict_reload else ()
        return replace(last[0], ruleset=None, findings=(*last[0].findings, *failed)) if failed else last[0]

    def templates() -> Mapping[str, str]:
        return {path.stem: shown(f"{config.templates}/{path.name}") for path in sorted(config.templates.glob("*.j2"))}

    return Loader(config.rule_paths, templates, load, last_good)


class _Reading:
    """Every file read once, so that one generation never sees two states of a file."""

    def __init__(self) -> None:
        self.found: dict[str, bytes | OSError] = {}

    def __call__(self, path: str) -> bytes:
        """The file's bytes. Raises OSError, each time the same."""
        self.note(path)
        found = self.found[path]
        if isinstance(found, OSError):
            raise found
        return found

    def note(self, path: str) -> None:
        """Read it unless it was read."""
        if path not in self.found:
            try:
                self.found[path] = read_user_file(path, MAX_LIST_BYTES)
            except OSError as error:
                self.found[path] = error.with_traceback(None)

    @property
    def readable(self) -> dict[str, bytes]:
        """What could be read."""
        return {path: found for path, found in self.found.items() if not isinstance(found, OSError)}

    def fingerprint(self, paths: Iterable[str]) -> bytes:
        """A hash over names and contents; what cannot be read counts as missing."""
        digest = hashlib.sha256()
        for path in sorted(paths):
            self.note(path)
            found = self.found[path]
            data = b"" if isinstance(found, OSError) else found
            length = -1 if isinstance(found, OSError) else len(found)
            digest.update(f"{path}\0{length}\0".encode("utf-8", "surrogateescape"))
            digest.update(data)
        return digest.digest()


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


async def notice_changes(folders: frozenset[Path], poke: Callable[[], None]) -> None:
    """Call `poke` whenever something in the folders changes, or one of them comes or goes, until cancelled. Raises
    FileNotFoundError when one went away meanwhile and OSError when they cannot be watched."""
    stop = trio.Event()

    async def stop_with_us() -> None:
        # The watcher's thread does not hear of a cancellation; this tells it at once instead of after its timeout.
        try:
            await trio.sleep_forever()
        finally:
            stop.set()

    watched, names = _to_watch(folders)

    def matters(_change: watchfiles.Change, path: str) -> bool:
        """In one of the folders, or one of them itself: of the folder above nothing else is of interest."""
        return Path(path).name in names or Path(path).parent.name in names

    async with trio.open_nursery() as nursery:
        nursery.start_soon(stop_with_us)
        try:
            watcher = watchfiles.awatch(
                *watched,
                watch_filter=matters,
                stop_event=stop,
                step=20,
                debounce=200,
                rust_timeout=500,
                recursive=False,
            )
            async with aclosing(watcher) as changes:
                async for _ in changes:
                    poke()
        except WatchfilesRustInternalError as error:
            raise OSError(f"watching failed: {error}") from None


def _to_watch(folders: Iterable[Path]) -> tuple[set[Path], set[str]]:
    """The folders that are there and the nearest one above each, and the names that matter in them."""
    watched: set[Path] = set()
    names: set[str] = set()
    for folder in folders:
        above = folder
        names.add(folder.name)
        if _is_folder(folder):
            watched.add(folder)
        while above != above.parent and not _is_folder(above := above.parent):
            names.add(above.name)
        watched.add(above)
    return watched, names


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # one above may not be looked into


def _identities(folders: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Which folders are there: one that was replaced by another is another."""
    found = {}
    for folder in _to_watch(folders)[0]:
        with suppress(OSError):
            there = folder.stat()
            found[folder] = (there.st_dev, there.st_ino)
    return found


def _nobody_hears(_error: OSError) -> None:
    """Watching failed, and the poll goes on."""


async def run(
    loader: Loader,
    offer: Callable[[Outcome], Awaitable[None]],
    nudges: trio.MemoryReceiveChannel[str],
    *,
    notice: Notice = notice_changes,
    unwatched: Callable[[OSError], None] = _nobody_hears,
    poll: float = POLL_SECONDS,
    quiet: float = QUIET_SECONDS,
) -> None:
    """Offer a generation after every real change, until cancelled. `nudges` carries SIGHUP's wish to look again;
    `unwatched` hears that only the poll is left."""
    wake, woken = trio.open_memory_channel[None](1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_every, poll, wake)
        nursery.start_soon(_relay, nudges, wake)
        watching = trio.CancelScope()
        laid: dict[Path, tuple[int, int]] = {}
        while True:
            folders = loader.folders()
            if (now := _identities(folders)) != laid:
                watching.cancel()
                watching, laid = trio.CancelScope(), now
                nursery.start_soon(partial(_watch, folders, notice, wake, watching, unwatched=unwatched, pause=poll))
                nursery.start_soon(_once, _LAYING_SECONDS, wake)
            await woken.receive()
            await _settle(woken, quiet)
            if loader.changed():
                pieces = pieces_of(loader.newest)
                await offer(outcome := await _load(loader))
                await let_go(pieces if outcome.ruleset is not None else [])
                del pieces, outcome


async def find_places(loader: Loader, name: str) -> tuple[Place, ...]:
    """`Loader.places`, without holding up messages when there are many rules."""
    if loader.size() <= _INLINE_BYTES:
        return loader.places(name)
    return await run_aside(partial(loader.places, name))


async def _load(loader: Loader) -> Outcome:
    if loader.size() <= _INLINE_BYTES:
        return loader.load()
    # A big set must not delay messages, nor a slow disk a stop: what the thread still reads then is of no interest.
    return await run_aside(loader.load)


async def _watch(
    folders: frozenset[Path],
    notice: Notice,
    wake: trio.MemorySendChannel[None],
    scope: trio.CancelScope,
    *,
    unwatched: Callable[[OSError], None],
    pause: float,
) -> None:
    with scope:
        while folders:
            seconds = 1.0
            try:
                await notice(folders, partial(_poke, wake))
            except* FileNotFoundError:
                _poke(wake)  # a folder went away: look again, and watch it when it is back
            except* OSError as group:
                seconds = pause
                unwatched(_first(group))
            await trio.sleep(seconds)


def _first(group: ExceptionGroup[OSError]) -> OSError:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, ExceptionGroup) else inner


async def _once(seconds: float, wake: trio.MemorySendChannel[None]) -> None:
    await trio.sleep(seconds)
    _poke(wake)


async def _every(seconds: float, wake: trio.MemorySendChannel[None]) -> None:
    while True:
        await trio.sleep(seconds)
        _poke(wake)


async def _relay(nudges: trio.MemoryReceiveChannel[str], wake: trio.MemorySendChannel[None]) -> None:
    async for _ in nudges:
        _poke(wake)


def _poke(wake: trio.MemorySendChannel[None]) -> None:
    try:
        wake.send_nowait(None)
    except trio.WouldBlock:
        return  # somebody has knocked already


async def _settle(woken: trio.MemoryReceiveChannel[None], quiet: float) -> None:
    """Wait for a moment of quiet after an edit, but not for ever when something writes all the time."""
    with trio.move_on_after(_LONGEST_QUIET):
        while True:
            with trio.move_on_after(quiet) as scope:
                await woken.receive()
            if scope.cancelled_caught:
                return
