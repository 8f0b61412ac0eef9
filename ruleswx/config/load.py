"""config.yaml and what it points to: typed, with every path and secret resolved, or all findings at once.

It reads files and is told the environment; it opens no state and connects nowhere.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from glob import glob, has_magic
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ruleswx.config.shape import ConfigShape, PaceShape, is_loopback
from ruleswx.diagnostics import Diagnostic, Lang, Place, sort_diagnostics
from ruleswx.ratelimit import CAREFUL, PROFILES, Profile
from ruleswx.redact import Secret
from ruleswx.rules.load import Options
from ruleswx.rules.load.files import TEST_ENDINGS
from ruleswx.rules.shape import Span, check_shape
from ruleswx.rules.source import MAX_BYTES, Source, read_yaml

__all__ = ["Config", "load_config", "read_user_file", "shown"]

_TESTS = tuple(f"*{ending}" for ending in TEST_ENDINGS)
_TEMPLATE = ".j2"
_SECRET_BYTES = 64 * 1024
_OF_SECRETS = frozenset({"E313", "E314"})
_DEFAULT_AGE = timedelta(minutes=2)
_DEFAULT_KEEP = timedelta(days=7)
_DEFAULT_TRACES = 500


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration, defaults filled in. Paths are absolute, but rule files are named as the user would."""

    path: str
    endpoint: str
    state: Path
    files: Path
    templates: Path
    rules: tuple[str, ...] = ("rules/*.yaml",)
    mode: Literal["auto", "desktop", "web"] = "auto"
    proxy: Secret | None = None
    trust_env: bool = False
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    lang: Lang = "zh"
    admins: tuple[str, ...] = ()
    pace: Profile = CAREFUL
    max_age: timedelta = _DEFAULT_AGE
    page: tuple[str, int] | None = None
    webhook: Secret | None = None
    log_level: str = "info"
    log_format: Literal["auto", "text", "json"] = "auto"
    secrets: Mapping[str, Secret] = field(default_factory=lambda: MappingProxyType({}))
    commands: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    keep_messages: timedelta = _DEFAULT_KEEP
    keep_traces: int = _DEFAULT_TRACES
    keep_media: int = 0
    strict_reload: bool = False
    not_built: tuple[str, ...] = ()
    """Keys that are accepted and checked but whose part does nothing yet; `serve` says so in one line."""

    @property
    def folder(self) -> Path:
        """Where the configuration is."""
        return Path(self.path).absolute().parent

    @property
    def sandbox(self) -> bool:
        """Whether the endpoint is the built-in sandbox."""
        return self.endpoint == "sandbox"

    @property
    def loopback(self) -> bool:
        """Whether the endpoint is on this machine, the sandbox included."""
        return self.sandbox or is_loopback(urlsplit(self.endpoint).hostname or "")

    def rule_paths(self) -> tuple[str, ...]:
        """Every rule file as the user would name it: globs sorted by name, an explicit list in its order."""
        base = os.path.dirname(self.path)  # noqa: PTH120 - keeps the path as the user typed it
        found: dict[str, None] = {}
        for pattern in self.rules:
            written = os.path.join(base, pattern)  # noqa: PTH118 - the same
            hits = sorted(glob(written, recursive=True)) if has_magic(written) else [written]  # noqa: PTH207 - the same
            found.update(dict.fromkeys(h for h in hits if not h.endswith(TEST_ENDINGS)))
        return tuple(found)

    def test_paths(self) -> tuple[str, ...]:
        """Test files under the folders of the rules, recursively, sorted, as the user would name them."""
        base = os.path.dirname(self.path)  # noqa: PTH120 - keeps the path as the user typed it
        written = [os.path.join(base, os.path.dirname(p.partition("*")[0])) for p in self.rules]  # noqa: PTH118, PTH120
        folders = dict.fromkeys([*written, *(os.path.dirname(path) for path in self.rule_paths())])  # noqa: PTH120
        found = {str(path) for folder in folders for kind in _TESTS for path in Path(folder or ".").rglob(kind)}
        return tuple(sorted(found))

    def template_sources(self) -> Mapping[str, str]:
        """Text of every *.j2 in the templates folder by its name; one that is not UTF-8 or too big is left out."""
        sources: dict[str, str] = {}
        for path in sorted(self.templates.glob(f"*{_TEMPLATE}")) if self.templates.is_dir() else ():
            try:
                sources[path.stem] = read_user_file(str(path)).decode("utf-8-sig")
            except (OSError, UnicodeDecodeError):
                continue  # a rule that names it gets the finding "no such template" at its own line
        return MappingProxyType(sources)

    def rule_options(
        self, lang: Lang, *, templates: Mapping[str, str] | None = None, today: date | None = None
    ) -> Options:
        """What loading rules needs to know of this. `templates` instead of those on disk; with `today` it is said when
        the calendar ends soon."""
        return Options(
            zone=self.zone,
            admins=self.admins,
            secrets=frozenset(self.secrets),
            commands=frozenset(self.commands),
            templates=self.template_sources() if templates is None else templates,
            lang=lang,
            speaks=self.lang,
            template_folder=shown(str(self.templates)),
            today=today,
        )


def shown(path: str) -> str:
    """A path as short as it can be typed from here."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def read_user_file(path: str, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a file people edit, one byte more than `limit` at most. Raises OSError; refuses what is no file."""
    file = Path(path)
    if file.exists() and not file.is_file():
        raise IsADirectoryError(path) if file.is_dir() else OSError(f"not a regular file: {path}")
    with file.open("rb") as stream:
        return stream.read(limit + 1)


_OF_RULES = frozenset({"guard", "reply", "watch", "schedule", "lists", "vars", "tests", "defaults"})
"""Keys of rule files that no configuration has."""


def load_config(
    path: str, env: Mapping[str, str], *, secrets: bool = True
) -> tuple[Config | None, tuple[Diagnostic, ...]]:
    """The configuration and every finding; None for it when one of them is an error. Never raises for bad input.

    Without `secrets` only their names are wanted: whoever calls no service needs no values, and none is missed.
    """
    try:
        data = read_user_file(path)
    except FileNotFoundError:
        return None, (Diagnostic("E310", Place(path)),)
    except IsADirectoryError as error:
        args = {"why": os.strerror(errno.EISDIR), "folder": str(Path(path) / "config.yaml")}
        return None, (Diagnostic("E311", Place(str(error)), args),)
    except OSError as error:
        return None, (Diagnostic("E311", Place(path), {"why": error.strerror or str(error)}),)
    source = read_yaml(path, data)
    if isinstance(source.tree, dict) and "wechat" not in source.tree and _OF_RULES & source.tree.keys():
        return None, (source.diagnose("E319", (next(k for k in source.tree if k in _OF_RULES),), part="key"),)
    shape, findings = check_shape(ConfigShape, source)
    if shape is None or any(f.severity == "error" for f in findings):
        return None, sort_diagnostics(findings)
    config, more = _resolve(shape, source, env)
    wanted = more if secrets else [finding for finding in more if finding.code not in _OF_SECRETS]
    found = sort_diagnostics((*findings, *wanted))
    return (None if any(f.severity == "error" for f in found) else config), found


def _resolve(shape: ConfigShape, source: Source, env: Mapping[str, str]) -> tuple[Config, list[Diagnostic]]:
    findings: list[Diagnostic] = []
    base = Path(source.path).absolute().parent
    proxy = shape.wechat.proxy
    config = Config(
        path=source.path,
        endpoint=shape.wechat.endpoint,
        state=base / shape.state,
        files=base / shape.files,
        templates=base / shape.templates,
        rules=shape.rules,
        mode=cast("Literal['auto', 'desktop', 'web']", shape.wechat.mode),
        proxy=None if proxy in {"none", "environment"} else Secret(proxy),
        trust_env=proxy == "environment",
        zone=shape.tz,
        lang=cast("Lang", shape.lang),
        admins=shape.admins,
        pace=_profile(shape.pace),
        max_age=shape.max_age or _DEFAULT_AGE,
        page=shape.page,
        webhook=Secret(shape.notify.webhook) if shape.notify else None,
        log_level=shape.log.level,
        log_format=cast("Literal['auto', 'text', 'json']", shape.log.format),
        secrets=_secrets(shape, source, env, base, findings),
        commands=_commands(shape, source, base, findings),
        keep_messages=shape.keep.messages or _DEFAULT_KEEP,
        keep_traces=shape.keep.traces if shape.keep.traces is not None else _DEFAULT_TRACES,
        keep_media=shape.keep.media,
        strict_reload=shape.strict_reload,
        not_built=("page",) if shape.page else (),
    )
    if config.pace.off and not config.loopback:
        findings.append(source.diagnose("E312", ("pace",)))
    _look_for_rules(config, source, findings)
    return config, findings


def _profile(pace: PaceShape) -> Profile:
    if pace.name:
        return PROFILES[pace.name]
    gap, broadcast = pace.spans()
    gaps = {**CAREFUL.gaps, **({"broadcast": _seconds(broadcast)} if broadcast else {})}
    return replace(
        CAREFUL,
        name="custom" if pace.model_fields_set else CAREFUL.name,
        gap=_seconds(gap) if gap else CAREFUL.gap,
        chat_minute=CAREFUL.chat_minute if pace.chat_minute is None else pace.chat_minute,
        minute=CAREFUL.minute if pace.minute is None else pace.minute,
        day=CAREFUL.day if pace.day is None else pace.day,
        gaps=MappingProxyType(gaps),
    )


def _seconds(span: Span) -> tuple[float, float]:
    return span.low.total_seconds(), span.high.total_seconds()


def _secrets(
    shape: ConfigShape, source: Source, env: Mapping[str, str], base: Path, findings: list[Diagnostic]
) -> Mapping[str, Secret]:
    secrets: dict[str, Secret] = {}
    for name, where in shape.secrets.items():
        if where.env is not None:
            if where.env in env:
                secrets[name] = Secret(env[where.env])
            else:
                secrets[name] = Secret("")
                findings.append(source.diagnose("E313", ("secrets", name, "env"), {"name": where.env}))
            continue
        try:
            text = read_user_file(str(base / str(where.file)), _SECRET_BYTES).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            secrets[name] = Secret("")
            why = getattr(error, "strerror", None) or "UTF-8"
            findings.append(source.diagnose("E314", ("secrets", name, "file"), {"name": str(where.file), "why": why}))
        else:
            secrets[name] = Secret(text)
    return MappingProxyType(secrets)


def _commands(shape: ConfigShape, source: Source, base: Path, findings: list[Diagnostic]) -> Mapping[str, Path]:
    """The programs that may be run, by the words that name them."""
    commands = {written: base / written for written in shape.commands}
    for number, (written, path) in enumerate(commands.items()):
        if path.is_file() and os.access(path, os.X_OK):
            continue
        near = shutil.which(written) if "/" not in written else None
        why = "@not_executable" if path.is_file() else "@no_such_file"
        args = {"name": written, "why": why, **({"near": near} if near else {})}
        findings.append(source.diagnose("E317", ("commands", number), args))
    return MappingProxyType(commands)


def _look_for_rules(config: Config, source: Source, findings: list[Diagnostic]) -> None:
    """A rules entry that leads nowhere is a finding: an error for a plain name, a warning for a pattern."""
    base = os.path.dirname(config.path)  # noqa: PTH120 - as in rule_paths
    for number, pattern in enumerate(config.rules):
        written = os.path.join(base, pattern)  # noqa: PTH118 - the same
        if has_magic(written):
            if not glob(written, recursive=True):  # noqa: PTH207 - the same
                findings.append(source.diagnose("W316", ("rules", number), {"pattern": pattern}))
        elif not Path(written).is_file():
            findings.append(source.diagnose("E315", ("rules", number), {"name": pattern}))
