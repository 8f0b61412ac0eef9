import structlog.testing

from ruleswx.model import Chat, Receipt, SendText
from ruleswx.narrator import Narrator
from ruleswx.store import OutboxRow

ROW = OutboxRow(7, SendText(Chat("a", "person", ("小李",)), "你好", "问好"), "a", rule="问好")


class Bell:
    """Somebody outside."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.over: list[str] = []

    def tell(self, event: str, text: str) -> bool:
        self.told.append((event, text))
        return True

    def forget(self, event: str) -> None:
        self.over.append(event)


def test_every_end_of_a_send_is_told_once_and_counted() -> None:
    narrator = Narrator("zh", dry=False, now=lambda: 0.0)
    with structlog.testing.capture_logs() as lines:
        narrator.settled(ROW, Receipt("sent", "1"))
        narrator.settled(ROW, Receipt("failed", ret=1204, reason="不是好友"))
        narrator.settled(ROW, Receipt("unknown", reason="reset"))
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("sent", "debug"),
        ("send_failed", "error"),
        ("send_unknown", "warning"),
    ]
    assert lines[2]["id"] == 7
    assert dict(narrator.ends) == {"sent": 1, "failed": 1, "unknown": 1}


def test_what_needs_a_person_is_told_outside_until_it_is_over() -> None:
    narrator, bell = Narrator("zh", dry=False, now=lambda: 0.0), Bell()
    narrator.alarm = bell
    with structlog.testing.capture_logs():
        narrator.say("scan_wanted", file="state/qr.png")
        narrator.say("contacts", people=1, groups=1)
        narrator.say("logged_in", name="小助手")
        narrator.say("rules_broken", "error", report="a.yaml:1:1")
        narrator.say("rules_mended", generation=2, rules=1)
    assert [event for event, _ in bell.told] == ["scan_wanted", "rules_broken"]
    assert "state/qr.png" in bell.told[0][1]
    assert bell.over == ["scan_wanted", "push", "rules_broken"]
