"""The words of test results, in Chinese and English. Keys of the rule language are said as they are written.

It must not know what is compared or how a result is printed.
"""

from __future__ import annotations

from collections.abc import Mapping

from ruleswx.diagnostics import Lang

__all__ = ["phrase"]

_WORDS: Mapping[str, tuple[str, str]] = {
    "rule": ("规则 {name}", "rule {name}"),
    "rule_none": ("没有规则回答（rule: none）", "rule none"),
    "because": ("原因 {why}", "because {why}"),
    "no_reason": ("没有任何原因", "no reason at all"),
    "fires": ("到点 {times}", "fires {times}"),
    "never": ("到点：一次也没有", "fires never"),
    "not": ("不该：{what}", "not {what}"),
    "contains": ("包含 {words}", "contains {words}"),
    "fits": ("符合 {pattern}", "fits {pattern}"),
    "to": ("发到 {to}", "to {to}"),
    "nothing": ("什么都不发生", "nothing"),
    "got_nothing": ("什么都没有", "nothing"),
    "unnamed": ("没有写明的 {action} 不该有", "no {action}"),
    "no_more": ("写明的以外不该再有 {action}", "no {action} but the named"),
    "once_more": ("还有一次 {action} {test}", "one more {action} {test}"),
    "order": ("{action} 按这个顺序：{tests}", "{action} in this order: {tests}"),
    "matched": ("命中", "matched"),
    "missed": ("没有命中", "missed"),
    "skipped": ("跳过了", "skipped"),
    "exempt": ("放过了", "exempt"),
    "cooldown": ("在冷却中", "cooldown"),
    "dry": ("只试不做", "dry"),
    "no_rule": ("没有规则命中", "no rule matched"),
    "a_schedule": ("定时规则 {name}", "a schedule {name}"),
    "no_schedule": ("没有这条定时规则", "no such schedule"),
    "no_between": ("没有写 between", "no `between`"),
    "from_known": ("from: {name} 在 world.people 里", "from: {name} is one of world.people"),
    "in_known": ("in: {name} 在 world.groups 里", "in: {name} is one of world.groups"),
    "member_of": ("from: {name} 是 {group} 的成员", "from: {name} is a member of {group}"),
    "only": ("只有 {names}", "only {names}"),
    "nobody": ("一个也没有", "nobody"),
    "in_time": ("一步里到点的不超过 {most} 次", "at most {most} waits and schedules within one step"),
    "more": ("还不止：把 after 写短，或者 use 不带太密的定时规则", "more: shorten `after`, or `use` no rapid schedule"),
    "never_fired": ("从未命中", "never fired"),
    "never_ran": ("{what}从未执行", "{what} never ran"),
    "on_error": ("{action} 的 on_error ", "on_error of {action}"),
    "ladder": ("{action} 的第 {number} 级阶梯", "ladder {number} of {action}"),
    "branch": ("choose 的第 {number} 支", "branch {number} of choose"),
    "on_timeout": ("ask 的 on_timeout ", "on_timeout of ask"),
    "on_cancel": ("ask 的 on_cancel ", "on_cancel of ask"),
    "retry": ("ask 的重问", "retry of ask"),
}


def phrase(lang: Lang, code: str, **values: object) -> str:
    """A phrase with its values."""
    return _WORDS[code][0 if lang == "zh" else 1].format(**values)
