"""How decisions look in a chat: answers here and elsewhere, brackets, dim reasons, silence with its reason."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ruleswx.rules.engine import Decision
from ruleswx.rules.trace import Done, Heard, Reason, RuleTrace, StepTrace, Trace
from ruleswx.verbs.rehearsal import Play
from ruleswx.verbs.tryout import Teller, words_of

AT = datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


def told(*rows: RuleTrace, effects: tuple[Done, ...] = (), gate: Reason | None = None, **how: bool) -> list[str]:
    colour = how.pop("colour", False)
    trace = Trace(Heard("text"), gate, rows, effects)
    return list(Teller("小助手", "en", colour).lines(Play(AT, Decision((), (), trace)), "甲群", **how))


def test_reasons_are_dim_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    effects = (Done("reply", "甲群", {"text": "hi"}, "a"),)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert told(effects=effects, colour=True) == ["小助手: hi\x1b[2m  (a)\x1b[0m"]
    assert told(effects=effects) == ["小助手: hi  (a)"]
    monkeypatch.setenv("NO_COLOR", "1")
    assert told(effects=effects, colour=True) == ["小助手: hi  (a)"]


def test_every_action_has_a_word_in_both_languages() -> None:
    kinds = ("image", "file", "video", "emoticon", "forward", "recall", "invite", "kick", "accept", "remark",
             "rename_group", "notify", "log", "http", "run")  # fmt: skip
    assert all(words_of(lang)[kind] for lang in ("zh", "en") for kind in kinds)
    assert words_of("zh").keys() == words_of("en").keys()


def test_silence_has_its_reason_unless_nobody_asked() -> None:
    row = RuleTrace("a", "watch", "matched", Reason("ok"))
    assert told(row) == ["(no answer: a: matched, nothing to say)"]
    assert told() == ["(no answer: no rule matched; /why tells what each rule says)"]
    assert told(gate=Reason("gate.own")) == ["(no answer: own message)"]
    assert told(quiet=True) == []


def test_what_the_clock_brought_is_dated() -> None:
    row = RuleTrace("a", "reply", "matched", Reason("ok"), steps=(StepTrace("0", "wait", Reason("done")),))
    assert told(row, quiet=True, dated=True) == []
    assert told(row, effects=(Done("send", "乙群", {"text": "hi"}, "a"),), quiet=True, dated=True) == [
        "[03-02 10:00:00]",
        "小助手 → 乙群: hi  (a)",
    ]
