"""A whole file: sections of rules, defaults, lists, templates, variables, schedules, tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema

from ruleswx.rules.schema.cond import Cond, Names, Sender
from ruleswx.rules.schema.step import Step
from ruleswx.rules.schema.trial import Test, World
from ruleswx.rules.schema.written import PLAIN, Lenient, plain
from ruleswx.rules.shape import (
    DateSpanText,
    Day,
    Duration,
    DurationOrNone,
    HoursText,
    Moment,
    OneOrMany,
    Shape,
    Text,
    TimeOfDay,
    Zone,
    bad,
    choice,
    doc,
    parse_duration,
)

__all__ = ["SECTIONS", "Cooldown", "Defaults", "Examples", "ListDef", "Missed", "Rule", "RuleFile", "Timed", "Var"]

SECTIONS = ("guard", "reply", "watch")
Mode = Annotated[str, choice({"live": "live", "dry": "dry", "off": "off"})]
Match = Annotated[str, choice({"normal": "normal", "exact": "exact", "loose": "loose"})]
_SCOPES = {s: s for s in ("rule", "chat", "group", "person", "member")}


@dataclass(frozen=True, slots=True)
class Cooldown:
    """Silence after an answer: how long, and counted for whom."""

    length: timedelta
    per: Literal["rule", "chat", "group", "person", "member"] = "chat"


_COOLDOWN = re.compile(r"(.+?)(?:\s+per\s+(\S+)|\s*每(?:个)?(\S+))?")


def _cooldown(value: object) -> Cooldown:
    if not isinstance(value, str):
        bad("E116", want="@duration", got="@mapping" if isinstance(value, dict) else "@list")
    found = _COOLDOWN.fullmatch(value.strip())
    length = parse_duration(found[1] if found else value)
    per: Any = (found and found[2]) or "chat"
    if per not in _SCOPES:
        bad("E115", value=per, options=", ".join(_SCOPES), near=_near_scope(per))
    return Cooldown(length, per)


def _near_scope(word: str) -> str:
    near = {"user": "person", "friend": "person", "room": "group", "all": "rule", "bot": "rule"}
    return near.get(word, next((s for s in _SCOPES if s[:3] == word[:3]), "chat"))


CooldownText = Annotated[
    Cooldown,
    PlainValidator(_cooldown),
    WithJsonSchema({
        "type": "string",
        "pattern": r"^\d+[smhd](\s+per\s+(rule|chat|group|person|member))?$",
        "examples": ["10m per person", "30s per group"],
    }),
]  # fmt: skip


class Defaults(Shape):
    """For the rules of this file; a rule's own key replaces it."""

    sender: Sender | None = doc("会话的种类。", "which kind of chat.")
    group: Names | None = doc("哪些群。", "which groups.")
    person: Names | None = doc("哪些人。", "which people.")
    hours: OneOrMany[HoursText] | None = doc("几点到几点。", "from when to when.")
    days: OneOrMany[Day] | None = doc("星期几。", "which days.")
    match: Match | None = doc("文字怎么比。", "how texts are compared.")
    mode: Mode | None = doc("live、dry 或 off。", "live, dry or off.")
    cooldown: CooldownText | None = doc("冷却。", "silence after an answer.")
    exempt: Names | None = doc("对谁不管。", "who is left alone.")


class ListDef(Shape):
    """Words under one name: here, or one a line in a file."""

    entries: tuple[Text, ...] | None = plain()
    file: Text | None = doc("词表文件，一行一个，# 开头是说明。", "a file, one entry a line; # begins a comment.")

    def model_post_init(self, _context: object, /) -> None:
        """Entries or a file."""
        if self.entries is None and self.file is None:
            bad("E119", options="file")


def _list(value: object) -> object:
    return {PLAIN: value if isinstance(value, list) else [value]} if isinstance(value, list | str) else value


class Var(Shape):
    """Something remembered between messages."""

    type: Annotated[str, choice({"text": "text", "number": "number", "flag": "flag", "list": "list"})] = doc(
        "种类：text number flag list。", "text, number, flag or list.", ...
    )
    per: Annotated[str, choice({s: s for s in ("bot", "chat", "person", "member")})] = doc(
        "每个什么一份：bot chat person member。", "one value per bot, chat, person or member.", ...
    )
    start: Any = doc("开始的值。", "the value to begin with.")
    expires: Duration | None = doc("多久没变就回到开始。", "after so long without a change it begins anew.")

    def model_post_init(self, _context: object, /) -> None:
        """`start` fits `type`."""
        text = str(self.start)
        good = {
            "number": re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text, re.ASCII) is not None,
            "flag": text.casefold() in {"yes", "no", "true", "false", "on", "off", "是", "否"},
            "list": isinstance(self.start, list),
            "text": isinstance(self.start, str),
        }
        if self.start is not None and not good[str(self.type)]:
            bad("E170", value=text[:60], type=str(self.type))


class Examples(Shape):
    """Sentences that prove the rule: they run at every load."""

    hit: OneOrMany[Text] | None = doc("应该命中的话。", "texts that must match.")
    miss: OneOrMany[Text] | None = doc("不应该命中的话。", "texts that must not match.")
    todo: OneOrMany[Text] | None = doc("现在还抓不到、以后想抓的。", "texts that should match one day.")


class Rule(Shape):
    """Where it listens, what it looks for, what it does."""

    called: ClassVar[str] = "@a_rule"
    synonyms: ClassVar[Mapping[str, str]] = {
        "name": "rule", "title": "rule", "id": "rule", "description": "about", "if": "when", "trigger": "when",
        "then": "do", "action": "do", "actions": "do", "condition": "when", "conditions": "when", "except": "unless",
        "not": "unless", "throttle": "cooldown", "tests": "examples", "enabled": "mode",
        "规则": "rule", "名字": "rule", "当": "when", "做": "do", "除非": "unless",
        "冷却": "cooldown", "例子": "examples",
    }  # fmt: skip

    rule: Text = doc("规则的名字，不能重复。", "the rule's name, unique.", ...)
    about: Text | None = doc("说明。", "what it is for.")
    mode: Mode | None = doc("live 生效（默认），dry 只记录不做，off 关掉。", "live (default), dry: only traced, off.")
    match: Match | None = doc(
        "文字怎么比：normal 不分大小写、全半角、繁简（默认），exact 一字不差，loose 再忽略空格标点。",
        "how texts are compared: normal folds case, width, 繁简 (default); exact; loose skips blanks and signs.",
    )
    valid: DateSpanText | None = doc("有效的日期，两头都算。", "the days it is valid, both ends included.")
    when: Cond | None = doc("什么时候：每一行都要成立。", "when: every line must hold.")
    unless: Cond | None = doc("除非：任何一行成立就不算。", "unless: any one of these lines cancels the rule.")
    exempt: Names | None = doc(
        "对谁不管（默认配置里的管理员）；none 是谁都管。", "who is left alone (the admins by default); none: nobody."
    )
    cooldown: CooldownText | None = doc(
        "回答一次后安静多久，10m per person。", "how long to be silent after an answer, 10m per person."
    )
    do: OneOrMany[Step] | None = doc("做什么：一步或几步。", "what to do: one step or several.")
    then: Annotated[str, choice({"stop": "stop", "continue": "continue"})] | None = doc(
        "命中以后：stop 到此为止，continue 继续看下面的规则（guard 里总是到此为止）。",
        "after a match: stop, or continue with the rules below (guard always stops).",
    )
    again: Annotated[str, choice({"ignore": "ignore", "restart": "restart", "parallel": "parallel"})] | None = doc(
        "同一个人在这个聊天里又触发，步骤还没做完：ignore 不理（默认），restart 从头来，parallel 两份都做。",
        "triggered again by the same person here while its steps are not over: ignore (default), restart, parallel.",
    )
    examples: Examples | None = doc("例句，每次加载都会试。", "sample texts, run at every load.")


@dataclass(frozen=True, slots=True)
class Missed:
    """What becomes of an occurrence nobody was there for: None = skipped, else sent if not later than this."""

    within: timedelta | None = None


def _missed(value: object) -> Missed:
    text = value.strip() if isinstance(value, str) else ""
    if text == "skip":
        return Missed()
    if not text.startswith("within "):
        bad("E115", value=str(value)[:60], options="skip, within 20m")
    return Missed(parse_duration(text.removeprefix("within ").strip()))


MissedText = Annotated[
    Missed,
    PlainValidator(_missed),
    WithJsonSchema({"type": "string", "pattern": r"^(skip|within\s+\d+[smhd])$", "examples": ["skip", "within 20m"]}),
]
_WHEN = ("at", "every", "cron", "once")


class Timed(Shape):
    """Something done at a time, without a message."""

    called: ClassVar[str] = "@a_schedule"
    synonyms: ClassVar[Mapping[str, str]] = {
        "name": "rule",
        "time": "at",
        "action": "do",
        "actions": "do",
        "when": "at",
    }

    rule: Text = doc("名字，不能重复。", "its name, unique.", ...)
    about: Text | None = doc("说明。", "what it is for.")
    mode: Mode | None = doc("live、dry 或 off。", "live, dry or off.")
    at: OneOrMany[TimeOfDay] | None = doc("每天几点，'08:30'。", "at what time of day, '08:30'.")
    every: Duration | None = doc("每隔多久，从半夜算起。", "every so long, counted from midnight.")
    cron: Text | None = doc("cron 的五个字段，要加引号：'30 8 * * 1-5'。", "five cron fields, quoted: '30 8 * * 1-5'.")
    once: Moment | None = doc("只一次：'2026-03-02 10:00'。", "once: '2026-03-02 10:00'.")
    days: OneOrMany[Day] | None = doc(
        "哪些天：mon … sun、weekday、weekend；workday 上班的日子（含调休），"
        "holiday 国务院公布的放假日（普通周末不算）。",
        "which days: mon … sun, weekday, weekend; workday: days people work, make-up days included; holiday: the legal "
        "days off as announced (a plain weekend is none).",
    )
    dates: OneOrMany[DateSpanText] | None = doc("哪些日期。", "which dates.")
    tz: Zone | None = doc("时区，默认用配置里的。", "time zone, the configuration's by default.")
    calendar: Annotated[str, choice({"cn": "cn"})] | None = doc("法定假日的日历。", "calendar of legal holidays.")
    jitter: DurationOrNone | None = doc("随机晚多久，最多这么久。", "start this much later at random.")
    missed: MissedText | None = doc(
        "错过了怎么办：skip 不补，within 20m 20 分钟内补。", "if missed: skip, or within 20m."
    )
    do: OneOrMany[Step] | None = doc("做什么；要写 to:。", "what to do; steps need `to:`.")

    def model_post_init(self, _context: object, /) -> None:
        """Exactly one way to say when."""
        given = [key for key in _WHEN if getattr(self, key) is not None]
        if len(given) != 1:
            second = {"keys": ", ".join(given), "at": given[1]} if given else {}
            bad("E119" if given else "E166", options=", ".join(_WHEN), sample="at: '08:30'", **second)


class RuleFile(Shape):
    """One rule file."""

    synonyms: ClassVar[Mapping[str, str]] = {
        "rules": "reply", "replies": "reply", "guards": "guard", "template": "templates", "list": "lists",
        "schedules": "schedule", "cron": "schedule", "variables": "vars", "include": "use", "import": "use",
        "test": "tests", "default": "defaults",
    }  # fmt: skip

    use: OneOrMany[Text] | None = doc(
        "用别的文件里的 lists 和 templates；测试文件里是被测的规则文件。",
        "lists and templates of other files; in a test file, the rule files under test.",
    )
    defaults: Defaults | None = doc("这个文件里规则的默认值。", "defaults for the rules of this file.")
    lists: dict[str, Annotated[ListDef, BeforeValidator(_list), Lenient(text=False, texts=True)]] | None = doc(
        "词表，规则里写 $名字。", "lists of words; rules write $NAME."
    )
    templates: dict[str, Text] | None = doc("话的模板。", "texts by name.")
    vars: dict[str, Var] | None = doc("变量。", "variables.")
    guard: tuple[Rule, ...] | None = doc(
        "最先看；第一条命中就结束。", "looked at first; the first match ends the message."
    )
    reply: tuple[Rule, ...] | None = doc("回答；第一条命中的来答。", "answers; the first match answers.")
    watch: tuple[Rule, ...] | None = doc("旁观；每条都看，不在群里说话。", "every match runs, silent in the chat.")
    schedule: tuple[Timed, ...] | None = doc("定时。", "at times.")
    tests: tuple[Test, ...] | None = doc("测试。", "tests.")
    clock: Moment | None = doc("测试从什么时候开始。", "when tests begin.")
    world: World | None = doc("测试里的人和群。", "the people and groups of the tests.")

    def rules(self, section: str) -> tuple[Rule, ...]:
        """The rules of one section, in file order."""
        found: tuple[Rule, ...] | None = getattr(self, section)
        return found or ()
