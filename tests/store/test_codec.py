"""Effects and values go to JSON and come back the same; what nobody can read says so."""

import typing
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.model import Chat, Notify, Person, SendText, WriteLog
from ruleswx.ratelimit import Kind
from ruleswx.store import codec

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
CHATS = st.builds(
    Chat,
    TEXT,
    st.sampled_from(["person", "group", "official"]),
    st.lists(TEXT, max_size=3).map(tuple),
    user_name=TEXT,
    muted=st.booleans(),
    owned=st.booleans(),
    owner_key=TEXT,
)
EFFECTS = st.one_of(
    st.builds(SendText, CHATS, TEXT, TEXT), st.builds(Notify, TEXT, TEXT), st.builds(WriteLog, TEXT, TEXT)
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
PARTS: dict[Any, st.SearchStrategy[Any]] = {
    Any: JSON,
    Chat: CHATS,
    Person: st.builds(Person, TEXT, TEXT),
    str: TEXT,
    float: st.floats(0, 1e6),
    tuple[str, ...]: st.lists(TEXT, max_size=3).map(tuple),
    Mapping[str, str]: st.dictionaries(TEXT, TEXT, max_size=3),
}


@given(EFFECTS)
def test_an_effect_comes_back_as_it_was(effect: SendText | Notify | WriteLog) -> None:
    assert codec.decode_effect(*codec.encode_effect(effect)) == effect


@given(JSON)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert codec.decode_json(codec.encode_json(value)) == value


@given(st.data())
def test_every_effect_of_the_model_can_be_stored(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(codec.effect_kinds().values(), key=str)))
    hints = typing.get_type_hints(kind)
    parts = {
        field.name: PARTS[hint] if (hint := hints[field.name]) in PARTS else st.from_type(hint)
        for field in fields(kind)
    }
    effect = data.draw(st.builds(kind, **parts))
    assert codec.decode_effect(*codec.encode_effect(effect)) == effect
    assert codec.kind_of(effect) in typing.get_args(Kind)


def test_a_field_an_older_version_did_not_write_gets_its_default() -> None:
    assert codec.decode_effect("Notify", b'{"text":"x","later":1}') == Notify("x")


def test_a_character_no_file_can_hold_is_replaced_once() -> None:
    name, body = codec.encode_effect(SendText(Chat("k\udfff", "person"), "半\ud83d个"))
    assert codec.decode_effect(name, body) == SendText(Chat("k\ufffd", "person"), "半\ufffd个")
    assert codec.decode_json(codec.encode_json({"\ud800": ["a\ud83d\ude00b"]})) == {"\ufffd": ["a😀b"]}


@pytest.mark.parametrize(
    ("name", "body"),
    [("SendPigeon", b"{}"), ("SendText", b"{}"), ("SendText", b"\xff"), ("Notify", b'{"text":1}'), ("Notify", b"")],
)
def test_what_cannot_be_read_is_a_value_error(name: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        codec.decode_effect(name, body)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        codec.decode_json(body)


def test_what_has_no_json_is_refused() -> None:
    with pytest.raises((TypeError, NotImplementedError)):
        codec.encode_json(object())  # type: ignore[arg-type]


def test_order_is_kept_by_the_chat_an_effect_goes_to() -> None:
    assert codec.chat_of(SendText(Chat("k", "person"), "x")) == "k"
    assert codec.chat_of(Notify("x")) == ""
