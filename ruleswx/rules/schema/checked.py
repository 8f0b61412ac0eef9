"""What the checked files and the world around them are when they are handed on to be compiled.

It must not know how a file was read or how a rule will be judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from zoneinfo import ZoneInfo

from ruleswx.diagnostics import Lang
from ruleswx.rules.schema.rulefile import RuleFile
from ruleswx.rules.source import Source

__all__ = ["CheckedFile", "Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """What loading needs to know of the configuration.

    `templates` are the texts of `templates/*.j2` by name and `template_folder` where they are; `secrets` are the
    names that exist; `commands` are the programs `run` steps may name; `today` is the day the data must reach beyond
    (None: nobody asks). Findings are for a reader of `lang`; what the bot says in chats by itself is in `speaks`.
    """

    zone: ZoneInfo
    admins: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()
    templates: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    lang: Lang = "en"
    speaks: Lang = "zh"
    template_folder: str = "templates"
    commands: frozenset[str] = frozenset()
    today: date | None = None


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One rule file that has its shape: the model, its places, and the words its `$lists` stand for.

    `lists` and `templates` hold every name this file may use: its own, those of the files it names in `use`, and all
    others of the load (names are unique over all files). The first `$` of a list entry is an ordinary character.
    """

    path: str
    source: Source
    model: RuleFile
    lists: Mapping[str, tuple[str, ...]]
    templates: Mapping[str, str]
