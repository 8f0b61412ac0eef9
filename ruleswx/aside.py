"""Big work beside the messages: in a thread that soon gives its turn away, without the collector, let go in portions.

Theory. Ten thousand rules take more than a second to load, and a message takes milliseconds. Three things would let the
message wait. The interpreter lets a busy thread keep its turn for five milliseconds, and whoever handles a message
gives its own turn away at every read, write and commit: that adds up to seconds. The collector looks through
everything that was made, at once, for a tenth of a second. And a set nobody holds any more is taken apart at once,
for a twentieth. It must not know files or what a change of the rules means.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import trio

from ruleswx.rules.compile import Rule, RuleSet, TimedRule

__all__ = ["let_go", "never_searched", "pieces_of", "run_aside"]

T = TypeVar("T")

_USUAL_SECONDS = 0.005
"""The interpreter's own. A name and not what was found: two of these at once must not leave the short one behind."""
_SHORT_SECONDS = 0.0001
_PORTION = 100


async def run_aside(call: Callable[[], T]) -> T:
    """Run it in a thread that does not keep the messages waiting; a stop does not wait for it."""
    sys.setswitchinterval(_SHORT_SECONDS)
    try:
        return await trio.to_thread.run_sync(call, abandon_on_cancel=True)  # noqa: TID251 - see above
    finally:
        sys.setswitchinterval(_USUAL_SECONDS)


@contextmanager
def never_searched() -> Iterator[None]:
    """Keep the collector away from what is made here, for good. For what lives long and points nowhere back: it goes
    by counting when it goes."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def pieces_of(ruleset: RuleSet | None) -> list[Sequence[object]]:
    """What a generation is made of, in portions: sources, rules as written, rules."""
    rules: tuple[Rule | TimedRule, ...] = (*ruleset.rules, *ruleset.schedule) if ruleset is not None else ()
    sources = {id(rule.file.source): rule.file.source for rule in rules}
    starts = range(0, len(rules), _PORTION)
    return [
        *([source] for source in sources.values()),
        *([rule.written for rule in rules[start : start + _PORTION]] for start in starts),
        *(rules[start : start + _PORTION] for start in starts),
    ]


async def let_go(pieces: list[Sequence[object]]) -> None:
    """Forget the pieces of a generation nobody else holds, a portion at a time, the last ones first."""
    while pieces:
        del pieces[-1]
        await trio.lowlevel.checkpoint()
