import json
from dataclasses import replace
from typing import Any

import pytest

from ruleswx.addressbook import ME, AddressBook
from ruleswx.addressbook.bindings import login_mark
from ruleswx.model import Contact

UIN = 1403256789
SELF = Contact("@self", "person", nick="小助手")


def person(user: str, nick: str = "", **more: Any) -> Contact:
    return Contact(user, "person", nick=nick, **({"listed": True} | more))


def group(user: str, topic: str, *members: Contact, **more: Any) -> Contact:
    return Contact(user, "group", nick=topic, members=members or None, **more)


def started(*contacts: Contact, book: AddressBook | None = None, me: Contact = SELF) -> AddressBook:
    made = book or AddressBook()
    made.start(UIN, me)
    made.learn(contacts)
    return made


LIN = person("@lin", "小林", remark="林老师", alias="linlin", attr_status=33661029)
WANG = person("@wang", "老王", attr_status=77, avatar_seq="1000")
READERS = group(
    "@@g",
    "读书会",
    replace(SELF, card="书童"),
    replace(LIN, remark="", alias="", listed=False, card="林", nick="林老师"),
    person("@pass", "路人", listed=False, attr_status=4096),
)


def test_people_have_the_names_rules_use() -> None:
    book = started(LIN, WANG, READERS)
    lin = book.person("@lin", "@@g")
    assert lin is not None
    assert (lin.names, lin.member_name, lin.friend, lin.me) == (("林老师", "小林", "linlin"), "林", True, False)
    stranger = book.person("@pass", "@@g")
    assert stranger is not None
    assert (stranger.name, stranger.friend, stranger.remark) == ("路人", False, "")
    own = book.person("@self", "@@g")
    assert own is not None
    assert (own.key, own.me, own.card) == (ME, True, "书童")
    assert book.person("@nobody") is None
    assert book.person("@pass") == replace(stranger, card="")


def test_a_member_and_a_friend_are_one_person() -> None:
    book = started(LIN, READERS)
    inside, outside = book.person("@lin", "@@g"), book.person("@lin")
    assert inside is not None
    assert outside is not None
    assert inside.key == outside.key


def test_mentions_use_the_card_then_the_nickname() -> None:
    book = started(READERS)
    assert book.me("@@g") == ("书童", "小助手")
    assert book.me() == ("小助手",)
    assert book.me("@@other") == ("小助手",)


def test_chats_are_found_by_any_of_their_names() -> None:
    book = started(LIN, WANG, READERS, Contact("filehelper", "person", listed=True), person("@s", "生人", listed=False))
    for name in ("林老师", "小林", "LinLin", "ｌｉｎｌｉｎ"):
        assert [chat.user_name for chat in book.find(name)] == ["@lin"]
    assert [chat.kind for chat in book.find("讀書會")] == ["group"]
    assert [chat.key for chat in book.find("文件传输助手")] == ["filehelper"]
    assert [chat.key for chat in book.find("filehelper")] == ["filehelper"]
    assert book.find("生人") == ()
    assert book.find("小助手") == ()
    assert {chat.user_name for chat in book.chats()} == {"@lin", "@wang", "@@g", "filehelper"}


def test_two_chats_with_one_name_are_both_found() -> None:
    book = started(LIN, person("@other", "林老师"), group("@@x", "林老师", SELF))
    assert {chat.user_name for chat in book.find("林老师")} == {"@lin", "@other", "@@x"}


def test_names_that_mean_two_chats_are_listed() -> None:
    book = started(LIN, person("@other", "林老师"), WANG)
    assert [{chat.user_name for chat in chats} for chats in book.shared()] == [{"@lin", "@other"}]


def test_names_that_were_given_up_lead_nowhere() -> None:
    book = started(LIN)
    book.learn([replace(LIN, remark="林校长")])
    assert book.find("林老师") == ()
    assert [chat.name for chat in book.find("林校长")] == ["林校长"]
    book.forget(["@lin"])
    assert book.find("林校长") == ()
    assert book.chat("@lin") is None


def test_a_group_without_a_topic_goes_by_its_members() -> None:
    book = started(LIN, group("@@g", "", *(READERS.members or ())))
    chat = book.chat("@@g")
    assert chat is not None
    assert chat.names == ("林、路人", "林, 路人")


def test_owners_are_known_by_number_or_id() -> None:
    book = started(LIN, replace(READERS, owner_uin=UIN))
    chat = book.chat("@@g")
    assert chat is not None
    assert (chat.owned, chat.owner_key) == (True, ME)
    book.learn([replace(READERS, owner_uin=5, owner_user_name="@lin")])
    chat, lin = book.chat("@@g"), book.person("@lin")
    assert chat is not None
    assert lin is not None
    assert (chat.owned, chat.owner_key) == (False, lin.key)


def test_groups_that_are_not_saved_are_asked_for_once() -> None:
    book = started(LIN)
    assert book.missing("@@new") == ("@@new",)
    assert book.missing("@lin") == ()
    book.learn([group("@@new", "新群")])
    assert book.missing("@@new") == ("@@new",)
    book.learn([group("@@new", "新群", SELF, WANG)])
    assert book.missing("@@new") == ()
    assert book.missing("@@new", "@wang") == ()
    assert book.missing("@@new", "@later") == ("@@new",)
    book.give_up("@@new", "@later")
    assert book.missing("@@new", "@later") == ()
    assert book.missing("@@new", "@another") == ("@@new",)
    book.give_up("@@gone")
    assert book.missing("@@gone", "@x") == ()
    book.learn([group("@@gone", "back", SELF)])
    assert book.missing("@@gone", "@x") == ("@@gone",)


def test_lists_show_what_no_message_told() -> None:
    book = started(LIN, READERS)
    (renamed,) = book.learn([replace(READERS, nick="夜读", members=None)])
    assert (renamed.kind, renamed.old, renamed.new, renamed.chat.name) == ("group_renamed", "读书会", "夜读", "夜读")
    fewer = replace(READERS, nick="夜读", members=(READERS.members or ())[:2])
    (left,) = book.learn([fewer])
    assert (left.kind, [p.name for p in left.people]) == ("members_left", ["路人"])
    came = book.learn([replace(READERS, nick="夜读")])
    assert [(n.kind, [p.name for p in n.people]) for n in came] == [("members_came", ["路人"])]
    assert book.learn([replace(READERS, nick="夜读", members=())]) == ()
    assert len(book.members("@@g")) == 3


def test_power_rests_on_names_only_we_or_the_service_give() -> None:
    impostor = person("@bad", "林老师", listed=False)
    nick_only = person("@nick", "老板")
    book = started(LIN, impostor, nick_only, WANG)
    lin = book.person("@lin")
    assert lin is not None
    assert book.trusted(["林老师"]) == (frozenset({lin.key}), ())
    assert book.trusted(["LINLIN"]) == (frozenset({lin.key}), ())
    assert book.trusted(["老板", "小林", "没有"]) == (frozenset(), ("老板", "小林", "没有"))
    book.learn([person("@two", "x", remark="林老师")])
    assert book.trusted(["林老师"]) == (frozenset(), ("林老师",))


def test_we_stay_ourselves_whatever_lists_say() -> None:
    book = started(READERS)
    book.learn([person("@self", "新名字", listed=True)])
    own = book.person("@self", "@@g")
    assert own is not None
    assert (own.key, own.me, own.nick, own.friend) == (ME, True, "新名字", False)
    assert book.me("@@g") == ("书童", "新名字")


def test_members_are_asked_with_the_groups_own_id() -> None:
    book = started(replace(READERS, room_id="@room"))
    assert (book.room_id("@@g"), book.room_id("@@none")) == ("@room", "")


def test_strangers_are_met_but_never_replace_a_contact() -> None:
    book = started(LIN)
    book.meet([person("@lin", "假", listed=False), person("@q", "阿青", listed=False)])
    lin, qing = book.person("@lin"), book.person("@q")
    assert lin is not None
    assert qing is not None
    assert (lin.name, qing.name, qing.friend) == ("林老师", "阿青", False)


def relogin(book: AddressBook, *contacts: Contact) -> AddressBook:
    """What a new process knows after the next login, when every id is new."""
    fresh = AddressBook()
    fresh.rebind(book.rows())
    return started(*contacts, book=fresh, me=replace(SELF, user_name="@self2"))


def key(book: AddressBook, user: str) -> str:
    chat = book.chat(user)
    assert chat is not None
    return chat.key


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LIN, person("@new", "改名", alias="linlin")),
        (LIN, person("@new", "改名", remark="林老师")),
        (replace(LIN, remark="", alias=""), person("@new", "小林", attr_status=33661029)),
        (person("@w", "老王", avatar_seq="1000"), person("@new", "老王", avatar_seq="1000")),
        (Contact("@@a", "group", nick="读书会"), Contact("@@b", "group", nick="读书会")),
        (Contact("@@a", "group", nick="旧", remark="备"), Contact("@@b", "group", nick="新", remark="备")),
        (Contact("@o", "official", nick="晨报", attr_status=5), Contact("@p", "official", nick="晨报", attr_status=5)),
    ],
)
def test_a_key_survives_a_login(before: Contact, after: Contact) -> None:
    book = started(before)
    old = key(book, before.user_name)
    assert key(relogin(book, after), after.user_name) == old


def test_wxid_pairs_are_the_strongest_bond() -> None:
    book = started(person("@a", "甲"))
    book.pair([("@a", "wxid_1"), ("@unknown", "wxid_2")])
    old = key(book, "@a")
    fresh = AddressBook()
    fresh.rebind(book.rows())
    started(person("@b", "乙"), book=fresh, me=replace(SELF, user_name="@self2"))
    fresh.pair([("@b", "wxid_1")])
    assert key(fresh, "@b") == old


def test_real_ids_may_come_before_the_contacts() -> None:
    book = started(person("@a", "甲"))
    book.pair([("@a", "wxid_1")])
    old = key(book, "@a")
    fresh = AddressBook()
    fresh.rebind(book.rows())
    fresh.start(UIN, replace(SELF, user_name="@self2"))
    fresh.pair([("@b", "wxid_1")])
    fresh.learn([person("@b", "乙")])
    assert key(fresh, "@b") == old


def test_poorer_lists_do_not_make_us_forget() -> None:
    book = started(replace(READERS, owner_uin=UIN, owned=True, room_id="@room"))
    book.learn([group("@@g", "读书会")])
    chat = book.chat("@@g")
    assert chat is not None
    assert chat.owned
    assert book.room_id("@@g") == "@room"
    book.learn([replace(READERS, owner_user_name="@pass")])
    chat = book.chat("@@g")
    assert chat is not None
    assert not chat.owned
    assert book.room_id("@@g") == "@room"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([person("@a", "小李", attr_status=5)], [person("@b", "小李", attr_status=6)]),
        (
            [person("@a", "小李", attr_status=5)],
            [person("@b", "小李", attr_status=5), person("@c", "小李", attr_status=5)],
        ),
        (
            [person("@a", "小李", attr_status=5), person("@x", "小李", attr_status=5)],
            [person("@b", "小李", attr_status=5)],
        ),
        ([person("@a", "x", remark="老板")], [person("@b", "老板")]),
        ([person("@a", "a")], [person("@b", "a")]),
        ([person("@a", "群", attr_status=5)], [Contact("@@b", "group", nick="群")]),
    ],
)
def test_doubt_gives_a_new_key(before: list[Contact], after: list[Contact]) -> None:
    book = started(*before)
    old = {key(book, contact.user_name) for contact in before}
    fresh = relogin(book, *after)
    new = [key(fresh, contact.user_name) for contact in after]
    assert not old & set(new)
    assert len(set(new)) == len(new)


def crowd(*marks: int) -> tuple[Contact, ...]:
    return tuple(person(f"@m{mark}", f"m{mark}", listed=False, attr_status=mark) for mark in marks)


def test_a_renamed_group_is_known_by_its_members() -> None:
    book = started(group("@@a", "旧名", *crowd(1, 2, 3, 4, 5)))
    old = key(book, "@@a")
    assert key(relogin(book, group("@@b", "新名", *crowd(1, 2, 3, 4, 9))), "@@b") == old
    assert key(relogin(book, group("@@b", "新名", *crowd(1, 2, 7, 8, 9))), "@@b") != old
    twins = [group("@@b", "新名", *crowd(1, 2, 3, 4, 5)), group("@@c", "又名", *crowd(1, 2, 3, 4, 6))]
    assert key(relogin(book, *twins), "@@b") == old


def test_another_group_that_takes_the_name_does_not_take_the_past() -> None:
    book = started(group("@@a", "客户群", *crowd(1, 2, 3, 4, 5)))
    old = key(book, "@@a")
    assert key(relogin(book, group("@@b", "客户群", *crowd(11, 12, 13, 14))), "@@b") != old


def test_a_restart_within_a_login_keeps_every_key() -> None:
    twins = [person("@a", "小李"), person("@b", "小李")]
    book = started(*twins)
    keys = [key(book, c.user_name) for c in twins]
    again = AddressBook()
    again.rebind(book.rows())
    started(*twins, book=again)
    assert [key(again, c.user_name) for c in twins] == keys
    unsaved = started(*twins)
    assert [key(unsaved, c.user_name) for c in twins] == keys


def test_a_second_login_of_one_process_keeps_keys_too() -> None:
    book = started(LIN, READERS)
    old = key(book, "@lin"), key(book, "@@g")
    dealt = tuple(replace(member, user_name=member.user_name + "9") for member in READERS.members or ())
    again = (replace(LIN, user_name="@lin9"), replace(READERS, user_name="@@g9", members=dealt))
    started(*again, book=book, me=replace(SELF, user_name="@self9"))
    assert (key(book, "@lin9"), key(book, "@@g9")) == old
    assert book.chat("@lin") is None


def test_only_what_changed_is_written() -> None:
    book = started(LIN, WANG)
    assert book.changes() == ()
    lin = key(book, "@lin")
    assert [row[0] for row in book.changes()] == [lin]
    assert book.changes() == ()
    book.learn([replace(LIN, nick="林林")])
    assert [row[0] for row in book.changes()] == [lin]
    book.learn([replace(LIN, nick="林林")])
    assert book.changes() == ()


def test_rows_tell_who_is_listed_and_in_which_login_they_were_met() -> None:
    book = started(LIN, READERS)
    assert len(list(book.chats())) == 2
    assert len(book.members("@@g")) == 3
    met = {json.loads(text)["nick"]: json.loads(text) for _, text in book.rows()}
    assert (met["小林"]["listed"], met["小林"]["login"]) == (True, login_mark("@self"))
    assert "listed" not in met["路人"]
    again = AddressBook()
    again.rebind(book.rows())
    again.start(UIN, replace(SELF, user_name="@later"))
    assert {json.loads(text)["login"] for _, text in again.rows()} == {login_mark("@self")}
    again.learn([replace(LIN, user_name="@new")])
    list(again.chats())
    met = {json.loads(text)["nick"]: json.loads(text) for _, text in again.rows()}
    assert met["小林"]["login"] == login_mark("@later") != met["读书会"]["login"]


def test_a_deleted_friend_is_no_longer_listed() -> None:
    book = started(LIN)
    list(book.chats())
    book.changes()
    book.forget(["@lin"])
    ((_, text),) = book.changes()
    assert {"listed", "login"}.isdisjoint(json.loads(text))
