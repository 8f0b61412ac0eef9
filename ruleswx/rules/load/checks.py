"""What is wrong with a rule that has its shape: it listens nowhere, answers everything, or asks for the impossible.

Every check gives findings at the key or value concerned. It must not know how other files look: that is `crossing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from ruleswx.diagnostics import Diagnostic
from ruleswx.rules.load.walk import Path, every_step, names, rules, when_conds
from ruleswx.rules.schema import CheckedFile, Cond, Name, Rule, Step, Timed, Where, effective

__all__ = ["check_file"]

_WHAT = frozenset({
    "MsgType", "event", "equals", "contains", "contains_all", "starts", "ends", "regex", "length", "has", "title",
    "file_name", "flood", "repeat", "strikes",
})  # fmt: skip
_WORDS = ("equals", "contains", "contains_all", "starts", "ends")
_RAW_ID = re.compile(r"@@?[0-9a-f]{6,}", re.IGNORECASE)
_AN_HOUR = timedelta(hours=1)
_HERE_ONLY = frozenset({"reply", "ask", "recall", "kick", "accept", "strike", "pardon", "remark", "rename_group"})
_MEDIA = frozenset({"image", "file", "video", "emoticon"})


def check_file(file: CheckedFile) -> Iterator[Diagnostic]:
    """Every finding of this file's rules and schedules."""
    for section, path, rule in rules(file.model):
        yield from _check_rule(file, section, path, rule)
    for index, timed in enumerate(file.model.schedule or ()):
        yield from _check_timed(file, ("schedule", index), timed)


def _check_rule(file: CheckedFile, section: str, path: Path, rule: Rule) -> Iterator[Diagnostic]:
    yield from _check_where(file, section, path, rule)
    if rule.do is None and not _left_empty(file, path, "do"):
        yield file.source.diagnose("E111", (*path, "rule"), {"rule": rule.rule}, part="key")
    for at, cond in when_conds(path, rule):
        yield from _check_cond(file, at, cond)
    for index, name in enumerate(rule.exempt or ()):
        yield from _check_name(file, (*path, "exempt", index), name)
    for at, step in every_step(path, rule):
        yield from _check_step(file, section, at, step)
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
    if known and not never and section == "reply" and not _says_what(rule.when):
        yield from _check_catch_all(file, at, rule, where)
    if wheres and all(w.sender == "@" for w in wheres):
        for step_at, step in every_step(path, rule):
            if step.kick is not None:
                yield file.source.diagnose("E152", (*step_at, "kick"), args, part="key")


def _in_group_only(cond: Cond | None) -> tuple[str, ...]:
    """Lines that never hold in a private chat."""
    return tuple(k for k in ("group", "member", "mention") if cond and getattr(cond, k) not in {None, "none"})


def _says_what(cond: Cond | None) -> bool:
    if cond is None:
        return False
    if not _WHAT.isdisjoint(cond.model_fields_set):
        return True
    return bool(cond.any_) and all(_says_what(block) for block in cond.any_ or ())


def _check_catch_all(file: CheckedFile, at: Path, rule: Rule, where: Where) -> Iterator[Diagnostic]:
    mention = rule.when.mention if rule.when else None
    cooldown = rule.cooldown or (file.model.defaults.cooldown if file.model.defaults else None)
    if where.sender == "@@":
        if mention != "me" and not (mention == "anyone" and cooldown):
            yield file.source.diagnose("E114", at, {"rule": rule.rule}, part="key")
    elif cooldown is None or cooldown.length < _AN_HOUR:
        yield file.source.diagnose("E113", at, {"rule": rule.rule}, part="key")


def _check_cond(file: CheckedFile, path: Path, cond: Cond) -> Iterator[Diagnostic]:
    for at, name in names(path, cond):
        yield from _check_name(file, at, name)
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
    if section == "watch" and (action in {"reply", "ask"} or (action in _MEDIA and not step.to)):
        args = {"section": section, "action": action} | ({"to": "to"} if action in _MEDIA else {})
        yield file.source.diagnose("E130", (*path, action), args, part="key")
    if section == "schedule" and (action in _HERE_ONLY or (action in _MEDIA and not step.to)):
        yield file.source.diagnose(
            "E130", (*path, action), {"section": section, "action": action, "to": "to"}, part="key"
        )


def _has_words(cond: Cond | None) -> bool:
    return cond is not None and (
        any(getattr(cond, key) is not None for key in (*_WORDS, "regex")) or any(map(_has_words, cond.any_ or ()))
    )
