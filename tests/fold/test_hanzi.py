import pytest

from ruleswx.fold.hanzi import SIMPLIFIED, TRADITIONAL


def test_two_strings_of_one_length_in_order() -> None:
    assert len(TRADITIONAL) == len(SIMPLIFIED) == len(set(TRADITIONAL))
    assert sorted(TRADITIONAL) == list(TRADITIONAL)


PAIRS = "隻只 後后 裡里 裏里 髮发 發发 麵面 複复 復复 鍾钟 鐘钟 臺台 颱台 麼么 於于 瞭了 乾乾 著著 妳你"


@pytest.mark.parametrize("pair", PAIRS.split())
def test_cases_with_several_answers(pair: str) -> None:
    table = dict(zip(TRADITIONAL, SIMPLIFIED, strict=True))
    assert table.get(pair[0], pair[0]) == pair[1]
