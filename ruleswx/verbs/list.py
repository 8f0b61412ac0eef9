"""`ruleswx list [CONFIG]`: every rule in the order it is looked at, and when each schedule is due next.

Where a rule listens is said in a few words; `explain` says how it judges. It logs in nowhere.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from ruleswx.catalogue import width
from ruleswx.config import Config
from ruleswx.diagnostics import Lang
from ruleswx.log import escape
from ruleswx.model import Json
from ruleswx.rules.compile import Rule, RuleSet, TimedRule
from ruleswx.rules.conditions.timing import show_dates, show_hours
from ruleswx.rules.schema import Cond, Cooldown, Defaults
from ruleswx.rules.schema.where import Where, effective
from ruleswx.schedule import data_end, occurrences
from ruleswx.verbs.loading import with_rules
from ruleswx.verbs.moments import bad_moment, moment_of
from ruleswx.wording import length_words, word

__all__ = ["TIMES", "as_json", "run", "tell"]

EXIT_USAGE = 2
TIMES = 10
_WIDEST = 36
_WEEK = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_WORDS = {
    "zh": {
        "guard": "guard     第一条命中的结束这条消息", "reply": "reply     第一条命中的来回答",
        "watch": "watch     每条都看", "schedule": "schedule  定时（{zone}）", "@": "私聊", "@@": "群",
        "official": "公众号", "member": "成员 {}", "event": "事件 {}", "mention": "@ {}", "role": "身份 {}",
        "hours": "{}", "days": "{}", "dates": "日期 {}", "valid": "有效期 {}", "person": "对方 {}",
        "or": "，或 ", "and": "，", "any": "到处", "all": "所有群", "cooldown": "每个{per}冷却 {length}",
        "never": "不会再到点", "off": "关着", "jitter": "，再随机晚 {length}以内", "none": "没有规则",
        "unknown": "{end} 以后的放假日还没有数据，之前不会再到点",
    },
    "en": {
        "guard": "guard     the first match ends the message", "reply": "reply     the first match answers",
        "watch": "watch     every match runs", "schedule": "schedule  at times ({zone})", "@": "private",
        "@@": "group", "official": "official accounts", "member": "member {}", "event": "event {}",
        "mention": "mentions {}", "role": "role {}", "hours": "{}", "days": "{}", "dates": "on {}", "valid": "valid {}",
        "person": "person {}", "or": ", or ", "and": ", ", "any": "everywhere",
        "all": "every group", "cooldown": "cooldown {length} per {per}", "never": "never due again", "off": "off",
        "unknown": "not due again up to {end}, where the holiday data ends",
        "jitter": ", up to {length} later at random", "none": "no rules",
    },
}  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Print the list. 2 for a bad `--at`, 3 for rules that do not load."""
    if args.at is not None and moment_of(args.at) is None:
        sys.stderr.write(bad_moment(args.at, args.lang))
        return EXIT_USAGE

    def use(config: Config, ruleset: RuleSet) -> int:
        now = moment_of(args.at, config.zone) or datetime.now(config.zone)  # noqa: TID251 - a verb may
        sys.stdout.write((as_json if args.json else tell)(ruleset, now, args.lang))
        return 0

    return with_rules(args.config, args.lang, use)


def tell(ruleset: RuleSet, now: datetime, lang: Lang) -> str:
    """The list for people."""
    words = _WORDS[lang]
    blocks = []
    for section in ("guard", "reply", "watch"):
        rules: tuple[Rule, ...] = getattr(ruleset, section)
        rows = [(f"{r.position + 1:>4}", r.name, str(_spot(r)), _about(r, lang)) for r in rules]
        if rows:
            blocks.append([words[section], *_columns(rows)])
    if ruleset.schedule:
        told = [words["schedule"].format(zone=ruleset.options.zone.key)]
        for timed in ruleset.schedule:
            told += _timed(timed, now, lang)
        blocks.append(told)
    lines = [line for number, block in enumerate(blocks) for line in ("",) * bool(number) + tuple(block)]
    return "\n".join(lines or [words["none"]]) + "\n"


def _spot(rule: Rule | TimedRule) -> str:
    return f"{rule.place.path}:{rule.place.line}"


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows under one another; a cell that is far too wide pushes only its own row."""
    shown = [tuple(escape(cell) for cell in row) for row in rows]
    wide = [min(_WIDEST, max(width(row[n]) for row in shown)) for n in range(len(shown[0]))]
    for row in shown:
        cells = (cell + " " * (room - width(cell)) for cell, room in zip(row, wide, strict=True))
        yield "  ".join(cells).rstrip()


def _about(rule: Rule, lang: Lang) -> str:
    """Where it listens, then what is not as usual."""
    words = _WORDS[lang]
    parts = [_where(rule, lang)]
    parts += [words[key].format(", ".join(times)) for key, times in _times(rule).items() if times]
    if rule.mode != "live":
        parts.append(f"mode {rule.mode}")
    if rule.cooldown:
        per = word("per", rule.cooldown.per, lang)
        parts.append(words["cooldown"].format(length=length_words(rule.cooldown.length, lang), per=per))
    return " · ".join(parts)


def _times(rule: Rule) -> dict[str, list[str]]:
    """When it listens, as it was written: its own lines, else the file's defaults."""
    cond, defaults = rule.written.when or Cond(), rule.file.model.defaults
    hours = cond.hours or (defaults.hours if defaults else None)
    days = cond.days or (defaults.days if defaults else None)
    return {
        "hours": [show_hours(span) for span in hours or ()],
        "days": list(days or ()),
        "dates": [show_dates(span) for span in cond.dates or ()],
        "valid": [show_dates(rule.written.valid)] if rule.written.valid else [],
    }


def _where(rule: Rule, lang: Lang) -> str:
    return _WORDS[lang]["or"].join(dict.fromkeys(_place(cond, where, lang) for cond, where in _blocks(rule)))


def _blocks(rule: Rule) -> Iterator[tuple[Cond, Where]]:
    """The conditions that say where: the rule's own, or those of its `any` blocks when it leaves that to them."""
    defaults: Defaults | None = rule.file.model.defaults
    cond = rule.written.when or Cond()
    outer = effective(cond, defaults)
    if outer.known or not cond.any_:
        yield cond, outer
        return
    for block in cond.any_:
        yield block, effective(block, defaults, outer)


def _place(cond: Cond, where: Where, lang: Lang) -> str:
    """One where in a few words: 群 产品交流群 客户群*，@ me."""
    words = _WORDS[lang]
    parts = []
    if where.group:
        names = _names(where.group)
        parts.append(words["all"] if names == ["all"] else f"{words['@@']} {' '.join(names)}")
        parts += [words["person"].format(" ".join(_names(where.person)))] if where.person else []
    elif where.sender:
        parts.append(" ".join([words[where.sender], *_names(where.person or ())]))
    parts += [words["member"].format(" ".join(_names(cond.member)))] if cond.member else []
    parts += [words["role"].format(cond.role)] if cond.role else []
    parts += [words["event"].format(" ".join(cond.event))] if cond.event else []
    parts += [words["mention"].format(cond.mention)] if cond.mention else []
    return words["and"].join(parts) or words["any"]


def _names(names: Iterable[object]) -> list[str]:
    return [str(getattr(name, "text", None) or f"/{getattr(name, 'regex', '')}/") for name in names]


def _timed(rule: TimedRule, now: datetime, lang: Lang) -> Iterator[str]:
    """A schedule: its name and place, then its next times, five a line."""
    words = _WORDS[lang]
    mode = "" if rule.mode == "live" else f"  mode {rule.mode}"
    jitter = words["jitter"].format(length=length_words(rule.spec.jitter, lang)) if rule.spec.jitter else ""
    zone = f"  {rule.spec.zone}" if rule.written.tz else ""
    yield f"      {escape(rule.name)}  {escape(_spot(rule))}{mode}{zone}{jitter}"
    if rule.mode == "off":
        return
    times = [_shown(due, lang) for due in _due(rule, now)]
    for start in range(0, len(times), 5):
        yield " " * 8 + "   ".join(times[start : start + 5])
    if not times:
        yield " " * 8 + words["unknown" if "holiday" in rule.spec.days else "never"].format(end=data_end())


def _shown(due: datetime, lang: Lang) -> str:
    seconds = f"{due:%H:%M:%S}".removesuffix(":00")
    return f"{due:%Y-%m-%d} {_WEEK[lang][due.weekday()]} {seconds}"


def _due(rule: TimedRule, now: datetime) -> list[datetime]:
    """The next times after now; none for a schedule that is switched off."""
    if rule.mode == "off":
        return []
    return list(islice(occurrences(rule.spec, now + timedelta(microseconds=1)), TIMES))


def as_json(ruleset: RuleSet, now: datetime, _lang: Lang) -> str:
    """The one object of `--json`; its keys are a contract."""
    rules = [_rule_json(rule) for rule in ruleset.rules]
    schedules: list[Json] = [
        {
            "rule": timed.name,
            "path": timed.place.path,
            "line": timed.place.line,
            "mode": timed.mode,
            "tz": str(timed.spec.zone),
            "jitter": timed.spec.jitter.total_seconds(),
            "next": [due.isoformat() for due in _due(timed, now)],
        }
        for timed in ruleset.schedule
    ]
    return json.dumps({"rules": rules, "schedules": schedules}, ensure_ascii=False) + "\n"


def _rule_json(rule: Rule) -> Json:
    return {
        "rule": rule.name,
        "section": rule.section,
        "position": rule.position + 1,
        "path": rule.place.path,
        "line": rule.place.line,
        "mode": rule.mode,
        "where": [_where_json(cond, where) for cond, where in _blocks(rule)],
        "cooldown": _cooldown_json(rule.cooldown),
        **{key: [*times] for key, times in _times(rule).items()},
    }


def _where_json(cond: Cond, where: Where) -> Json:
    group, person, member = (list(_names(names or ())) for names in (where.group, where.person, cond.member))
    told: dict[str, Json] = {"sender": where.sender, "group": [*group], "person": [*person], "member": [*member]}
    return {**told, "event": list(cond.event or ()), "mention": cond.mention, "role": cond.role}


def _cooldown_json(cooldown: Cooldown | None) -> Json:
    return {"seconds": cooldown.length.total_seconds(), "per": cooldown.per} if cooldown else None
