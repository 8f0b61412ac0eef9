"""JSON Schema for editors: complete, in the asked language, never narrower than what we accept."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ruleswx.rules.schema import ACTIONS, Cond, Rule, rule_file_schema

ROOT = Path(__file__).parents[3]


def fits(schema: dict[str, Any], root: dict[str, Any], value: object) -> bool:
    """A small reader of the words of draft 7 that our schema uses."""
    if "$ref" in schema:
        return fits(root["$defs"][schema["$ref"].rpartition("/")[2]], root, value)
    if "anyOf" in schema:
        return any(fits(option, root, value) for option in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kinds = schema.get("type", [])
    if kinds and not any(_is(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        return False
    if isinstance(value, dict):
        return _mapping_fits(schema, root, value)
    if isinstance(value, list):
        return all(fits(schema.get("items", {}), root, item) for item in value)
    return not isinstance(value, str) or re.search(schema.get("pattern", ""), value) is not None


def _mapping_fits(schema: dict[str, Any], root: dict[str, Any], value: dict[str, Any]) -> bool:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    if not set(schema.get("required", [])) <= set(value):
        return False
    for key, inner in value.items():
        if key in known:
            if not fits(known[key], root, inner):
                return False
        elif others is False or (isinstance(others, dict) and not fits(others, root, inner)):
            return False
    return True


def _is(value: object, kind: str) -> bool:
    kinds: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kinds[kind])


SHIPPED = sorted((ROOT / "rules").rglob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.name)
def test_an_editor_finds_nothing_wrong_in_what_we_ship(path: Path) -> None:
    schema = rule_file_schema()
    assert fits(schema, schema, yaml.safe_load(path.read_text("utf-8")))


@pytest.mark.parametrize(
    "text",
    [
        "reply: [{rule: a, when: {contain: x}}]",
        "reply: [{when: {contains: x}}]",
        "reply: [{rule: a, do: {reply: [a, b]}}]",
        "reply: [{rule: a, cooldown: soon}]",
        "reply: [{rule: a, mode: maybe}]",
        "replies: []",
    ],
)
def test_an_editor_underlines_what_is_wrong(text: str) -> None:
    schema = rule_file_schema()
    assert not fits(schema, schema, yaml.safe_load(text))


@pytest.mark.parametrize(
    "text",
    [
        "reply: [{rule: 0571, when: {equals: [12, yes, 1.5]}, do: {reply: 5}}]",
        "reply: [{rule: a, when: {MsgType: 49, muted: true}, do: [{log: x, on_error: continue}]}]",
        "lists: {a: [1, b], c: {file: x.txt}}",
        "reply: [{rule: a, when: {group: [all, {regex: x}], length: {min: 5}}}]",
        "guard: [{rule: a, do: {strike: a, ladder: {1: {reply: x}}}}]",
    ],
)
def test_what_is_taken_as_text_may_look_like_a_number(text: str) -> None:
    schema = rule_file_schema()
    assert fits(schema, schema, yaml.safe_load(text))


def test_every_key_has_a_hover_text_in_both_languages() -> None:
    schemas = {lang: rule_file_schema(lang)["$defs"] for lang in ("zh", "en")}
    for name in ("Rule", "Cond", "Step", "Timed", "Defaults"):
        for key in schemas["zh"][name]["properties"]:
            zh, en = (schemas[lang][name]["properties"][key]["description"] for lang in ("zh", "en"))
            assert zh != en
            assert re.search(r"[\u4e00-\u9fff]", zh)


def test_the_schema_knows_every_key_of_the_models() -> None:
    defs = rule_file_schema()["$defs"]
    for model in (Cond, Rule):
        keys = {field.alias or name for name, field in model.model_fields.items()}
        assert set(defs[model.__name__]["properties"]) == keys
    assert set(ACTIONS) <= set(defs["Step"]["properties"])


def test_nothing_of_ours_leaks() -> None:
    text = json.dumps(rule_file_schema(), ensure_ascii=False)
    assert '"="' not in text
    assert '"null"' not in text
    assert "draft-07" in text
