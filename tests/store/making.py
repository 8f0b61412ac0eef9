"""Short words for what the tests store."""

import os
from pathlib import Path

from ruleswx.model import Chat, SendText
from ruleswx.store import Incoming


def quick_place() -> Path | None:
    """Where files live in memory; None (the usual place) on systems without one."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and os.access(memory, os.W_OK) else None


GROUP = Chat("g:1", "group", ("同学群",), user_name="@@one", owned=True)
FRIEND = Chat("p:1", "person", ("小李",))


def incoming(*ids: str) -> list[Incoming]:
    return [Incoming(msg_id, b'{"id":"%s"}' % msg_id.encode()) for msg_id in ids]


def say(text: str, to: Chat = FRIEND, rule: str = "问候") -> SendText:
    return SendText(to, text, rule)
