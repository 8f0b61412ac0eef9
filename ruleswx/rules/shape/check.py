"""`check_shape`: a model over a tree; pydantic's errors become findings at the exact key or value.

pydantic says where in the tree; the Source says where in the file; this module says which code it is and what was
probably meant. It must not know which model it runs.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ruleswx.diagnostics import Diagnostic, Place
from ruleswx.rules.shape.types import PLAIN, Shape
from ruleswx.rules.source import Part, Source, Tree

__all__ = ["check_shape"]

M = TypeVar("M", bound=BaseModel)
_Loc = tuple[str | int, ...]
_ENTER = {
    "model_type": "mapping", "model_attributes_type": "mapping", "dict_type": "mapping", "mapping_type": "mapping",
    "tuple_type": "list", "list_type": "list", "string_type": "text", "int_type": "number",
}  # fmt: skip
_CODES = {"missing": "E102", "too_short": "E163", "string_too_short": "E129", "extra_forbidden": "E101"}
_MEANT = {"when": "contains", "unless": "contains", "expect": "contains", "do": "reply", "on_error": "reply"}
"""What somebody means who writes a bare text where keys belong."""
_SAMPLES = {"within": "10s", "messages": "6", "same": "3", "timeout": "5s", "type": "number", "per": "bot"}
_AT_KEY = {"E118"}
_MOST = 12
_CURLY = re.compile("[‘’“”]")
_GLUED = re.compile(r"([A-Za-z_]\w*):(\S.*)", re.DOTALL)


def check_shape(model_type: type[M], source: Source) -> tuple[M | None, tuple[Diagnostic, ...]]:
    """The typed file, and every finding of the file so far (`source.findings` included, each spot once).

    The model is None when any finding is an error of shape. An empty file is an empty mapping.
    """
    tree: Tree = {} if source.tree is None else source.tree
    if source.tree is None and source.findings:
        return None, source.findings
    try:
        return model_type.model_validate(tree, by_alias=True), source.findings
    except ValidationError as error:
        found = [d for e in error.errors(include_url=False) if (d := _finding(model_type, source, dict(e)))]
    return None, _merge(source.findings, _without_echoes(found))


def _without_echoes(found: list[Diagnostic]) -> list[Diagnostic]:
    """A key that is only misspelt is not missing as well."""
    meant = {(d.place.path, d.args["near"]) for d in found if d.code == "E101" and "near" in d.args}
    return [d for d in found if d.code != "E102" or (d.place.path, d.args["key"]) not in meant]


def _merge(slips: tuple[Diagnostic, ...], found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """One finding a spot: a mended slip explains what follows from it, unless the shape knows the better mend."""
    better: dict[Place, Diagnostic] = {d.place: d for d in found if d.code == "E167"}
    kept = [d for d in slips if d.place not in better]
    taken = {d.place for d in kept}
    for finding in found:
        if finding.place not in taken:
            taken.add(finding.place)
            kept.append(finding)
    return tuple(kept)


def _finding(model_type: type[BaseModel], source: Source, error: dict[str, Any]) -> Diagnostic | None:
    loc: _Loc = error["loc"]
    kind: str = error["type"]
    value = error["input"]
    if value is None and kind != "missing":
        return None  # left empty: the reader has said so
    context: Mapping[str, Any] = error.get("ctx") or {}
    if kind == "extra_forbidden":
        return _unknown(model_type, source, loc)
    if kind == "missing":
        key = str(loc[-1])
        sample = {"sample": _SAMPLES[key]} if key in _SAMPLES else {}
        return source.diagnose("E102", loc[:-1], {"key": key, **sample}, part="key")
    if kind in _ENTER:
        return _wrong_kind(source, loc, value, _ENTER[kind])
    if kind == "too_short" and value:
        return None  # pydantic counts the good items only; the bad ones have their own findings
    if kind in _CODES:
        return source.diagnose(_CODES[kind], loc, {"key": _owner(loc)})
    if "code" in context:
        return _own(source, loc, context)
    if kind == "int_parsing" or "than" in kind:
        low, high = context.get("ge", 0), context.get("le", 1_000_000)
        whole = {} if re.fullmatch(r"-?\d+", str(value), re.ASCII) else {"whole": ""}
        return source.diagnose("E127", loc, {"value": str(value), "low": str(low), "high": str(high), **whole})
    return source.diagnose("E168", loc, {"value": str(value)[:60], "why": str(error["msg"])})


def _own(source: Source, loc: _Loc, context: Mapping[str, Any]) -> Diagnostic:
    args = {key: str(value) for key, value in context.items() if key not in {"code", "at"}}
    args.setdefault("key", _owner(loc))
    at: _Loc = (*loc, context["at"]) if "at" in context else loc
    if context["code"] == "E115" and _CURLY.search(value := args.get("value", "")):
        args["curly"] = _CURLY.sub("'", value)
    part: Part = "key" if "at" in context or context["code"] in _AT_KEY else "value"
    return source.diagnose(str(context["code"]), at, args, part=part)


def _owner(loc: _Loc) -> str:
    """The nearest key above a value."""
    return next((step for step in reversed(loc) if isinstance(step, str) and step != PLAIN), "")


def _wrong_kind(source: Source, loc: _Loc, value: object, want: str) -> Diagnostic:
    if isinstance(value, str) and want == "mapping":
        head, colon, tail = value.partition("：")
        if colon and " " not in head.strip():
            return source.inside(
                "E109", loc, len(head), 1, {"char": "：", "narrow": ": ", "fixed": f"{head}: {tail.strip()}"}
            )
        if found := _GLUED.fullmatch(value):
            return source.diagnose("E156", loc, {"fixed": f"{found[1]}: {found[2]}"})
    got = "mapping" if isinstance(value, dict) else "list" if isinstance(value, list) else "text"
    key = _owner(loc)
    args = {"key": key or "@file", "want": f"@{want}", "got": f"@{got}"}
    if got == "text" and key in _MEANT:
        args["fixed"] = f"{key}: {{{_MEANT[key]}: {value}}}"
    return source.diagnose("E116", loc, args)


def _unknown(model_type: type[BaseModel], source: Source, loc: _Loc) -> Diagnostic:
    key = str(loc[-1])
    chain = list(_models(model_type, loc[:-1]))
    here = chain[-1] if chain else model_type
    args = {"key": key, "where": getattr(here, "called", "") or _owner(loc[:-1]) or "@file"}
    if issubclass(here, Shape) and key in here.refused:
        return source.diagnose(here.refused[key], loc, {**args, "what": f"@{key}", key: ""}, part="key")
    known = _keys(here)
    if "：" in key:
        head, _, tail = key.partition("：")
        return source.diagnose(
            "E109", loc, {**args, "char": "：", "narrow": ": ", "fixed": f"{head}: {tail.strip()}"}, part="key"
        )
    near = _near(here, key, known)
    args["others"] = ", ".join(sorted((k for k in known if k != near), key=lambda k: (-_alike(key, k), k))[:_MOST])
    if near:
        args["near"] = near
    elif any(key in _keys(model) for model in chain[:-1]):
        args["up"] = key
    elif inner := next((k for k in known if any(key in _keys(m) for m in _inner(here, k))), ""):
        args["inner"] = inner
    return source.diagnose("E101", loc, args, part="key")


def _near(model: type[BaseModel], key: str, known: list[str]) -> str:
    folded = {k.casefold(): k for k in known}
    if key.casefold() in folded:
        return folded[key.casefold()]
    if issubclass(model, Shape) and (meant := model.synonyms.get(key.casefold())):
        return meant
    near = get_close_matches(key.casefold(), list(folded), n=1, cutoff=0.7)
    return folded[near[0]] if near else ""


def _alike(a: str, b: str) -> int:
    """How many letters two words share at their beginning: enough to put relatives first."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _keys(model: type[BaseModel]) -> list[str]:
    return [k for name, field in model.model_fields.items() if (k := field.alias or name) != PLAIN]


def _models(model: type[BaseModel], loc: _Loc) -> Iterator[type[BaseModel]]:
    """The models one passes on the way along `loc`, the outermost first."""
    yield model
    kind: Any = model
    for step in loc:
        if isinstance(step, int):
            continue  # an element has its list's annotation: only its model matters
        found = _model_in(kind)
        field = _field(found, step) if found else None
        if field is not None:
            kind = field
            if inner := _model_in(kind):
                yield inner


def _field(model: type[BaseModel], key: str) -> Any:
    for name, field in model.model_fields.items():
        if key in {field.alias, name}:
            return field.annotation
    return None


def _inner(model: type[BaseModel], key: str) -> Iterator[type[BaseModel]]:
    found = _model_in(_field(model, key))
    if found is not None and found is not model:
        yield found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The first model an annotation is made of: through unions, tuples, dicts and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if isinstance(annotation, UnionType) or typing.get_origin(annotation) is not None:
        for part in typing.get_args(annotation):
            if found := _model_in(part):
                return found
    return None
