"""`ruleswx replay [CONFIG] --since 7d [--diff OLD_RULES]`: stored messages through today's rules. Nothing is sent, no
state is written; the bot may be running.

Every message is played at the time it came in, in order, with empty state at the beginning. With `--diff` the same
messages go through the old rules as well, with the same dice, and what differs is listed message by message. What web
requests and programs would have answered nobody knows: what follows them is not told.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from glob import glob
from pathlib import Path
from zoneinfo import ZoneInfo

from ruleswx.catalogue import width
from ruleswx.config import Config
from ruleswx.diagnostics import Lang
from ruleswx.model import Json
from ruleswx.rules.compile import RuleSet
from ruleswx.rules.load.files import TEST_ENDINGS
from ruleswx.rules.shape import parse_duration
from ruleswx.store import Reader
from ruleswx.verbs.loading import load_all, print_errors, with_rules
from ruleswx.verbs.recorded import Recording, read_recording
from ruleswx.verbs.replayed import Compared, Told, compare, hits, play
from ruleswx.verbs.state import clock, shown, with_state
from ruleswx.wording import length_words

__all__ = ["Report", "as_json", "run", "tell"]

EXIT_USAGE = 2
_KINDS = ("gained", "lost", "changed")
_WIDEST = 30
_WORDS = {
    "zh": {
        "since": "--since 要写成 24h 或 7d，不是 {value}\n", "old": "{value} 里没有规则文件\n",
        "head": "{since} 以来的 {count} 条消息", "nothing": "{since} 以来没有存下的消息", "hits": "{count} 次",
        "cooldown": "（另有 {count} 次在冷却中，没出声）", "dry": "（只试不做 {count} 次）",
        "silent": "没有规则命中：{count} 条", "gate": "没有往下看：{count} 条（{why}）",
        "kept": "注意：消息文字只保留 {kept}（配置里的 keep: messages），更早的没法重放。",
        "gone": "注意：有 {count} 条消息的文字已经不在了，没有算进来。",
        "unnamed": "注意：有 {count} 条消息不知道是哪个聊天的了，看群名、人名的规则不会命中它们。",
        "odd": "注意：有 {count} 条消息读不懂，没有算进来。",
        "errands": "注意：{count} 个 http 或 run 步骤没有执行，后面的步骤没有算进来。",
        "gained": "多命中 {count} 条", "lost": "少命中 {count} 条", "changed": "命中但结果不同 {count} 条",
        "same": "和旧规则没有差别", "before": "原来", "after": "现在", "none": "没有", "private": "私聊 {}",
        "gate.own": "机器人自己发的", "gate.echo": "机器人自己的话的回声", "gate.phone": "自己在手机上发的",
        "gate.official": "公众号", "gate.stale": "来的时候已经太旧", "gate.paused": "暂停中的聊天",
    },
    "en": {
        "since": "--since wants 24h or 7d, not {value}\n", "old": "there are no rule files in {value}\n",
        "head": "messages since {since}: {count}", "nothing": "no message since {since} is stored",
        "hits": "{count}", "cooldown": "(and {count} silent in cooldown)", "dry": "(dry: {count})",
        "silent": "no rule matched: {count}", "gate": "dropped: {count} ({why})",
        "kept": "note: texts are kept for {kept} only (keep: messages); older ones cannot be replayed.",
        "gone": "note: messages whose text is no longer kept, left out: {count}",
        "unnamed": "note: messages of chats nobody can name any more: {count}; rules that ask for names miss them.",
        "odd": "note: messages that cannot be read, left out: {count}",
        "errands": "note: http or run steps not carried out: {count}; what follows them is not told.",
        "gained": "gained: {count}", "lost": "lost: {count}", "changed": "changed: {count}",
        "same": "no difference to the old rules", "before": "before", "after": "after", "none": "nothing",
        "private": "private {}", "gate.own": "the bot's own", "gate.echo": "echo of the bot's own",
        "gate.phone": "typed on the phone", "gate.official": "official account", "gate.stale": "too old on arrival",
        "gate.paused": "paused chat",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a replay found. `kept` is set when the texts of part of that time cannot be there any more."""

    since: datetime
    zone: ZoneInfo
    recording: Recording
    ruleset: RuleSet
    told: Mapping[str, Told]
    diff: tuple[Compared, ...] | None = None
    kept: timedelta | None = None

    @property
    def errands(self) -> int:
        """Steps whose outcome nobody knows."""
        return sum(1 for told in self.told.values() for done in told.effects if done.kind in {"http", "run"})

    @property
    def silent(self) -> int:
        """Messages rules looked at and none fitted."""
        return sum(1 for told in self.told.values() if told.gate is None and not told.rules)

    @property
    def gates(self) -> dict[str, int]:
        """Why messages were not looked at (the gate's word: own, stale …), and how many."""
        counted: dict[str, int] = {}
        for told in self.told.values():
            if told.gate is not None:
                why = told.gate.code.removeprefix("gate.")
                counted[why] = counted.get(why, 0) + 1
        return counted


def run(args: argparse.Namespace) -> int:
    """Print what the rules do. 2 for a bad flag, 3 for rules that do not load, 6 and 7 for a state out of reach."""
    since = _length(args.since)
    if since is None:
        sys.stderr.write(_WORDS[args.lang]["since"].format(value=args.since))
        return EXIT_USAGE
    paths = _rule_files(args.diff) if args.diff is not None else ()
    if args.diff is not None and not paths:
        sys.stderr.write(_WORDS[args.lang]["old"].format(value=args.diff))
        return EXIT_USAGE

    def use(config: Config, ruleset: RuleSet) -> int:
        old = None
        if paths:
            before = load_all(config, args.lang, paths)
            old = before.ruleset
            if old is None:
                return print_errors(before.findings, args.lang)
        return with_state(args.config, args.lang, lambda _, reader: _print(args, reader, (config, ruleset, old), since))

    return with_rules(args.config, args.lang, use)


def _print(
    args: argparse.Namespace, reader: Reader, loaded: tuple[Config, RuleSet, RuleSet | None], length: timedelta
) -> int:
    config, new, old = loaded
    since = datetime.now(config.zone) - length  # noqa: TID251 - a verb may
    recording = read_recording(reader, since.timestamp(), config.admins)
    after = play(new, recording, config)
    diff = compare(play(old, recording, config), after, recording) if old is not None else None
    kept = config.keep_messages if length > config.keep_messages else None
    report = Report(since, config.zone, recording, new, after, diff, kept)
    sys.stdout.write((as_json if args.json else tell)(report, args.lang))
    return 0


def _length(text: str) -> timedelta | None:
    try:
        return parse_duration(text)
    except ValueError:
        return None


def _rule_files(written: str) -> tuple[str, ...]:
    """The rule files of a folder, a pattern or one file, tests left out."""
    if Path(written).is_file():
        return (written,)
    pattern = str(Path(written) / "*.yaml") if Path(written).is_dir() else written
    found = sorted(glob(pattern, recursive=True))  # noqa: PTH207 - keeps the path as the user typed it
    return tuple(path for path in found if not path.endswith(TEST_ENDINGS))


def tell(report: Report, lang: Lang) -> str:
    """The replay for people."""
    return "\n".join((*_summary(report, lang), *_notes(report, lang), *_differences(report, lang))) + "\n"


def _summary(report: Report, lang: Lang) -> Iterator[str]:
    words = _WORDS[lang]
    count, since = len(report.recording.messages), f"{report.since:%Y-%m-%d %H:%M}"
    yield words["head" if count else "nothing"].format(since=since, count=count)
    if not count:
        return
    section, counted = "", hits(report.ruleset, report.told)
    for rule in report.ruleset.rules:
        counts = counted[rule.name]
        told = [words["hits"].format(count=counts.get("matched", 0))]
        told += [words[key].format(count=counts[key]) for key in ("cooldown", "dry") if key in counts]
        name = shown(rule.name)
        label = rule.section if rule.section != section else ""
        section = rule.section
        yield f"{label:<8}{name}{' ' * max(0, _WIDEST - width(name))}  {' '.join(told)}"
    yield words["silent"].format(count=report.silent)
    for why, number in report.gates.items():
        yield words["gate"].format(count=number, why=words.get(f"gate.{why}", why))


def _notes(report: Report, lang: Lang) -> Iterator[str]:
    """What the figures leave out."""
    words, recording = _WORDS[lang], report.recording
    if report.kept is not None:
        yield words["kept"].format(kept=length_words(report.kept, lang))
    for key, count in (
        ("gone", recording.gone),
        ("unnamed", recording.unnamed),
        ("odd", recording.odd),
        ("errands", report.errands),
    ):
        if count:
            yield words[key].format(count=count)


def _differences(report: Report, lang: Lang) -> Iterator[str]:
    words = _WORDS[lang]
    if report.diff is None:
        return
    yield ""
    if not report.diff:
        yield words["same"]
    for kind in _KINDS:
        found = [one for one in report.diff if one.kind == kind]
        if found:
            yield words[kind].format(count=len(found))
        for one in found:
            yield from _difference(one, report.zone, lang)


def _difference(one: Compared, zone: ZoneInfo, lang: Lang) -> Iterator[str]:
    words, message = _WORDS[lang], one.item.message
    group = message.chat.kind == "group"
    chat = shown(message.chat.name) if group else words["private"].format(shown(message.chat.name))
    who = f" {shown(message.sender.member_name)}" if group else ""
    said = shown(message.text) or f"[{message.event or message.kind}]"
    yield f"  {clock(one.item.received.timestamp(), zone)}  {chat}{who}  {said}"
    for key, told in (("before", one.before), ("after", one.after)):
        yield f"      {words[key]}: {_outcome(told) or words['none']}"


def _outcome(told: Told) -> str:
    """What was done, rule by rule: 价格咨询: reply → 小李 99 元."""
    parts = []
    for rule in dict.fromkeys((*told.matched, *(done.rule for done in told.effects))):
        done = [
            " ".join(part for part in (d.kind, f"→ {d.to}" if d.to else "", *map(shown, d.what.values())) if part)
            for d in told.effects
            if d.rule == rule
        ]
        parts.append(f"{shown(rule)}: {'; '.join(done)}" if done else shown(rule))
    return " | ".join(parts)


def as_json(report: Report, _lang: Lang) -> str:
    """The one object of `--json`; its keys are a contract."""
    counted = hits(report.ruleset, report.told)
    rules: list[Json] = [
        {
            "rule": rule.name,
            "section": rule.section,
            "path": rule.place.path,
            "line": rule.place.line,
            "hits": counted[rule.name].get("matched", 0),
            "cooldown": counted[rule.name].get("cooldown", 0),
            "dry": counted[rule.name].get("dry", 0),
        }
        for rule in report.ruleset.rules
    ]
    recording = report.recording
    left_out: dict[str, Json] = {
        "gone": recording.gone,
        "unreadable": recording.odd,
        "unnamed": recording.unnamed,
        "errands": report.errands,
        "kept": report.kept.total_seconds() if report.kept else None,
    }
    made: dict[str, Json] = {
        "since": report.since.isoformat(timespec="seconds"),
        "messages": len(recording.messages),
        "rules": rules,
        "unmatched": report.silent,
        "gate": dict(report.gates),
        "left_out": left_out,
        "diff": None if report.diff is None else _diff_json(report.diff),
    }
    return json.dumps(made, ensure_ascii=False) + "\n"


def _diff_json(diff: tuple[Compared, ...]) -> Json:
    return {kind: [_compared_json(one) for one in diff if one.kind == kind] for kind in _KINDS}


def _compared_json(one: Compared) -> Json:
    message = one.item.message
    return {
        "id": message.id,
        "at": one.item.received.timestamp(),
        "chat": message.chat.name,
        "member": message.sender.member_name,
        "text": message.text,
        "before": _told_json(one.before),
        "after": _told_json(one.after),
    }


def _told_json(told: Told) -> Json:
    effects: list[Json] = [{"kind": d.kind, "to": d.to, **d.what, "rule": d.rule} for d in told.effects]
    return {"rules": [*told.matched], "effects": effects}
