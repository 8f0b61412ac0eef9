"""From what rules ask for to what is queued: long texts in pieces, notices to people, forwards taken apart.

Nothing outward when the run is dry. It must not know how anything is sent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ruleswx.addressbook import AddressBook
from ruleswx.model import FILEHELPER, Chat, Effect, Forward, Notify, SendText, WriteLog
from ruleswx.pieces import split_text

__all__ = ["Outgoing"]


class Outgoing:
    """Prepares effects for the queue."""

    def __init__(self, book: AddressBook, admins: Sequence[str], *, dry: bool) -> None:
        """`admins` are the configured names."""
        self._book = book
        self._admins = tuple(admins)
        self._dry = dry

    def admins(self) -> frozenset[str]:
        """Keys of the configured admins as the address book knows them now."""
        return self._book.trusted(self._admins)[0]

    def unknown_admins(self) -> tuple[str, ...]:
        """Configured admins that are not exactly one friend's 备注 or 微信号."""
        return self._book.trusted(self._admins)[1]

    def prepare(self, effects: Sequence[Effect]) -> tuple[Effect, ...]:
        """What goes into the queue, in order."""
        if self._dry:
            return ()
        queued: list[Effect] = []
        for effect in effects:
            match effect:
                case SendText():
                    queued += _pieces(effect)
                case Notify(text=text, rule=rule):
                    for chat in self._notified():
                        queued += _pieces(SendText(chat, text, rule))
                case WriteLog():
                    continue
                case Forward() as passed_on:
                    queued += _forwarded(passed_on)
                case _:
                    queued.append(effect)
        return tuple(queued)

    def _notified(self) -> tuple[Chat, ...]:
        admins = self.admins()
        return tuple(chat for chat in self._book.chats() if chat.key in admins) or (FILEHELPER,)


def _pieces(effect: SendText) -> list[Effect]:
    return [dataclasses.replace(effect, text=text) for text in split_text(effect.text)]


def _forwarded(effect: Forward) -> list[Effect]:
    """A forwarded text is said anew with its prefix; before anything else the prefix is a message of its own."""
    if effect.kind == "text":
        return _pieces(SendText(effect.to, effect.prefix + effect.text, effect.rule))
    first = _pieces(SendText(effect.to, effect.prefix, effect.rule)) if effect.prefix else []
    return [*first, dataclasses.replace(effect, prefix="")]
