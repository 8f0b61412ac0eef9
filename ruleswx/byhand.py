"""What people change in the queue by hand: send an entry once more, or take it back.

A call of a service is not repeated: its rule was told how it ended, and nobody would hear the answer.

It must not know how the question came in, nor who has to hear of the change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ruleswx.errors import CannotSend, StoreUnavailable
from ruleswx.model import Chat, Effect, SendMedia, SendText
from ruleswx.outfiles import open_file
from ruleswx.protocol.filetypes import sniff
from ruleswx.store import OutboxRow, Store

__all__ = ["change_outbox", "send_message"]

_MOST_CHARACTERS = 40_000

Tell = Callable[[OutboxRow], None]


def change_outbox(
    request: Mapping[str, Any], store: Store, now: float, *, again: Tell, taken_back: Tell
) -> Mapping[str, Any]:
    """Do it and tell; `done` says whether there was an entry to change."""
    row_id, action = request.get("id"), request.get("action")
    if not isinstance(row_id, int) or action not in {"retry", "drop"}:
        return {"error": "id and action (retry or drop) are wanted"}
    try:
        row = store.outbox_row(row_id)
        if action == "retry":
            row = None if row is None or row.errand else store.retry(row_id)
        done = row is not None if action == "retry" else store.drop(row_id, now)
    except StoreUnavailable as error:
        return {"error": str(error)}
    if done and row is not None:
        (again if action == "retry" else taken_back)(row)
    return {"done": done}


def send_message(
    request: Mapping[str, Any],
    find: Callable[[str], tuple[Chat, ...]],
    post: Callable[[Sequence[Effect]], tuple[OutboxRow, ...]],
    files: Path,
) -> Mapping[str, Any]:
    """Queue a text, or a file of the `files` folder, for the chat that goes by the name `to`.

    `queued` are the ids of the entries; or `refused` is why not: "nobody", "several" (with `count`), "too_long",
    "file" (with `why`), "dry".
    """
    to, text, path = (request.get(key, "") for key in ("to", "text", "file"))
    if not (isinstance(to, str) and isinstance(text, str) and isinstance(path, str)) or not to or not (text or path):
        return {"error": "to, and text or file, are wanted"}
    chats = find(to)
    if len(chats) != 1:
        return {"refused": "several" if chats else "nobody", "count": len(chats)}
    if len(text) > _MOST_CHARACTERS:
        return {"refused": "too_long", "count": len(text)}
    effects: list[Effect] = [SendText(chats[0], text)] if text else []
    try:
        if path:
            with open_file(files, path) as file:
                effects.append(SendMedia(chats[0], sniff(file.head).kind, path))
        rows = post(effects)
    except CannotSend as error:
        return {"refused": "file", "why": error.message}
    except StoreUnavailable as error:
        return {"error": str(error)}
    return {"queued": [row.id for row in rows]} if rows else {"refused": "dry"}
