"""A short conversation for the first minute, and the player for any script.

A script is a table of (seconds to wait, verb, arguments); the verbs are those of
the control port. Nothing here is special: every line could be typed by hand.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .control import run_verb

if TYPE_CHECKING:
    from .world import World

__all__ = ["FIRST_MINUTE", "Line", "play"]

Line = tuple[float, str, Mapping[str, Any]]

FIRST_MINUTE: tuple[Line, ...] = (
    (1.0, "say", {"as": "小李", "text": "你好，请问多少钱？"}),
    (3.0, "say", {"as": "小林", "text": "你们几点开门呀"}),
    (3.0, "say", {"as": "小李", "in": "产品交流群", "text": "大家早上好 ☀️"}),
    (3.0, "say", {"as": "小李", "in": "产品交流群", "text": "@助手\u2005你们在哪儿？"}),
    (3.0, "say", {"as": "路人甲", "in": "客户群一", "text": "加V❤领红包，兼職日結300"}),
    (3.0, "say", {"as": "老王", "text": "帮我查订单 ab20260301"}),
    (3.0, "say", {"as": "小林", "text": "昨天的价格还算数吗", "age": 86_400}),
    (3.0, "say", {"as": "phone", "in": "小林", "text": "我在手机上回你"}),
    (3.0, "say", {"as": "晨报", "text": "今日要闻：多云转晴，菜价格平稳"}),
    (3.0, "say", {"as": "小林", "in": "读书会📚", "text": "@小助手\u2005帮助"}),
)
"""What is said in the first half minute of a demonstration."""


async def play(world: World, script: Sequence[Line], *, sleep: Callable[[float], Awaitable[object]]) -> None:
    """Carry out a script; raises SandboxError at a line that cannot be carried out."""
    for delay, verb, arguments in script:
        await sleep(delay)
        run_verb(world, verb, arguments)
