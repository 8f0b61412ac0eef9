"""`ruleswx serve CONFIG`: log in, listen, answer, until told to stop.

Everything that can be wrong before the first message is told in plain words and has its exit code: 3 configuration or
rules, 6 another process holds the account, 7 the state folder; while running 4 refused, 5 nobody scanned, 1 a bug.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from ruleswx import __version__
from ruleswx.catalogue import render
from ruleswx.config import Config, load_config
from ruleswx.diagnostics import Diagnostic
from ruleswx.errors import StoreError, StoreLocked
from ruleswx.log import get_logger, sentence, setup
from ruleswx.qr import choose_style, draw_terminal
from ruleswx.reload import Loader, Outcome, loader_for, read_last_good
from ruleswx.runtime import EXIT_FAULT, EXIT_STATE, Runtime, World
from ruleswx.store import Folder, Store, open_reader, open_store
from ruleswx.store.folder import DATABASE
from ruleswx.streams import steady_streams

if TYPE_CHECKING:
    from ruleswx.sandbox import World as Sandbox

__all__ = ["run"]

EXIT_FINDINGS = 3
EXIT_HELD = 6
_PLAY = "sandbox"


def run(args: argparse.Namespace) -> int:
    """Serve until a signal (exit 0); see the module for what ends it earlier."""
    with steady_streams():
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    os.umask(0o077)  # whatever the bot writes is the account, or what people said
    config, findings = load_config(args.config, os.environ)
    _print(findings, args.lang)
    if config is None:
        return EXIT_FINDINGS
    setup(config.log_level, config.log_format, args.lang, show_text=config.loopback, zone=config.zone)
    loader = loader_for(config, args.lang, read_last_good(config.state / "last-good"))
    loaded = _first_load(loader, args)
    if loaded is None:
        return EXIT_FINDINGS
    try:
        _leave_sandbox(config)
        with open_store(config.state, keep_traces=config.keep_traces) as store:
            _mark_sandbox(config, store)
            return _serve(config, store, loader, loaded, args)
    except StoreLocked as error:
        sys.stderr.write(sentence(error.event, dict(error.values), args.lang) + "\n")
        return EXIT_HELD
    except StoreError as error:
        sys.stderr.write(sentence(error.event, dict(error.values), args.lang) + "\n")
        return EXIT_STATE


def _mark_sandbox(config: Config, store: Store) -> None:
    """A state that begins in the sandbox is play, and says so from the first moment on."""
    if config.sandbox and store.blob("account") is None and store.load_session() is None:
        store.save_blob(_PLAY, b"1")


def _leave_sandbox(config: Config) -> None:
    """Whoever played in the sandbox begins anew with a real account; what was played is kept under another name. Raises
    StoreError when it cannot be moved."""
    if config.sandbox:
        return
    try:
        with open_reader(config.state) as reader:
            played = reader.blob(_PLAY) is not None
    except StoreError:
        return  # there is none yet, or the opening proper says what is wrong with it
    if played:
        folder = Folder(config.state)
        try:
            aside = folder.put_aside(f"{DATABASE}.sandbox")
        finally:
            folder.close()
        get_logger().info("played", path=str(aside))


def _first_load(loader: Loader, args: argparse.Namespace) -> Outcome | None:
    """The generation to begin with; a broken one only with --last-good, and from the copy of the last good one."""
    good, loader.good = loader.good, None
    loaded = loader.load()
    _print(loaded.findings, args.lang)
    if loaded.ruleset is not None:
        return loaded
    if not args.last_good or good is None:
        return None
    loader.good = good
    again = loader.load_last_good()
    if again is not None:
        get_logger().warning("last_good", saved=good.saved)
    return again


def _serve(config: Config, store: Store, loader: Loader, loaded: Outcome, args: argparse.Namespace) -> int:
    try:
        return trio.run(_main, config, store, loader, loaded, args)
    except StoreError:
        raise
    except Exception as error:
        if isinstance(error, ExceptionGroup) and (lost := error.subgroup(StoreError)):
            raise _first(lost) from error
        get_logger().error("fault", error=type(error).__name__, exc_info=error)
        return EXIT_FAULT


async def _main(config: Config, store: Store, loader: Loader, loaded: Outcome, args: argparse.Namespace) -> int:
    async with trio.open_nursery() as nursery:
        others: list[Callable[[], Awaitable[None]]] = []
        endpoint = config.endpoint
        if config.sandbox:
            # Loaded only here: a bot of a real account has no use for a web server.
            from ruleswx.sandbox import World as Sandbox
            from ruleswx.sandbox import serve as serve_sandbox

            world = Sandbox(auto=True)
            endpoint = await nursery.start(partial(serve_sandbox, world))
            get_logger().info("sandbox", address=endpoint)
            others.append(partial(_demonstrate, world, endpoint, config.path))
        runtime = Runtime(
            config,
            store,
            loader,
            loaded,
            World(now=time.time),  # noqa: TID251 - the one place where the bot's clock is chosen
            endpoint=endpoint,
            lang=args.lang,
            show_code=partial(_show_code, args.lang, by_itself=config.sandbox),
            dry=args.dry,
        )
        _greet(runtime, endpoint, args)
        code = await runtime.run(*others)
        nursery.cancel_scope.cancel()
    return code


async def _demonstrate(world: Sandbox, address: str, config: str) -> None:
    """Play the short conversation once the bot listens, then say how to go on by hand."""
    from ruleswx.sandbox.script import FIRST_MINUTE, play

    listening = trio.Event()
    done = world.watch(lambda: listening.set() if world.logged_in else None)
    await listening.wait()
    done()
    await play(world, FIRST_MINUTE, sleep=trio.sleep)
    await trio.sleep(1)
    program = sys.argv[0] if Path(sys.argv[0]).name == "ruleswx" else "ruleswx"
    get_logger().info("demo_over", address=address, program=program, config=config)


def _greet(runtime: Runtime, endpoint: str, args: argparse.Namespace) -> None:
    config, log = runtime.config, get_logger()
    log.info("starting", version=__version__, rules=runtime.rules.rules, zone=str(config.zone), endpoint=endpoint)
    if args.dry:
        log.warning("dry")
    if config.not_built:
        log.warning("not_built", keys=", ".join(config.not_built))
    for event, values in runtime.store.notices:
        log.warning(event, **values)
    for row in runtime.store.recover():
        if not row.errand:  # the rule that asked is told
            log.warning("interrupted", id=row.id, chat=row.chat)


def _show_code(lang: str, link: str, picture: Path, *, by_itself: bool) -> None:
    """The code itself goes to standard output: it must be seen, and the log would take it for a secret.

    Drawn for terminals only (FORCE_COLOR: also elsewhere); a file or a journal gets the link and where the picture is.
    """
    drawn = ""
    if sys.stdout.isatty() or os.environ.get("FORCE_COLOR"):
        drawn = draw_terminal(link, choose_style(getattr(sys.stdout, "encoding", None), os.environ))
    words = sentence("qr", {"file": str(picture), "link": link}, "zh" if lang == "zh" else "en")
    note = sentence("sandbox_scan", {}, "zh" if lang == "zh" else "en") + "\n" if by_itself else ""
    sys.stdout.write(f"\n{drawn}{words}\n{note}")
    sys.stdout.flush()


def _print(findings: tuple[Diagnostic, ...], lang: str) -> None:
    for finding in findings:
        sys.stderr.write(render(finding, "zh" if lang == "zh" else "en") + "\n")


def _first(error: Exception) -> Exception:
    return _first(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error
