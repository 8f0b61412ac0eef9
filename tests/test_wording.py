import errno
import os
import tomllib
from pathlib import Path

import pytest

from ruleswx import wording
from ruleswx.errors import ConnectFailed, ConnectionLost, RemoteProtocolError, TimedOut
from ruleswx.wording import (
    cut,
    error_words,
    length_words,
    reason_of,
    reason_words,
    show_span,
    span_words,
    system_words,
    word,
)

TABLE = tomllib.loads(Path(wording.__file__).with_suffix(".toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("seconds", "rules", "zh", "en"),
    [
        (42, "42 s", "42 秒", "42s"),
        (300, "5 m", "5 分钟", "5m"),
        (5400, "1 h 30 m", "1 小时 30 分钟", "1h 30m"),
        (86401, "1 d 1 s", "1 天 1 秒", "1d 1s"),
        (0, "0 s", "0 秒", "0s"),
    ],
)
def test_lengths_of_time(seconds: int, rules: str, zh: str, en: str) -> None:
    assert show_span(seconds) == rules
    assert (length_words(seconds, "zh"), length_words(seconds, "en")) == (zh, en)


def test_only_lengths_are_put_into_words() -> None:
    assert span_words("30s", "zh") == "30 秒"
    assert span_words("v2.5 m3 5ml", "zh") == "v2.5 m3 5ml"
    assert span_words("30s", "en") == "30s"


def test_a_long_text_is_cut_and_counted() -> None:
    assert cut("字" * 200, "zh") == "字" * 200
    assert cut("字" * 65536, "zh") == "字" * 200 + "…（共 65536 字）"
    assert cut("字" * 65536, "en") == "字" * 200 + "… (65536 characters)"


def test_the_system_speaks_chinese_where_we_know_the_words() -> None:
    said = os.strerror(errno.ENOSPC)
    assert system_words(f"/x: {said} (y)", "zh") == "/x: 磁盘满了 (y)"
    assert system_words(said, "en") == said
    assert error_words(OSError(errno.EACCES, os.strerror(errno.EACCES)), "zh") == "没有权限"


@pytest.mark.parametrize(
    ("error", "stored", "zh", "en"),
    [
        (ConnectFailed("ConnectError: x:1"), "no_connection: ConnectError: x:1", "连不上微信服务器", None),
        (ConnectFailed("garbled: HTTP 502"), "garbled: HTTP 502", "微信服务器的回答看不懂", None),
        (TimedOut("read"), "timed_out: read", "微信服务器一直没有回应", None),
        (ConnectionLost("reset", after_write=True), "connection_lost: reset", "连接断了", "the connection broke"),
        (RemoteProtocolError("not JSON", "<html>token"), "garbled: not JSON", "微信服务器的回答看不懂", None),
    ],
)
def test_why_something_failed(error: Exception, stored: str, zh: str, en: str | None) -> None:
    assert reason_of(error) == stored
    assert reason_words(stored, "zh") == error_words(error, "zh") == zh
    assert en is None or reason_words(stored, "en") == en
    assert "<html>" not in error_words(error, "en")


def test_what_the_service_said_itself_is_shown_as_it_is() -> None:
    assert reason_words("操作失败", "en") == "操作失败"
    assert reason_words("whatever", "zh", 1204) == "Ret 1204 对方不是好友，或者不能发给他"
    assert reason_words("odd", "en", 77) == "Ret 77 odd"


def test_states_and_outcomes_have_words_and_others_stay() -> None:
    assert (word("state", "logged in", "zh"), word("state", "logged in", "en")) == ("已登录", "logged in")
    assert word("state", "odd", "zh") == "odd"


def test_every_effect_has_words_and_every_word_both_languages() -> None:
    from ruleswx.store.codec import effect_kinds

    assert set(effect_kinds()) <= set(TABLE["effect"])
    for family in ("kind", "type", "reason", "effect", "state", "health", "why", "outcome", "per", "ret"):
        assert all(set(pair) == {"zh", "en"} for pair in TABLE[family].values()), family
    assert all(hasattr(errno, name) for name in TABLE["os"])
