"""Every YAML block in the docs and READMEs is read as what it says it is, and holds; every command named is one.

```yaml is a rule file, ```yaml config a configuration, ```yaml test the tests of the rule block before it.
"""

import configparser
import re
import runpy
import tomllib
from datetime import date
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from ruleswx import cli
from ruleswx.catalogue import render
from ruleswx.config import load_config
from ruleswx.rules.load import Options, load_rules

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))]
SECRETS = {"LLM_KEY": "sk-test", "ERP_TOKEN": "t"}


class Block(NamedTuple):
    """A fenced block: what its info string says beside `yaml`, its text, the rules before it."""

    page: str
    kind: str
    text: str
    before: str


def blocks(page: Path) -> list[Block]:
    found, before = [], ""
    for match in re.finditer(r"^```yaml *([^\n]*)\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        found.append(Block(page.name, match[1], match[2], before))
        before = before if match[1] else match[2]
    return found


ALL = [block for page in PAGES for block in blocks(page)]


def some(kind: str) -> list[object]:
    found = [block for block in ALL if block.kind == kind]
    return [pytest.param(block, id=f"{block.page}-{number}") for number, block in enumerate(found, 1)]


def errors(files: dict[str, str]) -> list[str]:
    options = Options(
        zone=ZoneInfo("Asia/Shanghai"),
        admins=("老板",),
        secrets=frozenset(SECRETS),
        commands=frozenset({"/bin/df"}),
        templates={},
        today=date(2026, 3, 2),
    )
    loaded = load_rules(sorted(files), lambda path: files[path].encode(), options)
    return [render(finding, "en") for finding in loaded.findings]


def test_blocks_say_what_they_are() -> None:
    assert {block.kind for block in ALL} == {"", "config", "test"}


@pytest.mark.parametrize("block", some(""))
def test_a_rule_block_is_clean_and_its_examples_hold(block: Block) -> None:
    assert errors({"block.yaml": block.text}) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.name.startswith("guide")], ids=lambda page: page.name)
def test_the_guide_can_be_typed_from_top_to_bottom(page: Path) -> None:
    """Blocks that together would say a name twice would puzzle whoever follows the page."""
    rules = [block.text for block in blocks(page) if not block.kind]
    found = errors({f"{number:02}.yaml": text for number, text in enumerate(rules)})
    assert [line for line in found if ": error " in line] == []


@pytest.mark.parametrize("block", some("config"))
def test_a_configuration_is_clean(block: Block, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(next(b.text for b in ALL if not b.kind), "utf-8")
    (tmp_path / "config.yaml").write_text(block.text, "utf-8")
    config, findings = load_config(str(tmp_path / "config.yaml"), SECRETS)
    assert (config is not None, findings) == (True, ())


@pytest.mark.parametrize("block", some("test"))
def test_a_test_block_passes(block: Block, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rules" / "tests").mkdir(parents=True)
    (tmp_path / "rules" / "a.yaml").write_text(block.before, "utf-8")
    (tmp_path / "rules" / "tests" / "a.test.yaml").write_text(block.text, "utf-8")
    keys = "".join(f"  {name}: {{file: {tmp_path / name}}}\n" for name in SECRETS)
    for name, value in SECRETS.items():
        (tmp_path / name).write_text(value, "utf-8")
    (tmp_path / "config.yaml").write_text(f"wechat: {{endpoint: sandbox}}\nsecrets:\n{keys}", "utf-8")
    assert cli.main(["test", str(tmp_path / "config.yaml"), "--lang", "en"]) == 0, capsys.readouterr().out
    assert re.search(r"tests +[1-9]\d* passed", capsys.readouterr().out)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "docs"], ids=lambda page: page.name)
def test_every_command_of_the_docs_is_one(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = page.read_text("utf-8")
    shown = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    commands = [*(line for block in shown for line in block.splitlines()), *re.findall(r"`([^`\n]+)`", text)]
    verbs = {verb for line in commands for verb in re.findall(r"(?:^|[ /])ruleswx ([a-z]+)(?= |$)", line)}
    for verb in verbs:
        with pytest.raises(SystemExit) as stopped:
            cli.main([verb, "--help"])
        assert stopped.value.code == 0, verb
    capsys.readouterr()


@pytest.mark.parametrize("name", ["reference.md", "reference.zh-CN.md"])
def test_the_reference_is_the_grammar_of_today(name: str) -> None:
    """When this fails: python tools/make_reference.py"""
    pages = runpy.run_path(str(ROOT / "tools" / "make_reference.py"))["pages"]()
    assert (ROOT / "docs" / name).read_text("utf-8") == pages[name]


@pytest.mark.parametrize("name", ["running.md", "running.zh-CN.md"])
def test_the_unit_restarts_only_where_a_restart_helps(name: str) -> None:
    found = re.search(r"^```ini\n(.*?)^```", (ROOT / "docs" / name).read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(found[1])
    service = unit["Service"]
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"].split() == ["2", "3", "4", "5", "6", "7"]
    assert (service["UMask"], service["StateDirectory"]) == ("0077", "ruleswx")
    assert int(service["TimeoutStopSec"]) > 5


@pytest.mark.parametrize("name", ["running.md", "running.zh-CN.md"])
def test_events_named_for_alerts_are_logged_by_these_names(name: str) -> None:
    phrases = tomllib.loads((ROOT / "ruleswx" / "phrases.toml").read_text("utf-8"))
    named = re.search(r"`refused`.*?`fault`", (ROOT / "docs" / name).read_text("utf-8"), re.DOTALL)
    assert named
    assert set(re.findall(r"`(\w+)`", named[0])) <= phrases.keys()
