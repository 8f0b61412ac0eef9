from ruleswx.addressbook import AddressBook
from ruleswx.model import FILEHELPER, Chat, Contact, Forward, Notify, SendText, WriteLog
from ruleswx.outgoing import Outgoing

TO = Chat("a", "person", ("小李",))


def book() -> AddressBook:
    book = AddressBook()
    book.start(1, Contact("@me", "person", nick="小助手"))
    book.learn([Contact("@1", "person", nick="老王", remark="老板", listed=True)])
    return book


def test_texts_are_cut_forwards_taken_apart_and_log_lines_left_out() -> None:
    queued = Outgoing(book(), (), dry=False).prepare(
        [
            SendText(TO, "好" * 2500, "r"),
            WriteLog("x"),
            Forward(TO, "1", "text", text="你好", prefix="小李：", rule="r"),
            Forward(TO, "2", "image", prefix="小李：", rule="r"),
        ]
    )
    assert [getattr(e, "text", "")[:8] for e in queued] == ["(1/2) 好好", "(2/2) 好好", "小李：你好", "小李：", ""]
    assert queued[-1] == Forward(TO, "2", "image", rule="r")


def test_notices_go_to_the_admins_else_to_the_file_helper() -> None:
    (told,) = Outgoing(book(), ("老板",), dry=False).prepare([Notify("出事了")])
    assert isinstance(told, SendText)
    assert told.to.name == "老板"
    (told,) = Outgoing(book(), ("没有这个人",), dry=False).prepare([Notify("出事了")])
    assert isinstance(told, SendText)
    assert told.to == FILEHELPER


def test_a_dry_run_queues_nothing() -> None:
    assert Outgoing(book(), (), dry=True).prepare([SendText(TO, "好"), Notify("x")]) == ()
