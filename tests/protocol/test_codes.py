import pytest

from ruleswx.protocol.codes import Progress, classify, classify_send, classify_status


@pytest.mark.parametrize(
    ("ret", "heard", "sent"),
    [
        (0, "ok", "ok"),
        (-1, "transport", "transport"),
        (-2, "transport", "rejected"),
        (-14, "ended", "ended"),
        (1, "rejected", "rejected"),
        (1100, "ended", "ended"),
        (1101, "ended", "ended"),
        (1102, "ended", "ended"),
        (1200, "rejected", "rejected"),
        (1201, "rejected", "rejected"),
        (1203, "refused", "refused"),
        (1204, "rejected", "rejected"),
        (1205, "throttled", "throttled"),
        (1202, "suspect", "rejected"),
        (9999, "suspect", "rejected"),
        (-2013, "suspect", "rejected"),
    ],
)
def test_every_code_has_its_class(ret: int, heard: str, sent: str) -> None:
    assert (classify(ret), classify_send(ret)) == (heard, sent)


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (200, "ok"),
        (206, "ok"),
        (301, "suspect"),
        (403, "suspect"),
        (429, "transport"),
        (502, "transport"),
        (503, "transport"),
    ],
)
def test_statuses(status: int, found: str) -> None:
    assert classify_status(status) == found


def test_news_that_brings_nothing_slows_down_and_real_news_resets() -> None:
    rule, pauses = Progress(), []
    for _ in range(12):
        rule = rule.after(moved=False)
        pauses.append(rule.pause)
    assert pauses == [0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0, 30.0]
    assert rule.stuck
    assert rule.after(moved=True) == Progress()
    assert not Progress().stuck
