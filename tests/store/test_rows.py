"""Rows are values."""

import dataclasses

import pytest

from ruleswx.store.rows import CLOSED, InboxRow, OutboxRow, Pruned, TraceRow


@pytest.mark.parametrize("kind", [InboxRow, OutboxRow, Pruned, TraceRow])
def test_rows_are_frozen_and_slotted(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert kind.__slots__ == tuple(f.name for f in dataclasses.fields(kind))  # type: ignore[attr-defined]


def test_an_unknown_end_is_not_closed() -> None:
    assert set(CLOSED) == {"sent", "failed", "dropped"}
