"""What is wrong with a rule that has its shape: it listens nowhere, answers everything, or asks for the impossible.

Every check gives findings at the key or value concerned. It must not know how other files look: that is `crossing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from ruleswx.diagnostics import Diagnostic
from ruleswx.rules.load.breadth import says_what
from ruleswx.rules.load.known import hears_no_group
from ruleswx.rules.load.walk import Path, conds, every_step, names, rules, when_conds
from ruleswx.rules.schema import CheckedFile, Cond, Cooldown, Name, Rule, Step, Timed, Where, effective

__all__ = ["check_file"]

_WORDS = ("equals", "contains", "contains_all", "starts", "ends")
_RAW_ID = re.compile(r"@@?[0-9a-f]{6,}", re.IGNORECASE)
_AN_HOUR = timedelta(hours=1)
_HERE_ONLY = frozenset(
    {"reply", "ask", "recall", "kick", "accept", "strike", "pardon", "remark", "rename_group", "invite"}
)
_MEDIA = frozenset({"image", "file", "video", "emoticon"})


def check_file(file: CheckedFile) -> Iterator[Diagnostic]:
    """Every finding of this file's rules and schedules."""
    for section, path, rule in rules(file.model):
        yield from _check_rule(file, section, path, rule)
    for index, timed in enumerate(file.model.schedule or ()):
        yield from _check_timed(file, ("schedule", index), timed)


def _check_rule(file: CheckedFile, section: str, path: Path, rule: Rule) -> Iterator[Diagnostic]:
    if not _torn(file, path):
        yield from _check_where(file, section, path, rule)
    if rule.do is None and not _left_empty(file, path, "do"):
        yield file.source.diagnose("E111", (*path, "rule"), {"rule": rule.rule}, part="key")
    for at, cond in when_conds(path, rule):
        yield from _check_cond(file, at, cond)
    for index, name in enumerate(rule.exempt or ()):
        yield from _check_name(file, (*path, "exempt", index), name)
    for at, step in every_step(path, rule):
        yield from _check_step(file, section, at, step)
        yield from _check_possible(file, rule, at, step)
    if section == "guard" and rule.then == "continue":
        yield file.source.diagnose("E191", (*path, "then"), {"rule": rule.rule}, part="key")
    if rule.match == "loose" and _has_words(rule.when) and not (rule.examples and rule.examples.miss):
        yield file.source.diagnose("E140", (*path, "match"), {"rule": rule.rule}, part="key")


def _check_timed(file: CheckedFile, path: Path, timed: Timed) -> Iterator[Diagnostic]:
    if timed.do is None and not _left_empty(file, path, "do"):
        yield file.source.diagnose("E111", (*path, "rule"), {"rule": timed.rule}, part="key")
    for at, step in every_step(path, timed):
        yield from _check_step(file, "schedule", at, step)


def _left_empty(file: CheckedFile, path: Path, key: str) -> bool:
    """The key is there and its value is missing: the reader has said so already."""
    node = file.source.value(path)
    return isinstance(node, dict) and key in node


def _torn(file: CheckedFile, path: Path) -> bool:
    """A line of the rule was left out for being written twice: what it says is not known."""
    lines = [finding.place.line for finding in file.source.findings if finding.code == "E104"]
    if not lines:
        return False
    starts = sorted(file.source.place((*at, "rule"), "key").line for _, at, _ in rules(file.model))
    start = file.source.place((*path, "rule"), "key").line
    end = next((line for line in starts if line > start), max(lines) + 1)
    return any(start <= line < end for line in lines)


def _check_where(file: CheckedFile, section: str, path: Path, rule: Rule) -> Iterator[Diagnostic]:
    if rule.when is None and _left_empty(file, path, "when"):
        return
    where = effective(rule.when, file.model.defaults)
    wheres = [where]
    if rule.when and rule.when.any_ and (not where.known or where.lacks_group):
        wheres = [effective(block, outer=where) for block in rule.when.any_]
    args = {"rule": rule.rule}
    at = (*path, "rule")
    known = False
    if rule.when is None and not where.known:
        yield file.source.diagnose("E110", at, args, part="key")
    elif not all(w.known for w in wheres):
        yield file.source.diagnose("E112", at, args, part="key")
    elif any(w.lacks_group for w in wheres):
        yield file.source.diagnose("E112", at, {**args, "group": "@@"}, part="key")
    else:
        known = True
    never = _in_group_only(rule.when) if where.sender == "@" else ()
    for key in never:
        yield file.source.diagnose("E142", (*path, "when", key), {**args, "key": key}, part="key")
    if known and not never and (section == "reply" or _speaks(section, path, rule)):
        yield from _check_catch_all(file, at, rule, where)


def _in_group_only(cond: Cond | None) -> tuple[str, ...]:
    """Lines that never hold in a private chat."""
    keys = tuple(k for k in ("group", "member", "mention") if cond and getattr(cond, k) not in {None, "none"})
    return (*keys, "role") if cond and cond.role == "owner" else keys


def _speaks(section: str, path: Path, rule: Rule) -> bool:
    """Whether a guard rule answers or puts out, or a watching rule says the same words elsewhere each time."""
    for _, step in every_step(path, rule):
        if section == "guard" and (step.action in {"reply", "ask", "kick"} or (step.action in _MEDIA and not step.to)):
            return True
        if section == "watch" and step.send and step.send.text and "{" not in step.send.text:
            return True
    return False


def _check_catch_all(file: CheckedFile, at: Path, rule: Rule, where: Where) -> Iterator[Diagnostic]:
    """The first place in which the rule answers whatever is said; each block of `any` may listen elsewhere."""
    if says_what(rule.when):
        return
    when = rule.when or Cond()
    for block in when.any_ or (when,):
        if says_what(block):
            continue
        there = effective(block, outer=where) if block is not when else where
        if code := _too_broad(there, when.mention or block.mention, rule.cooldown or _default_cooldown(file)):
            yield file.source.diagnose(code, at, {"rule": rule.rule}, part="key")
            return


def _default_cooldown(file: CheckedFile) -> Cooldown | None:
    return file.model.defaults.cooldown if file.model.defaults else None


def _too_broad(where: Where, mention: str | None, cooldown: Cooldown | None) -> str:
    if where.sender == "@@":
        return "" if mention == "me" or (mention == "anyone" and cooldown) else "E114"
    return "E113" if cooldown is None or cooldown.length < _AN_HOUR else ""


def _check_cond(file: CheckedFile, path: Path, cond: Cond) -> Iterator[Diagnostic]:
    for at, name in names(path, cond):
        yield from _check_name(file, at, name)
    for index, word in enumerate(cond.file_name or ()):
        if "*" in word[1:-1]:
            yield file.source.diagnose("E169", (*path, "file_name", index), {"value": word, "file": ""})
    for key in _WORDS:
        if key not in cond.model_fields_set:
            continue
        words: tuple[str, ...] | None = getattr(cond, key)
        for index, word in enumerate(words or ()):
            if "，" in word or "、" in word:
                yield from _check_comma(file, (*path, key, index), word)


def _check_comma(file: CheckedFile, path: Path, word: str) -> Iterator[Diagnostic]:
    """`[价格，报价]` is one word to YAML; quotes say that it is meant to be one."""
    if file.source.style(path) != "plain" or not file.source.in_brackets(path):
        return
    offset = min(i for i in (word.find("，"), word.find("、")) if i >= 0)
    fixed = word.replace("，", ", ").replace("、", ", ")
    yield file.source.inside("E109", path, offset, 1, {"char": word[offset], "narrow": ", ", "fixed": f"[{fixed}]"})


def _check_name(file: CheckedFile, path: Path, name: Name) -> Iterator[Diagnostic]:
    if name.text and _RAW_ID.fullmatch(name.text):
        yield file.source.diagnose("E121", path, {"value": name.text})


def _check_step(file: CheckedFile, section: str, path: Path, step: Step) -> Iterator[Diagnostic]:
    for index, name in enumerate(step.to or ()):
        yield from _check_name(file, (*path, "to", index), name)
    action = step.action
    if action == "invite":
        yield from _check_invite(file, path, step)
    if section == "watch" and (action in {"reply", "ask"} or (action in _MEDIA and not step.to)):
        args = {"section": section, "action": action} | ({"to": "to"} if action in _MEDIA else {})
        yield file.source.diagnose("E130", (*path, action), args, part="key")
    if section == "schedule" and (action in _HERE_ONLY or (action in _MEDIA and not step.to)):
        way = "to" if action in _MEDIA else "send" if action in {"reply", "ask"} else "nobody"
        yield file.source.diagnose("E130", (*path, action), {"section": section, "action": action, way: ""}, part="key")


def _check_possible(file: CheckedFile, rule: Rule, path: Path, step: Step) -> Iterator[Diagnostic]:
    """What there is nobody to do it to, wherever the rule hears something."""
    if step.action in {"kick", "rename_group"} and hears_no_group(rule.when, file.model.defaults):
        args = {"rule": rule.rule, "action": step.action}
        yield file.source.diagnose("E152", (*path, step.action), args, part="key")
    if step.action == "accept" and not any(
        "friend_request" in (*(cond.event or ()), *(cond.MsgType or ())) or "37" in (cond.MsgType or ())
        for _, cond in conds(rule.when, path)
    ):
        yield file.source.diagnose("E193", (*path, "accept"), {"rule": rule.rule}, part="key")


def _check_invite(file: CheckedFile, path: Path, step: Step) -> Iterator[Diagnostic]:
    for index, name in enumerate(step.to or ()):
        if name.text in {"admins", "filehelper"}:
            yield file.source.diagnose("E194", (*path, "to", index), {"name": name.text})
        elif name.regex or "*" in (name.text or ""):
            shown = name.text or f"{{regex: {name.regex}}}"
            yield file.source.diagnose("W211", (*path, "to", index), {"name": shown})


def _has_words(cond: Cond | None) -> bool:
    return cond is not None and (
        any(getattr(cond, key) is not None for key in (*_WORDS, "regex")) or any(map(_has_words, cond.any_ or ()))
    )
