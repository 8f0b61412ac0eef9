import gc
import sys
import weakref
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
import trio

from ruleswx.aside import let_go, never_searched, pieces_of, run_aside
from ruleswx.rules.load import Options, load_rules

RULE = "  - rule: r{n}\n    when: {{sender: '@', contains: w{n}}}\n    do: {{reply: y}}\n"


async def test_turns_are_short_while_something_runs_aside_and_never_after() -> None:
    usual = sys.getswitchinterval()
    inside = await run_aside(sys.getswitchinterval)
    assert inside < usual / 10
    assert sys.getswitchinterval() == usual
    with pytest.raises(ZeroDivisionError):
        await run_aside(lambda: 1 // 0)
    assert sys.getswitchinterval() == usual


async def test_two_at_once_leave_the_usual_turns_behind() -> None:
    usual = sys.getswitchinterval()
    first, second = trio.Event(), trio.Event()

    async def one(done: trio.Event, then: trio.Event) -> None:
        await run_aside(lambda: trio.from_thread.run(done.wait))
        then.set()

    finished = [trio.Event(), trio.Event()]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(one, first, finished[0])
        nursery.start_soon(one, second, finished[1])
        await trio.testing.wait_all_tasks_blocked()
        first.set()
        await finished[0].wait()
        second.set()
    assert sys.getswitchinterval() == usual


def test_what_is_made_inside_is_never_searched() -> None:
    was_on = gc.isenabled()
    gc.enable()
    try:
        before = gc.get_freeze_count()
        with never_searched():
            assert not gc.isenabled()
            made = [[number] for number in range(1_000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(made)
    finally:
        gc.unfreeze()
        if not was_on:
            gc.disable()


async def test_an_old_generation_goes_in_portions_between_which_others_have_their_turn() -> None:
    text = ("reply:\n" + "".join(RULE.format(n=n) for n in range(350))).encode()
    ruleset = load_rules(["a.yaml"], lambda _path: text, Options(ZoneInfo("UTC"))).ruleset
    assert ruleset is not None
    gone = weakref.ref(ruleset.rules[0].file.source)
    pieces: list[Sequence[object]] = pieces_of(ruleset)
    assert max(map(len, pieces)) <= 100
    del ruleset
    turns = 0

    async def other() -> None:
        nonlocal turns
        while gone() is not None:
            turns += 1
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        await let_go(pieces)
    assert gone() is None
    assert turns >= 5
    assert pieces_of(None) == []
