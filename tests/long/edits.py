"""Rule files edited at random under load, half of the edits broken: `python -m tests.long.edits [--seed N]`.

There are never fewer rules than in the last good set, every message gets the answer of the last good set, a schedule
fires each occurrence once, a dialogue that was begun before an edit ends after it, and no task or watcher is left.
"""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import trio
from trio.testing import MockClock

from tests.livebot import Bot, live_bot, new_world, write_bot

FIXED = """
schedule:
  - rule: 报时
    every: 1m
    do: {send: '现在{{ now | date("%H:%M") }}', to: 客户群一}
reply:
  - rule: 报修
    when: {sender: '@', equals: 报修}
    do:
      - ask: 哪里坏了？
        save: what
        timeout: 1h
      - reply: '记下了：{{ what }}'
"""
EDITED = """
reply:
  - rule: 回声{edition}
    when: {{sender: '@', starts: ping}}
    do: {{reply: 'pong {edition} {{{{ text | replace("ping ", "") }}}}'}}
    examples: {{hit: [ping 1], miss: [pong]}}
"""
PLAIN = """
reply:
  - rule: 旁边{edition}
    when: {{sender: '@', equals: 谁}}
    do: {{reply: 我}}
"""
EVERY_SECONDS = 2.0
SLIPS: tuple[Callable[[str, Random], str], ...] = (
    lambda text, _: text.replace("reply:", "repyl:", 1),
    lambda text, _: text.replace("when:", "whn:", 1),
    lambda text, rng: text[: rng.randrange(20, len(text))] + "\n\t- x",
    lambda text, _: text + "  - rule: 没有在哪里\n    when: {contains: x}\n    do: {reply: y}\n",
    lambda text, _: text.replace("{reply:", "{reply: '{{ nobody }}', say:", 1),
    lambda _, rng: "reply: [" + "".join(rng.choice(":[{'\"\t -&*!|>%@`") for _ in range(rng.randrange(1, 40))),
    lambda text, rng: text + "reply: again\n" + "x" * rng.randrange(20),
)


class Watchers:
    """Stands for the watch over the folders; counts how many are laid."""

    def __init__(self) -> None:
        self.laid = self.most = 0

    async def __call__(self, _folders: object, _poke: object) -> None:
        """Watch until cancelled."""
        self.laid += 1
        self.most = max(self.most, self.laid)
        try:
            await trio.sleep_forever()
        finally:
            self.laid -= 1


class Editor:
    """Somebody who edits two files all the time and often slips; the third has what must go on."""

    def __init__(self, folder: Path, rng: Random) -> None:
        self.folder, self.rng, self.edition = folder, rng, 0
        self.good = [0]
        self.names: dict[str, str] = {"b.yaml": EDITED, "c.yaml": PLAIN}

    def write(self, name: str, text: str) -> None:
        """Save a file."""
        (self.folder / "rules" / name).write_text(text, "utf-8")

    def edit(self) -> None:
        """One edit, good or broken."""
        self.edition += 1
        name = self.rng.choice(list(self.names))
        text = self.names[name].format(edition=self.edition)
        broken = self.rng.random() < 0.5
        if broken:
            text = self.rng.choice(SLIPS)(text, self.rng)
        elif name == "b.yaml":
            self.good.append(self.edition)
        self.write(name, text)

    def mend(self) -> None:
        """Leave everything right."""
        for name, text in self.names.items():
            self.write(name, text.format(edition=self.edition))


async def edit_under_load(folder: Path, seed: int, edits: int) -> None:
    """One run on virtual time; raises AssertionError for the first broken promise."""
    editor = Editor(folder, Random(seed))
    files = {name: text.format(edition=0) for name, text in editor.names.items()}
    world, watchers, lines = new_world(), Watchers(), list[dict[str, Any]]()
    path = write_bot(folder, {"a.yaml": FIXED, **files})
    async with live_bot(path, world, notice=watchers, lines=lines) as bot:
        await bot.ready()
        await trio.sleep(60)
        tasks = _tasks()
        began = world.clock.now()
        asked = await _edit_and_talk(bot, editor, edits)
        editor.mend()
        bot.runtime.reload()
        await trio.sleep(40)
        await bot.settle()
        assert not bot.runtime.rules.broken
        assert (watchers.laid, watchers.most) == (1, 1)
        assert _tasks() == tasks
        minutes = (world.clock.now() - began) / 60
    _judge(bot, editor, edits, asked, minutes)
    assert world.violations == []
    assert any(line["event"] == "rules_broken" for line in lines)


async def _edit_and_talk(bot: Bot, editor: Editor, edits: int) -> int:
    """Edit, and have people write; returns how many dialogues were gone through."""
    asked, asking = 0, False
    for number in range(edits):
        editor.edit()
        bot.runtime.reload()
        bot.sandbox.say("小李", f"ping {number}")
        if number % 10 == 3:
            bot.sandbox.say("老王", f"灯{asked}" if asking else "报修")
            asked, asking = asked + asking, not asking
        await trio.sleep(EVERY_SECONDS)
        assert bot.runtime.rules.rules == 4
    if asking:
        bot.sandbox.say("老王", f"灯{asked}")
        asked += 1
    return asked


def _judge(bot: Bot, editor: Editor, edits: int, asked: int, minutes: float) -> None:
    answers = [text.split() for chat, text in bot.answers if chat == "小李"]
    assert [words[2] for words in answers] == [str(number) for number in range(edits)]
    editions = [int(words[1]) for words in answers]
    assert set(editions) <= set(editor.good)
    assert editions == sorted(editions)
    assert len(set(editions)) > edits / 10
    repairs = [text for chat, text in bot.answers if chat == "老王"]
    assert repairs == [said for n in range(asked) for said in ("哪里坏了？", f"记下了：灯{n}")]
    told = [text for chat, text in bot.answers if chat == "客户群一"]
    assert len(told) == len(set(told))
    assert minutes - 2 < len(told) < minutes + 3


def _tasks() -> int:
    return trio.lowlevel.current_statistics().tasks_living


def main() -> None:
    """Run it once, in a folder of its own."""
    parser = argparse.ArgumentParser(description="random edits of rule files under load, on virtual time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--edits", type=int, default=1000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = partial(edit_under_load, Path(folder), args.seed, args.edits)
        trio.run(work, clock=MockClock(autojump_threshold=0))
    print(f"seed {args.seed}: {args.edits} edits, no rule, answer, dialogue or occurrence lost, nothing twice, no leak")


if __name__ == "__main__":
    main()
