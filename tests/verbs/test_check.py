"""`ruleswx check`: the findings of a whole folder, as text and as the contract's JSON, and the exit codes."""

import argparse
import json
from pathlib import Path

import pytest

from ruleswx.verbs.check import check_all, run

CONFIG = "wechat: {endpoint: sandbox}\nrules: [rules/*.yaml]\n"
GOOD = "reply:\n  - rule: a\n    when: {sender: '@', contains: x}\n    do: {reply: y}\n"


def folder(tmp_path: Path, rules: str, config: str = CONFIG) -> str:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(rules, "utf-8")
    (tmp_path / "config.yaml").write_text(config, "utf-8")
    return str(tmp_path / "config.yaml")


def check(config: str, *, json: bool = False, lang: str = "en", strict: bool = False) -> int:
    return run(argparse.Namespace(config=config, json=json, lang=lang, strict=strict))


def test_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(folder(tmp_path, GOOD)) == 0
    assert capsys.readouterr().out == "2 files, 1 rule: 0 errors, 0 warnings\n"


def test_errors_exit_3_with_place_and_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = folder(tmp_path, GOOD.replace("'@'", "@"))
    assert check(config, lang="zh") == 3
    out = capsys.readouterr().out
    assert f"{tmp_path}/rules/a.yaml:3:20: 错误 E103" in out
    assert "sender: person" in out
    assert out.endswith("2 个文件，1 条规则：1 个错误，0 个警告\n")


def test_warnings_exit_0_unless_strict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = folder(tmp_path, "lists: {w: [x]}\n" + GOOD)
    assert check(config) == 0
    assert check(config, strict=True) == 3
    assert "W207" in capsys.readouterr().out


def test_json_is_one_object_with_the_contract_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = folder(tmp_path, GOOD.replace("contains", "contain"))
    assert check(config, json=True) == 3
    captured = capsys.readouterr()
    assert captured.err == ""
    made = json.loads(captured.out)
    assert set(made) == {"findings", "files", "rules"}
    (finding,) = made["findings"]
    assert finding == {
        "code": "E101",
        "severity": "error",
        "path": f"{tmp_path}/rules/a.yaml",
        "line": 3,
        "column": 25,
        "message": "unknown key `contain` in when",
        "hint": finding["hint"],
    }
    assert "did you mean `contains`" in finding["hint"]


def test_a_broken_configuration_is_said_in_the_same_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = folder(tmp_path, GOOD, "wechat: {endpoint: sandbox}\nruls: []\n")
    assert check(config) == 3
    assert f"{config}:2:1: error E101" in capsys.readouterr().out


def test_a_missing_configuration_is_a_finding(tmp_path: Path) -> None:
    assert [f.code for f in check_all(str(tmp_path / "none.yaml"), {}).findings] == ["E310"]


def test_the_folder_of_templates_counts(tmp_path: Path) -> None:
    config = folder(tmp_path, GOOD.replace("reply: y", "reply: {template: t}"))
    assert [f.code for f in check_all(config, {}).findings] == ["E133"]
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "t.j2").write_text("{{ nobody }}", "utf-8")
    assert [f.code for f in check_all(config, {}).findings] == ["E117"]
    (tmp_path / "templates" / "t.j2").write_text("{{ person }}", "utf-8")
    assert check_all(config, {}).findings == ()


def test_a_file_of_rules_a_folder_and_a_misspelt_key_lead_to_the_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("reply: []\n", "utf-8")
    (tmp_path / "b.yaml").write_text("wechta: {endpoint: sandbox}\n", "utf-8")
    for path, lang, said in (
        ("a.yaml", "zh", "a.yaml:1:1: 错误 E319 这是规则文件，命令后面要写配置文件"),
        ("a.yaml", "en", "a.yaml:1:1: error E319 this is a file of rules; the command wants the configuration"),
        (
            ".",
            "zh",
            ".: 错误 E311 读不了这个配置文件（这是一个文件夹）\n        这是一个文件夹，写里面的",
        ),
        ("b.yaml", "zh", "b.yaml:1:1: 错误 E101 这个文件里没有 `wechta` 这个键"),
    ):
        assert check(path, lang=lang) == 3
        shown = capsys.readouterr().out
        assert shown.startswith(said)
        assert "E102" not in shown


def test_a_picture_that_is_not_there_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = "[{image: 有.png}, {file: 没有.pdf}, {image: '{{ text }}.png'}]"
    config = folder(tmp_path, GOOD.replace("{reply: y}", steps))
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "有.png").write_bytes(b"")
    assert check(config, lang="zh") == 0
    out = capsys.readouterr().out
    assert out.count("W209") == 1
    assert f"警告 W209 {tmp_path}/files 里现在没有 没有.pdf" in out
    assert check(config) == 0
    assert f"warning W209 there is no 没有.pdf in {tmp_path}/files now" in capsys.readouterr().out
