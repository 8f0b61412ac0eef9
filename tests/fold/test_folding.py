from itertools import pairwise

import pytest

from ruleswx.fold import READ, Folds, fold, fold_key


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hello  World", "hello world"),
        ("ＶＸ：１２３！", "vx:123!"),
        ("①𝐇ﬁ…", "1hfi..."),
        ("café e\u0301 ÉTÉ", "cafe e ete"),
        ("加\u200b微\u2060信\ufeff", "加微信"),
        ("谢谢❤️", "谢谢❤"),
        ("a\u3000\u2005\t b", "a b"),
        ("一\r\n二\r三\u2028四\n\n五", "一\n二\n三\n四\n\n五"),
        ("兼職日結", "兼职日结"),
        ("兩隻鳥在裡面，後面有麵條和頭髮", "两只鸟在里面,后面有面条和头发"),
        ("衆羣牀裏綫", "众群床里线"),
        ("İstanbul STRASSE straße ſ K", "istanbul strasse strasse s k"),
        ("が か\u3099 ｶﾞ ハ", "が が ガ ハ"),
        ("각 각", "각 각"),
        ("\x00a\x07b", "ab"),
        ("\ud800", "\ufffd"),
        ("", ""),
    ],
)
def test_normal(text: str, folded: str) -> None:
    assert fold(text).text == folded


@pytest.mark.parametrize(
    "text", ["皇后", "乾隆", "著名", "覆盖", "慰藉", "大阪", "茶几", "谷子", "于是", "松树", "斗争"]
)
def test_correct_simplified_characters_stay(text: str) -> None:
    assert fold(text).text == text


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("＋微 信 领 福 利 加 微", "微信领福利加微"),
        ("加V❤领红包", "加v领红包"),
        ("加νХ", "加vx"),
        ("ВΕЅТ", "best"),
        ("🅥🆇 🇻🇽 ⓥⓧ ᴠx", "vxvxvxvx"),
        ("零〇一二三四五六七八九", "00123456789"),
        ("壹贰叁肆伍陆柒捌玖 貳陸", "12345678926"),
        ("❶②٣３", "1233"),
        ("加加加微微微微信", "加微信"),
        ("6666 谢谢 aab", "6谢谢aab"),
        ("——！！？", ""),
    ],
)
def test_loose(text: str, folded: str) -> None:
    assert fold(text, "loose").text == folded


def test_exact_changes_nothing() -> None:
    assert fold("ＡＢ  乾隆\u200b", "exact").text == "ＡＢ  乾隆\u200b"
    assert fold_key(" 密码 ", "exact") == " 密码 "


def test_keys_are_trimmed() -> None:
    assert fold_key(" 帮助\u3000\n") == "帮助"
    assert fold_key("\u200b") == ""
    assert fold_key("！！", "loose") == ""


@pytest.mark.parametrize(
    ("text", "mode", "needle", "original"),
    [
        ("请问多少錢？", "normal", "多少钱", "多少錢"),
        ("订单 ＡＢ１２ 谢谢", "normal", "ab12", "ＡＢ１２"),
        ("x加\u200b\u200b微y", "normal", "加微", "加\u200b\u200b微"),
        ("x加\u200b微\u200by", "normal", "微", "微"),
        ("谢谢❤️吗", "normal", "❤", "❤️"),
        ("e\u0301te", "normal", "ete", "e\u0301te"),
        ("a \u3000 b", "normal", " ", " \u3000 "),
        ("周末加 V 信", "loose", "加v信", "加 V 信"),
        ("x加加加加微", "loose", "加微", "加加加加微"),
        ("…", "normal", ".", "…"),
    ],
)
def test_spans_lead_back(text: str, mode: str, needle: str, original: str) -> None:
    folded = fold(text, mode)  # type: ignore[arg-type]
    at = folded.text.index(needle)
    assert folded.slice(at, at + len(needle)) == original


def test_empty_and_outside_spans() -> None:
    folded = fold("Ａ ＢＣ")
    assert folded.span(2, 2) == (2, 2)
    assert folded.span(4, 4) == (4, 4)
    assert folded.span(9, 12) == (4, 4)
    assert folded.span(-3, 99) == (0, 4)
    assert fold("", "loose").span(0, 0) == (0, 0)


def test_reads_the_first_characters_only() -> None:
    assert len(fold("你" * (READ + 5)).text) == READ
    assert len(fold("\ufdfa" * READ).text) == READ
    assert fold("你" * READ + "好", "exact").text == "你" * READ
    assert fold("Ａ" * (READ + 5)).span(READ - 1, READ) == (READ - 1, READ)


def test_bytes_for_the_engines() -> None:
    assert fold("好").data == "好".encode()
    assert fold("\udfff", "exact").data == "\ufffd".encode()


def test_one_fold_a_mode() -> None:
    folds = Folds("Ａ Ｂ")
    assert folds.get("normal") is folds.get("normal")
    assert folds.get("loose").text == "ab"
    assert folds.get("exact").text == "Ａ Ｂ"


def test_a_pile_of_marks_costs_nothing() -> None:
    pile = "a" + "\u0301\u0323" * (READ // 2)
    spans = [fold(pile).span(0, 1), fold(pile, "loose").span(0, 1)]
    assert fold(pile).text == "a"
    assert spans == [(0, READ), (0, READ)]
    assert all(a <= b for a, b in pairwise(spans[0]))
