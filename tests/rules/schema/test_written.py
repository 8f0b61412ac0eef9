"""The short forms of a value in the JSON Schema."""

from typing import Annotated

from pydantic import BaseModel, TypeAdapter

from ruleswx.rules.schema.written import PLAIN, Lenient, plain


class Box(BaseModel):
    text: str | None = plain()
    size: int = 1


def test_short_forms_come_first() -> None:
    schema = TypeAdapter(Annotated[Box, Lenient(words=("all",), texts=True)]).json_schema()
    kinds = [option.get("type") or option.get("enum") or "ref" for option in schema["anyOf"]]
    assert kinds == [["string", "number", "boolean"], ["all"], "array", "ref"]


def test_the_plain_key_is_nothing_one_types() -> None:
    assert Box.model_validate({PLAIN: "x"}).text == "x"
