from dataclasses import replace

from ruleswx.broadcasts import Broadcasts
from ruleswx.model import Chat, SendText
from ruleswx.report import Progress
from ruleswx.store import OutboxRow


def row(number: int, chat: str, created: float = 1.0, **changes: object) -> OutboxRow:
    effect = SendText(Chat(chat, "group", (chat,), f"@@{chat}"), "早上好", "早报", "broadcast")
    return replace(OutboxRow(number, effect, chat, "broadcast", rule="早报", created=created), **changes)  # type: ignore[arg-type]


def test_chats_are_counted_and_a_chat_arrives_with_its_last_piece() -> None:
    broadcasts = Broadcasts()
    rows = [row(1, "甲"), row(2, "甲"), row(3, "乙"), row(4, "丙")]
    broadcasts.add(rows)
    assert broadcasts.all() == (Progress("早报", 0, 0, 3),)
    told = [broadcasts.settled(one, arrived=one.id != 3) for one in rows]
    assert [(p.sent, p.failed) for p in told if p] == [(0, 0), (1, 0), (1, 1), (2, 1)]
    assert broadcasts.all() == ()
    assert broadcasts.settled(rows[0], arrived=True) is None


def test_a_chat_that_missed_one_piece_failed() -> None:
    broadcasts = Broadcasts()
    rows = [row(1, "甲"), row(2, "甲"), row(3, "乙")]
    broadcasts.add(rows)
    broadcasts.settled(rows[0], arrived=False)
    assert broadcasts.settled(rows[1], arrived=True) == Progress("早报", 0, 1, 2)


def test_after_a_restart_counting_goes_on_and_what_is_over_is_left_out() -> None:
    over = [row(1, "甲", 1.0, state="sent"), row(2, "乙", 1.0, state="failed")]
    open_ = [row(3, "甲", 2.0, state="sent"), row(4, "乙", 2.0, state="unknown"), row(5, "丙", 2.0)]
    broadcasts = Broadcasts([*over, *open_])
    assert broadcasts.all() == (Progress("早报", 1, 1, 3),)
    assert broadcasts.settled(open_[2], arrived=True) == Progress("早报", 2, 1, 3)


def test_a_row_taken_back_counts_as_failed_and_may_end_it() -> None:
    broadcasts = Broadcasts()
    broadcasts.add([row(1, "甲"), row(2, "乙")])
    broadcasts.dropped(1)
    assert broadcasts.all() == (Progress("早报", 0, 1, 2),)
    broadcasts.dropped(2)
    assert broadcasts.all() == ()


def test_other_rows_and_single_chats_are_none() -> None:
    broadcasts = Broadcasts()
    single, answer = row(1, "甲"), row(2, "乙", kind="text")
    broadcasts.add([single, answer])
    assert broadcasts.all() == ()
    assert broadcasts.settled(answer, arrived=True) is None
    assert broadcasts.settled(single, arrived=True) is None
