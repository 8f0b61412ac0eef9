"""`ruleswx status [CONFIG]`: what the running bot says about itself, over its private socket.

Exit 0 when it is healthy, 1 when something limps or the rules have mistakes, 2 when no bot runs or it does not answer.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from ruleswx.config import Config
from ruleswx.control import SOCKET, ask
from ruleswx.diagnostics import Lang
from ruleswx.verbs.state import with_config
from ruleswx.wording import error_words, length_words, word

__all__ = ["EXIT_DEGRADED", "EXIT_DOWN", "as_text", "question", "reason_lines", "run"]

EXIT_DEGRADED = 1
EXIT_DOWN = 2
_CODES = {"healthy": 0, "degraded": EXIT_DEGRADED}
_WORDS = {
    "zh": {
        "down": "没有在运行\n",
        "silent": "正在运行，但是不回答：{why}\n",
        "state": "{name}：{state}，运行了 {uptime}，上次收到回应{poll}",
        "rules": "规则：第 {generation} 版，{rules} 条",
        "outbox": "等着发 {queued}，正在发 {in_flight}，不知道结果 {unknown}，今天还能发 {left}",
        "broadcast": "群发 {rule}：已发 {sent}/{of}，失败 {failed}",
        "upload": "正在上传 {file} → {chat}：{done}/{size} MiB",
        "heard": "收到：{heard}",
        "dry": "演习：什么都不往外发",
        "any": "不限",
        "never": "：还没有",
        "ago": "是 {length}前",
    },
    "en": {
        "down": "not running\n",
        "silent": "running, but it does not answer: {why}\n",
        "state": "{name}: {state}, up for {uptime}, last answer {poll}",
        "rules": "rules: generation {generation}, {rules} rules",
        "outbox": "queued {queued}, on the way {in_flight}, unknown {unknown}, left today {left}",
        "broadcast": "broadcast {rule}: {sent} of {of} sent, {failed} failed",
        "upload": "uploading {file} → {chat}: {done} of {size} MiB",
        "heard": "heard: {heard}",
        "dry": "dry run: nothing is sent outward",
        "any": "any number",
        "never": "never",
        "ago": "{length} ago",
    },
}


def run(args: argparse.Namespace) -> int:
    """Print the state; see the module for the exit codes, 3 for a broken configuration."""
    return with_config(args.config, args.lang, lambda config: _show(config, args))


def question(config: Config, args: argparse.Namespace, what: str) -> dict[str, Any] | None:
    """The answer of the running bot; None after saying that there is none."""
    words = _WORDS[args.lang]
    try:
        told = ask(config.state / SOCKET, {"ask": what})
    except (OSError, ValueError) as error:
        told, why = None, words["silent"].format(why=error_words(error, args.lang))
    else:
        why = words["down"]
    if told is None:
        if args.json:
            sys.stdout.write(json.dumps({"health": "down", "reasons": [why.strip()]}, ensure_ascii=False) + "\n")
        else:
            sys.stderr.write(why)
    return told


def _show(config: Config, args: argparse.Namespace) -> int:
    told = question(config, args, "status")
    if told is None:
        return EXIT_DOWN
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n" if args.json else as_text(told, args.lang))
    return _CODES.get(told["health"], EXIT_DOWN)


def reason_lines(reasons: Iterable[str], lang: Lang) -> list[str]:
    """Why it is not simply healthy, a line each."""
    return [f"! {word('why', reason, lang)}" for reason in reasons]


def _heard(counts: Mapping[str, int], lang: Lang) -> str:
    return ("，" if lang == "zh" else ", ").join(f"{word('outcome', k, lang)} {v}" for k, v in counts.items())


def as_text(told: dict[str, Any], lang: Lang) -> str:
    """The status as people read it."""
    words = _WORDS[lang]
    account, out = told["account"], told["outbox"]
    left = words["any"] if out["left_today"] is None else out["left_today"]
    poll = account["last_poll_seconds"]
    lines = [
        words["state"].format(
            name=account["name"] or "?",
            state=word("state", account["state"], lang),
            uptime=length_words(told["uptime_seconds"], lang),
            poll=words["never"] if poll is None else words["ago"].format(length=length_words(poll, lang)),
        ),
        words["rules"].format(**told["rules"]),
        words["outbox"].format(**{**out, "left": left}),
        words["heard"].format(heard=_heard(told["inbox"]["heard"], lang) or "0"),
    ]
    lines += [words["broadcast"].format(**progress) for progress in told["broadcasts"]]
    for moving in told["uploads"]:
        done, size = (f"{moving[name] / 1048576:.1f}" for name in ("bytes", "of"))
        lines.append(words["upload"].format(file=moving["file"], chat=moving["chat"], done=done, size=size))
    lines += reason_lines(told["reasons"], lang)
    lines += [words["dry"]] if told["dry"] else []
    lines += [told["rules"]["broken"]] if told["rules"]["broken"] else []
    return "\n".join(lines) + "\n"
