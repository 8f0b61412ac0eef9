"""The file: sections, defaults, lists, variables, schedules, tests; the printed examples of the language."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ruleswx.rules.schema import Cooldown, Missed, RuleFile
from ruleswx.rules.shape import check_shape
from ruleswx.rules.source import read_yaml

ROOT = Path(__file__).parents[3]


def file(**sections: Any) -> RuleFile:
    return RuleFile.model_validate(sections)


def codes(**sections: Any) -> list[str]:
    with pytest.raises(ValidationError) as error:
        file(**sections)
    return [str(e.get("ctx", {}).get("code", e["type"])) for e in error.value.errors()]


@pytest.mark.parametrize("path", sorted((ROOT / "rules").rglob("*.yaml")), ids=lambda p: p.name)
def test_every_shipped_file_has_its_shape(path: Path) -> None:
    model, findings = check_shape(RuleFile, read_yaml(path.name, path.read_bytes()))
    assert findings == ()
    assert model is not None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10m", Cooldown(timedelta(minutes=10), "chat")),
        ("10m per person", Cooldown(timedelta(minutes=10), "person")),
        ("1h  per  rule", Cooldown(timedelta(hours=1), "rule")),
    ],
)
def test_cooldown(written: str, meant: Cooldown) -> None:
    assert file(reply=[{"rule": "a", "cooldown": written}]).rules("reply")[0].cooldown == meant


@pytest.mark.parametrize(
    ("written", "code"), [("10m per user", "E115"), ("soon", "E124"), ("10m per", "E124"), (["10m"], "E116")]
)
def test_cooldown_refused(written: object, code: str) -> None:
    assert codes(reply=[{"rule": "a", "cooldown": written}]) == [code]


def test_sections_that_are_not_there_are_empty() -> None:
    assert file().rules("watch") == ()


def test_lists_here_and_in_files() -> None:
    lists = file(lists={"a": ["x", "y"], "b": {"file": "b.txt"}}).lists
    assert lists is not None
    assert (lists["a"].entries, lists["b"].file) == (("x", "y"), "b.txt")
    assert codes(lists={"a": {}}) == ["E119"]


@pytest.mark.parametrize(
    ("type_", "start", "good"),
    [
        ("number", "0", True),
        ("number", "x", False),
        ("flag", "yes", True),
        ("flag", "3", False),
        ("list", [], True),
        ("list", "a", False),
        ("text", "x", True),
    ],
)
def test_variables_start_as_what_they_are(type_: str, start: object, good: bool) -> None:
    written = {"vars": {"v": {"type": type_, "per": "bot", "start": start}}}
    if good:
        assert file(**written).vars is not None
    else:
        assert codes(**written) == ["E170"]


def test_a_schedule_says_when_exactly_once() -> None:
    made = file(schedule=[{"rule": "a", "at": ["08:30", "12:00"], "missed": "within 20m", "do": {"log": "x"}}]).schedule
    assert made is not None
    assert made[0].missed == Missed(timedelta(minutes=20))
    assert codes(schedule=[{"rule": "a", "at": "08:30", "every": "5m"}]) == ["E119"]
    assert codes(schedule=[{"rule": "a"}]) == ["E166"]
    assert codes(schedule=[{"rule": "a", "at": "08:30", "missed": "later"}]) == ["E115"]


def test_tests_in_their_forms() -> None:
    made = file(
        clock="2026-03-02 10:00",
        world={"people": {"老王": {"role": "admin"}}, "groups": {"群": {"owner": "me"}}, "fails": ["kick"]},
        tests=[
            {"test": "a", "from": "老王", "in": "群", "say": "x", "expect": {"rule": "none", "because": "exempt"}},
            {"test": "b", "steps": [{"after": "1h", "expect": {"reply": {"contains": "1"}, "not": {"kick": "x"}}}]},
            {"test": "c", "schedule": "s", "between": "2026-09-30 00:00..2026-10-11 00:00", "expect": {"fires": []}},
        ],
    )  # fmt: skip
    assert made.tests is not None
    assert made.tests[0].from_ == "老王"
    assert made.tests[1].steps is not None
    expected = made.tests[1].steps[0].expect
    assert expected is not None
    assert expected.reply is not None
    assert expected.reply[0].contains == ("1",)
