"""The texts of a step: templates, compiled when they are first used.

It must not know what a template may say; that was checked when the file was loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from ruleswx.templates import Template, compile_template

__all__ = ["Text"]


class Text:
    """A template of a step, a value: made once, compiled on first use."""

    __slots__ = ("_template", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._template: Template | None = None

    def __repr__(self) -> str:
        return f"Text({self.source!r})"

    def render(self, names: Mapping[str, object], rng: Random, *, escaped: bool = False) -> str:
        """The text with its holes filled, `escaped` for an address if wanted. Raises RenderFailed."""
        if self._template is None:
            self._template = compile_template(self.source)
        return self._template.render(names, rng=rng, escaped=escaped)
