"""A trace for people: one line a section, the same reasons together, the closest miss marked.

It must not know how anything was judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ruleswx.catalogue import width
from ruleswx.diagnostics import Lang
from ruleswx.rules.trace.trace import Heard, RuleTrace, Trace
from ruleswx.rules.trace.words import say

__all__ = ["render"]

_LABEL = 10
_COLUMNS = 110
_BETWEEN = "     "
_LONGEST = 200
_SECTIONS = ("guard", "reply", "watch", "schedule", "dialogue")
_HIDDEN = dict.fromkeys((*range(32), *range(127, 160), *range(8234, 8239), *range(8294, 8298)), "�")


@dataclass(frozen=True, slots=True)
class _Words:
    message: str
    answer: str
    gate: str
    group: str
    member: str
    person: str
    event: str
    mentions: dict[str, str]
    text: str
    folded: str
    closest: str
    skipped: str
    others: str
    none: str
    comma: str


_WORDS = {
    "zh": _Words(
        "消息", "回答", "没往下看", "群 {}", "成员 {}", "私聊 {}", "事件 {}",
        {"me": "@ 了机器人", "all": "@ 了所有人", "anyone": "@ 了别人"},
        "文字 {}", "  （归一后 {}）", "   ← 最接近，差 {away} 个字", "（跳过 {count} 条：{why}）",
        "（另有 {count} 条规则：没轮到，或者要的词、种类、地方这条消息没有）", "没有", "，",
    ),
    "en": _Words(
        "message", "answer", "dropped", "group {}", "member {}", "private {}", "event {}",
        {"me": "mentions me", "all": "mentions all", "anyone": "mentions somebody"},
        "text {}", "  (folded {})", "   ← closest, {away} character{s} off", "({count} rule{s} skipped: {why})",
        "({count} other rule{s}: not reached, or in need of words, a kind or a place this message has not)",
        "none", ", ",
    ),
}  # fmt: skip


def render(trace: Trace, lang: Lang) -> str:
    """The story of one message as `explain` and `why` print it, without a line break at the end."""
    words = _WORDS[lang]
    lines = [] if trace.heard.timer else [_line(words.message, _heard(trace.heard, words))]
    if trace.gate is not None:
        lines.append(_line(words.gate, say(trace.gate, lang)))
    closest = _closest(trace.rules)
    for section in _SECTIONS:
        rows = [row for row in trace.rules if row.section == section]
        for number, text in enumerate(_section(rows, closest, words, lang)):
            lines.append(_line("" if number else section, text))
    if trace.gate is None and (others := trace.judged - len(trace.rules)) > 0 and not trace.heard.timer:
        lines.append(_line("", words.others.format(count=others, s="" if others == 1 else "s")))
    for number, text in enumerate(_answer(trace, words, lang)):
        lines.append(_line("" if number else words.answer, text))
    return "\n".join(lines)


def _line(label: str, text: str) -> str:
    return label + " " * max(1, _LABEL - width(label)) + text.translate(_HIDDEN)


def _heard(heard: Heard, words: _Words) -> str:
    parts = [heard.kind]
    if heard.sender == "@@":
        parts += [words.group.format(heard.chat), words.member.format(heard.member)]
    elif heard.chat:
        parts.append(words.person.format(heard.person or heard.chat))
    if heard.event:
        parts.append(words.event.format(heard.event))
    if heard.mentions:
        parts.append(words.mentions[heard.mentions])
    if heard.text:
        parts.append(words.text.format(_short(heard.text)) + words.folded.format(_short(heard.folded)))
    return words.comma.join(parts)


def _short(text: str) -> str:
    flat = text.replace("\n", "⏎")
    return flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}… ({len(flat)})"


def _closest(rows: Iterable[RuleTrace]) -> RuleTrace | None:
    near = [row for row in rows if row.near is not None]
    return min(near, key=lambda row: row.near.away if row.near else 0, default=None)


def _section(rows: list[RuleTrace], closest: RuleTrace | None, words: _Words, lang: Lang) -> Iterator[str]:
    """Lines of one section: the closest miss by itself, the others side by side where they fit."""
    grouped: dict[str, list[str]] = {}
    skipped: dict[str, int] = {}
    for row in rows:
        why = _short(say(row.because, lang))
        if row is closest and row.near is not None:
            away = row.near.away
            yield f"{row.rule} ✗ {why}" + words.closest.format(away=away, s="" if away == 1 else "s")
        elif row.outcome == "skipped":
            skipped[why] = skipped.get(why, 0) + 1
        else:
            grouped.setdefault(f" {_sign(row)} {why}{_span(row)}", []).append(row.rule)
    items = [words.comma.join(names) + why for why, names in grouped.items()]
    items += [_skip(count, why, words) for why, count in skipped.items()]
    yield from _flow(items)


def _sign(row: RuleTrace) -> str:
    return {"matched": "✓", "dry": "○", "cooldown": "⏸"}.get(row.outcome, "✗")


def _span(row: RuleTrace) -> str:
    return f" ({row.matched[0]}-{row.matched[1]})" if row.matched and row.outcome != "missed" else ""


def _skip(count: int, why: str, words: _Words) -> str:
    """They want, it wants: the reason is written for one rule."""
    if why.startswith("wants "):
        why = f"they want {why[6:]}" if count > 1 else f"it {why}"
    return words.skipped.format(count=count, s="" if count == 1 else "s", why=why)


def _flow(items: list[str]) -> Iterator[str]:
    line = ""
    for item in items:
        if line and width(line) + width(item) + len(_BETWEEN) > _COLUMNS:
            yield line
            line = item
        else:
            line = f"{line}{_BETWEEN}{item}" if line else item
    if line:
        yield line


def _answer(trace: Trace, words: _Words, lang: Lang) -> Iterator[str]:
    told = False
    for row in trace.rules:
        done = [d for d in trace.effects if d.rule == row.rule]
        steps = [s for s in row.steps if not s.ok or s.because.code.startswith("step.")]
        if row.outcome != "matched" or not (done or steps):
            continue
        told = True
        yield row.rule
        for effect in done:
            said = " ".join(_short(value) for value in effect.what.values())
            yield f"  {effect.kind}" + (f" → {effect.to}" if effect.to else "") + (f"  {said}" if said else "")
        for step in steps:
            yield f"  {'·' if step.ok else '✗'} {_short(say(step.because, lang))}"
    if not told:
        yield words.none
