import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.addressbook.bindings import Bindings
from ruleswx.model import Contact


def bound(*contacts: Contact) -> Bindings:
    made = Bindings()
    for contact in contacts:
        made.add(contact)
    for contact in contacts:
        made.key(contact, ())
    return made


def test_rows_are_short_text_and_come_back() -> None:
    book = bound(Contact("@a", "person", nick='小"林', attr_status=2**33))
    ((key, text),) = book.dump(book.rows)
    assert json.loads(text) == {"kind": "person", "user_name": "@a", "nick": '小"林', "attr_status": 2**33}
    again = Bindings()
    again.load([(key, text)])
    assert again.rows == book.rows


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"nick":5}', '{"attr_status":"x"}', "[" * 100_000])
def test_rows_that_cannot_be_read_are_left_out(text: str) -> None:
    book = Bindings()
    book.load([("k", text)])
    assert book.rows == {}


def test_a_key_never_changes_within_a_login() -> None:
    book = bound(Contact("@a", "person", nick="a"))
    before = book.key(Contact("@a", "person", nick="a"), ())
    assert book.key(Contact("@a", "person", nick="b", remark="c"), ()) == before


def test_a_row_of_somebody_who_is_here_is_not_given_away() -> None:
    before = Contact("@a", "person", nick="小李", attr_status=5)
    book = bound(before)
    book.new_login()
    newcomer = Contact("@b", "person", nick="小李", attr_status=5)
    changed = Contact("@a", "person", nick="改名", attr_status=5)
    book.add(newcomer)
    book.add(changed)
    assert book.key(changed, ()) != book.key(newcomer, ())
    assert book.rows[book.key(changed, ())].nick == "改名"


def test_a_key_that_is_taken_is_not_dealt_again() -> None:
    book = bound(Contact("@a", "person", nick="a"))
    (taken,) = book.rows
    other = Bindings()
    other.load([(taken, '{"user_name":"@z","nick":"z"}')])
    assert other.key(Contact("@a", "person", nick="a"), ()) != taken


PEOPLE = st.lists(
    st.builds(
        Contact,
        st.integers(0, 40).map(lambda n: f"@{n}"),
        st.just("person"),
        nick=st.sampled_from("abc"),
        remark=st.sampled_from(["", "", "x", "y"]),
        attr_status=st.integers(0, 2),
    ),
    unique_by=lambda c: c.user_name,
    max_size=8,
)


@given(PEOPLE, PEOPLE)
def test_no_two_people_ever_share_a_key(before: list[Contact], after: list[Contact]) -> None:
    book = bound(*before)
    book.new_login()
    for contact in after:
        book.add(contact)
    keys = [book.key(contact, ()) for contact in after]
    assert len(set(keys)) == len(keys)
