from unicodedata import category

import pytest
import re2

from ruleswx.rules.patterns.classes import ClassParts, NotCountable, char, shorthand


@pytest.mark.parametrize("letter", "wWdDsS")
def test_shorthand_is_what_python_means(letter: str) -> None:
    import re

    ours, python = re2.compile(shorthand(letter)[0].encode()), re.compile("\\" + letter)
    text = [*range(0x20, 0x500), *range(0x1680, 0x1690), *range(0x2000, 0x2070), *range(0x3000, 0x3100), 0x4E00, 0xFF11]
    wrong = [hex(c) for c in text if bool(ours.search(chr(c).encode())) != bool(python.search(chr(c)))]
    # The table closes gaps that hold only marks and code points without a character.
    assert [w for w in wrong if category(chr(int(w, 16))) not in {"Cn", "Mn", "Me", "Cf"}] == []


def test_counted_classes() -> None:
    parts = ClassParts(negated=True, singles=[(0, "_")], ranges=[(1, "0", 3, "9")], letters=["W"])
    engine = re2.compile(parts.re2().encode())
    assert [c for c in "a_9中，" if engine.search(c.encode())] == ["a", "中"]
    parts.properties.append(r"\p{Han}")
    with pytest.raises(NotCountable):
        parts.re2()


def test_few() -> None:
    parts = ClassParts(singles=[(1, "a"), (2, "b")])
    assert parts.few == {"a", "b"}
    parts.ranges.append((3, "0", 5, "9"))
    assert parts.few is None


def test_special_characters_are_spelt_out() -> None:
    assert char("]") == r"\x{5d}"
    assert char("好") == "好"
