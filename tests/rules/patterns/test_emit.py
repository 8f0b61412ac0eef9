import pytest

from ruleswx.rules.patterns.emit import emit, size
from ruleswx.rules.patterns.parse import parse


@pytest.mark.parametrize(
    ("written", "re2"),
    [
        ("a.b", "a.b"),
        (r"a\.b", r"a\x{2e}b"),
        (r"(?P<名>x)(?<n>y)(z)", "(x)(y)(?:z)"),
        (r"\Z", r"\z"),
        ("(?iu)a(?u)", "(?i)a(?:)"),
        ("a{2}b{3,}c{4,5}?", "a{2,2}b{3,}c{4,5}?"),
        ("x|(?:y|)", "x|(?:y|)"),
    ],
)
def test_in_the_words_of_re2(written: str, re2: str) -> None:
    assert emit(parse(written, any_case=True).tree) == re2


def test_counted_copies() -> None:
    def counted(pattern: str) -> int:
        return size(parse(pattern, any_case=True).tree)[1]

    assert counted("abc+d*e?") == 0
    assert counted(r"\d{11}") == 11
    assert counted(".{0,20}x.{3,}") == 23
    assert counted("(?:ab{2}){3}") == 9
