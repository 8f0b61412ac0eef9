"""Stored messages get their names back: from the address book's rows, from their traces, or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ruleswx.addressbook.bindings import Row
from ruleswx.store import Store, open_reader, open_store
from ruleswx.verbs.recorded import Recording, read_recording
from tests.verbs.stored import GROUP, ME, WANG, XIAOLI, heard, put, write_rows

NOON = 1_780_000_000.0
SAID = "@li:<br/>"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        write_rows(opened)
        yield opened


def recording(tmp_path: Path, since: float = 0.0, *admins: str) -> Recording:
    with open_reader(tmp_path) as reader:
        return read_recording(reader, since, admins)


def test_rows_name_chats_and_people(store: Store, tmp_path: Path) -> None:
    put(store, "1", "价格", NOON, by="@wang")
    put(store, "2", SAID + "大家好", NOON + 5, by="@@g1")
    one, two = (item.message for item in recording(tmp_path).messages)
    assert (one.chat.key, one.chat.name, one.sender.name, one.sender.friend) == ("p-wang", "老王", "老王", True)
    assert (two.chat.name, two.sender.key, two.sender.member_name, two.text) == ("产品交流群", "p-li", "小李", "大家好")
    assert not two.sender.friend  # a row alone does not tell; nothing rests on it
    assert [item.received.timestamp() for item in recording(tmp_path).messages] == [NOON, NOON + 5]


def test_the_trace_knows_the_card_and_what_mentioned_us(store: Store, tmp_path: Path) -> None:
    text = "@小助手\u2005帮助 @李四"
    trace = heard("产品交流群", "李工", text="帮助 @李四", mentions="me")
    put(store, "1", SAID + text, NOON, by="@@g1", trace=trace)
    (item,) = recording(tmp_path).messages
    assert item.message.sender.member_name == "李工"
    assert item.message.sender.names == ("小李",)
    assert item.message.me == ("小助手",)


def test_ids_of_an_earlier_login_are_named_by_the_trace(store: Store, tmp_path: Path) -> None:
    put(store, "1", "@x:<br/>老消息", NOON, by="@@old", to="@me0", trace=heard("老群", "老李"))
    put(store, "2", "你好", NOON, by="@y", to="@me0", trace=heard("阿青", sender="@"))
    put(store, "3", "没人知道", NOON, by="@z", to="@me0")
    told = recording(tmp_path)
    one, two, three = (item.message for item in told.messages)
    assert (one.chat.name, one.chat.kind, one.sender.member_name) == ("老群", "group", "老李")
    assert (two.chat.name, two.sender.name, two.sender.friend) == ("阿青", "阿青", True)
    assert (three.chat.name, three.text) == ("", "没人知道")
    assert told.unnamed == 1


def test_our_own_words_stay_ours(store: Store, tmp_path: Path) -> None:
    put(store, "1", "hi", NOON, by="@@g1", to=ME)
    put(store, "2", "我说的", NOON, by=ME, to="@li")
    put(store, "3", "机器人说的", NOON, by=ME, to="@li", trace=heard("小李", sender="@", gate="gate.own"))
    put(store, "4", "以前登录时说的", NOON, by="@me0", to="@q", trace=heard("某", sender="@", gate="gate.phone"))
    assert [item.message.origin for item in recording(tmp_path).messages] == ["them", "phone", "bot", "phone"]


def test_what_cannot_be_read_is_counted(store: Store, tmp_path: Path) -> None:
    put(store, "1", "", NOON, raw=b"\xff")
    put(store, "2", "x", NOON, MsgType=51)
    put(store, "3", "好", NOON)
    told = recording(tmp_path)
    assert [item.message.text for item in told.messages] == ["好"]
    assert told.odd == 1


def test_texts_no_longer_kept_are_counted_by_their_traces(store: Store, tmp_path: Path) -> None:
    put(store, "1", "旧", NOON, trace=heard("小李", sender="@"))
    put(store, "2", "新", NOON + 9 * 86400, trace=heard("小李", sender="@"))
    store.prune(NOON + 10 * 86400, messages=7 * 86400)
    assert [item.message.text for item in recording(tmp_path).messages] == ["新"]
    assert recording(tmp_path).gone == 1
    assert recording(tmp_path, NOON + 1).gone == 0


def test_admins_are_friends_by_remark_or_alias(store: Store, tmp_path: Path) -> None:
    alias = Row("p-z", "person", "@z", nick="张", alias="zhang")
    write_rows(store, XIAOLI, WANG, GROUP, alias)
    told = recording(tmp_path, 0.0, "老王", "ZHANG", "小李")
    assert told.view.admins == {"p-wang", "p-z"}


def test_the_view_finds_chats_and_remembers_for_itself_only(store: Store, tmp_path: Path) -> None:
    assert store is not None
    view = recording(tmp_path).view
    assert [chat.key for chat in view.find("老王")] == ["p-wang"]
    assert [chat.name for chat in view.find("没见过的群")] == ["没见过的群"]
    assert {chat.kind for chat in view.chats()} == {"person", "group"}
    assert view.fresh() is not view
