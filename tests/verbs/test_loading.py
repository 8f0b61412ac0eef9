"""Rules for verbs that only look: loaded as for serving, or printed with their places and exit 3."""

from pathlib import Path

import pytest

from ruleswx.config import Config, load_config
from ruleswx.rules.compile import RuleSet
from ruleswx.verbs.loading import load_all, with_rules
from tests.verbs.rulesfolder import write_rules

GOOD = "reply:\n  - rule: a\n    when: {sender: '@', contains: x}\n    do: {reply: y}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def names(ruleset: RuleSet | None) -> list[str]:
    return [rule.name for rule in ruleset.rules] if ruleset else []


def test_the_verb_gets_the_rules_and_gives_the_code(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def use(config: Config, ruleset: RuleSet) -> int:
        seen.append(names(ruleset))
        (tmp_path / "old.yaml").write_text(GOOD.replace("rule: a", "rule: b"), "utf-8")
        seen.append(names(load_all(config, "en", ["old.yaml"]).ruleset))
        return 5

    assert with_rules(write_rules(tmp_path, GOOD), "en", use) == 5
    assert seen == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("rules", "config", "place"),
    [
        (GOOD.replace("contains", "contain"), None, "rules/a.yaml:3:"),
        (GOOD, "wechat: {endpoint: sandbox}\nrulez: x\n", "config.yaml:2:1"),
    ],
)
def test_what_does_not_load_is_printed(
    rules: str, config: str | None, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_rules(tmp_path, rules, **({"config": config} if config else {}))
    assert with_rules(path, "en", lambda _config, _rules: 0) == 3
    told = capsys.readouterr()
    assert told.err.startswith(place)
    assert told.out == ""


def test_warnings_are_not_in_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_rules(tmp_path, "lists: {w: [x]}\n" + GOOD)
    assert with_rules(path, "en", lambda _config, _rules: 0) == 0
    assert capsys.readouterr().err == ""


def test_secrets_are_known_by_name_and_their_values_not_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = """
        reply:
          - rule: a
            when: {sender: '@', contains: x}
            do:
              - http: {get: https://a.example/, headers: {Authorization: '{{ secrets.KEY }}'}, timeout: 3s}
    """
    secrets = "secrets: {KEY: {env: NOT_SET_IN_THIS_SHELL}, OTHER: {file: none.txt}}\n"
    path = write_rules(tmp_path, rules, config=f"wechat: {{endpoint: sandbox}}\nrules: [rules/*.yaml]\n{secrets}")
    assert with_rules(path, "en", lambda _config, ruleset: len(ruleset.rules)) == 1
    assert capsys.readouterr().err == ""
    assert load_config(path, {})[0] is None
