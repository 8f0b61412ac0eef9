"""`ruleswx schema`: JSON Schema on standard output."""

import argparse
import json
from collections.abc import Iterator

import pytest

from ruleswx.verbs.schema import run


@pytest.mark.parametrize(("config", "key"), [(False, "reply"), (True, "wechat")])
def test_a_schema_an_editor_can_read(config: bool, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(argparse.Namespace(for_config=config, lang="en")) == 0
    made = json.loads(capsys.readouterr().out)
    assert key in made["properties"]
    assert made["$schema"].startswith("http")


def test_hover_texts_follow_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    run(argparse.Namespace(for_config=False, lang="zh"))
    made = json.loads(capsys.readouterr().out)
    assert made["$defs"]["Cond"]["properties"]["equals"]["description"] == "整句话就是其中之一。"


def described(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(said := node.get("description"), str):
            yield said
        for inner in node.values():
            yield from described(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from described(inner)


@pytest.mark.parametrize("config", [False, True])
def test_hover_texts_are_of_one_language(config: bool, capsys: pytest.CaptureFixture[str]) -> None:
    run(argparse.Namespace(for_config=config, lang="zh"))
    zh = list(described(json.loads(capsys.readouterr().out)))
    run(argparse.Namespace(for_config=config, lang="en"))
    en = list(described(json.loads(capsys.readouterr().out)))
    assert len(zh) > 20
    assert not [said for said in zh if said.isascii() or "\n\n" in said]
    assert not [said for said in en if "。" in said]


FLOOD: dict[str, object] = {
    "zh": {
        "additionalProperties": False,
        "properties": {
            "messages": {"description": "几条消息", "maximum": 1000, "minimum": 2, "type": "integer"},
            "within": {
                "description": "在多长时间里",
                "examples": ["30s", "5m", "2h", "7d"],
                "pattern": "^\\d+[smhd]$",
                "type": "string",
            },
        },
        "required": ["messages", "within"],
        "type": "object",
    },
    "en": {
        "additionalProperties": False,
        "description": "So many messages of one speaker within so long; both are required.",
        "properties": {
            "messages": {"description": "how many messages", "maximum": 1000, "minimum": 2, "type": "integer"},
            "within": {
                "description": "within how long",
                "examples": ["30s", "5m", "2h", "7d"],
                "pattern": "^\\d+[smhd]$",
                "type": "string",
            },
        },
        "required": ["messages", "within"],
        "type": "object",
    },
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_golden(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(argparse.Namespace(for_config=False, lang=lang))
    made = json.loads(capsys.readouterr().out)
    assert made["$defs"]["Flood"] == FLOOD[lang]
