"""`ruleswx test`: the twelve rules and their tests, coverage, failures as people and machines read them."""

import argparse
import json
from pathlib import Path
from textwrap import dedent

import pytest

from ruleswx.verbs import test as verb

TWELVE = Path(__file__).parent / "twelve"


def run(config: Path, capsys: pytest.CaptureFixture[str], **flags: object) -> tuple[int, str, str]:
    given = {"lang": "en", "json": False, "coverage": None, "all": False, **flags}
    code = verb.run(argparse.Namespace(config=str(config), **given))
    said = capsys.readouterr()
    return code, said.out, said.err


def bot(folder: Path, rules: str, tests: str = "") -> Path:
    """A configuration with one rule file and one test file."""
    (folder / "rules" / "tests").mkdir(parents=True)
    (folder / "config.yaml").write_text("wechat: {endpoint: sandbox}\nrules: [rules/*.yaml]\nstate: state\n", "utf-8")
    (folder / "rules" / "a.yaml").write_text(dedent(rules), "utf-8")
    if tests:
        (folder / "rules" / "tests" / "a.test.yaml").write_text(dedent(tests), "utf-8")
    return folder / "config.yaml"


def test_twelve_rules_give_the_results_they_promise(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(TWELVE)
    code, out, err = run(Path("config.yaml"), capsys, coverage=0)
    assert (code, err) == (0, "")
    assert out == dedent("""\
        examples   9 hit, 6 miss, 1 todo      TP 9  TN 6  FP 0  FN 1 (todo)
        tests      6 passed, 0 failed
        coverage   rules 6/12 (4 by tests, 2 by examples only), branches 4/8
          rules/20-客服.yaml:24   群里问帮助   never fired
          rules/10-群管.yaml:24   引流广告   on_error of kick never ran
          … 8 more with --all
    """)


def test_in_chinese_with_every_gap(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TWELVE)
    code, out, _ = run(Path("config.yaml"), capsys, coverage=80, all=True, lang="zh")
    lines = out.splitlines()
    assert code == 3
    assert lines[:3] == [
        "例句       9 命中，6 不命中，1 待办      TP 9  TN 6  FP 0  FN 1（待办）",
        "测试       6 通过，0 失败",
        "覆盖       规则 6/12（4 条有测试，2 条只有例句），分支 4/8",
    ]
    assert len(lines) == 3 + 10 + 1
    assert "  rules/20-客服.yaml:24   群里问帮助   从未命中" in lines
    assert "  rules/10-群管.yaml:24   引流广告   kick 的 on_error 从未执行" in lines
    assert not [line for line in lines if "never" in line]
    assert lines[-1] == "失败 覆盖率 50% 低于 80%"


def test_a_failure_says_what_was_said_expected_got_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = bot(
        tmp_path,
        """
        guard:
          - rule: 引流广告
            match: loose
            when: {group: all, contains: 加v}
            do: {strike: 广告, expires: 30m, ladder: {1: {reply: 请不要发广告（第 1 次提醒）}, 2: {reply: 第 2 次提醒}}}
            examples: {miss: [家]}
        """,
        """
        tests:
          - test: 三次广告
            in: 产品交流群
            from: 路人甲
            steps:
              - {say: 加V领红包, expect: {reply: {contains: 第 1 次}}}
              - {after: 1h, say: 加 V 领 红 包, expect: {reply: {contains: 第 2 次}}}
        """,
    )
    code, out, _ = run(config, capsys)
    place = f"{tmp_path}/rules/tests/a.test.yaml:8"
    assert code == 3
    assert out.splitlines()[2:] == [
        f"FAIL 三次广告 step 2   {place}",
        "  said       加 V 领 红 包        folded 加v领红包",
        "  expected   reply contains 第 2 次",
        "  got        reply 请不要发广告（第 1 次提醒）",
        (
            "  because    rule 引流广告 matched 加 V (0-3); "
            "strike 广告 = 1: the earlier one expired (expires: 30m, it was 1h ago)"
        ),
    ]


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = bot(
        tmp_path,
        "reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {reply: 好}, examples: {hit: [价], todo: [格]}}]",
        """
        tests:
          - {test: 好, from: 小李, say: 价, expect: {rule: 一, reply: 好}}
          - {test: 坏, from: 小李, say: 价, expect: {nothing: yes}}
        """,
    )
    code, out, _ = run(config, capsys, json=True, coverage=0)
    told = json.loads(out)
    assert code == 3
    assert told["examples"] == {"hit": 1, "miss": 0, "todo": 1, "failed": []}
    assert [(t["name"], t["passed"], t["line"]) for t in told["tests"]] == [("好", True, 3), ("坏", False, 4)]
    assert told["tests"][1]["reason"] == "expected nothing, got reply 好 (because rule 一 matched 价 (0-1))"
    assert told["coverage"]["rules"] == told["coverage"]["by_tests"] == 1


def test_examples_that_fail_are_told_with_the_tests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = bot(
        tmp_path, "reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {reply: 好}, examples: {hit: [格]}}]"
    )
    code, out, err = run(config, capsys)
    assert code == 3
    assert "E141" in err
    assert "should hit but misses: 格" in out
    code, out, _ = run(config, capsys, json=True)
    assert [failed["text"] for failed in json.loads(out)["examples"]["failed"]] == ["格"]


def test_files_that_do_not_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.yaml", capsys)[0] == 3
    config = bot(tmp_path, "reply: [{rule: 一}]")
    code, out, err = run(config, capsys)
    assert (code, out) == (3, "")
    assert "error E1" in err


def test_tests_beside_the_rules_and_test_files_without_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = bot(
        tmp_path,
        """
        reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {reply: 好}}]
        tests: [{test: 旁边, from: 小李, say: 价, expect: {reply: 好}}]
        """,
        "tests: [{test: 另一个, from: 小李, say: 别的, expect: {rule: none, nothing: yes}}]",
    )
    assert run(config, capsys)[1].splitlines()[1] == "tests      2 passed, 0 failed"


def test_a_failure_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = bot(
        tmp_path,
        "reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {reply: 好}}]",
        """
        tests:
          - {test: 坏, from: 小李, steps: [{say: 价, expect: {rule: none, because: 月亮, reply: {contains: 坏}}}]}
          - {test: 空, from: 小李, say: 别的, expect: {rule: 一, not: {nothing: yes}}}
          - {test: 未写, from: 小李, say: 价}
        """,
    )
    code, out, _ = run(config, capsys, lang="zh")
    place = f"{tmp_path}/rules/tests/a.test.yaml"
    assert code == 3
    assert out.splitlines()[2:] == [
        f"失败 坏 第 1 步   {place}:3",
        "  说         价        归一后 价",
        "  应该       没有规则回答（rule: none）",
        "  实际       规则 一",
        "  应该       原因 月亮",
        "  实际       规则 一 命中 价 (0-1)",
        "  应该       reply 包含 坏",
        "  实际       reply 好",
        "  原因       规则 一 命中 价 (0-1)",
        f"失败 空   {place}:4",
        "  说         别的        归一后 别的",
        "  应该       规则 一",
        "  实际       没有规则回答（rule: none）",
        "  原因       没有规则命中",
        f"失败 未写   {place}:5",
        "  说         价        归一后 价",
        "  应该       没有写明的 reply 不该有",
        "  实际       reply 好",
        "  原因       规则 一 命中 价 (0-1)",
    ]
    told = json.loads(run(config, capsys, lang="zh", json=True)[1])
    assert told["tests"][2]["reason"] == "应该 没有写明的 reply 不该有，实际 reply 好（原因：规则 一 命中 价 (0-1)）"
