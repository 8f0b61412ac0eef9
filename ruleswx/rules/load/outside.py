"""What is wrong with steps that reach out of the chat: `http` to where it must not lead, `run` of what nobody allowed.

It must not know how a service is called or a program run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from ruleswx.diagnostics import Diagnostic
from ruleswx.reach import constant_origin, is_literal, is_public, names_this_machine
from ruleswx.rules.load.walk import Path, every_step, rules
from ruleswx.rules.schema import CheckedFile, Http, Options, Step

__all__ = ["check_outside"]

_OURS = frozenset({
    "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "keep-alive",
    "accept-encoding", "proxy-authorization", "proxy-connection",
})  # fmt: skip
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")


def check_outside(file: CheckedFile, options: Options) -> Iterator[Diagnostic]:
    """Every finding of this file's http and run steps."""
    for _, path, rule in rules(file.model):
        for at, step in every_step(path, rule):
            yield from _check(file, options, at, step)
    for index, timed in enumerate(file.model.schedule or ()):
        for at, step in every_step(("schedule", index), timed):
            yield from _check(file, options, at, step)


def _check(file: CheckedFile, options: Options, path: Path, step: Step) -> Iterator[Diagnostic]:
    if step.http is not None:
        yield from _check_address(file, (*path, "http"), step.http)
        yield from _check_request(file, (*path, "http"), step.http)
    if step.run is not None:
        word = step.run.command[0]
        if word not in options.commands or "{" in word:
            known = ", ".join(sorted(options.commands))
            near = get_close_matches(word, options.commands, n=1, cutoff=0.8)
            args = {"command": word, **({"options": known} if known else {}), **({"near": near[0]} if near else {})}
            yield file.source.diagnose("E179", (*path, "run", "command", 0), args)


def _check_address(file: CheckedFile, path: Path, http: Http) -> Iterator[Diagnostic]:
    key = "get" if http.get is not None else "post"
    url = http.get or http.post or ""
    origin = constant_origin(url)
    if origin is None:
        near = f"https://{url}" if re.match(r"[\w-]+(\.[\w-]+)+(/|$)", url) else ""
        yield file.source.diagnose("E176", (*path, key), {"value": url, **({"near": near} if near else {})})
        return
    scheme, host = origin
    if names_this_machine(host):
        return
    if is_literal(host) and not is_public(host):
        yield file.source.diagnose("E178", (*path, key), {"host": host})
    elif scheme == "http":
        near = re.sub(r"(?i)^\s*http:", "https:", url)
        yield file.source.diagnose("E177", (*path, key), {"host": host, "near": near})


def _check_request(file: CheckedFile, path: Path, http: Http) -> Iterator[Diagnostic]:
    if http.get is not None and http.json_ is not None:
        args = {"key": "json", "action": "get", "options": "post"}
        yield file.source.diagnose("E138", (*path, "json"), args, part="key")
    for name in http.headers or ():
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            yield file.source.diagnose("E180", (*path, "headers", name), {"key": name}, part="key")
