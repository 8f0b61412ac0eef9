import pytest

from ruleswx.usage import EXIT_USAGE, Parser


def parser(lang: str) -> Parser:
    speaking: type[Parser] = type("Speaking", (Parser,), {"lang": lang, "verbs": ("check", "chats")})
    made = speaking(prog="ruleswx")
    made.add_argument("--strict", action="store_true", help=made.say("warnings count", "警告也算"))
    made.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=speaking).add_parser("check")
    return made


@pytest.mark.parametrize(
    ("lang", "words", "said"),
    [
        ("en", ["chekc"], "did you mean check?"),
        ("zh", ["chekc"], "ruleswx: 没有 chekc 这个命令\n  是不是 check？\n用法："),
        ("en", ["check", "--strit"], "ruleswx: unrecognized arguments: --strit\n  did you mean --strict?\nusage: "),
        ("zh", ["check", "--strit"], "ruleswx: 不认识：--strit\n  是不是 --strict？\n用法："),
        ("zh", ["--strict=1", "check"], "ruleswx: --strict 后面不要 =1\n"),
        ("zh", [], "ruleswx: 还要写：VERB\n"),
    ],
)
def test_what_is_wrong_in_the_readers_language(
    lang: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser(lang).parse_args(words)
    assert ended.value.code == EXIT_USAGE
    assert said in capsys.readouterr().err


def test_help_has_no_english_headings_in_chinese() -> None:
    told = parser("zh").format_help()
    assert told.startswith("用法：ruleswx")
    assert "选项：" in told
    assert "警告也算" in told
    assert "usage" not in told
    assert "options" not in told
    assert "usage: ruleswx" in parser("en").format_help()
