"""What the process says: sentences or JSON, no secrets, nothing a terminal obeys, repeats folded."""

import io
import json
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.log import FoldRepeats, escape, get_logger, sentence, setup


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    yield
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_json_lines_away_from_a_terminal() -> None:
    out = io.StringIO()
    setup(stream=out)
    get_logger().info("logged_in", name="小助手")
    (line,) = lines(out)
    assert (line["event"], line["name"], line["level"]) == ("logged_in", "小助手", "info")
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize(("lang", "words"), [("zh", "已登录：小助手"), ("en", "logged in as 小助手")])
def test_sentences_on_a_terminal(lang: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    setup(stream=out, lang=lang)  # type: ignore[arg-type]
    get_logger().info("logged_in", name="小助手")
    assert out.getvalue().endswith(f"  {words}\n")
    assert "\x1b" not in out.getvalue()


def test_troubles_are_coloured_unless_asked_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    setup(stream=out)
    get_logger().warning("trouble", error="x", seconds=1)
    assert out.getvalue().startswith("\x1b[33m")


def test_secrets_stop_at_the_gate_even_inside_tracebacks() -> None:
    out = io.StringIO()
    setup("debug", stream=out)
    try:
        raise ValueError("GET /x?skey=@crypt_5f3a_7d0e&sid=Vq8+ZkT3")
    except ValueError as error:
        get_logger().error(
            "fault", url="https://a/?pass_ticket=rT9x", deep={"cookie": ["wxsid=abc123"]}, exc_info=error
        )
    text = out.getvalue()
    assert not any(secret in text for secret in ("5f3a_7d0e", "Vq8+ZkT3", "rT9x", "abc123"))
    assert "ValueError" in text


def test_chat_text_is_counted_not_shown_unless_allowed() -> None:
    hidden, shown = io.StringIO(), io.StringIO()
    setup(stream=hidden)
    get_logger().info("message", text="我的密码是1234", chat="小李")
    setup(stream=shown, show_text=True)
    get_logger().info("message", text="我的密码是1234", chat="小李")
    assert lines(hidden)[0]["text"] == "(9)"
    assert lines(shown)[0]["text"] == "我的密码是1234"


def test_a_long_message_is_cut_and_counted_everywhere() -> None:
    for out, lang, count in ((Terminal(), "zh", "…（共 65536 字）"), (io.StringIO(), "zh", "… (65536 characters)")):
        setup("debug", stream=out, lang=lang)  # type: ignore[arg-type]
        get_logger().info("message", sender="小李", text="字" * 65536)
        assert "字" * 200 + count in out.getvalue()
        assert "字" * 201 not in out.getvalue()


def test_a_name_cannot_drive_the_terminal_or_start_a_line() -> None:
    out = Terminal()
    setup(stream=out, show_text=True)
    get_logger().info("message", chat="a\x1b[2Jb\nc\u202e", sender="x", text="1\r\n2")
    assert "\x1b[2J" not in out.getvalue()
    assert out.getvalue().count("\n") == 1


@given(st.text())
def test_escape_leaves_one_safe_line(text: str) -> None:
    assert not set(escape(text)) & {*"\n\r\t\x1b\u202e\u2028\x00\x9b"}


def test_equal_warnings_are_folded_and_counted() -> None:
    now = [0.0]
    fold = FoldRepeats(window=300, clock=lambda: now[0])
    event = {"level": "warning", "event": "trouble", "error": "DNS"}
    assert fold(None, "", dict(event)) == event
    for _ in range(40):
        with pytest.raises(structlog.DropEvent):
            fold(None, "", dict(event))
    assert fold(None, "", {**event, "error": "reset"})["error"] == "reset"
    now[0] = 301
    assert fold(None, "", dict(event))["count"] == 41


def test_ordinary_lines_are_never_folded() -> None:
    fold = FoldRepeats()
    event = {"level": "info", "event": "message"}
    assert [fold(None, "", dict(event)) for _ in range(3)] == [event] * 3


def test_levels_are_kept() -> None:
    out = io.StringIO()
    setup("warning", stream=out)
    get_logger().info("logged_in", name="x")
    assert out.getvalue() == ""


def test_an_event_without_words_shows_its_values() -> None:
    assert sentence("odd", {"event": "odd", "a": 1}, "zh") == "odd a=1"


def test_every_phrase_has_both_languages_with_the_same_slots() -> None:
    from ruleswx.log import _SLOT, _phrases

    for name, words in _phrases().items():
        assert set(words) == {"zh", "en"}, name
        zh, en = ([w] if isinstance(w, str) else w for w in (words["zh"], words["en"]))
        assert len(zh) == len(en), name
        for one, other in zip(zh, en, strict=True):
            assert sorted(_SLOT.findall(one)) == sorted(_SLOT.findall(other)), name


def test_people_read_the_bots_own_zone() -> None:
    from datetime import UTC, datetime, timedelta, timezone

    out = Terminal()
    setup(stream=out, zone=timezone(timedelta(hours=8)))
    before = datetime.now(UTC) + timedelta(hours=8)  # noqa: TID251 - what the line must show
    get_logger().info("recovered")
    shown = out.getvalue().replace("\x1b[2m", "")[:5]
    assert shown in {f"{before:%H:%M}", f"{before + timedelta(seconds=30):%H:%M}"}


def test_every_mistake_in_the_rules_is_a_line() -> None:
    out = io.StringIO()
    setup(stream=out)
    for report in ("a.yaml:1:1 E101", "a.yaml:9:3 E104", "a.yaml:9:3 E104"):
        get_logger().error("rules_broken", report=report, generation=1, rules=3)
        get_logger().info("rules_mended", generation=2, rules=3)
    assert [line["report"] for line in lines(out) if line["event"] == "rules_broken"] == [
        "a.yaml:1:1 E101",
        "a.yaml:9:3 E104",
        "a.yaml:9:3 E104",
    ]
