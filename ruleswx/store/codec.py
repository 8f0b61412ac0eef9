"""Effects and remembered values as JSON, and back, by class name and fields: a new effect needs no code here.

It must not know what any effect does.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, cast

import msgspec
from msgspec import UNSET, UnsetType

from ruleswx import model
from ruleswx.model import Chat, Effect, Json
from ruleswx.ratelimit import Kind

__all__ = [
    "chat_of",
    "decode_effect",
    "decode_json",
    "effect_kinds",
    "encode_effect",
    "encode_json",
    "kind_of",
    "storable",
]

_PACE = {"Invite": "group", "Kick": "group", "RenameGroup": "group", "AcceptFriend": "friend", "SetRemark": "friend"}


class _Hints:
    """Lets the interpreter resolve the alias; never made."""

    effect: Effect


@cache
def effect_kinds() -> Mapping[str, type[Any]]:
    """Every effect of the model by its class name."""
    union = typing.get_type_hints(_Hints, globalns=vars(model))["effect"]
    return {kind.__name__: kind for kind in typing.get_args(union)}


def encode_effect(effect: Effect) -> tuple[str, bytes]:
    """The class name and the fields as JSON. Characters no file can hold become U+FFFD."""
    return type(effect).__name__, _encode(effect)


def storable(effect: Effect) -> Effect:
    """The effect as it will be read again: itself, unless it has characters no file can hold."""
    try:
        msgspec.json.encode(effect, enc_hook=_plain)
    except UnicodeEncodeError:
        return decode_effect(*encode_effect(effect))
    return effect


def decode_effect(name: str, body: bytes) -> Effect:
    """The effect of `encode_effect`. Raises ValueError for a kind or shape this version does not know.

    Fields the stored one lacks get their defaults, fields this version lacks are left out.
    """
    known = _decoders().get(name)
    if known is None:
        raise ValueError(f"no effect is called {name!r}")
    try:
        values = msgspec.structs.asdict(known.decode(body))
        return cast("Effect", effect_kinds()[name](**{k: v for k, v in values.items() if v is not UNSET}))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, TypeError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from error


@cache
def _decoders() -> Mapping[str, msgspec.json.Decoder[Any]]:
    return {name: msgspec.json.Decoder(_shape(kind)) for name, kind in effect_kinds().items()}


def _shape(kind: type[Any]) -> type[msgspec.Struct]:
    """The effect's fields, each one optional."""
    hints = typing.get_type_hints(kind)
    return msgspec.defstruct(kind.__name__, [(f.name, hints[f.name] | UnsetType, UNSET) for f in fields(kind)])


def chat_of(effect: Effect) -> str:
    """The key of the chat the effect goes to; "" when it names none."""
    to = getattr(effect, "to", None)
    return to.key if isinstance(to, Chat) else ""


def kind_of(effect: Effect) -> Kind:
    """What the pace goes by: the effect's own `pace`, else what the service minds about its kind, else text."""
    return cast("Kind", getattr(effect, "pace", None) or _PACE.get(type(effect).__name__, "text"))


def encode_json(value: Json) -> bytes:
    """Any JSON value; raises TypeError for what is none."""
    return _encode(value)


def decode_json(body: bytes) -> Json:
    """The value of `encode_json`. Raises ValueError for anything else."""
    try:
        return cast("Json", msgspec.json.decode(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error


def _encode(value: object) -> bytes:
    try:
        return msgspec.json.encode(value, enc_hook=_plain)
    except UnicodeEncodeError:
        return msgspec.json.encode(_clean(msgspec.to_builtins(value, enc_hook=_plain)))


def _plain(value: object) -> object:
    """Read-only mappings are what frozen values hold; JSON wants dicts."""
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON")


def _clean(value: Any) -> Any:
    """The same without lone surrogates, which UTF-8 cannot hold."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value
