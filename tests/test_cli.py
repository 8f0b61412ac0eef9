"""The command line: verbs, suggestions, the language, and the shapes of `explain`."""

import argparse

import pytest

from ruleswx import cli


def parse(*argv: str) -> argparse.Namespace:
    return cli._parse(argv)


def test_a_mistyped_verb_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["serv"])
    assert stop.value.code == 2
    assert "did you mean serve?" in capsys.readouterr().err


def test_a_mistyped_flag_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["check", "--jsn"])
    assert stop.value.code == 2
    assert "did you mean --json?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({}, "en"),
        ({"LANG": "en_US", "LC_ALL": "zh_TW"}, "zh"),
    ],
)
def test_the_language_follows_the_locale(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], lang: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert parse("check").lang == lang


def test_every_verb_of_the_help_has_its_module() -> None:
    import importlib

    for verb in cli.VERBS:
        assert callable(importlib.import_module(cli.module_of(verb)).run)


def test_explain_takes_at_most_one_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "a.yaml", "two", "words"]) == 2
    assert "quote a text" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "config", "what"),
    [([], "config.yaml", "last"), (["last"], "config.yaml", "last"), (["bot.yaml", "123"], "bot.yaml", "123")],
)
def test_why_knows_a_message_from_a_configuration(words: list[str], config: str, what: str) -> None:
    args = parse("why", *words)
    assert cli._why_words(args) == ""
    assert (args.config, args.what) == (config, what)


@pytest.mark.parametrize(
    ("words", "config", "action", "number"),
    [
        ([], "config.yaml", None, None),
        (["bot.yaml"], "bot.yaml", None, None),
        (["retry", "7"], "config.yaml", "retry", 7),
        (["bot.yaml", "drop", "8"], "bot.yaml", "drop", 8),
    ],
)
def test_outbox_takes_an_action_and_its_id(
    words: list[str], config: str, action: str | None, number: int | None
) -> None:
    args = parse("outbox", *words)
    assert cli._outbox_words(args) == ""
    assert (args.config, args.action, args.id) == (config, action, number)


@pytest.mark.parametrize("words", [["retry"], ["retry", "x"], ["a", "b"], ["a", "b", "retry", "1"]])
def test_outbox_refuses_what_makes_no_sense(words: list[str]) -> None:
    assert cli._outbox_words(parse("outbox", *words))


def test_flags_may_stand_among_the_words() -> None:
    args = parse("explain", "bot.yaml", "--in", "产品交流群", "--as", "小李", "@小助手 帮组", "--json")
    assert cli._explain_words(args) == ""
    assert (args.config, args.text, args.chat, args.json) == ("bot.yaml", "@小助手 帮组", "产品交流群", True)


@pytest.mark.parametrize(
    ("words", "config", "coverage"),
    [
        ([], "config.yaml", None),
        (["--coverage", "bot.yaml"], "bot.yaml", 0),
        (["bot.yaml", "--coverage"], "bot.yaml", 0),
        (["--coverage=80"], "config.yaml", 80),
    ],
)
def test_coverage_takes_its_percentage_only_after_an_equals_sign(
    words: list[str], config: str, coverage: int | None
) -> None:
    args = parse("test", *words)
    assert (args.config, args.coverage) == (config, coverage)


@pytest.mark.parametrize("flag", ["--coverage=much", "--coverage=101", "--coverage=-1"])
def test_coverage_wants_a_percentage(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["test", flag])
    assert stop.value.code == 2
    assert "write --coverage or --coverage=80" in capsys.readouterr().err
