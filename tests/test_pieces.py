import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.pieces import PIECE, split_text


def bare(pieces: tuple[str, ...]) -> list[str]:
    return [re.sub(r"^\(\d+/\d+\) ", "", piece) for piece in pieces]


def test_a_text_that_fits_is_left_alone() -> None:
    assert split_text("  你好\n") == ("  你好\n",)
    assert split_text("x" * PIECE) == ("x" * PIECE,)
    assert split_text("") == ("",)


def test_pieces_are_numbered_and_cut_at_lines_first() -> None:
    lines = "\n".join(f"第{n}行" + "字" * 30 for n in range(100))
    pieces = split_text(lines)
    assert [p[:6] for p in pieces] == ["(1/2) ", "(2/2) "]
    assert "\n".join(bare(pieces)) == lines


def test_without_lines_sentences_are_the_borders() -> None:
    pieces = split_text("这是一句话。" * 10, limit=40)
    assert all(piece.endswith("。") for piece in bare(pieces))
    assert "".join(bare(pieces)) == "这是一句话。" * 10


@pytest.mark.parametrize(
    "cluster", ["👨‍👩‍👧‍👦", "🇨🇳", "👍🏽", "e\u0301", "☺\ufe0f", "🏴\U000e0067\U000e0062\U000e007f"]
)
@pytest.mark.parametrize("shift", range(4))
def test_a_visible_character_is_never_cut(cluster: str, shift: int) -> None:
    text = "字" * shift + cluster * 40
    pieces = bare(split_text(text, limit=48))
    assert "".join(pieces) == text
    assert all(re.fullmatch(f"字*(?:{re.escape(cluster)})+", piece) for piece in pieces)


def test_a_text_of_blanks_stays_one_piece() -> None:
    assert split_text(" " * 3000) == (" " * 2000,)
    assert split_text("字" + " " * 3000) == ("字",)


@given(st.text(max_size=400), st.integers(20, 60))
def test_nothing_but_blanks_at_the_cuts_is_lost(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert pieces
    assert all(len(piece) <= limit for piece in pieces)
    whole = "".join(bare(pieces)) if len(pieces) > 1 else "".join(pieces)
    assert re.sub(r"\s", "", whole) == re.sub(r"\s", "", text)
