"""`ruleswx schema`: JSON Schema on standard output."""

import argparse
import json

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
