"""Compile a checked template with Jinja and run it under a budget. Loaded when the first such template is used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from jinja2 import TemplateError
from jinja2.exceptions import UndefinedError

from ruleswx.templates.budget import Budget, GuardedContext
from ruleswx.templates.environment import environment
from ruleswx.templates.guard import check
from ruleswx.templates.values import LONGEST_OUTPUT, RenderFailed

__all__ = ["Root", "compiled", "run"]

Root = Callable[..., Iterator[str]]


def compiled(source: str, *, escaped: bool = False) -> Root:
    """Return the function Jinja makes of a template. Raises TemplateProblem if it was never checked and is wrong."""
    shared = environment(escaped=escaped)
    code = shared.compile(check(source).tree, filename="<template>")
    space: dict[str, Any] = {"environment": shared, "__file__": "<template>"}
    exec(code, space)  # noqa: S102  # Jinja's own way; the source went through the guard
    return space["root"]  # type: ignore[no-any-return]


def run(root: Root, values: dict[str, object], rng: Random | None) -> str:
    """Return what it writes, a little more than a message may hold at most. Raises RenderFailed."""
    scope = GuardedContext(environment(), values, None, {}, {})
    scope.budget = Budget(rng)
    made, size = list[str](), 0
    try:
        for chunk in root(scope):
            made.append(chunk)
            size += len(chunk)
            if size > LONGEST_OUTPUT:
                break
    except UndefinedError as error:
        raise RenderFailed("E184", name=_missing(error)) from None
    except TemplateError as error:
        raise RenderFailed("E186", what="@template_value", kind=type(error).__name__) from None
    return "".join(made)


def _missing(error: UndefinedError) -> str:
    """Return the name in Jinja's sentence."""
    quoted = re.findall(r"'([^']*)'", str(error))
    return quoted[-1] if quoted else str(error)
