"""`ruleswx doctor [CONFIG]`: what would keep this bot from working well, here and now, and how to mend it.

It looks at the machine, and at the names in rules and configuration beside the stored address book; it logs in
nowhere, sends nothing and changes nothing, also beside a running bot. Exit 0 when all is fine, 3 when something needs
mending (a broken configuration included).
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import pyexpat
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from ruleswx.catalogue import hint, message
from ruleswx.config import Config, read_user_file
from ruleswx.diagnostics import Diagnostic, Lang, Place
from ruleswx.errors import StoreError
from ruleswx.protocol.hosts import hosts_for
from ruleswx.qr import choose_style
from ruleswx.rules.load.naming import names_spoken
from ruleswx.rules.source import read_yaml
from ruleswx.store import Incoming, open_reader, open_store
from ruleswx.verbs import checkup, namecheck
from ruleswx.verbs.checkup import Disk, Finding
from ruleswx.verbs.loading import load_all
from ruleswx.verbs.roster import read_roster
from ruleswx.verbs.state import shown, with_config
from ruleswx.wording import system_words

__all__ = ["as_json", "as_text", "measure_disk", "run"]

EXIT_FINDINGS = 3
_COMMITS = 100
_MARKS = {"ok": "  ok", "note": "note", "mend": "MEND"}
_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "versions": "Python {python}，{count} 个依赖的版本都够新",
        "old": "{name} 是 {found}，要 {least} 或更新：重新安装依赖",
        "expat": "expat 是 {found}，{least} 以后的更能抵挡恶意 XML（带 DOCTYPE 的一律不读）",
        "clock": "现在是 {time}（{zone}）；要是不对，请校准时钟或改 tz",
        "past": "时钟显示 {time}，不可能：请校准",
        "jumps": "刚才时钟跳了 {drift} 秒：请用 NTP 慢慢校准",
        "no_state": "{path} 还没有，第一次运行时会建好",
        "private": "{path} 只有自己能读",
        "open": "{path} 的权限是 {mode}，别人也能看：chmod {least}",
        "foreign": "{path} 属于用户 {owner}：换一个自己的 state 文件夹",
        "disk": "存盘 {count} 次，平均 {mean} 毫秒，最慢 {worst} 毫秒；空闲 {free} GiB",
        "stalls": "存盘平均要 {mean} 毫秒（最慢 {worst}），每条消息都得等：把 state 放到快一些的盘上",
        "full": "只剩 {free} GiB 空间：清理一下",
        "no_disk": "state 旁边写不了文件：{why}",
        "dns": "能找到 {names}",
        "unknown_host": "找不到 {name}（{why}）：检查网络和 DNS",
        "local": "服务就在本机，不查 DNS",
        "proxied": "走代理，主机名由代理去查",
        "terminal": "终端宽 {columns} 列，有颜色，登录二维码显示得下",
        "plain_terminal": "终端宽 {columns} 列，没有颜色，登录二维码显示得下",
        "narrow": "终端只有 {columns} 列，登录二维码要 {least} 列：拉宽，或打开 state 里的图片",
        "no_terminal": "输出不在终端上，登录二维码请看 state 里的图片",
        "rules": "规则有 {count} 个错误：ruleswx check",
        "no_login": "还没有登录过，名字对不了",
        "no_names": "读不了通讯录：{why}",
        "names": "规则里的 {count} 处名字都对得上",
        "nobody": "没有叫 `{name}` 的聊天：改名了，或者写错了（ruleswx chats）",
        "not_met": "`{name}` 以前见过，这次登录还没见到（群要保存到通讯录）",
        "shared_name": "有 {count} 个聊天叫 `{name}`，都算",
        "admins": "{count} 个管理员都是好友",
        "unsaved": "群 `{name}` 没有保存到通讯录，下次登录后要等有人说话才认得",
        "fine": "没有要修的",
        "bad": "{count} 处要修",
    },
    "en": {
        "versions": "Python {python}; the {count} libraries are all recent enough",
        "old": "{name} is {found}, {least} or newer is needed: install the requirements again",
        "expat": "expat is {found}; from {least} on it withstands hostile XML better (DOCTYPE is never read)",
        "clock": "it is {time} ({zone}); if not, set the clock or change tz",
        "past": "the clock says {time}, which cannot be: set it",
        "jumps": "the clock just moved by {drift} s: let NTP steer it slowly",
        "no_state": "{path} is not there yet; the first run makes it",
        "private": "{path} is private",
        "open": "{path} has mode {mode}, so others can look: chmod {least}",
        "foreign": "{path} belongs to user {owner}: give `state` a folder of your own",
        "disk": "{count} commits took {mean} ms each, {worst} ms the slowest; {free} GiB free",
        "stalls": "a commit takes {mean} ms ({worst} at worst), and every message waits for one: use a faster disk",
        "full": "{free} GiB are left: make room",
        "no_disk": "nothing can be written beside the state: {why}",
        "dns": "{names} are found",
        "unknown_host": "{name} is not found ({why}): look at the network and its DNS",
        "local": "the service is on this machine; no names to look up",
        "proxied": "the proxy looks names up",
        "terminal": "{columns} columns with colours: a login code fits",
        "plain_terminal": "{columns} columns without colours: a login code fits",
        "narrow": "{columns} columns, a login code takes {least}: widen it, or open the picture in the state folder",
        "no_terminal": "no terminal here; a login code is in the picture in the state folder",
        "rules": "the rules have {count} errors: ruleswx check",
        "no_login": "there was no login yet, so names cannot be compared",
        "no_names": "the address book cannot be read: {why}",
        "names": "all names in rules fit ({count})",
        "nobody": "no chat is called `{name}`: it was renamed, or misspelt (ruleswx chats)",
        "not_met": "`{name}` was met in an earlier login and not in this one (save groups to the contacts)",
        "shared_name": "{count} chats are called `{name}`; all of them count",
        "admins": "all admins are friends ({count})",
        "unsaved": "the group `{name}` is not saved to the contacts: after the next login it is unknown at first",
        "fine": "nothing needs mending",
        "bad": "{count} to mend",
    },
}


def told(finding: Finding, lang: Lang) -> str:
    """One finding in words; what has a code says what `check` would say, with the mend."""
    if finding.code:
        named = Diagnostic(finding.code, finding.place, finding.values)
        return f"{finding.code} {message(named, lang)}: {hint(named, lang)}"
    values = {key: shown(value) if key == "name" else value for key, value in finding.values.items()}
    if "why" in values:
        values["why"] = system_words(values["why"], lang)
    return _WORDS[lang][finding.what].format(**values)


def as_text(findings: Iterable[Finding], lang: Lang) -> str:
    """One line a finding, and the sum."""
    given = tuple(findings)
    lines = []
    for finding in given:
        where = f"{finding.place}: " if finding.place.path else ""
        lines.append(f"{_MARKS[finding.level]}  {finding.topic:<9} {where}{told(finding, lang)}\n")
    wrong = _wrong(given)
    return "".join(lines) + "\n" + _WORDS[lang]["bad" if wrong else "fine"].format(count=wrong) + "\n"


def as_json(findings: Iterable[Finding], lang: Lang) -> str:
    """The one object of `--json`."""
    given = tuple(findings)
    entries = [
        {
            "level": finding.level,
            "topic": finding.topic,
            "what": finding.what,
            "code": finding.code or None,
            "path": finding.place.path or None,
            "line": finding.place.line or None,
            "column": finding.place.column or None,
            "message": told(finding, lang),
            "values": dict(finding.values),
        }
        for finding in given
    ]
    return json.dumps({"mend": _wrong(given), "findings": entries}, ensure_ascii=False) + "\n"


def _wrong(findings: Iterable[Finding]) -> int:
    return sum(finding.level == "mend" for finding in findings)


def measure_disk(state: Path, count: int = _COMMITS) -> Disk | OSError:
    """Make so many durable commits in a database of its own where the state is, and take it away again."""
    there = next(folder for folder in (state, *state.parents) if folder.is_dir())
    times = []
    try:
        with tempfile.TemporaryDirectory(prefix=".doctor-", dir=there) as made, open_store(Path(made) / "s") as store:
            for number in range(count):
                begun = time.perf_counter()
                store.take([Incoming(str(number), b"{}")], b"%d" % number, 0.0)
                times.append((time.perf_counter() - begun) * 1e3)
        return Disk(sum(times) / count, max(times), count, shutil.disk_usage(there).free)
    except OSError as error:
        return error
    except StoreError as error:
        return OSError(str(error))


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _wall() -> float:
    return time.time()  # noqa: TID251 - a verb may look at the clock


def _machine(config: Config) -> Iterator[Finding]:
    began, steady = _wall(), time.monotonic()
    floors = importlib.metadata.requires("ruleswx") or ()
    yield from checkup.versions(floors, _installed, platform.python_version(), pyexpat.version_info)
    yield from checkup.modes(config.state, os.geteuid())
    yield from checkup.disk(measure_disk(config.state))
    if config.loopback:
        yield Finding("ok", "dns", "local")
    elif config.proxy is not None or config.trust_env:
        yield Finding("ok", "dns", "proxied")
    else:
        roles = hosts_for(config.endpoint)
        named = (urlsplit(origin).hostname or "" for origin in (roles.login, roles.base, roles.file, roles.push))
        yield from checkup.hosts(tuple(dict.fromkeys(named)), partial(socket.getaddrinfo, port=443))
    yield from checkup.clock(_wall(), _wall() - began - (time.monotonic() - steady), config.zone)
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    yield from checkup.terminal(columns, choose_style(sys.stdout.encoding, os.environ))


def _names(config: Config, lang: Lang) -> Iterator[Finding]:
    loaded = load_all(config, lang)
    if loaded.errors:
        yield Finding("mend", "rules", "rules", {"count": str(len(loaded.errors))})
    try:
        with open_reader(config.state) as reader:
            roster = read_roster(reader)
    except StoreError as error:
        if error.event == "state_none":
            yield Finding("note", "names", "no_login")
        else:
            yield Finding("mend", "names", "no_names", {"why": str(error)})
        return
    if not roster.account and not roster.chats:
        yield Finding("note", "names", "no_login")
        return
    spoken = tuple(names_spoken(loaded.checked))
    yield from namecheck.names(spoken, roster)
    yield from namecheck.admins(tuple(_admins(config)), roster)
    yield from namecheck.unsaved(spoken, roster)


def _admins(config: Config) -> Iterator[tuple[str, Place]]:
    source = read_yaml(config.path, read_user_file(config.path))
    for number, name in enumerate(config.admins):
        yield name, source.place(("admins", number))


def run(args: argparse.Namespace) -> int:
    """Look at everything, print it, and say by the exit code whether something needs mending."""

    def use(config: Config) -> int:
        findings = (*_machine(config), *_names(config, args.lang))
        sys.stdout.write(as_json(findings, args.lang) if args.json else as_text(findings, args.lang))
        return EXIT_FINDINGS if _wrong(findings) else 0

    return with_config(args.config, args.lang, use, secrets=True)
