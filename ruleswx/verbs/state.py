"""Looking into the state of a bot, running or not: the beginning that `why`, `outbox` and their like share.

It must not know what is looked for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from ruleswx.catalogue import render
from ruleswx.config import Config, load_config
from ruleswx.diagnostics import Lang
from ruleswx.errors import StoreError, StoreLocked
from ruleswx.log import escape, sentence
from ruleswx.store import Reader, open_reader

__all__ = ["EXIT_CONFIG", "EXIT_LOCKED", "EXIT_STATE", "clock", "shown", "with_config", "with_state"]

EXIT_CONFIG = 3
EXIT_LOCKED = 6
EXIT_STATE = 7
_LONGEST = 60


def with_config(path: str, lang: Lang, use: Callable[[Config], int], *, secrets: bool = False) -> int:
    """The exit code of `use` with the configuration; 3 after printing its findings, 6 or 7 when the state is out of
    reach, with one sentence. Values of secrets are asked for only when wanted: they are the running bot's."""
    config, findings = load_config(path, os.environ, secrets=secrets)
    if config is None:
        for finding in findings:
            sys.stderr.write(render(finding, lang) + "\n\n")
        return EXIT_CONFIG
    try:
        return use(config)
    except StoreError as error:
        sys.stderr.write(sentence(error.event, dict(error.values), lang) + "\n")
        return EXIT_LOCKED if isinstance(error, StoreLocked) else EXIT_STATE


def with_state(path: str, lang: Lang, use: Callable[[Config, Reader], int]) -> int:
    """The same with a reader of the state, which changes nothing and needs no lock."""

    def read(config: Config) -> int:
        with open_reader(config.state) as reader:
            return use(config, reader)

    return with_config(path, lang, read)


def clock(seconds: float, zone: ZoneInfo) -> str:
    """A stored moment as the configuration's zone reads it."""
    return datetime.fromtimestamp(seconds, zone).strftime("%m-%d %H:%M:%S")


def shown(text: str) -> str:
    """A text of the chat on one short line that a terminal cannot be made to obey."""
    flat = escape(text)
    return flat if len(flat) <= _LONGEST else flat[:_LONGEST] + "…"
