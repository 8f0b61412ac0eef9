import random
from collections.abc import Iterable

import pytest

from ruleswx.model import Chat, SendText
from ruleswx.ratelimit import Kind
from ruleswx.store import OutboxRow
from ruleswx.turns import Turns


def row(number: int, chat: str = "a", kind: Kind = "text") -> OutboxRow:
    return OutboxRow(number, SendText(Chat(chat, "person", (chat,)), str(number)), chat, kind, created=float(number))


def turns(*rows: OutboxRow) -> Turns:
    made = Turns()
    for one in rows:
        made.add(one)
    return made


def take(line: Turns, *, kinds: Iterable[str] = (), chats: Iterable[str] = ()) -> int | None:
    """Whose turn it is while these kinds and chats have to wait; it departs."""
    found, _ = line.next(lambda kind: 5.0 * (kind in kinds), lambda chat: 7.0 * (chat in chats))
    if found is None:
        return None
    line.depart(found)
    return found.id


def test_chats_take_turns_and_keep_their_order() -> None:
    rows = [row(1), row(2), row(3), row(4, "b"), row(5, "c"), row(6, "c")]
    line, order = turns(*rows), []
    while (number := take(line)) is not None:
        order.append(number)
        line.done(rows[number - 1])
    assert order == [1, 4, 5, 2, 6, 3]
    assert (len(line), line.under_way, line.oldest()) == (0, 0, 0.0)


def test_one_of_a_chat_is_under_way_at_a_time() -> None:
    line = turns(row(1), row(2))
    assert take(line) == 1
    assert take(line) is None
    assert (len(line), line.under_way) == (1, 1)


def test_what_comes_back_keeps_its_place() -> None:
    line = turns(row(1), row(2, "b"), row(3, "c"))
    assert [take(line), take(line)] == [1, 2]
    line.back(row(2, "b"))
    line.back(row(1))
    assert [take(line), take(line), take(line)] == [1, 2, 3]


def test_a_kind_or_chat_that_waits_holds_up_nobody_else() -> None:
    line = turns(row(1, "a", "friend"), row(2, "b"), row(3, "c"))
    assert take(line, kinds=["friend"], chats=["b"]) == 3
    assert take(line, kinds=["friend"], chats=["b"]) is None
    assert line.next(lambda kind: 5.0 * (kind == "friend"), lambda _chat: 7.0) == (None, 5.0)
    assert take(line) == 1


def test_an_answer_does_not_wait_behind_a_broadcast_in_its_chat_nor_behind_effects_without_one() -> None:
    line = turns(row(1, "a", "broadcast"), row(2, "a"), row(3, ""), row(4, ""))
    assert [take(line) for _ in range(5)] == [1, 2, 3, 4, None]


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_a_removed_row_is_forgotten_and_the_chat_keeps_its_place(gone: int) -> None:
    line = turns(row(1, "a", "media"), row(2), row(3, "a", "media"), row(4, "b"))
    line.remove(gone)
    line.remove(99)
    assert len(line) == 3
    assert take(line) == (2 if gone == 1 else 1)
    assert take(line) == 4


def test_the_last_row_of_a_chat_may_be_removed() -> None:
    line = turns(row(1), row(2, "b"))
    line.remove(1)
    assert [take(line), take(line)] == [2, None]


def test_random_play_loses_and_doubles_nothing_and_keeps_every_chat_in_order() -> None:
    rng = random.Random(3)
    line, waiting, flying, ends = Turns(), dict[int, OutboxRow](), dict[int, OutboxRow](), list[OutboxRow]()
    for number in range(2000):
        match rng.randrange(4):
            case 0 | 1:
                made = row(number, rng.choice("abcdef"), rng.choice(["text", "media"]))
                line.add(made)
                waiting[number] = made
            case 2 if (found := take(line, kinds=rng.choice([[], ["text"]]), chats=rng.choice("abc"))) is not None:
                flying[found] = waiting.pop(found)
            case _ if flying:
                back = flying.pop(rng.choice(list(flying)))
                if rng.random() < 0.3:
                    line.back(back)
                    waiting[back.id] = back
                else:
                    line.done(back)
                    ends.append(back)
            case _ if waiting:
                gone = rng.choice(list(waiting))
                line.remove(gone)
                del waiting[gone]
        assert (len(line), line.under_way) == (len(waiting), len(flying))
    for chat in "abcdef":
        numbers = [end.id for end in ends if end.chat == chat]
        assert numbers == sorted(set(numbers))
    assert len(ends) > 100
