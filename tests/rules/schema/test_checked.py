"""What is handed on to be compiled."""

from zoneinfo import ZoneInfo

import pytest

from ruleswx.rules.schema import CheckedFile, Options, RuleFile
from ruleswx.rules.source import read_yaml


def test_options_have_quiet_defaults_and_do_not_change() -> None:
    options = Options(ZoneInfo("Asia/Shanghai"))
    assert (options.admins, options.secrets, dict(options.templates), options.commands) == (
        (),
        frozenset(),
        {},
        frozenset(),
    )
    with pytest.raises(AttributeError):
        options.admins = ("x",)  # type: ignore[misc]


def test_a_checked_file_knows_its_places() -> None:
    source = read_yaml("a.yaml", b"reply:\n  - rule: x\n")
    file = CheckedFile("a.yaml", source, RuleFile.model_validate(source.tree), {}, {})
    assert str(file.source.place(("reply", 0, "rule"), "key")) == "a.yaml:2:5"
