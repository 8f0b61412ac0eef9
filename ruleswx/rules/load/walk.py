"""Ways through a checked file: every rule, condition, step and template with its path.

A path leads to the place in the source; steps written without a list have an index all the same, which the source
skips. It must not know what is wrong with what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from ruleswx.rules.schema import SECTIONS, Cond, Http, Msg, Name, Rule, RuleFile, Step, Timed

__all__ = ["Path", "conds", "every_step", "names", "rules", "steps", "templates", "when_conds"]

Path: TypeAlias = "tuple[str | int, ...]"
_NESTING = frozenset({"on_error", "ladder", "choose", "on_timeout", "on_cancel"})
_TEXTS = ("image", "file", "video", "emoticon", "prefix", "remark", "rename_group", "notify", "log")


def rules(model: RuleFile) -> Iterator[tuple[str, Path, Rule]]:
    """Every rule as (section, path, rule), guard first."""
    for section in SECTIONS:
        for index, rule in enumerate(model.rules(section)):
            yield section, (section, index), rule


def conds(cond: Cond | None, path: Path) -> Iterator[tuple[Path, Cond]]:
    """A condition and the blocks of its `any`, all the way down."""
    if cond is None:
        return
    yield path, cond
    for index, block in enumerate(cond.any_ or ()):
        yield from conds(block, (*path, "any", index))


def when_conds(path: Path, rule: Rule) -> Iterator[tuple[Path, Cond]]:
    """The conditions of `when` and `unless`."""
    yield from conds(rule.when, (*path, "when"))
    yield from conds(rule.unless, (*path, "unless"))


def steps(do: tuple[Step, ...] | None, path: Path) -> Iterator[tuple[Path, Step]]:
    """Steps and the steps inside them: on_error, ladder, choose, on_timeout, on_cancel."""
    for index, step in enumerate(do or ()):
        here = (*path, index)
        yield here, step
        if not _NESTING.isdisjoint(step.model_fields_set):
            yield from _inner(here, step)


def _inner(here: Path, step: Step) -> Iterator[tuple[Path, Step]]:
    if step.on_error:
        yield from steps(step.on_error.steps, (*here, "on_error"))
    for count, rung in (step.ladder or {}).items():
        yield from steps(rung, (*here, "ladder", count))
    for branch, choice in enumerate(step.choose or ()):
        yield from steps(choice.do, (*here, "choose", branch, "do"))
    yield from steps(step.on_timeout, (*here, "on_timeout"))
    yield from steps(step.on_cancel, (*here, "on_cancel"))


def every_step(path: Path, rule: Rule | Timed) -> Iterator[tuple[Path, Step]]:
    """Every step of a rule."""
    return steps(rule.do, (*path, "do"))


def templates(path: Path, step: Step) -> Iterator[tuple[Path, str]]:
    """Every text of this one step that is a template."""
    given = step.model_fields_set
    for key in ("reply", "send", "ask"):
        msg: Msg | None = getattr(step, key) if key in given else None
        if msg is not None:
            yield from _message((*path, key), msg)
    for key in _TEXTS:
        text: str | None = getattr(step, key) if key in given else None
        if text is not None:
            yield (*path, key), text
    for name, value in (step.set_ or {}).items():
        yield (*path, "set", name), value
    if step.http:
        yield from _request((*path, "http"), step.http)
    if step.run:
        for index, word in enumerate(step.run.command):
            yield (*path, "run", "command", index), word


def _message(path: Path, msg: Msg) -> Iterator[tuple[Path, str]]:
    if msg.text is not None:
        yield path, msg.text
    for key, texts in (("random", msg.random), ("each", msg.each)):
        for index, text in enumerate(texts or ()):
            yield (*path, key, index), text


def _request(path: Path, http: Http) -> Iterator[tuple[Path, str]]:
    for key, text in (("get", http.get), ("post", http.post)):
        if text is not None:
            yield (*path, key), text
    for name, value in (http.headers or {}).items():
        yield (*path, "headers", name), value
    yield from _tree((*path, "json"), http.json_)


def _tree(path: Path, node: object) -> Iterator[tuple[Path, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _tree((*path, str(key)), value)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _tree((*path, index), value)


def names(path: Path, cond: Cond) -> Iterator[tuple[Path, Name]]:
    """The names a condition speaks of: person, group, member."""
    for key in ("person", "group", "member"):
        found: tuple[Name, ...] | None = getattr(cond, key)
        for index, name in enumerate(found or ()):
            yield (*path, key, index), name
