import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.fold import Mode, fold, fold_key
from ruleswx.fold.folding import _NORMAL, _pieces, _squeeze_blanks

TRICKY = (
    "aA  \t\u3000\n\r加微ＶＸ：…\u200b\u200d\ufe0f\u0301\u0323か\u3099ｶﾞ각"
    "\u1100\u1161\u11a8é後隻乾ﬃ㎜㍿🅰👨哈零壹ΝХİıſ\ud800\u09c7\u09be"
)
TEXTS = st.one_of(st.text(alphabet=TRICKY, max_size=40), st.text(max_size=40))
MODES = st.sampled_from(["exact", "normal", "loose"])


@given(TEXTS, MODES, st.data())
def test_offsets_lead_back(text: str, mode: Mode, data: st.DataObject) -> None:
    folded = fold(text, mode)
    start = data.draw(st.integers(0, len(folded.text)))
    end = data.draw(st.integers(start, len(folded.text)))
    first, last = folded.span(start, end)
    assert 0 <= first <= last <= len(text)
    assert folded.text[start:end] in fold(text[first:last], mode).text or mode == "loose"
    if start < end:
        assert folded.span(start, start + 1)[0] == first
        assert folded.span(end - 1, end)[1] == last


@given(TEXTS, MODES)
def test_spans_never_go_backwards(text: str, mode: Mode) -> None:
    folded = fold(text, mode)
    spans = [folded.span(i, i + 1) for i in range(len(folded.text))]
    assert all(a < b for a, b in spans)
    assert spans == sorted(spans)
    assert all(mine[1] <= later[1] for mine, later in pairwise(spans))


@given(TEXTS, MODES)
def test_folding_twice_changes_nothing(text: str, mode: Mode) -> None:
    once = fold(text, mode).text
    assert fold(once, mode).text == once


@given(TEXTS)
def test_the_short_cut_agrees_with_the_long_way(text: str) -> None:
    assert fold(text).text == _squeeze_blanks("".join(piece for piece, _, _ in _pieces(text, _NORMAL)))


@given(TEXTS)
def test_nothing_hidden_is_left(text: str) -> None:
    assert not any(unicodedata.category(c) in {"Cf", "Mn", "Me", "Cs"} for c in fold(text).text)
    assert all(unicodedata.category(c)[0] in "LN" or c == "\ufffd" for c in fold(text, "loose").text)


@given(TEXTS, MODES)
def test_a_keyword_cut_from_its_own_text_is_found(text: str, mode: Mode) -> None:
    assert fold_key(text, mode) in fold(text, mode).text


@pytest.mark.parametrize("mode", ["normal", "loose"])
@given(TEXTS)
def test_case_never_matters(mode: Mode, text: str) -> None:
    latin = "".join(c for c in text if c.isascii())
    assert fold(latin.upper(), mode).text == fold(latin.lower(), mode).text
