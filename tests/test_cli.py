"""The command line: verbs, suggestions, the language, and the shapes of `explain`."""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

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
    assert cli._why_words(args) is None
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
    assert cli._outbox_words(args) is None
    assert (args.config, args.action, args.id) == (config, action, number)


@pytest.mark.parametrize("words", [["retry"], ["retry", "x"], ["a", "b"], ["a", "b", "retry", "1"]])
def test_outbox_refuses_what_makes_no_sense(words: list[str]) -> None:
    assert cli._outbox_words(parse("outbox", *words))


def test_flags_may_stand_among_the_words() -> None:
    args = parse("explain", "bot.yaml", "--in", "产品交流群", "--as", "小李", "@小助手 帮组", "--json")
    assert cli._explain_words(args) is None
    assert (args.config, args.text, args.chat, args.json) == ("bot.yaml", "@小助手 帮组", "产品交流群", True)


@pytest.mark.parametrize(
    ("words", "config", "coverage"),
    [
        ([], "config.yaml", None),
        (["--coverage", "bot.yaml"], "bot.yaml", 0),
        (["bot.yaml", "--coverage"], "bot.yaml", 0),
        (["--coverage=80"], "config.yaml", 80),
        (["--coverage", "80"], "config.yaml", 80),
        (["bot.yaml", "--coverage", "80", "--all"], "bot.yaml", 80),
        (["--coverage", "80", "bot.yaml"], "bot.yaml", 80),
    ],
)
def test_coverage_takes_its_percentage_with_or_without_an_equals_sign(
    words: list[str], config: str, coverage: int | None
) -> None:
    args = parse("test", *words)
    assert (args.config, args.coverage) == (config, coverage)


@pytest.mark.parametrize("flag", ["--coverage=much", "--coverage=101", "--coverage=-1", "--coverage 101"])
def test_coverage_wants_a_percentage(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["test", *flag.split()])
    assert stop.value.code == 2
    assert "write --coverage or --coverage=80" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["", *cli.VERBS])
def test_the_help_in_chinese_fits_the_terminal_and_has_no_english_headings(
    verb: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ruleswx.catalogue import width

    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        parse(*[verb] if verb else [], "--help", *["--lang=zh"])
    shown = capsys.readouterr().out
    assert shown.startswith(f"用法：ruleswx {verb}".rstrip())
    assert all(width(line) <= 80 for line in shown.splitlines())
    assert not re.search("usage|options:|positional|show |exit|default", shown)


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (
            ["sandbox", "--port", "99999"],
            "--port 不能是 99999，要 0 到 65535",
            "argument --port: 99999 is no port; 0 to 65535",
        ),
        (["init"], "还要写：DIR", "the following arguments are required: DIR"),
        (
            ["check", "--strct"],
            "不认识：--strct\n  是不是 --strict？",
            "unrecognized arguments: --strct\n  did you mean --strict?",
        ),
        (["schema", "--foo"], "不认识：--foo", "unrecognized arguments: --foo"),
        (["check", "--lang"], "--lang 后面要跟一个值", "argument --lang: expected one argument"),
        (["sevre"], "没有 sevre 这个命令\n  是不是 serve？", None),
        (["test", "--coverage=x"], "--coverage 不能是 x，写 --coverage 或 --coverage=80", None),
    ],
)
def test_a_wrong_command_line_is_said_in_both_languages(
    words: list[str], zh: str, en: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for lang, said, usage in (("zh", zh, "用法：ruleswx"), ("en", en, "usage: ruleswx")):
        monkeypatch.setenv("LC_ALL", f"{lang}_X.UTF-8")
        with pytest.raises(SystemExit) as end:
            parse(*words)
        shown = capsys.readouterr().err
        assert end.value.code == 2
        assert said is None or shown.startswith(f"ruleswx: {said}\n{usage}")


def test_words_that_make_no_sense_are_said_in_the_readers_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["outbox", "retry", "x", "--lang", "zh"]) == 2
    assert capsys.readouterr().err == "ruleswx: x 不是编号；ruleswx outbox 会列出来\n"


def test_a_terminal_of_ascii_gets_numbers_and_no_traceback(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    (tmp_path / "config.yaml").write_text("wechat: {endpoint: sandbox}\nrules: [a.yaml]\n", "utf-8")
    (tmp_path / "a.yaml").write_text("reply: [{rule: 价, wenn: {}}]\n", "utf-8")
    command = [sys.executable, "-m", "ruleswx", "check", str(tmp_path / "config.yaml"), "--lang", "zh"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "\\u9519\\u8bef" in done.stdout
    assert "Traceback" not in done.stderr


def test_who_has_seen_enough_gets_no_traceback() -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "ruleswx", "schema"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as verb:
        assert verb.stdout is not None
        assert verb.stderr is not None
        os.read(verb.stdout.fileno(), 1)  # no more: with a page of room in the pipe the verb could finish
        verb.stdout.close()
        assert verb.stderr.read() == ""
        assert verb.wait(20) == 141
