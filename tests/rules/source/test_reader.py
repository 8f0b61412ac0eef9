"""`read_yaml`: any bytes in, a Source out; places, lines, limits."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.rules.source import MAX_BYTES, builder, read_yaml


def test_a_byte_order_mark_is_tolerated() -> None:
    source = read_yaml("f.yaml", b"\xef\xbb\xbfa: 1\n")
    assert source.tree == {"a": "1"}
    assert source.place(("a",), "key").column == 1


def test_places_are_found_through_lists_that_were_not_written() -> None:
    source = read_yaml("f.yaml", b"do: {reply: hi}\nsteps:\n  - reply: ho\n")
    assert str(source.place(("do", 0, "reply"))) == "f.yaml:1:13"
    assert str(source.place(("do", "steps", 0, "reply"), "key")) == "f.yaml:1:6"
    assert str(source.place(("steps", 0, "reply"), "key")) == "f.yaml:3:5"


def test_a_missing_key_leads_to_what_lacks_it() -> None:
    source = read_yaml("f.yaml", b"a:\n  b: 1\n")
    assert str(source.place(("a", "nothing"))) == "f.yaml:2:3"
    assert source.value(("a", "b")) == "1"


def test_styles_are_known() -> None:
    source = read_yaml("f.yaml", b"a: x\nb: 'x'\nc: \"x\"\nd: |\n  x\ne: [x]\nf: {x: 1}\n")
    assert [source.style((key,)) for key in "abcdef"] == ["plain", "single", "double", "block", "list", "mapping"]


def test_brackets_are_known_over_lines() -> None:
    source = read_yaml("f.yaml", b"a: [x, y]\nb:\n  - x\nc: [\n  x\n]\n")
    assert source.in_brackets(("a", 1))
    assert not source.in_brackets(("b", 0))
    assert source.in_brackets(("c", 0))


def test_a_finding_inside_a_text_points_at_the_character() -> None:
    source = read_yaml("f.yaml", "a: '你好 {{ x }}'\n".encode())
    found = source.inside("E117", ("a",), 6, 1, {"name": "x"})
    assert (found.place.column, found.width) == (11, 1)
    assert found.source == "a: '你好 {{ x }}'"


def test_too_large_a_file_is_one_finding() -> None:
    source = read_yaml("f.yaml", b"a" * (MAX_BYTES + 1))
    assert [f.code for f in source.findings] == ["E160"]
    assert source.tree is None


def test_other_encodings_are_named_at_the_byte() -> None:
    source = read_yaml("f.yaml", "a: 1\nb: 价格".encode("gbk"))
    assert [(f.code, f.place.line, f.place.column) for f in source.findings] == [("E148", 2, 4)]


def test_lines_end_as_in_yaml() -> None:
    source = read_yaml("f.yaml", b"a: 1\r\nb: 2\r\nb: 3\r\n")
    assert source.line(2) == "b: 2"
    assert source.line(9) == ""
    assert [f.place.line for f in source.findings] == [3]


def test_many_slips_are_bounded() -> None:
    source = read_yaml("f.yaml", b"\n".join(b"k%d: @" % n for n in range(100)))
    assert 10 <= len(source.findings) <= 30
    assert source.holes


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda s: s.encode("utf-8", "surrogatepass"))))
def test_no_bytes_raise(data: bytes) -> None:
    source = read_yaml("f.yaml", data)
    for finding in source.findings:
        assert 1 <= finding.place.line <= len(source.lines) + 1
        assert finding.place.column >= 1


@given(st.text(alphabet="ab: -[]{}'\"#@*&!|>%`\n\t，：{}\\d", max_size=60))
def test_no_yaml_like_text_raises(text: str) -> None:
    source = read_yaml("f.yaml", text.encode())
    assert source.findings or source.tree is not None or not source.holes


def test_without_libyaml_the_same_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        b"sender: @@\n",
        b"a: {{ x }} b\n",
        b'a: "\\d"\n',
        b"a: [1, 2\nb: c\n",
        b"a: \x01b\n",
        b"- *x*\n",
        b"a: 1\na: 2\n",
    ]
    fast = [(s.tree, s.findings) for s in (read_yaml("f.yaml", text) for text in texts)]
    monkeypatch.setattr(builder, "_Parser", yaml.SafeLoader)
    slow = [(s.tree, s.findings) for s in (read_yaml("f.yaml", text) for text in texts)]
    assert slow == fast


def test_unquoted_scalars_have_a_type_where_json_is_wanted() -> None:
    text = """
a: {n: 300, neg: -1.5, exp: 1e3, yes: true, no: false, nil: null, tilde: ~}
b: ['300', "true", '{{ x }}', 0571, no, 10:30, 1_000, .5, +1, True, 0x1f, 2026-03-02, 12345678901234567890, 1e999]
c:
  - 7
  - deep: [1, {more: 2}]
  - |
    3
  - &four 4
  - *four
"""
    source = read_yaml("a.yaml", text.encode())
    assert source.findings == ()
    assert source.typed(source.value(["a"])) == {
        "n": 300, "neg": -1.5, "exp": 1000.0, "yes": True, "no": False, "nil": None, "tilde": None,
    }  # fmt: skip
    typed = source.typed(source.value(["b"]))
    assert typed == source.value(["b"]), "all of these stay text"
    assert source.typed(source.value(["c"])) == [7, {"deep": [1, {"more": 2}]}, "3\n", "4", "4"]
    assert source.typed("300") == "300"
