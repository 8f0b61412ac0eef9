import gc
import os
import sys
import weakref
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
import trio
from trio.testing import MockClock as Clock

from ruleswx import reload
from ruleswx.config import Config, load_config
from ruleswx.reload import Loader, Outcome, Snapshot, loader_for, read_last_good, save_last_good
from tests.livebot import CONFIG, Bot, live_bot, new_world, write_bot

RULE = """
reply:
  - rule: {name}
    when: {{sender: '@', starts: {name}}}
    do: {{reply: '{answer}'}}
    examples: {{hit: [{name}]}}
"""


def rule(name: str, answer: str = "好") -> str:
    return RULE.format(name=name, answer=answer)


BROKEN = rule("甲").replace("starts", "start")
OTHER_BROKEN = "reply: [\n"


def config_of(folder: Path) -> Config:
    config, findings = load_config(str(folder / "config.yaml"), {})
    assert config is not None, findings
    return config


def loader(folder: Path, **files: str) -> Loader:
    write_bot(folder, {f"{name}.yaml": text for name, text in files.items()})
    return loader_for(config_of(folder), "en", None)


def codes(outcome: Outcome) -> list[str]:
    return [f.code for f in outcome.findings if f.severity == "error"]


def test_a_load_says_what_it_read(tmp_path: Path) -> None:
    outcome = loader(tmp_path, a=rule("甲"), b=rule("乙")).load()
    assert outcome.ruleset is not None
    assert (outcome.files, outcome.rules, outcome.kept) == (2, 2, ())


def test_nothing_changed_until_a_content_changed(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"))
    files.load()
    assert not files.changed()
    path = tmp_path / "rules" / "a.yaml"
    os.utime(path, (1, 1))
    path.write_text(path.read_text("utf-8"), "utf-8")
    assert not files.changed()
    path.write_text(rule("甲", "再见"), "utf-8")
    assert files.changed()
    files.load()
    (tmp_path / "rules" / "b.yaml").write_text(rule("乙"), "utf-8")
    assert files.changed()
    files.load()
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "问候.j2").write_text("你好", "utf-8")
    assert files.changed()


def test_what_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"), b=rule("乙"))
    before = files.load().ruleset
    (tmp_path / "rules" / "a.yaml").write_text(rule("甲", "新"), "utf-8")
    after = files.load().ruleset
    assert before is not None
    assert after is not None
    same = {old.name: old.file.source is new.file.source for old, new in zip(before.rules, after.rules, strict=True)}
    assert same == {"甲": False, "乙": True}


def many(count: int = 200) -> str:
    """A file big enough to be loaded aside."""
    return rule("甲") + "".join(rule(f"规则{n}").replace("\nreply:\n", "", 1) for n in range(count))


def test_a_big_generation_is_never_searched_for_garbage_and_goes_without_it(tmp_path: Path) -> None:
    files = loader(tmp_path, a=many())
    was_on, frozen = gc.isenabled(), gc.get_freeze_count()
    gc.disable()
    try:
        first = files.load().ruleset
        assert gc.get_freeze_count() > frozen + 200 * 5
        assert first is not None
        gone = weakref.ref(first.rules[0].file.source)
        (tmp_path / "rules" / "a.yaml").write_text(many(201), "utf-8")
        files.load()
        del first
        assert gone() is None
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


async def test_a_big_set_is_loaded_aside_with_short_turns_and_the_old_one_forgotten(tmp_path: Path) -> None:
    usual, turns = sys.getswitchinterval(), list[float]()
    inner = loader(tmp_path, a=many())

    class Watched(Loader):
        def load(self) -> Outcome:
            turns.append(sys.getswitchinterval())
            return super().load()

    files = Watched(inner._list_rules, inner._list_templates, inner._load)
    sources: list[weakref.ref[object]] = []
    ruleset = Loader.load(files).ruleset
    assert ruleset is not None
    sources.append(weakref.ref(ruleset.rules[0].file.source))
    del ruleset

    async def offer(outcome: Outcome) -> None:
        assert outcome.ruleset is not None
        sources.append(weakref.ref(outcome.ruleset.rules[0].file.source))

    send, receive = trio.open_memory_channel[str](1)
    async with send, receive, trio.open_nursery() as nursery:
        nursery.start_soon(partial(reload.run, files, offer, receive, notice=_deaf, poll=0.01, quiet=0.01))
        (tmp_path / "rules" / "a.yaml").write_text(many(201), "utf-8")
        await _until(lambda: len(sources) == 2 and sources[0]() is None)
        nursery.cancel_scope.cancel()
    gc.unfreeze()
    assert [one() is None for one in sources] == [True, False]
    assert len(turns) == 1
    assert turns[0] < usual == sys.getswitchinterval()


def test_a_list_that_a_rule_reads_is_watched_as_well(tmp_path: Path) -> None:
    text = "lists:\n  词: {file: 词.txt}\n" + rule("甲").replace("starts: 甲", "contains: $词")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "词.txt").write_text("甲\n", "utf-8")
    files = loader(tmp_path, a=text)
    assert files.load().ruleset is not None
    assert not files.changed()
    (tmp_path / "rules" / "词.txt").write_text("甲\n乙\n", "utf-8")
    assert files.changed()


def test_a_broken_file_goes_on_with_its_last_good_copy_while_others_change(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"), b=rule("乙", "旧"))
    assert files.load().rules == 2
    write_bot(tmp_path, {"a.yaml": BROKEN, "b.yaml": rule("乙", "新"), "c.yaml": rule("丙")})
    outcome = files.load()
    assert codes(outcome)
    assert outcome.rules == 3
    assert [Path(path).name for path in outcome.kept] == ["a.yaml"]
    assert files.good is not None
    assert {Path(p).name: b"\xe6\x96\xb0" in data for p, data in files.good.files.items()}["b.yaml"]


def test_when_even_that_does_not_load_there_is_nothing_to_swap_to(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"), b=rule("乙"))
    files.load()
    write_bot(tmp_path, {"a.yaml": BROKEN, "b.yaml": rule("甲")})  # b now has a rule of a's last good copy
    outcome = files.load()
    assert outcome.ruleset is None or outcome.rules == 2
    assert codes(outcome)
    assert files.good is not None


def test_a_new_broken_file_takes_nothing_away(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"))
    files.load()
    write_bot(tmp_path, {"b.yaml": OTHER_BROKEN})
    outcome = files.load()
    assert outcome.ruleset is not None
    assert outcome.same
    assert outcome.rules == 1
    assert codes(outcome)


def test_a_deleted_file_is_meant(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"), b=rule("乙"))
    files.load()
    (tmp_path / "rules" / "b.yaml").unlink()
    outcome = files.load()
    assert outcome.rules == 1
    assert outcome.findings == ()


def test_random_edits_never_leave_fewer_rules_than_the_last_good_set(tmp_path: Path) -> None:
    rng, files = Random(11), loader(tmp_path, a=rule("甲"), b=rule("乙"), c=rule("丙"))
    rules = files.load().rules
    for _ in range(150):
        name = rng.choice("abc")
        word = {"a": "甲", "b": "乙", "c": "丙"}[name]
        good = rule(word, str(rng.random()))
        text = rng.choice([good, good, BROKEN, OTHER_BROKEN, good[: rng.randrange(len(good))], "", "\x00"])
        (tmp_path / "rules" / f"{name}.yaml").write_text(text, "utf-8")
        outcome = files.load()
        if codes(outcome):
            assert outcome.ruleset is None or outcome.rules >= rules - 1
        if outcome.ruleset is not None:
            rules = outcome.rules


def test_the_last_good_set_survives_on_disk(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"))
    files.load()
    assert files.good is not None
    save_last_good(tmp_path / "last-good", files.good, "2026-11-21 10:00")
    kept = read_last_good(tmp_path / "last-good")
    assert kept == Snapshot(files.good.rules, files.good.files, files.good.templates, "2026-11-21 10:00")
    write_bot(tmp_path, {"a.yaml": BROKEN})
    again = loader_for(config_of(tmp_path), "en", kept)
    outcome = again.load_last_good()
    assert outcome is not None
    assert outcome.rules == 1


def test_a_save_during_a_load_is_seen_at_the_next_look(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"))
    inner, path = files._load, tmp_path / "rules" / "a.yaml"
    path.write_text(rule("甲", "新"), "utf-8")

    def slow(*args: Any) -> Any:
        loaded = inner(*args)
        path.write_text(rule("甲", "更新"), "utf-8")
        return loaded

    files._load = slow
    files.load()
    files._load = inner
    assert files.changed()
    files.load()
    assert not files.changed()


def test_a_file_that_changes_between_two_readings_of_one_load_is_read_once(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"), b=rule("乙"))
    files.load()
    inner, other = files._load, tmp_path / "rules" / "b.yaml"
    (tmp_path / "rules" / "a.yaml").write_text(BROKEN, "utf-8")

    def slow(*args: Any) -> Any:
        loaded = inner(*args)
        other.write_text(rule("丁"), "utf-8")
        return loaded

    files._load = slow
    outcome = files.load()
    assert outcome.rules == 2
    assert files.good is not None
    assert rule("乙").encode() in files.good.files.values()
    assert files.changed()


def test_a_broken_new_file_never_becomes_its_own_last_good_copy(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"))
    files.load()
    write_bot(tmp_path, {"b.yaml": OTHER_BROKEN})
    for text in (rule("甲", "一"), rule("甲", "二")):
        write_bot(tmp_path, {"a.yaml": text})
        outcome = files.load()
        assert outcome.ruleset is not None
        assert outcome.rules == 1


def test_rules_that_are_all_gone_stay_until_they_are_back(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"))
    files.load()
    (tmp_path / "rules").rename(tmp_path / "away")
    assert files.changed()
    outcome = files.load()
    assert (outcome.ruleset, codes(outcome)) == (None, ["E318"])
    assert not files.changed()
    (tmp_path / "away").rename(tmp_path / "rules")
    assert files.changed()
    assert files.load().rules == 1


async def test_a_rules_folder_that_is_moved_away_or_replaced_is_noticed_and_so_is_its_return(tmp_path: Path) -> None:
    files, seen = loader(tmp_path, a=rule("甲")), list[Outcome]()
    files.load()
    folder = tmp_path / "rules"
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_run, files, seen)
        await trio.sleep(0.7)
        folder.rename(tmp_path / "away")
        await _until(lambda: seen)
        await trio.sleep(0.7)
        before = trio.current_time()
        (tmp_path / "away").rename(folder)
        await _until(lambda: len(seen) == 2)
        assert trio.current_time() - before < 2
        (tmp_path / "fresh").mkdir()
        (tmp_path / "fresh" / "a.yaml").write_text(rule("甲", "新"), "utf-8")
        await trio.sleep(0.7)
        folder.rename(tmp_path / "old")
        (tmp_path / "fresh").rename(folder)
        await _until(lambda: len(seen) == 3)
        await trio.sleep(0.7)
        (folder / "a.yaml").write_text(rule("甲", "更新"), "utf-8")
        await _until(lambda: len(seen) == 4)
        nursery.cancel_scope.cancel()
    assert [codes(outcome) for outcome in seen] == [["E318"], [], [], []]


async def test_what_happens_beside_the_rules_wakes_nobody(tmp_path: Path) -> None:
    files = loader(tmp_path, a=rule("甲"))
    pokes: list[float] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(reload.notice_changes, files.folders(), lambda: pokes.append(trio.current_time()))
        await trio.sleep(0.3)
        (tmp_path / "serve.log").write_text("busy", "utf-8")
        await trio.sleep(0.3)
        assert pokes == []
        (tmp_path / "rules" / "a.yaml").write_text("x", "utf-8")
        await _until(lambda: pokes)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    "error", [OSError(28, "no space left"), PermissionError(13, "denied"), FileNotFoundError(2, "gone")]
)
async def test_where_nothing_can_be_watched_the_poll_goes_on(
    tmp_path: Path, autojump_clock: Clock, error: OSError
) -> None:
    async def notice(_folders: object, _poke: object) -> None:
        raise error

    world, lines = new_world(), list[dict[str, Any]]()
    async with live_bot(write_bot(tmp_path, rule("甲", "旧")), world, lines=lines, notice=notice) as bot:
        await bot.ready()
        write_bot(tmp_path, rule("甲", "新"))
        await trio.sleep(35)
        world.say("小李", "甲")
        await bot.settle()
    assert bot.answers == [("小李", "新")]
    told = [line for line in lines if line["event"] == "unwatched"]
    assert bool(told) is not isinstance(error, FileNotFoundError)


async def test_an_inner_error_of_the_watcher_is_one_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def awatch(*_: object, **__: object) -> Any:
        raise reload.WatchfilesRustInternalError("Too many open files (os error 24)")

    monkeypatch.setattr(reload.watchfiles, "awatch", awatch)
    with pytest.RaisesGroup(OSError):
        await reload.notice_changes(frozenset([tmp_path]), lambda: None)


async def _run(files: Loader, seen: list[Outcome], **options: Any) -> None:
    send, receive = trio.open_memory_channel[str](1)

    async def offer(outcome: Outcome) -> None:
        seen.append(outcome)

    async with send, receive:
        await reload.run(files, offer, receive, **options)


async def _until(done: Callable[[], object]) -> None:
    with trio.fail_after(5):
        while not done():
            await trio.sleep(0.01)


@pytest.mark.parametrize("how", ["in place", "atomic", "new file", "deleted"])
async def test_a_save_is_noticed_within_a_second_however_it_is_done(tmp_path: Path, how: str) -> None:
    files, seen = loader(tmp_path, a=rule("甲"), b=rule("乙")), list[Outcome]()
    files.load()
    path = tmp_path / "rules" / "a.yaml"
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_run, files, seen)
        await trio.sleep(0.4)  # for the watch to be laid; a save before that is found by the poll
        before = trio.current_time()
        match how:
            case "in place":
                path.write_text(rule("甲", "新"), "utf-8")
            case "atomic":
                (tmp_path / "rules" / ".a.swp").write_text(rule("甲", "新"), "utf-8")
                (tmp_path / "rules" / ".a.swp").rename(path)
            case "new file":
                (tmp_path / "rules" / "c.yaml").write_text(rule("丙"), "utf-8")
            case "deleted":
                path.unlink()
        await _until(lambda: seen)
        assert trio.current_time() - before < 1.0
        before = trio.current_time()
        nursery.cancel_scope.cancel()
    assert trio.current_time() - before < 0.6
    assert seen[0].ruleset is not None


async def _deaf(_folders: object, _poke: object) -> None:
    await trio.sleep_forever()


async def test_where_no_events_come_the_content_is_looked_at(tmp_path: Path, autojump_clock: Clock) -> None:
    files, seen = loader(tmp_path, a=rule("甲")), list[Outcome]()
    files.load()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: _run(files, seen, notice=_deaf))
        await trio.sleep(100)
        assert seen == []
        write_bot(tmp_path, {"a.yaml": rule("甲", "新")})
        await trio.sleep(31)
        nursery.cancel_scope.cancel()
    assert len(seen) == 1


async def test_ten_thousand_touches_are_one_look(tmp_path: Path, autojump_clock: Clock) -> None:
    files, seen = loader(tmp_path, a=rule("甲")), list[Outcome]()
    files.load()
    looks = 0
    changed = files.changed

    def count() -> bool:
        nonlocal looks
        looks += 1
        return changed()

    files.changed = count  # type: ignore[method-assign]

    async def busy(_folders: object, poke: Callable[[], None]) -> None:
        for _ in range(10_000):
            poke()
            await trio.sleep(0.006)
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: _run(files, seen, notice=busy))
        await trio.sleep(62)
        nursery.cancel_scope.cancel()
    assert seen == []
    assert looks <= 62


async def _edit(folder: Path, bot: Bot, files: Mapping[str, str]) -> None:
    write_bot(folder, files)
    bot.runtime.reload()
    await trio.sleep(1)


async def test_the_next_answer_comes_from_the_edited_rule(tmp_path: Path, autojump_clock: Clock) -> None:
    world, lines = new_world(), list[dict[str, Any]]()
    async with live_bot(write_bot(tmp_path, rule("甲", "旧")), world, lines=lines) as bot:
        await bot.ready()
        world.say("小李", "甲")
        await bot.settle()
        await _edit(tmp_path, bot, {"a.yaml": rule("甲", "新")})
        world.say("小李", "甲")
        await bot.settle()
        assert bot.runtime.rules.generation == 2
        kept = read_last_good(tmp_path / "state" / "last-good")
        assert kept is not None
        assert any("新".encode() in data for data in kept.files.values())
    assert bot.answers == [("小李", "旧"), ("小李", "新")]
    assert [line["event"] for line in lines].count("rules_loaded") == 1


TESTED = """
tests:
  - test: 小李问甲
    from: 小李
    say: 甲
    expect: {rule: 甲, reply: %s}
world: {people: {小李: {}}}
"""


async def test_with_strict_reload_rules_are_taken_only_when_their_tests_pass(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    world, lines = new_world(), list[dict[str, Any]]()
    path = write_bot(
        tmp_path, {"a.yaml": rule("甲", "旧"), "a.test.yaml": TESTED % "旧"}, CONFIG + "strict_reload: yes\n"
    )
    async with live_bot(path, world, lines=lines) as bot:
        await bot.ready()
        for files, answer in (
            ({"a.yaml": rule("甲", "新")}, "旧"),
            ({"a.test.yaml": TESTED % "新"}, "新"),
            ({"a.yaml": rule("甲", "更新") + TESTED % "新", "a.test.yaml": ""}, "新"),
            ({"a.yaml": rule("甲", "更新") + TESTED % "更新"}, "更新"),
        ):
            for name, text in files.items():
                (tmp_path / "rules" / name).write_text(text, "utf-8")
            bot.runtime.reload()
            await trio.sleep(1)
            world.say("小李", "甲")
            await bot.settle()
            assert [text for chat, text in bot.answers if chat == "小李"][-1] == answer
    told = [text for chat, text in bot.answers if chat in ("filehelper", "文件传输助手")]
    assert "E195" in "".join(told)
    assert [line["event"] for line in lines].count("rules_broken") == 2


@pytest.mark.parametrize("expect", ["expect: {rule: 乙, reply: 好}", "expcet: {rule: 乙, reply: 坏}"])
async def test_with_strict_reload_a_rule_and_its_failing_or_misspelt_test_saved_together_are_not_taken(
    tmp_path: Path, autojump_clock: Clock, expect: str
) -> None:
    world = new_world()
    path = write_bot(
        tmp_path, {"a.yaml": rule("甲", "旧"), "a.test.yaml": TESTED % "旧"}, CONFIG + "strict_reload: yes\n"
    )
    more = f"  - {{test: 小李问乙, from: 小李, say: 乙, {expect}}}\nworld:"
    async with live_bot(path, world) as bot:
        await bot.ready()
        (tmp_path / "rules" / "b.yaml").write_text(rule("乙", "坏"), "utf-8")
        (tmp_path / "rules" / "a.test.yaml").write_text((TESTED % "旧").replace("world:", more), "utf-8")
        bot.runtime.reload()
        await trio.sleep(1)
        world.say("小李", "乙")
        await bot.settle()
        assert bot.runtime.rules.generation == 1
        assert ("小李", "坏") not in bot.answers


async def test_a_broken_edit_is_loud_once_keeps_the_rules_and_mending_says_so(
    tmp_path: Path, autojump_clock: Clock
) -> None:
    world, lines = new_world(), list[dict[str, Any]]()
    async with live_bot(write_bot(tmp_path, rule("甲", "旧")), world, lines=lines) as bot:
        await bot.ready()
        for text in (BROKEN, BROKEN + "\n# still\n", OTHER_BROKEN):
            await _edit(tmp_path, bot, {"a.yaml": text})
            world.say("小李", "甲")
            await bot.settle()
        assert bot.runtime.rules.broken
        assert "a.yaml:4:" in bot.runtime.facts().broken or "a.yaml" in bot.runtime.facts().broken
        await _edit(tmp_path, bot, {"a.yaml": rule("甲", "新")})
        world.say("小李", "甲")
        await bot.settle()
        assert not bot.runtime.rules.broken
    told = [text for chat, text in bot.answers if chat in ("filehelper", "文件传输助手")]
    assert ["a.yaml:4:" in told[0], "still" in told[1], "mended" in told[2]] == [True] * 3, told
    assert len(told) == 3, "the same mistake is told once"
    assert [text for chat, text in bot.answers if chat == "小李"] == ["旧", "旧", "旧", "新"]
    events = [line["event"] for line in lines]
    assert events.count("rules_broken") == 3
    assert events.count("rules_mended") == 1
