import pytest

from ruleswx.fold import fold
from ruleswx.rules.patterns import FoldedAway, PatternError, compile_pattern, folded_away


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"订单\s*(?P<单号>[A-Z]{2}\d{8})", "帮我查 訂單　ＡＢ２０260301 谢谢", "訂單　ＡＢ２０260301"),
        (r"\bbuy\b", "我要buy房", "buy"),
        (r"\bbuy\b", "我要buying房", None),
        (r"\w+", "。。你好abc_1！", "你好abc_1"),
        (r"[\w-]+@", "a-中@x", "a-中@"),
        (r"\d{3}", "１２３", "１２３"),
        (r"^\S+\s\S+$", "你\u2005好", "你\u2005好"),
        (r"好$", "你好\n", None),
        (r"好\Z", "你好", "好"),
        (r"\A你", "说你", None),
        (r"a.b", "a\nb", None),
        (r"(?s)a.b", "a\nb", "a\nb"),
        (r"(?m)^二$", "一\n二\n三", "二"),
        (r"\p{Han}+", "abc汉字def", "汉字"),
        (r"\u4f60\x{597d}", "你好", "你好"),
        (r"[^\W\d_]+", "12_ab中3", "ab中"),
        (r"[\W]+", "ab，！cd", "，！"),
        (r"[^\w]", "ab c", " "),
        (r"[\D]+", "12ab34", "ab"),
        (r"[\S]+", " ab ", "ab"),
        (r"[]x-]+", "a]-x", "]-x"),
        (r"a{2,}?b", "aaab", "aaab"),
        (r"\Q1+1?\E", "算 1+1?", "1+1?"),
        (r"x(?#why)y", "xy", "xy"),
        (r"[[:digit:]]+", "ab12", "12"),
        (r"{|}", "a}b", "}"),
        (r"a|", "b", ""),
        (r"[\b]|b", "ab", "b"),
        (r"\.\*", "a.*b", ".*"),
    ],
)
def test_search(pattern: str, text: str, found: str | None) -> None:
    match = compile_pattern(pattern).search(fold(text))
    assert (None if match is None else text[match.start : match.end]) == found


def test_captures_are_the_original_characters() -> None:
    pattern = compile_pattern(r"(?P<前>\w+)：?(?<后>\d+)?|(?P<no>x)", "exact")
    assert pattern.groups == ("前", "后", "no")
    match = pattern.search(fold("Ａb：１２", "exact"))
    assert match
    assert dict(match.captures) == {"前": "Ａb", "后": "１２", "no": ""}
    assert (match.start, match.end) == (0, 5)
    assert not compile_pattern("a").search(fold("a")).captures  # type: ignore[union-attr]


def test_exact_minds_case() -> None:
    assert compile_pattern("abc", "exact").search(fold("ABC", "exact")) is None
    assert compile_pattern("(?i)abc", "exact").search(fold("ABC", "exact"))
    assert compile_pattern("ABC", "loose").mode == "normal"
    assert compile_pattern("ABC").search(fold("abc"))


def test_surrogates_do_not_stop_a_search() -> None:
    assert compile_pattern("b", "exact").search(fold("\ud800b", "exact"))


@pytest.mark.parametrize(
    ("pattern", "code", "offset", "written", "what"),
    [
        ("ab(?=c)", "E172", 2, "(?=c)", "look_ahead"),
        ("ab(?!c)", "E172", 2, "(?!c)", "negative_look_ahead"),
        ("(?<=a)b", "E172", 0, "(?<=a)", "look_behind"),
        ("(?<!a)b", "E172", 0, "(?<!a)", "negative_look_behind"),
        (r"(a)\1", "E172", 3, r"\1", "back_reference"),
        ("(?P<a>x)(?P=a)", "E172", 8, "(?P=a)", "back_reference"),
        ("a{,3}", "E172", 1, "{,3}", "from_nothing"),
        ("a++", "E172", 1, "++", "possessive"),
        ("a{2}+", "E172", 1, "{2}+", "possessive"),
        ("(?>a)", "E172", 0, "(?>a)", "atomic"),
        ("(a)(?(1)b|c)", "E172", 3, "(?(1)", "conditional"),
        ("(?x)a", "E172", 0, "(?x)", "flags"),
        ("(?-i)a", "E172", 0, "(?-i)", "flags"),
        ("(?R)", "E172", 0, "(?R)", "recursion"),
        ("(?'n'a)", "E172", 0, "(?'n'a)", "quoted_name"),
        (r"[^\W\p{Han}]", "E172", 0, r"[^\W\p{Han}]", "class_of_classes"),
        ("a)", "E171", 1, ")", "no_opening"),
        ("(a", "E171", 0, "(", "no_closing"),
        ("[a", "E171", 0, "[", "no_bracket"),
        ("*a", "E171", 0, "*", "nothing_to_repeat"),
        ("a|+", "E171", 2, "+", "nothing_to_repeat"),
        ("^*", "E171", 1, "*", "nothing_to_repeat"),
        ("a**", "E171", 2, "*", "multiple_repeat"),
        ("a{3,2}", "E171", 1, "{3,2}", "bad_repeat"),
        ("[z-a]", "E171", 1, "z-a", "bad_range"),
        (r"\y", "E171", 0, r"\y", "bad_escape"),
        (r"a\p{Foo}", "E171", 1, r"\p{Foo}", "property"),
        (r"[[:foo:]]", "E171", 1, "[:foo:]", "property"),
        (r"\ud800", "E171", 0, r"\ud800", "bad_code"),
        ("a\\", "E171", 1, "\\", "lone_backslash"),
        ("(?Z)", "E172", 0, "(?Z)", "flags"),
        ("(?", "E171", 0, "(?", "bad_group"),
        ("a{1001}", "E173", 1, "{1001}", "repeats"),
        ("a{99999999999}", "E173", 1, "{99999999999}", "repeats"),
        ("(?:a{100}){100}", "E173", 0, "(?:a{100}){100}", "large"),
        (r"\w{999}", "E173", 0, r"\w{999}", "large"),
        ("(" * 80 + ")" * 80, "E173", 60, "(", "depth"),
        ("(?P<1a>x)", "E174", 4, "1a", "bad_name"),
        ("(?P<_a>x)", "E174", 4, "_a", "bad_name"),
        ("(?P<单>x)(?P<单>y)", "E174", 12, "单", "name_twice"),
    ],
)
def test_refused_at_the_place(pattern: str, code: str, offset: int, written: str, what: str) -> None:
    with pytest.raises(PatternError) as raised:
        compile_pattern(pattern)
    error = raised.value
    assert (error.code, error.offset) == (code, offset)
    assert pattern[offset : offset + error.length] == written
    assert error.values["what"] == f"@regex_{what}"


@pytest.mark.parametrize(
    ("pattern", "fixed"), [("a{,3}", "{0,3}"), ("a*+", "*"), ("(?'单号'a)", "(?P<单号>a)"), ("a{2,3}+", "{2,3}")]
)
def test_the_rewrite_is_given(pattern: str, fixed: str) -> None:
    with pytest.raises(PatternError) as raised:
        compile_pattern(pattern)
    assert raised.value.values["fixed"] == fixed


def test_too_long_a_pattern() -> None:
    with pytest.raises(PatternError):
        compile_pattern("a" * 5000)


def test_what_folding_takes_away() -> None:
    assert folded_away("报價：V\\d ") == (FoldedAway(1, 1, "價", "价"), FoldedAway(2, 1, "：", ":"))
    assert folded_away("[：:]\\uff36") == (FoldedAway(4, 1, "Ｖ", "v"),)
    assert folded_away("(a  b|\u200b)+") == (FoldedAway(3, 1, " ", ""), FoldedAway(6, 1, "\u200b", ""))
    assert folded_away("[Ａ-Ｚ]") == (FoldedAway(1, 1, "Ａ", "a"),)
    assert folded_away("É") == (FoldedAway(0, 1, "É", "e"),)
    assert folded_away("ABC乾隆^x$[一-龥]") == ()
    assert folded_away("(") == ()


def test_engine_is_silent_and_made_when_needed(capfd: pytest.CaptureFixture[str]) -> None:
    pattern = compile_pattern(r"\d+")
    assert pattern.engine() is pattern.engine()
    with pytest.raises(PatternError):
        compile_pattern(r"\p{Nope}")
    assert capfd.readouterr().err == ""
    assert repr(pattern) == r"Pattern('\\d+', 'normal')"
