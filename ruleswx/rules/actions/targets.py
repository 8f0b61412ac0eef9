"""To whom: names of a step turned into chats. Ambiguity and nobody are failures, never the first hit.

A name with `*` is meant to hit several; a plain one must hit exactly one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ruleswx.model import FILEHELPER, Chat
from ruleswx.rules.actions.run import Run
from ruleswx.rules.actions.step import StepFailed
from ruleswx.rules.conditions import NameTest, folded_name
from ruleswx.rules.trace import Reason

__all__ = ["Targets", "resolve"]

_HELPER_NAMES = frozenset({"filehelper", "文件传输助手"})


@dataclass(frozen=True, slots=True)
class Targets:
    """`to`: plain names, and one test for all names with `*` or a pattern (None when there are none).

    `broad` are the names with `*` as they were written.
    """

    names: tuple[str, ...] = ()
    wide: NameTest | None = None
    broad: tuple[str, ...] = ()

    @property
    def to_admins(self) -> bool:
        """Whether the admins are among them."""
        return "admins" in self.names


def resolve(run: Run, targets: Targets) -> tuple[tuple[Chat, ...], tuple[Reason, ...]]:
    """The chats, each once, in the order written, and why the others could not be found. Admins are left out."""
    found: dict[str, Chat] = {}
    wrong: list[Reason] = []
    for name in targets.names:
        if name == "admins":
            continue
        if name in _HELPER_NAMES:
            found[FILEHELPER.key] = FILEHELPER
            continue
        hits = run.view.find(name)
        if len(hits) == 1:
            found.setdefault(hits[0].key, hits[0])
        elif hits:
            wrong.append(Reason("fail.ambiguous", {"name": name, "count": str(len(hits))}))
        else:
            wrong.append(Reason("fail.unknown_chat", {"name": name}))
    if targets.wide is not None:
        hits = tuple(_wide(run, targets.wide))
        found.update((chat.key, chat) for chat in hits if chat.key not in found)
        if not hits:
            wrong.append(Reason("fail.unknown_chat", {"name": targets.wide.shown}))
    return tuple(found.values()), tuple(wrong)


def _wide(run: Run, test: NameTest) -> Iterator[Chat]:
    for chat in run.view.chats():
        if chat.kind != "official" and test.fits_folded(map(folded_name, chat.names)):
            yield chat


def one_group(run: Run, targets: Targets) -> Chat:
    """The one group an invitation leads to. Raises StepFailed for none, several or no group."""
    chats, wrong = resolve(run, targets)
    if wrong:
        raise StepFailed(wrong[0])
    if len(chats) != 1:
        written = ", ".join((*targets.names, *targets.broad)) or (targets.wide.shown if targets.wide else "?")
        raise StepFailed(Reason("fail.several", {"name": written, "count": str(len(chats))}))
    if chats[0].kind != "group":
        raise StepFailed(Reason("fail.group", {"name": chats[0].name}))
    return chats[0]
