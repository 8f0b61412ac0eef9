import sys
import unicodedata

from ruleswx.fold.characters import ATTACHED, LOOKALIKES, Table, loose, normal, simplified
from ruleswx.fold.folding import _close, _odd


def test_common_characters_may_take_the_short_cut() -> None:
    """The short cut of `fold` is right only if what it accepts folds alone, and what it skips folds to itself."""
    for code in [*range(0x20, 0xD800), *range(0xE000, 0x20000)]:
        char = chr(code)
        if not _close().match(char):
            assert not ATTACHED[char], hex(code)
        if not _odd().match(char):
            assert normal(char) == char, hex(code)


def test_simplified_table_is_settled() -> None:
    table = simplified()
    assert len(table) > 3000
    for code, target in table.items():
        assert len(target) == 1
        assert ord(target) not in table
        assert unicodedata.normalize("NFKC", chr(code)) == chr(code)


def test_lookalikes_lead_to_latin() -> None:
    assert set(LOOKALIKES.values()) <= set("abcdefghijklmnopqrstuvwxyz")
    assert loose("Ё") == "e"


def test_tables_are_bounded() -> None:
    table = Table("normal")
    for code in range(0x4E00, 0x4E00 + 30_000):
        table[chr(code)]
    assert len(table) <= 20_001
    for code in range(0x4E00, 0x4E00 + 30_000):
        ATTACHED[chr(code)]
    assert len(ATTACHED) <= 20_001


def test_every_code_point_folds() -> None:
    for code in range(0, sys.maxunicode + 1, 97):
        assert isinstance(normal(chr(code)), str)
        assert isinstance(loose(chr(code)), str)
