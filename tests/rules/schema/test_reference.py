"""The generated reference: every key of the language, in both languages."""

import re

import pytest

from ruleswx.catalogue import codes
from ruleswx.diagnostics import Lang
from ruleswx.rules.schema import reference, rule_file_schema


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_key_and_every_code_has_a_row(lang: Lang) -> None:
    page = reference(lang)
    keys = set(re.findall(r"^\| `([^`]+)`", page, re.MULTILINE))
    schema = rule_file_schema()
    for model in (schema, *schema["$defs"].values()):
        assert set(model["properties"]) <= keys
    assert set(codes()) <= keys


def test_links_lead_somewhere() -> None:
    page = reference("en")
    assert set(re.findall(r"\(#(\w+)\)", page)) <= set(re.findall(r'<a id="(\w+)">', page))


def test_forms_are_said_in_words() -> None:
    page = reference("en")
    assert "| `contains` | text, or a list of them | contains any of these; a `$list` works too. |" in page
    assert "| `rule` (required) | text | the rule's name, unique. |" in page
    assert "| `cooldown` | `10m per person`, `30s per group` |" in page
    assert re.search(r"\| `MsgType` \| .*`text` `image`.*, or a list of them", page)


def test_the_languages_differ_and_tables_hold() -> None:
    zh, en = reference("zh"), reference("en")
    assert zh.count("\n|") == en.count("\n|")
    for line in en.splitlines():
        if line.startswith("| `"):
            assert len(re.findall(r"(?<!\\)\|", line)) in {3, 4}
