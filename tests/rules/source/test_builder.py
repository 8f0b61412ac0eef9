"""Events to a tree: text first, places, repeated keys, anchors, merge keys, limits."""

import pytest
import yaml

from ruleswx.rules.source.builder import Built, YAMLSlip, build, column_of, events, line_of


def read(text: str) -> Built:
    return build(text, text.split("\n"))


@pytest.mark.parametrize("word", ["no", "on", "yes", "10:30", "0571", "2024-05-01", "~", "null", "1e3", "0x10", "="])
def test_a_scalar_stays_the_text_that_was_typed(word: str) -> None:
    assert read(f"a: {word}").tree == {"a": word}


def test_every_key_and_value_has_its_place() -> None:
    text = "a: 1\nb:\n  - x\n  - {c: y}\n"
    made = read(text)
    assert isinstance(made.tree, dict)
    top = made.marks[id(made.tree)]
    assert [(line_of(p), column_of(p)) for p in top] == [(0, 0), (0, 3), (1, 0), (2, 2)]
    items = made.marks[id(made.tree["b"])]
    assert [(line_of(p), column_of(p)) for p in items] == [(2, 4), (3, 4)]


def test_a_repeated_key_names_the_first_place_and_keeps_it() -> None:
    made = read("a: 1\nb: 2\na: 3\n")
    assert made.tree == {"a": "1", "b": "2"}
    (raw,) = made.findings
    assert (raw.code, raw.line, raw.column) == ("E104", 2, 0)
    assert (raw.args["line"], raw.args["column"]) == ("1", "1")


def test_anchors_and_merge_keys_work_and_an_explicit_key_wins() -> None:
    made = read("x: &a {k: 1, j: 1}\ny: {j: 2, <<: *a}\nz: {<<: [*a, {m: 3}]}\nw: *a\n")
    assert made.tree == {
        "x": {"k": "1", "j": "1"},
        "y": {"j": "2", "k": "1"},
        "z": {"k": "1", "j": "1", "m": "3"},
        "w": {"k": "1", "j": "1"},
    }
    assert made.findings == []


def test_merged_keys_lead_to_where_they_were_typed() -> None:
    made = read("x: &a {k: 1}\ny: {<<: *a}\n")
    assert isinstance(made.tree, dict)
    key, value = made.marks[id(made.tree["y"])]
    assert (line_of(key), column_of(key), column_of(value)) == (0, 7, 10)


def test_a_merge_of_a_text_is_refused() -> None:
    assert [raw.code for raw in read("x: &a 1\ny: {<<: *a}\n").findings] == ["E116"]


def test_an_alias_may_be_a_key() -> None:
    assert read("x: &a 名字\ny: {*a : 1}\n").tree == {"x": "名字", "y": {"名字": "1"}}


def test_a_mapping_as_a_key_is_refused() -> None:
    assert [raw.code for raw in read("? {a: 1}\n: b\n").findings] == ["E116"]


def test_aliases_have_a_budget() -> None:
    rows = [
        f"k{n}: &k{n} [" + ",".join([f"*k{n - 1}" if n else "x"] * 10) + "]"
        for n in range(6)
    ]  # fmt: skip
    with pytest.raises(YAMLSlip) as slip:
        read("\n".join(rows))
    assert slip.value.raw.code == "E159"


def test_an_alias_inside_its_own_anchor_is_no_anchor_yet() -> None:
    with pytest.raises(YAMLSlip) as slip:
        read("a: &a\n  - *a\n")
    assert slip.value.raw.code == "E149"


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_nesting_is_bounded(opening: str) -> None:
    with pytest.raises(YAMLSlip) as slip:
        read(f"a: {opening * 40}")
    assert slip.value.raw.code == "E147"


def test_thirty_levels_are_fine() -> None:
    assert read("[" * 30 + "]" * 30).tree is not None


def test_tags_are_refused_and_the_text_is_kept() -> None:
    made = read("a: !ping\nb: !!str x\nc: !x [1]\n")
    assert made.tree == {"a": "!ping", "b": "!!str x", "c": ["1"]}
    assert [raw.code for raw in made.findings] == ["E146"] * 3


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a:\nb: 1", "E143", (0, 0)),
        ("- #签到\n- b", "E105", (0, 2)),
        ("a: #话题\nb: 1", "E105", (0, 3)),
        ("- \n- b", "E143", (0, 0)),
        ("a:  # 说明\nb: 1", "E143", (0, 0)),
        ("{a:b}", "E156", (0, 1)),
    ],
)
def test_an_empty_value_says_why_it_is_empty(text: str, code: str, place: tuple[int, int]) -> None:
    (raw,) = read(text).findings
    assert (raw.code, (raw.line, raw.column)) == (code, place)


def test_an_empty_quoted_text_is_a_text() -> None:
    made = read("a: ''")
    assert made.tree == {"a": ""}
    assert made.findings == []


def test_a_second_document_is_noticed() -> None:
    assert [raw.code for raw in read("a: 1\n---\nb: 2\n").findings] == ["E158"]


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n"])
def test_an_empty_file_is_none(text: str) -> None:
    assert read(text).tree is None


def test_events_stop_at_the_first_error() -> None:
    kinds = [event.__class__ for event in events("a: @\n")]
    assert yaml.MappingStartEvent in kinds
    assert yaml.MappingEndEvent not in kinds
