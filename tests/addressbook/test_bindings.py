import json
from dataclasses import replace

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


FRIEND = Contact("@f", "person", nick="老王", remark="老王", listed=True)
PASSER_BY = Contact("@p", "person", nick="路人")


def days_later(book: Bindings, days: int, *contacts: Contact) -> Bindings:
    """The next login, so many days on, with these people in it under new ids."""
    again = Bindings()
    again.load(book.dump(book.rows))
    again.new_login(f"@me{days}")
    again.date(days)
    for contact in contacts:
        again.add(contact)
        again.key(contact, ())
    return again


def names(book: Bindings) -> set[str]:
    return {row.nick for row in book.rows.values()}


def test_rows_not_met_for_long_go_and_those_nobody_could_find_again_sooner() -> None:
    book = days_later(Bindings(), 100, FRIEND, PASSER_BY)
    book = days_later(book, 108)
    assert len(book.forget(90, ())) == 1
    assert names(book) == {"老王"}
    book = days_later(book, 190)
    assert book.forget(90, ()) == ()
    book = days_later(book, 191)
    assert len(book.forget(90, ())) == 1
    assert book.rows == {}
    assert book.take_changes() == ()


def test_who_was_met_meanwhile_is_at_hand_or_whose_key_is_in_use_stays() -> None:
    book = days_later(Bindings(), 100, FRIEND, PASSER_BY)
    (key,) = [row.key for row in book.rows.values() if row.nick == "路人"]
    book = days_later(book, 180, replace(FRIEND, user_name="@f2"))
    assert book.forget(90, {key}) == ()
    book = days_later(book, 260, replace(FRIEND, user_name="@f3"))
    book.date(500)
    assert book.forget(90, {key}) == ()
    assert names(book) == {"老王", "路人"}


def test_rows_nobody_dated_count_from_now_on() -> None:
    book = days_later(bound(FRIEND), 20_000)
    assert book.forget(90, ()) == ()
    assert [row.met for row in book.rows.values()] == [20_000]
    assert book.take_changes()


def test_a_forgotten_row_matches_nobody() -> None:
    book = days_later(days_later(Bindings(), 100, FRIEND), 300)
    (gone,) = book.forget(90, ())
    contact = replace(FRIEND, user_name="@new")
    book.add(contact)
    assert book.key(contact, ()) != gone


def test_meeting_somebody_daily_does_not_write_daily() -> None:
    book = days_later(Bindings(), 100, FRIEND)
    book.take_changes()
    for day in range(101, 107):
        book.date(day)
        book.update(FRIEND, ())
        assert book.take_changes() == ()
    book.date(107)
    book.update(FRIEND, ())
    assert len(book.take_changes()) == 1
