from dataclasses import replace
from typing import Any

import pytest

from ruleswx.report import Facts, Progress, health, status
from tests.verbs.test_status import FACTS


@pytest.mark.parametrize(
    ("change", "level", "reason"),
    [
        ({}, "healthy", ""),
        ({"phase": "code wanted"}, "degraded", "needs a person"),
        ({"phase": "confirm wanted"}, "degraded", "needs a person"),
        ({"phase": "starting"}, "degraded", "logging in"),
        ({"phase": "refused"}, "down", "refused"),
        ({"last_poll": 900.0}, "degraded", "polls"),
        ({"broken": "a.yaml:1:1"}, "degraded", "rules"),
        ({"oldest_queued": 300.0}, "degraded", "ten minutes"),
        ({"unknown": 1}, "degraded", "unknown"),
        ({"unknown": None}, "degraded", "cannot be read"),
        ({"frozen_until": 1300.0}, "degraded", "too often"),
    ],
)
def test_one_word_and_every_reason(change: dict[str, Any], level: str, reason: str) -> None:
    facts: Facts = replace(FACTS, **change)
    found, reasons = health(facts)
    assert found == level
    assert reason in " ".join(reasons)
    assert bool(reasons) == (level != "healthy")


def test_the_status_is_one_stable_object() -> None:
    assert status(FACTS) == {
        "health": "healthy",
        "reasons": [],
        "account": {
            "state": "logged in",
            "name": "小助手",
            "last_poll_seconds": 10,
            "last_message_seconds": None,
        },
        "rules": {"generation": 3, "rules": 8, "broken": None},
        "outbox": {
            "queued": 2,
            "in_flight": 1,
            "oldest_seconds": 100,
            "unknown": 0,
            "left_today": None,
            "frozen_seconds": 0,
        },
        "broadcasts": [],
        "uploads": [],
        "inbox": {"waiting": 0, "heard": {"matched": 4, "missed": 10}},
        "sends": {},
        "dry": False,
        "uptime_seconds": 900,
    }


def test_a_broadcast_tells_how_far_it_is() -> None:
    facts = replace(FACTS, broadcasts=(Progress("早报", 3, 1, 12),))
    assert status(facts)["broadcasts"] == [{"rule": "早报", "sent": 3, "failed": 1, "of": 12}]
    assert [Progress("早报", sent, 1, 3).over for sent in (0, 1, 2)] == [False, False, True]
