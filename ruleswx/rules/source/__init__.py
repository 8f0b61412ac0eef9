"""YAML text to a tree of plain text with the place of every key and value; slips explained in the author's words.

The only door to pyyaml. Every scalar stays the text that was typed: `no`, `10:30` and `0571` are words until the
schema types them. It must not know what a rule is.
"""

from __future__ import annotations

from ruleswx.rules.source.reader import MAX_BYTES, Part, Path, Source, Tree, read_yaml

__all__ = ["MAX_BYTES", "Part", "Path", "Source", "Tree", "read_yaml"]
