from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import structlog.testing

from ruleswx.errors import RemoteProtocolError
from ruleswx.log import sentence
from ruleswx.model import Change, Chat, Message, Person, Receipt, SendText, State
from ruleswx.narrator import Narrator
from ruleswx.rules.engine import Decision
from ruleswx.rules.trace import Heard, Trace
from ruleswx.store import OutboxRow

ROW = OutboxRow(7, SendText(Chat("a", "person", ("小李",)), "你好", "问好"), "a", rule="问好")


class Bell:
    """Somebody outside."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.over: list[str] = []

    def tell(self, event: str, text: str, link: str = "") -> bool:
        self.told.append((event, text))
        self.links.append(link)
        return True

    def forget(self, event: str) -> None:
        self.over.append(event)


def test_every_end_of_a_send_is_told_once_and_counted() -> None:
    narrator = Narrator("zh", dry=False, now=lambda: 0.0, zone=UTC)
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
    narrator, bell = Narrator("zh", dry=False, now=lambda: 0.0, zone=UTC), Bell()
    narrator.alarm = bell
    with structlog.testing.capture_logs() as lines:
        narrator.code_wanted("https://login.weixin.qq.com/l/secret==", "state/qr.png")
        narrator.say("contacts", people=1, groups=1)
        narrator.say("logged_in", name="小助手")
        narrator.say("rules_broken", "error", report="a.yaml:1:1")
        narrator.say("rules_mended", generation=2, rules=1)
    assert [event for event, _ in bell.told] == ["scan_wanted", "rules_broken"]
    assert "state/qr.png" in bell.told[0][1]
    assert bell.links == ["https://login.weixin.qq.com/l/secret==", ""]
    assert lines[0] == {"event": "scan_wanted", "log_level": "info", "file": "state/qr.png"}
    assert bell.over == ["scan_wanted", "push", "rules_broken"]


def test_outside_is_told_in_the_bots_own_language() -> None:
    narrator, bell = Narrator("en", dry=False, now=lambda: 0.0, zone=UTC, speaks="zh"), Bell()
    narrator.alarm = bell
    with structlog.testing.capture_logs() as lines:
        narrator.rules_broken({"generation": 2, "rules": 1}, here="wrong", outside="错了")
    assert (lines[0]["event"], lines[0]["log_level"], lines[0]["report"]) == ("rules_broken", "error", "wrong")
    assert "错了" in bell.told[0][1]
    assert "规则" in bell.told[0][1]


def told(lang: Any = "zh") -> tuple[Narrator, timezone]:
    zone = timezone(timedelta(hours=8))
    return Narrator(lang, dry=False, now=lambda: 0.0, zone=zone), zone


def in_words(lines: list[Any], lang: Any) -> list[str]:
    return [sentence(line["event"], line, lang) for line in lines]


def test_too_often_is_told_in_words_and_in_the_bots_zone() -> None:
    for lang, words in (
        ("zh", "微信说操作太频繁，图片和文件先停到 08:05；没发的都留着"),
        ("en", "the service said too often: pictures and files rest until 08:05; nothing is lost"),
    ):
        narrator, _ = told(lang)
        with structlog.testing.capture_logs() as lines:
            narrator.frozen(OutboxRow(1, ROW.effect, "a", "media"), 300.0)
        assert in_words(lines, lang) == [words]


def message(chat: Chat, who: str = "小李", text: str = "在吗") -> Message:
    return Message("m1", "text", chat, Person("p", who), text, datetime(2026, 3, 2, 2, 0, tzinfo=UTC))


def decided(chat: Chat, lang: Any, *changes: Change) -> list[str]:
    narrator, _ = told(lang)
    with structlog.testing.capture_logs() as lines:
        narrator.decided(message(chat), Decision((), changes, Trace(Heard("text"))))
    return in_words(lines, lang)


def test_a_private_chat_is_named_once() -> None:
    assert decided(Chat("p", "person", ("小李",)), "zh") == ["小李：在吗"]
    assert decided(Chat("g", "group", ("产品群",)), "zh") == ["产品群  小李：在吗"]
    assert decided(Chat("g", "group", ("产品群",)), "en") == ["产品群  小李: 在吗"]


def test_the_brake_says_who_where_why_and_until_when() -> None:
    until = State(True, datetime(2026, 3, 2, 2, 5, tzinfo=UTC))
    for chat, lang, words in (
        (
            Chat("g", "group", ("产品群",)),
            "zh",
            "小李 在群 产品群 里和机器人来回太快，像两个机器人在互相回答；这个群里安静到 10:05:00",
        ),
        (
            Chat("p", "person", ("小李",)),
            "zh",
            "小李 和机器人来回太快，像两个机器人在互相回答；对 小李 安静到 10:05:00",
        ),
        (
            Chat("g", "group", ("产品群",)),
            "en",
            "小李 and the bot answer each other too fast in 产品群, as two bots do; silent there until 10:05:00",
        ),
    ):
        lines = decided(chat, lang, Change("paused", "", chat.key, until), Change("answers", "", "p", None))
        assert lines[1:] == ["    刹车：" + words if lang == "zh" else "    brake: " + words]


def test_the_words_of_the_service_are_for_debugging_only() -> None:
    narrator, _ = told("zh")
    with structlog.testing.capture_logs() as lines:
        narrator.trouble(RemoteProtocolError("a reply that is not JSON", "<html>机房维护"), 2.0)
        narrator.settled(ROW, Receipt("unknown", reason="garbled: a reply that is not JSON"))
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("trouble", "warning"),
        ("detail", "debug"),
        ("send_unknown", "warning"),
    ]
    shown = in_words([lines[0], lines[2]], "zh")
    assert shown[0] == "网络不通（微信服务器的回答看不懂），2.0 秒后再试"
    assert shown[1].startswith("不知道发出去没有 → 小李（微信服务器的回答看不懂）：你好\n")
    assert "机房维护" in lines[1]["error"]


def test_a_login_is_told_once() -> None:
    narrator, _ = told("zh")
    login = replace(message(Chat("f", "person", ("文件传输助手",))), event="login", text="")
    with structlog.testing.capture_logs() as lines:
        narrator.decided(login, Decision((), (), Trace(Heard("system"))))
    assert lines == []
