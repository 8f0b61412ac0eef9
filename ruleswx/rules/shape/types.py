"""The base of all models and the simple types: text in, a frozen value out, or our own code.

Each type raises `bad(CODE, …)`, so that its words live in the catalogue, and says what an editor's JSON Schema shows.
It must not know which key a value belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, NoReturn, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

__all__ = [
    "ANY_SCALAR",
    "BLANK",
    "PLAIN",
    "Count",
    "Flag",
    "OneOrMany",
    "Percent",
    "Range",
    "RangeText",
    "Shape",
    "Text",
    "bad",
    "choice",
    "doc",
    "one_of",
    "text_of",
]

T = TypeVar("T")
PLAIN = "="
"""The key under which a model keeps what the author wrote without a mapping; nobody types it."""
BLANK = "\u3000 \t"


class Shape(BaseModel):
    """The base of every model: unknown keys refused, frozen, filled by the names the author types.

    `refused` maps keys people try to the code that says why there are no such keys, `synonyms` to the key they meant;
    `called` is what messages call a thing that has no key of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False, protected_namespaces=())
    refused: ClassVar[Mapping[str, str]] = {}
    synonyms: ClassVar[Mapping[str, str]] = {}
    called: ClassVar[str] = ""


def doc(zh: str, en: str, default: Any = None, *, alias: str | None = None, **more: Any) -> Any:
    """A field with its hover text in both languages."""
    return Field(default, alias=alias, description=f"{zh}\n\n{en}", **more)


def bad(code: str, **args: str) -> NoReturn:
    """Refuse a value with a code of the catalogue and the values of its sentence."""
    raise PydanticCustomError(code, "{code}", {"code": code, **args})


def text_of(value: object, want: str) -> str:
    if isinstance(value, str):
        return value.strip(BLANK)
    got = "mapping" if isinstance(value, dict) else "list" if isinstance(value, list) else "nothing"
    bad("E116", want=f"@{want}", got=f"@{got}")


def _many(value: object) -> object:
    return value if isinstance(value, list) else [value]


class _OneOrMany:
    @staticmethod
    def __get_pydantic_json_schema__(core: Any, handler: Any) -> dict[str, Any]:
        schema: dict[str, Any] = handler(core)
        return {"anyOf": [schema["items"], schema]} if "items" in schema else schema


OneOrMany = Annotated[tuple[T, ...], Field(min_length=1), BeforeValidator(_many), _OneOrMany]
"""One value or a list of them; a tuple either way."""

ANY_SCALAR = {"type": ["string", "number", "boolean"]}
Text = Annotated[str, Field(min_length=1), WithJsonSchema(dict(ANY_SCALAR))]
"""Text as typed: `0571`, `no` and `10:30` are text too."""
Count = Annotated[int, Field(ge=0, le=1_000_000)]


class choice:  # noqa: N801 - read as a word: Annotated[str, choice({...})]
    """A type of words: `options` maps what may be written to what it means; others get did-you-mean.

    `meant` maps words people try to the option they mean, where the spelling does not show it.
    """

    __slots__ = ("meant", "options")

    def __init__(self, options: Mapping[str, str], meant: Mapping[str, str] | None = None) -> None:
        self.options = options
        self.meant = meant or {}

    def parse(self, value: object) -> str:
        """The one spelling of a word. Raises for a word that is none of them."""
        text = text_of(value, "text")
        found = self.options.get(text) or self.options.get(_lower(self.options, text))
        if not found:
            shown = tuple(o for o in dict.fromkeys(self.options.values()) if not o[0].isdigit())
            one_of(text, shown, self.options, self.meant.get(text.casefold(), ""))
        return found

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        """The one spelling, by `parse`."""
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, _core: Any, _handler: Any) -> dict[str, Any]:
        """Every spelling; numbers as numbers too, as editors read them."""
        shown = list(dict.fromkeys([*self.options.values(), *self.options]))
        switches = [False] if {"off", "no"} & set(shown) else []  # editors that read YAML 1.1
        return {"enum": [*shown, *(int(o) for o in shown if o.isdigit()), *switches]}


def _lower(options: Mapping[str, str], text: str) -> str:
    folded = text.casefold().replace("-", "_").replace(" ", "_")
    return next((o for o in options if o.casefold() == folded), "")


def one_of(text: str, shown: tuple[str, ...], known: Iterable[str] | None = None, meant: str = "") -> NoReturn:
    """Refuse a word that is none of `shown`, naming the nearest."""
    near = [meant] if meant else get_close_matches(text, list(known or shown), n=1, cutoff=0.6)
    extra = {"near": near[0]} if near else {}
    bad("E115", value=text, options=", ".join(shown), **extra)


_FLAGS = {
    "yes": True, "true": True, "on": True, "是": True, "有": True,
    "no": False, "false": False, "off": False, "否": False, "无": False,
}  # fmt: skip


def _flag(value: object) -> bool:
    text = text_of(value, "flag")
    if text.casefold() not in _FLAGS:
        bad("E128", value=text)
    return _FLAGS[text.casefold()]


Flag = Annotated[
    bool, PlainValidator(_flag), WithJsonSchema({"enum": [True, False, "yes", "no", "on", "off", "是", "否"]})
]


def _percent(value: object) -> float:
    text = text_of(value, "percent")
    found = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*[%％]", text, re.ASCII)
    if not found or not 0 < float(found[1]) <= 100:
        bare = re.fullmatch(r"\d{1,2}", text, re.ASCII)
        bad("E127", value=text, low="0.1%", high="100%", percent="", **({"near": f"{text}%"} if bare else {}))
    return float(found[1]) / 100


Percent = Annotated[
    float,
    PlainValidator(_percent),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?%$", "examples": ["30%"]}),
]


def _range(value: object) -> object:
    if isinstance(value, str):
        near = _near_range(value)
        bad("E167", value=value, **({"near": near} if near else {}))
    return value


def _near_range(text: str) -> str:
    numbers = re.findall(r"\d+", text)
    sign = text.replace("＞", ">").replace("＜", "<").lstrip()[:2]
    if len(numbers) == 2:
        low, high = sorted(int(n) for n in numbers)
        return f"{{min: {low}, max: {high}}}"
    if len(numbers) != 1:
        return ""
    number = int(numbers[0])
    if sign[:1] == ">":
        return f"{{min: {number if sign == '>=' else number + 1}}}"
    if sign[:1] == "<":
        return f"{{max: {number if sign == '<=' else max(0, number - 1)}}}"
    return f"{{min: {number}, max: {number}}}" if text.strip() == numbers[0] else f"{{min: {number}}}"


class Range(Shape):
    """`{min: N, max: N}`; at least one of them."""

    min: Count | None = doc("最小值（含）", "at least this many", None)
    max: Count | None = doc("最大值（含）", "at most this many", None)

    def model_post_init(self, _context: object, /) -> None:
        """Refuse a range without ends or with its ends the wrong way round."""
        if self.min is None and self.max is None:
            bad("E166", options="min, max")
        if self.min is not None and self.max is not None and self.max < self.min:
            near = f"{{min: {self.max}, max: {self.min}}}"
            bad("E126", value=f"{{min: {self.min}, max: {self.max}}}", near=near, range="")

    def holds(self, number: int) -> bool:
        """Whether the number lies inside, both ends included."""
        return (self.min is None or number >= self.min) and (self.max is None or number <= self.max)


RangeText = Annotated[Range, BeforeValidator(_range)]
"""A Range that says how it is written when somebody types a number or a comparison."""
