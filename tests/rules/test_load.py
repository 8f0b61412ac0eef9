"""Loading as a whole: every slip people make gives one finding on the right spot with a usable mend, in both languages.

`broken/*.yaml` holds one slip a file, `broken/table.toml` what must be said of it, `broken/report.*.txt` the printed
reports. After a change of words: `RULESWX_GOLDEN=write pytest tests/rules/test_load.py`, then read the difference.
"""

import os
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ruleswx.catalogue import hint, render
from ruleswx.diagnostics import Lang
from ruleswx.rules.load import Loaded, Options, load_rules

BROKEN = Path(__file__).parent / "broken"
NAMES = sorted(path.stem for path in BROKEN.glob("*.yaml"))
TABLE: dict[str, dict[str, Any]] = tomllib.loads((BROKEN / "table.toml").read_text("utf-8"))
OPTIONS = Options(ZoneInfo("Asia/Shanghai"))
GOOD = (
    "reply:\n  - rule: a\n    when: {sender: '@', contains: x}\n    do: {reply: y}\n    examples: {hit: x, miss: z}\n"
)


def load(files: dict[str, str], *paths: str, options: Options = OPTIONS) -> Loaded:
    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return files[path].encode()

    return load_rules(paths or tuple(files), read, options)


def broken(name: str, lang: Lang = "en") -> Loaded:
    return load_rules([f"{name}.yaml"], lambda path: (BROKEN / path).read_bytes(), replace(OPTIONS, lang=lang))


def test_every_broken_file_has_its_row() -> None:
    assert set(NAMES) == set(TABLE)
    assert len(NAMES) >= 40


@pytest.mark.parametrize("name", NAMES)
def test_one_slip_one_finding_on_its_spot_with_the_mend(name: str) -> None:
    expected = TABLE[name]
    loaded, in_chinese = broken(name), broken(name, "zh")
    assert [(f.code, f.place.line, f.place.column) for f in loaded.findings] == [
        (expected["code"], expected["line"], expected["column"])
    ]
    (finding,) = loaded.findings
    assert expected.get("zh", expected["fix"]) in hint(in_chinese.findings[0], "zh")
    assert expected["fix"] in hint(finding, "en")
    assert (loaded.ruleset is None) == (finding.severity == "error")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_printed_reports(lang: Lang) -> None:
    report = "\n\n".join(render(f, lang) for name in NAMES for f in broken(name, lang).findings) + "\n"
    golden = BROKEN / f"report.{lang}.txt"
    if os.environ.get("RULESWX_GOLDEN") == "write":
        golden.write_text(report, "utf-8")
    assert report == golden.read_text("utf-8")


def test_a_good_file_is_a_rule_set() -> None:
    loaded = load({"a.yaml": GOOD})
    assert loaded.findings == ()
    assert loaded.ruleset is not None
    assert (loaded.rules, loaded.files) == (1, ("a.yaml",))
    assert [file.path for file in loaded.checked] == ["a.yaml"]


def test_no_file_at_all_is_an_empty_rule_set() -> None:
    loaded = load({})
    assert loaded.ruleset is not None
    assert loaded.rules == 0


def test_one_broken_file_keeps_the_whole_set_back_and_the_others_are_checked() -> None:
    other = GOOD.replace("rule: a", "rule: b").replace("miss: z", "miss: x")
    loaded = load({"a.yaml": GOOD.replace("'@'", "@"), "b.yaml": other, "c.yaml": "reply: [x]\n"})
    assert loaded.ruleset is None
    assert {(f.place.path, f.code) for f in loaded.errors} >= {("a.yaml", "E103"), ("c.yaml", "E116")}


def test_findings_come_in_reading_order_and_once() -> None:
    loaded = load({"b.yaml": GOOD.replace("x", "''"), "a.yaml": GOOD.replace("'@'", "@").replace("y}", "'{{ q }}'}")})
    places = [f.place for f in loaded.findings]
    assert places == sorted(places)
    assert len({(f.place, f.code) for f in loaded.findings}) == len(places)


def test_a_file_that_is_not_there_is_a_finding() -> None:
    loaded = load({}, "gone.yaml")
    assert [f.code for f in loaded.findings] == ["E136"]
    assert loaded.ruleset is None


def test_warnings_do_not_keep_rules_back() -> None:
    loaded = load({"a.yaml": "lists: {w: [x]}\n" + GOOD})
    assert [f.code for f in loaded.findings] == ["W207"]
    assert loaded.ruleset is not None


def test_examples_that_fail_keep_rules_back() -> None:
    loaded = load({"a.yaml": GOOD.replace("hit: x", "hit: q")})
    assert [(f.code, str(f.place)) for f in loaded.findings] == [("E141", "a.yaml:5:21")]
    assert loaded.ruleset is None


def test_a_reload_says_of_unchanged_files_what_the_load_said() -> None:
    files = {"a.yaml": "lists: {w: [x]}\n" + GOOD, "b.yaml": "reply: [x]\n"}

    def read(path: str) -> bytes:
        return files[path].encode()

    first = load_rules(list(files), read, OPTIONS)
    assert load_rules(list(files), read, OPTIONS, first).findings == first.findings
    files["b.yaml"] = ""
    second = load_rules(list(files), read, OPTIONS, first)
    assert [f.code for f in second.findings] == ["W207"]
    assert second.ruleset is not None
