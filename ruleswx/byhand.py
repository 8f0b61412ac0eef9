"""What people change in the queue by hand: send an entry once more, or take it back.

A call of a service is not repeated: its rule was told how it ended, and nobody would hear the answer.

It must not know how the question came in, nor who has to hear of the change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ruleswx.errors import StoreUnavailable
from ruleswx.store import OutboxRow, Store

__all__ = ["change_outbox"]

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
