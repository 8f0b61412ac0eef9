"""Everything the bot must not forget, in one SQLite file of a private folder.

`open_store` is for the one process that runs the bot and holds the lock; `open_reader` looks on while it runs. Every
writing method is one transaction: it happened whole or it did not happen. The store is told the time, it does
not read it; it does not know what a message or an effect means.
"""

from __future__ import annotations

from ruleswx.store.folder import Folder
from ruleswx.store.reader import Reader, open_reader
from ruleswx.store.rows import InboxRow, Incoming, OutboxRow, OutboxState, Pruned, TraceRow
from ruleswx.store.store import Store, open_store

__all__ = [
    "Folder",
    "InboxRow",
    "Incoming",
    "OutboxRow",
    "OutboxState",
    "Pruned",
    "Reader",
    "Store",
    "TraceRow",
    "open_reader",
    "open_store",
]
