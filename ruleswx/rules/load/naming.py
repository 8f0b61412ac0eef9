"""Every name of a chat that rules speak of, with its place: for "the group is called otherwise now" and "nobody has
this name". It must not know which chats there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from ruleswx.diagnostics import Place
from ruleswx.fold import fold_key
from ruleswx.rules.load.walk import Path, every_step, rules, when_conds
from ruleswx.rules.schema import CheckedFile, Name

__all__ = ["Spoken", "names_spoken", "places_of"]

_SPECIAL = frozenset({"all", "admins", "filehelper", "none", "文件传输助手"})
Use = Literal["group", "person", "member", "to"]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One name as it was written: where it listens (`group`, `person`, `member`) or where it sends (`to`).

    `listed` names come out of a `$list`; their place is where the list is used. `excepted` names stand
    under `unless`: a rule works without anybody of that name.
    """

    name: str
    use: Use
    place: Place
    listed: str = ""
    excepted: bool = False

    @property
    def wide(self) -> bool:
        """Whether it may mean several chats."""
        return "*" in self.name


def names_spoken(files: Iterable[CheckedFile]) -> Iterator[Spoken]:
    """Every name, file by file. Patterns and words such as `all` and `admins` are no names."""
    for file in files:
        for use, path, names in _written(file):
            for number, name in enumerate(names or ()):
                yield from _spelled(file, use, (*path, number), name)


def places_of(files: Iterable[CheckedFile], name: str) -> tuple[Place, ...]:
    """Where rules speak of a chat by this very name, compared folded."""
    wanted = fold_key(name)
    found = (spoken.place for spoken in names_spoken(files) if fold_key(spoken.name) == wanted)
    return tuple(dict.fromkeys(found))


def _written(file: CheckedFile) -> Iterator[tuple[Use, Path, tuple[Name, ...] | None]]:
    model = file.model
    if model.defaults:
        yield "group", ("defaults", "group"), model.defaults.group
        yield "person", ("defaults", "person"), model.defaults.person
    for _, path, rule in rules(model):
        for at, cond in when_conds(path, rule):
            yield "group", (*at, "group"), cond.group
            yield "person", (*at, "person"), cond.person
            yield "member", (*at, "member"), cond.member
        yield from (("to", (*at, "to"), step.to) for at, step in every_step(path, rule))
    for number, timed in enumerate(model.schedule or ()):
        yield from (("to", (*at, "to"), step.to) for at, step in every_step(("schedule", number), timed))


def _spelled(file: CheckedFile, use: Use, path: Path, name: Name) -> Iterator[Spoken]:
    text = name.text or ""
    if not text or text in _SPECIAL:
        return
    place, excepted = file.source.place(path), "unless" in path
    if text.startswith("$") and not text.startswith("$$"):
        listed = text[1:]
        yield from (
            Spoken(word, use, place, listed, excepted) for word in file.lists.get(listed, ()) if word not in _SPECIAL
        )
    else:
        yield Spoken(text.removeprefix("$") if text.startswith("$$") else text, use, place, excepted=excepted)
