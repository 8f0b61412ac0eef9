"""The words: every code in both languages, the printed form with wide characters, pages."""

import re
from pathlib import Path

import pytest

from ruleswx.catalogue import codes, hint, message, page, render, sentence, width
from ruleswx.diagnostics import Diagnostic, Lang, Place

SOURCES = sorted((Path(__file__).parents[1] / "ruleswx").rglob("*.py"))


def found(code: str, source: str = "", column: int = 1, size: int = 1, **args: str) -> Diagnostic:
    return Diagnostic(code, Place("rules/a.yaml", 6, column), args, source, size)


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_code_has_a_sentence_and_a_page(code: str, lang: Lang) -> None:
    assert sentence(code, lang)
    text = page(code, lang)
    assert text is not None
    assert text.startswith(code)
    assert len(text.splitlines()) >= 3


@pytest.mark.parametrize("code", codes())
def test_both_languages_say_the_same_values(code: str) -> None:
    slots = {lang: set(re.findall(r"\{(\w+)\}", sentence(code, lang))) for lang in ("zh", "en")}
    assert slots["zh"] == slots["en"]


def test_every_code_of_the_sources_has_words() -> None:
    used = {code for path in SOURCES for code in re.findall(r'"([EW]\d{3})"', path.read_text("utf-8"))}
    assert used - set(codes()) == set()


def test_the_printed_form_in_both_languages() -> None:
    finding = found("E103", "  sender: @@", 11, 2, fixed="sender: '@@'", word="sender: group")
    assert render(finding, "zh") == (
        "rules/a.yaml:6:11: 错误 E103 值不能以 @ 开头\n"
        "    6 |   sender: @@\n"
        "      |           ^^  YAML 保留了 @。写成  sender: '@@'   或者  sender: group"
    )
    assert render(finding, "en") == (
        "rules/a.yaml:6:11: error E103 a value cannot begin with @\n"
        "    6 |   sender: @@\n"
        "      |           ^^  YAML keeps @ for itself. Write  sender: '@@'   or  sender: group"
    )


def test_carets_stand_under_wide_characters() -> None:
    line, under = render(found("E115", "价格: 报价 x", 5, 2, value="报价", options="a"), "en").splitlines()[1:]
    start = under.index("^")
    assert width(line[: line.index("报价")]) == start
    assert under.count("^") == 4


def test_a_finding_without_a_line_keeps_its_help() -> None:
    finding = Diagnostic("E310", Place("config.yaml"))
    head, help_line = render(finding, "en").splitlines()
    assert head.startswith("config.yaml: error E310 ")
    assert help_line.startswith("        ")


def test_long_lines_are_cut_around_the_spot() -> None:
    source = "a: " + "x" * 500 + " @here " + "y" * 500
    line, under = render(found("E103", source, 505, 5, fixed="x"), "en").splitlines()[1:]
    assert width(line) < 140
    assert line[under.index("^") :].startswith("@here")


def test_a_terminal_does_not_obey_a_file() -> None:
    finding = found("E101", "a\x1b[31m\tb", 1, 1, key="\x1b]0;x\x07", where="when", others="x")
    assert "\x1b" not in render(finding, "en")
    assert "\x07" not in render(finding, "en")


def test_a_warning_says_so() -> None:
    assert ": warning W203 " in render(found("W203", rule="a", other="b", line="3"), "en")
    assert ": 警告 W203 " in render(found("W203", rule="a", other="b", line="3"), "zh")


def test_the_first_wording_whose_values_are_known_is_used() -> None:
    assert "did you mean `b`" in hint(found("E101", key="a", where="x", near="b", others="c"), "en")
    assert hint(found("E101", key="a", where="x", others="c"), "en") == "known here: c"
    assert "no group" in message(found("E112", rule="r", group="@@"), "en")
    assert "{?" not in message(found("E112", rule="r", group="@@"), "en")


def test_words_of_ours_follow_the_language_and_values_do_not() -> None:
    finding = found("E116", key="when", want="@mapping", got="@text")
    assert "键: 值" in message(finding, "zh")
    assert "mapping" in message(finding, "en")
    assert "@@1f" in message(found("E121", value="@@1f"), "en")


def test_a_code_without_words_shows_its_values() -> None:
    assert message(found("E999", why="because"), "en") == "why: because"
    assert hint(found("E999"), "en") == ""
    assert page("E999", "en") is None


def test_codes_may_be_typed_small() -> None:
    assert page("e112", "en") == page("E112", "en")
