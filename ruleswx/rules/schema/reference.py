"""The reference of the rule language, written from the models: every key, how it is written, what it means.

A page of Markdown in one language, so that the manual cannot disagree with the checker. It must not know files.
"""

from __future__ import annotations

from typing import Any

from ruleswx.catalogue import codes, sentence
from ruleswx.diagnostics import Lang
from ruleswx.rules.schema.export import rule_file_schema

__all__ = ["reference"]

_SECTIONS = (
    "RuleFile", "Rule", "Cond", "Name", "Range", "Flood", "Repeat", "Strikes", "VarTest", "Step", "Msg", "Http", "Run",
    "Choice", "Timed", "Defaults", "ListDef", "Var", "Examples", "Test", "Said", "Sent", "Expect", "TextTest", "World",
    "WorldPerson", "WorldGroup",
)  # fmt: skip
_TITLES: dict[str, dict[str, str]] = {
    "zh": {
        "RuleFile": "规则文件", "Rule": "规则", "Cond": "条件（when、unless）", "Name": "名字", "Range": "范围",
        "Flood": "刷屏", "Repeat": "重复", "Strikes": "记次", "VarTest": "变量的值", "Step": "动作（do）",
        "Msg": "要说的话", "Http": "http", "Run": "run", "Choice": "choose 的分支", "Timed": "定时（schedule）",
        "Defaults": "默认值（defaults）", "ListDef": "词表", "Var": "变量", "Examples": "例句（examples）",
        "Test": "测试（tests）", "Said": "测试的一步", "Sent": "测试里发的东西", "Expect": "期望（expect）",
        "TextTest": "期望的文字", "World": "测试的世界（world）",
        "WorldPerson": "世界里的人", "WorldGroup": "世界里的群",
    },
    "en": {
        "RuleFile": "The file", "Rule": "A rule", "Cond": "Conditions (when, unless)", "Name": "A name",
        "Range": "A range", "Flood": "flood", "Repeat": "repeat", "Strikes": "strikes", "VarTest": "A variable's value",
        "Step": "Steps (do)", "Msg": "What to say", "Http": "http", "Run": "run", "Choice": "A branch of choose",
        "Timed": "A schedule", "Defaults": "defaults", "ListDef": "A list", "Var": "A variable", "Examples": "examples",
        "Test": "tests", "Said": "A step of a test", "Sent": "What a test sends", "Expect": "expect",
        "TextTest": "An expected text", "World": "world", "WorldPerson": "A person of the world",
        "WorldGroup": "A group of the world",
    },
}  # fmt: skip
_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "规则参考", "key": "键", "form": "写法", "meaning": "意思", "required": "必写", "text": "文字",
        "number": "数字", "flag": "yes 或 no", "many": "{0}，或它们的列表", "list": "{0} 的列表", "map": "名字: {0}",
        "any": "任意内容", "or": " 或 ", "codes": "错误和警告", "code": "代码",
        "note": "这一页由语法本身生成：`ruleswx schema` 用的是同一份。每个值都先当作文字读，再按这里的写法理解。",
    },
    "en": {
        "title": "Rule reference", "key": "Key", "form": "Written as", "meaning": "Meaning", "required": "required",
        "text": "text", "number": "number", "flag": "yes or no", "many": "{0}, or a list of them",
        "list": "a list of {0}", "map": "NAME: {0}", "any": "anything", "or": " or ", "codes": "Errors and warnings",
        "code": "Code",
        "note": "This page is written from the grammar itself, the same that `ruleswx schema` prints. Every value is "
                "read as text first and then understood as said here.",
    },
}  # fmt: skip


def reference(lang: Lang) -> str:
    """The whole reference as Markdown, ending with the table of codes."""
    schema = rule_file_schema(lang)
    page = _Page(lang)
    parts = [f"# {page.words['title']}", page.words["note"]]
    models = {"RuleFile": {key: schema[key] for key in ("properties",)}, **schema["$defs"]}
    parts += (page.section(name, models[name]) for name in _SECTIONS if name in models)
    parts.append(page.codes())
    return "\n\n".join(parts) + "\n"


class _Page:
    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self.words = _WORDS[lang]
        self.titles = _TITLES[lang]

    def section(self, name: str, model: dict[str, Any]) -> str:
        words = self.words
        rows = [f"| {words['key']} | {words['form']} | {words['meaning']} |", "|---|---|---|"]
        required = set(model.get("required", ()))
        for key, schema in model["properties"].items():
            must = f" ({words['required']})" if key in required else ""
            rows.append(f"| `{key}`{must} | {self.form(schema)} | {_cell(schema.get('description', ''))} |")
        return f'<a id="{name.lower()}"></a>\n## {self.titles[name]}\n\n' + "\n".join(rows)

    def form(self, schema: dict[str, Any]) -> str:
        """How a value is written, in a few words."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return f"[{self.titles.get(name, name)}](#{name.lower()})"
        if "anyOf" in schema:
            return self.choices(schema["anyOf"])
        if "enum" in schema:
            return _enum(schema["enum"])
        if "examples" in schema:
            return ", ".join(f"`{example}`" for example in schema["examples"])
        return self.plain(schema)

    def plain(self, schema: dict[str, Any]) -> str:
        kind = schema.get("type")
        if kind == "array":
            return self.words["list"].format(self.form(schema.get("items", {})))
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            return self.words["map"].format(self.form(schema["additionalProperties"]))
        if kind in ("integer", "number"):
            return self.words["number"]
        if kind in ("string", "boolean") or isinstance(kind, list):
            return f"`{schema['pattern']}`".replace("|", "\\|") if "pattern" in schema else self.words["text"]
        return self.words["any"]

    def choices(self, options: list[dict[str, Any]]) -> str:
        many = options[-1]
        if len(options) == 2 and many.get("type") == "array" and many.get("items") == options[0]:
            return self.words["many"].format(self.form(options[0]))
        return self.words["or"].join(dict.fromkeys(self.form(option) for option in options))

    def codes(self) -> str:
        rows = [f"| {self.words['code']} | {self.words['meaning']} |", "|---|---|"]
        rows += (f"| `{code}` | {_cell(sentence(code, self.lang))} |" for code in codes())
        return f"## {self.words['codes']}\n\n" + "\n".join(rows)


def _enum(values: list[Any]) -> str:
    """The words in their one spelling; aliases and numbers are for completion, not for the page."""
    shown = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    plain = [value for value in dict.fromkeys(shown) if value.isascii() and not value[0].isdigit()]
    return " ".join(f"`{value}`" for value in (plain or shown))


def _cell(text: str) -> str:
    """Text that stays one cell of a table."""
    return text.replace("\n", " ").replace("|", "\\|")
