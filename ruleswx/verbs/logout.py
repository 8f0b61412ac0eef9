"""`ruleswx logout CONFIG`: give the session up, on the service and on this machine. The only way out there is.

Device cookies stay, so that the next login may be confirmed on the phone without a scan; with --forget they go too.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

import trio

from ruleswx.catalogue import render
from ruleswx.config import Config, load_config
from ruleswx.errors import RemoteProtocolError, StoreError, StoreLocked, TransportError
from ruleswx.log import sentence
from ruleswx.protocol.login import without_login
from ruleswx.protocol.saved import dump_session, load_session
from ruleswx.protocol.signin import build_logout
from ruleswx.protocol.wire import Session
from ruleswx.store import Store, open_store
from ruleswx.store.folder import DATABASE
from ruleswx.transport import open_transport

__all__ = ["run"]

EXIT_CONFIG = 3
EXIT_HELD = 6
EXIT_STATE = 7


def run(args: argparse.Namespace) -> int:
    """Log out; 3 for a broken configuration, 6 while the bot runs, 7 when the state cannot be used."""
    config, findings = load_config(args.config, os.environ, secrets=False)
    for finding in findings:
        sys.stderr.write(render(finding, args.lang) + "\n")
    if config is None:
        return EXIT_CONFIG
    if not (config.state / DATABASE).exists():
        sys.stdout.write(sentence("logout_none", {}, args.lang) + "\n")
        return 0
    try:
        with open_store(config.state) as store:
            event, values = _log_out(config, store, forget=args.forget)
    except StoreError as error:
        sys.stderr.write(sentence(error.event, dict(error.values), args.lang) + "\n")
        return EXIT_HELD if isinstance(error, StoreLocked) else EXIT_STATE
    sys.stdout.write(sentence(event, dict(values), args.lang) + "\n")
    return 0


def _log_out(config: Config, store: Store, *, forget: bool) -> tuple[str, dict[str, str]]:
    """The name of the sentence to say, and its values."""
    try:
        session = load_session(store.load_session() or b"")
    except ValueError:
        session = None
    if session is None or not session.sid:
        if forget:
            store.forget_session()
        return "logout_none", {}
    why = "" if config.sandbox else trio.run(_tell, config, session)
    store.forget_session()
    if not forget:
        store.save_session(dump_session(without_login(session)))
    return ("logout_offline", {"error": why}) if why else ("logged_out", {})


async def _tell(config: Config, session: Session) -> str:
    """Tell the service; why it could not be told, or ""."""
    now = time.time()  # noqa: TID251 - verbs read the clock
    async with open_transport(proxy=config.proxy, trust_env=config.trust_env) as transport:
        try:
            await transport.send(build_logout(session, now))
        except (TransportError, RemoteProtocolError) as error:
            return str(error) or type(error).__name__
    return ""
