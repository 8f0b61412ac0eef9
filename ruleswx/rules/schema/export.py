"""The grammar as JSON Schema, for editors: completion, hover texts, red lines while typing.

Draft 7, which every editor speaks. Text-first: where a rule takes text, `0571` and `no` are accepted as well. It must
not know files or findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ruleswx.diagnostics import Lang
from ruleswx.rules.schema.rulefile import RuleFile
from ruleswx.rules.shape import PLAIN

__all__ = ["json_schema", "rule_file_schema"]

DRAFT = "http://json-schema.org/draft-07/schema#"
_TITLE = {"zh": "ruleswx 规则文件", "en": "ruleswx rule file", None: "ruleswx 规则文件 · rule file"}


def rule_file_schema(lang: Lang | None = None) -> dict[str, Any]:
    """The schema of rule files, with hover texts in one language or, by default, in both."""
    return json_schema(RuleFile, _TITLE[lang], lang)


def json_schema(model: type[BaseModel], title: str, lang: Lang | None = None) -> dict[str, Any]:
    """The draft 7 schema of any of our models."""
    made = model.model_json_schema(by_alias=True, mode="validation")
    cleaned: dict[str, Any] = _clean(made, lang)
    cleaned.pop("description", None)
    return {"$schema": DRAFT, "title": title, **cleaned}


def _clean(node: Any, lang: Lang | None) -> Any:
    if isinstance(node, list):
        return [_clean(item, lang) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: _named(key, value, lang) for key, value in node.items() if key not in {"title", "default"}}
    if "description" in out and isinstance(out["description"], str):
        out["description"] = _said(out["description"], lang)
        if lang == "zh" and out["description"].isascii():
            del out["description"]  # what a model is called in the code has no Chinese words
    return _not_null(out)


def _named(key: str, value: Any, lang: Lang | None) -> Any:
    """Properties and definitions are names, not schema words: `title` and `default` are kept there."""
    if key in {"properties", "$defs"} and isinstance(value, Mapping):
        return {name: _clean(inner, lang) for name, inner in value.items() if name != PLAIN}
    return _clean(value, lang)


def _not_null(node: dict[str, Any]) -> dict[str, Any]:
    """A key may be left out, never left empty: null is no value of ours."""
    options = node.get("anyOf")
    if not isinstance(options, list):
        return node
    kept = [option for option in options if option != {"type": "null"}]
    if len(kept) == 1:
        rest = {key: value for key, value in node.items() if key != "anyOf"}
        return {**kept[0], **rest}
    return {**node, "anyOf": kept}


def _said(text: str, lang: Lang | None) -> str:
    zh, found, en = text.partition("\n\n")
    if not found or lang is None:
        return text
    return zh if lang == "zh" else en
