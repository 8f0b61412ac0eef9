"""`replay` plays stored messages through today's rules and changes nothing: golden output in both languages."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ruleswx.config import load_config
from ruleswx.diagnostics import Lang
from ruleswx.store import open_reader, open_store
from ruleswx.verbs.loading import load_all
from ruleswx.verbs.recorded import read_recording
from ruleswx.verbs.replay import Report, as_json, tell
from ruleswx.verbs.replayed import compare, play
from tests.verbs.rulesfolder import run_verb, write_rules
from tests.verbs.stored import heard, put, write_rows

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 2, 12, tzinfo=ZONE)
SINCE = NOON - timedelta(days=1)
RULES = r"""
guard:
  - rule: 广告
    when: {group: 产品交流群, contains: [加V, 加微]}
    do: {reply: '请勿，{{ member }}'}
reply:
  - rule: 价格
    when: {sender: '@', contains: 价格}
    cooldown: 10m per person
    do: {reply: '{{ person }}，99 元'}
  - rule: 查单
    when: {sender: '@', starts: 查}
    do: [{http: {get: 'https://erp.example/', save: 单, timeout: 5s}}, {reply: '{{ 单 }}'}]
  - rule: 试
    mode: dry
    when: {sender: '@', equals: 试}
    do: {reply: 试}
"""
OLD = (
    RULES.replace("[加V, 加微]", "加V").replace("99 元", "88 元")
    + r"""
  - rule: 你好
    when: {sender: '@', equals: 你好}
    do: {reply: 你好}
"""
)
ENGLISH = """\
messages since 2026-03-01 12:00: 9
guard   广告                            1
reply   价格                            1 (and 1 silent in cooldown)
        查单                            1
        试                              0 (dry: 1)
no rule matched: 2
dropped: 1 (too old on arrival)
dropped: 1 (typed on the phone)
note: texts are kept for 7d only (keep: messages); older ones cannot be replayed.
note: messages whose text is no longer kept, left out: 1
note: messages of chats nobody can name any more: 1; rules that ask for names miss them.
note: http or run steps not carried out: 1; what follows them is not told.

gained: 1
  03-02 12:03:00  产品交流群 李工  加微
      before: nothing
      after: 广告: reply → 产品交流群 请勿，李工
lost: 1
  03-02 12:05:00  private 小李  你好
      before: 你好: reply → 小李 你好
      after: nothing
changed: 1
  03-02 12:00:00  private 小李  价格
      before: 价格: reply → 小李 小李，88 元
      after: 价格: reply → 小李 小李，99 元
"""
CHINESE = """\
2026-03-01 12:00 以来的 9 条消息
guard   广告                            1 次
reply   价格                            1 次 （另有 1 次在冷却中，没出声）
        查单                            1 次
        试                              0 次 （只试不做 1 次）
没有规则命中：2 条
没有往下看：1 条（来的时候已经太旧）
没有往下看：1 条（自己在手机上发的）
注意：消息文字只保留 7 天（配置里的 keep: messages），更早的没法重放。
注意：有 1 条消息的文字已经不在了，没有算进来。
注意：有 1 条消息不知道是哪个聊天的了，看群名、人名的规则不会命中它们。
注意：1 个 http 或 run 步骤没有执行，后面的步骤没有算进来。

多命中 1 条
  03-02 12:03:00  产品交流群 李工  加微
      原来: 没有
      现在: 广告: reply → 产品交流群 请勿，李工
少命中 1 条
  03-02 12:05:00  私聊 小李  你好
      原来: 你好: reply → 小李 你好
      现在: 没有
命中但结果不同 1 条
  03-02 12:00:00  私聊 小李  价格
      原来: 价格: reply → 小李 小李，88 元
      现在: 价格: reply → 小李 小李，99 元
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_rules(tmp_path, RULES)
    (tmp_path / "old.yaml").write_text(OLD, "utf-8")


def store_messages(tmp_path: Path, noon: datetime = NOON) -> None:
    """A day of one bot."""

    def at(minute: float) -> float:
        return (noon + timedelta(minutes=minute)).timestamp()

    with open_store(tmp_path / "state") as store:
        write_rows(store)
        put(store, "0", "没了", at(-60), trace=heard("小李", sender="@"))
        store.prune(at(0), messages=1800)
        put(store, "1", "价格", at(0))
        put(store, "2", "价格", at(1))
        put(store, "3", "@li:<br/>加微", at(3), by="@@g1", trace=heard("产品交流群", "李工"))
        put(store, "4", "查 1", at(4))
        put(store, "5", "你好", at(5))
        put(store, "6", "试", at(6))
        put(store, "7", "价格", at(7), CreateTime=int(at(-30)))
        put(store, "8", "我自己说的", at(8), by="@me1", to="@li")
        put(store, "9", "@q:<br/>加V", at(9), by="@@unknown")


def report(*, diff: bool = True, long: bool = True) -> Report:
    config, _ = load_config("config.yaml", {})
    assert config is not None
    new, old = (load_all(config, "en", paths).ruleset for paths in (None, ["old.yaml"]))
    assert new is not None
    assert old is not None
    with open_reader(config.state) as reader:
        recording = read_recording(reader, SINCE.timestamp(), config.admins)
    after = play(new, recording, config)
    found = compare(play(old, recording, config), after, recording) if diff else None
    return Report(SINCE, ZONE, recording, new, after, found, config.keep_messages if long else None)


@pytest.mark.parametrize(("lang", "golden"), [("en", ENGLISH), ("zh", CHINESE)])
def test_hits_notes_and_differences(lang: Lang, golden: str, tmp_path: Path) -> None:
    store_messages(tmp_path)
    assert tell(report(), lang) == golden


def test_json(tmp_path: Path) -> None:
    store_messages(tmp_path)
    told = json.loads(as_json(report(), "en"))
    assert (told["since"], told["messages"], told["unmatched"]) == ("2026-03-01T12:00:00+08:00", 9, 2)
    assert told["gate"] == {"stale": 1, "phone": 1}
    assert told["left_out"] == {"gone": 1, "unreadable": 0, "unnamed": 1, "errands": 1, "kept": 604800.0}
    assert told["rules"][1] == {
        "rule": "价格", "section": "reply", "path": "rules/a.yaml", "line": 7, "hits": 1, "cooldown": 1, "dry": 0,
    }  # fmt: skip
    assert {kind: len(found) for kind, found in told["diff"].items()} == {"gained": 1, "lost": 1, "changed": 1}
    (gained,) = told["diff"]["gained"]
    assert gained == {
        "id": "3",
        "at": NOON.timestamp() + 180,
        "chat": "产品交流群",
        "member": "李工",
        "text": "加微",
        "before": {"rules": [], "effects": []},
        "after": {
            "rules": ["广告"],
            "effects": [{"kind": "reply", "to": "产品交流群", "text": "请勿，李工", "rule": "广告"}],
        },
    }


def test_without_a_difference_it_says_so(tmp_path: Path) -> None:
    store_messages(tmp_path)
    whole = report(long=False)
    same = Report(SINCE, ZONE, whole.recording, whole.ruleset, whole.told, ())
    assert tell(same, "en").endswith("\n\nno difference to the old rules\n")
    assert "kept for" not in tell(same, "en")
    assert json.loads(as_json(report(diff=False), "en"))["diff"] is None


def replay(**flags: object) -> int:
    return run_verb("replay", config="config.yaml", **{"since": "7d", "diff": None, "json": False, **flags})


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(ZONE)  # noqa: TID251 - the verb reads the clock
    store_messages(tmp_path, now - timedelta(hours=1))
    before = files_of(tmp_path / "state")
    (tmp_path / "then").mkdir()
    (tmp_path / "then" / "a.yaml").write_text(OLD, "utf-8")
    (tmp_path / "then" / "a.test.yaml").write_text("tests: 5", "utf-8")
    for diff in ("old.yaml", "then", "th*/*.yaml"):
        assert replay(diff=diff) == 0
        assert "\ngained: 1\n" in capsys.readouterr().out
    assert replay(json=True, since="1m") == 0
    assert json.loads(capsys.readouterr().out)["messages"] == 0
    after = files_of(tmp_path / "state")
    assert {name: body for name, body in after.items() if not name.endswith(("-shm", "-wal"))} == before


def test_nothing_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(tmp_path / "state"):
        pass
    assert replay() == 0
    assert capsys.readouterr().out.startswith("no message since ")


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        ({"since": "yesterday"}, 2, "--since wants 24h or 7d"),
        ({"diff": "nowhere"}, 2, "no rule files in nowhere"),
        ({"diff": "bad.yaml"}, 3, "bad.yaml:"),
        ({}, 7, "ever run?"),
    ],
)
def test_what_it_cannot_do_has_its_exit_code(
    flags: dict[str, str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.yaml").write_text(OLD.replace("contains", "contain"), "utf-8")
    assert replay(**flags) == code
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""
