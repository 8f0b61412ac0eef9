"""Every YAML block in the docs and READMEs loads, and its examples hold."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ruleswx.rules.load import Options, load_rules

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [
    pytest.param(block.group(1), id=f"{page.name}-{number}")
    for page in PAGES
    for number, block in enumerate(
        re.finditer(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE), 1
    )
]


@pytest.mark.parametrize("block", BLOCKS)
def test_block_loads(block: str) -> None:
    options = Options(zone=ZoneInfo("Asia/Shanghai"), admins=("老板",), secrets=frozenset(), templates={})
    loaded = load_rules(["block.yaml"], {"block.yaml": block.encode()}.__getitem__, options)
    assert [finding for finding in loaded.findings if finding.severity == "error"] == []
    assert loaded.ruleset is not None
