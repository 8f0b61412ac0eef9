"""How a value may be written where a model stands for several short forms: what the editor's schema then says.

A model keeps one shape inside; a text or a list in its place is put under the key PLAIN before it is checked. The
markers add the short forms to the JSON Schema, so that editors do not underline what we accept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from ruleswx.rules.shape import ANY_SCALAR, PLAIN

__all__ = ["PLAIN", "Lenient", "plain"]


def plain(default: Any = None) -> Any:
    """The field that holds what was written without a mapping."""
    return Field(default, alias=PLAIN)


@dataclass(frozen=True, slots=True)
class Lenient:
    """Besides what the type says: a plain text (`text`), some words, a list of texts (`texts`)."""

    text: bool = True
    words: tuple[str, ...] = ()
    texts: bool = False

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        """The short forms first, so that completion offers them first."""
        schema: dict[str, Any] = handler(core)
        forms: list[dict[str, Any]] = [dict(ANY_SCALAR)] if self.text else []
        if self.words:
            forms.append({"enum": list(self.words)})
        if self.texts:
            forms.append({"type": "array", "items": dict(ANY_SCALAR)})
        return {"anyOf": [*forms, schema]}
