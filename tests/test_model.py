"""Names of people and chats: which one is shown, which ones may match."""

from ruleswx.model import Chat, Person


def test_a_person_is_shown_by_remark_then_nick_then_wechat_id() -> None:
    assert Person("p1", nick="小林", remark="林老师", alias="lin").name == "林老师"
    assert Person("p1", nick="小林").name == "小林"
    assert Person("p1", alias="lin").name == "lin"


def test_a_member_is_shown_by_card_first() -> None:
    person = Person("p1", nick="小林", remark="林老师", card="林")
    assert person.member_name == "林"
    assert person.member_names == ("林", "林老师", "小林")
    assert person.names == ("林老师", "小林")


def test_equal_names_are_listed_once() -> None:
    assert Person("p1", nick="小李", remark="小李").names == ("小李",)


def test_a_chat_without_a_name_has_an_empty_one() -> None:
    assert Chat("g1", "group").name == ""
    assert Chat("g1", "group", ("读书会", "x")).name == "读书会"
