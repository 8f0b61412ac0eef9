from collections.abc import Sequence

import pytest

from ruleswx.fold import Folds, fold_key
from ruleswx.rules.index import Entry, Index, Need, Place, all_of, any_of, literals, pattern
from ruleswx.rules.patterns import compile_pattern

HERE = Place("text", "", "person")


def ask(entries: Sequence[Entry], text: str, place: Place = HERE) -> list[int]:
    return list(Index(entries).candidates(place, Folds(text)))


def words(*found: str, mode: str = "normal") -> Need | None:
    return literals([fold_key(word, mode) for word in found], mode)  # type: ignore[arg-type]


def regex(source: str, mode: str = "normal") -> Need:
    return pattern(compile_pattern(source, mode))  # type: ignore[arg-type]


def test_candidates_in_order() -> None:
    entries = [Entry(5, words("价格")), Entry(2, words("多少钱", "价格")), Entry(3, words("退款")), Entry(4)]
    assert ask(entries, "请问價格") == [2, 4, 5]
    assert ask(entries, "你好") == [4]
    assert ask(entries, "") == [4]
    assert ask([], "你好") == []


def test_each_fold_has_its_own_pass() -> None:
    entries = [Entry(0, words("加微", mode="loose")), Entry(1, words("加微")), Entry(2, words("加 微", mode="exact"))]
    assert ask(entries, "加 微") == [0, 2]
    assert ask(entries, "加微") == [0, 1]


def test_nested_and_overlapping_words() -> None:
    entries = [Entry(i, words(word)) for i, word in enumerate(["加", "加微", "微信", "加微信", "信加"])]
    assert ask(entries, "加微信加") == [0, 1, 2, 3, 4]
    assert ask(entries, "微信") == [2]


def test_deeply_nested_words_stay_candidates() -> None:
    entries = [Entry(i, words("6" * (i + 1))) for i in range(30)]
    assert ask(entries, "6" * 30) == list(range(30))
    assert set(ask(entries, "6" * 12)) >= set(range(12))


def test_a_words_own_part_stands_for_it() -> None:
    index = Index([Entry(0, words("加微信", "加微", "微信群"))])
    assert list(index.candidates(HERE, Folds("加微信"))) == [0]
    assert list(index.candidates(HERE, Folds("微信群"))) == [0]
    assert list(index.candidates(HERE, Folds("微信"))) == []


def test_patterns_by_their_literal_or_by_themselves() -> None:
    entries = [
        Entry(0, regex(r"订单\s*\d+")),
        Entry(1, regex(r"^\d+-\d{3,4}$")),
        Entry(2, regex(r"\d{50}")),
        Entry(3, regex(r"[A-Z]{3}", "exact")),
        Entry(4, regex("a?")),
    ]
    assert ask(entries, "查订单 12") == [0, 4]
    assert ask(entries, "3-502") == [1, 4]
    assert ask(entries, "5" * 50) == [2, 4]
    assert ask(entries, "xABCx") == [3, 4]
    assert set(ask(entries, "")) >= {4}


def test_many_patterns_without_literals() -> None:
    entries = [Entry(i, regex(rf"[{chr(0x4E00 + i)}-{chr(0x4E10 + i)}]\d")) for i in range(150)]
    assert ask(entries, chr(0x4E00 + 100) + "1") == list(range(84, 101))


def test_big_patterns_fit_somewhere() -> None:
    """Patterns of every size: many small ones share a set, large and lively ones are searched by themselves."""
    sources = [rf"^\w{{1,{n}}}$" for n in range(1, 60)] + [rf"[a-d].{{{n}}}[x-z]" for n in range(1, 60)]
    sources += [rf"[e-h].{{{n}}}[x-z]" for n in range(1, 20)]
    index = Index([Entry(position, regex(source)) for position, source in enumerate(sources)])
    ((_, text),) = index._texts
    assert len(text._sets) == 2
    assert len(text._singles) > 10
    assert list(index.candidates(HERE, Folds("字" * 30))) == list(range(29, 59))
    assert list(index.candidates(HERE, Folds("a" + "." * 30 + "z"))) == [59 + 29]


def test_a_set_that_ran_out_of_room_keeps_every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index([Entry(i, regex(rf"[\d{i}]x")) for i in range(3)])

    monkeypatch.setattr(index._texts[0][1]._sets[0], "match", lambda data: None)
    assert list(index.candidates(HERE, Folds("zzz"))) == [0, 1, 2]


def test_rules_without_text_go_by_place() -> None:
    asked: list[Place] = []

    def fits(kind: str) -> Entry:
        def check(place: Place) -> bool:
            asked.append(place)
            return place.kind == kind

        return Entry(len(kind), None, check)

    index = Index([fits("text"), fits("image"), Entry(9)])
    image = Place("image", "", "group", ("产品群",))
    assert list(index.candidates(image, Folds(""))) == [5, 9]
    assert list(index.candidates(image, Folds("标题"))) == [5, 9]
    assert list(index.candidates(HERE, Folds("x"))) == [4, 9]
    assert asked.count(image) == 2


def test_remembered_places_are_bounded() -> None:
    index = Index([Entry(0, None, lambda place: place.kind == "text")])
    for number in range(9000):
        index.candidates(Place("text", "", "group", (str(number),)), Folds(""))
    assert len(index._kept) <= 4096


def test_combining_needs() -> None:
    short, long = words("价"), words("多少钱呢")
    assert all_of([None, short, long]) == long
    assert all_of([None]) is None
    assert any_of([short, long]) == Need(normal=frozenset({"价", "多少钱呢"}))
    assert any_of([short, None]) is None
    assert any_of([]) is None
    assert literals([""], "normal") is None
    mixed = any_of([words("a", mode="loose"), words("b", mode="exact"), regex(r"\d")])
    assert mixed
    assert (mixed.loose, mixed.exact, len(mixed.patterns)) == (frozenset({"a"}), frozenset({"b"}), 1)
    assert all_of([mixed, short]) == short
    assert regex("a.*订单号").normal == {"订单号"}
    assert regex(r"\d+-\d+").patterns


def test_lone_surrogates_are_no_trouble() -> None:
    assert ask([Entry(0, words("\ud800", mode="exact")), Entry(1, words("好"))], "\ud800好") in ([0, 1], [1])
