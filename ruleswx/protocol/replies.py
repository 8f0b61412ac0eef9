"""From bytes to typed replies: a strict decoder in front, forgiving about everything that is only odd.

The service sends JSON as text without a charset, pretty-printed, sometimes with raw line breaks inside strings;
somebody on the path sends HTML. Whatever arrives, callers get a typed value, SessionEnded, or RemoteProtocolError; no
lone surrogate, NaN or depth bomb comes through. Unknown fields are ignored, missing ones have defaults, a field or a
list item of the wrong type costs that item, not the reply.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from ruleswx.errors import LoginRefused, RemoteProtocolError, SendFailed, SessionEnded
from ruleswx.protocol.codes import classify, classify_status
from ruleswx.protocol.wire import Response
from ruleswx.redact import redact
from ruleswx.text import clean

__all__ = ["Base", "Reply", "check_ret", "check_send", "decode", "excerpt", "parse_reply", "text_of"]

T = TypeVar("T")
_LONE = re.compile(
    rb"\\(?:[^u]|u(?:[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|([dD][89a-fA-F][0-9a-fA-F]{2}))?)"
)
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_UNREADABLE = -1000
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}
_CONTROL = re.compile(rb"[\x00-\x1f]")


class Base(msgspec.Struct, frozen=True, gc=False):
    """The envelope's return code; one that is missing or no number is no success."""

    Ret: int = _UNREADABLE
    ErrMsg: str = ""


class Reply(msgspec.Struct, frozen=True):
    """A JSON reply; BaseResponse is missing from operations that were removed."""

    BaseResponse: Base | None = None


R = TypeVar("R", bound=Reply)


def excerpt(response: Response) -> str:
    """The first 300 characters of a body, fit for a log."""
    return redact(" ".join(text_of(response)[:300].split()))


def text_of(response: Response) -> str:
    """The body as text; UTF-8 whatever the headers say (they say nothing, and libraries then guess Latin-1)."""
    return clean(response.body.decode("utf-8", "replace"))


def decode(body: bytes, kind: type[T]) -> T:
    """A typed value of JSON bytes; raises RemoteProtocolError when they are no JSON of that shape at all."""
    try:
        # Half of a surrogate pair is refused here, so looking for one costs nothing where there is none.
        made: T = (_DECODERS.get(kind) or _decoder(kind)).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _again(_mend_surrogates(body), kind)
    return made


def parse_reply(response: Response, kind: type[R]) -> R:
    """A typed JSON reply of a good status; raises RemoteProtocolError for anything else, HTML included."""
    if classify_status(response.status) != "ok":
        raise RemoteProtocolError(f"HTTP {response.status}", excerpt(response))
    try:
        return decode(response.body, kind)
    except RemoteProtocolError as error:
        raise RemoteProtocolError("a reply that is not JSON", excerpt(response)) from error


def check_ret(reply: Reply, what: str) -> None:
    """Raise what the return code stands for: SessionEnded, LoginRefused, RemoteProtocolError; nothing for 0."""
    if reply.BaseResponse is None:
        raise RemoteProtocolError(f"{what} answered without BaseResponse")
    ret = reply.BaseResponse.Ret
    match classify(ret):
        case "ok":
            return
        case "ended":
            raise SessionEnded(ret)
        case "refused":
            raise LoginRefused(ret, reply.BaseResponse.ErrMsg)
        case _:
            raise RemoteProtocolError(f"{what} answered Ret {ret}")


def check_send(reply: Reply) -> None:
    """Raise what a send's return code stands for: SessionEnded, LoginRefused, SendFailed; nothing for 0."""
    base = reply.BaseResponse
    if base is None:
        raise RemoteProtocolError("a send was answered without BaseResponse")
    match classify(base.Ret):
        case "ok":
            return
        case "ended":
            raise SessionEnded(base.Ret)
        case "refused":
            raise LoginRefused(base.Ret, base.ErrMsg)
        case _:
            raise SendFailed(base.Ret, base.ErrMsg)


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    if kind not in _DECODERS:
        _DECODERS[kind] = msgspec.json.Decoder(kind, strict=False)
    return _DECODERS[kind]


def _mend_surrogates(body: bytes) -> bytes:
    """JSON may spell half of a surrogate pair; such an escape becomes U+FFFD before anybody decodes it."""
    # One byte is found far faster than two, and most replies hold no backslash at all.
    if b"\\" not in body or b"\\u" not in body:
        return body
    return _LONE.sub(lambda m: b"\\ufffd" if m[1] else m[0], body)


def _mend(body: bytes) -> bytes:
    """The same JSON in clean UTF-8, without a mark in front and without raw control characters inside strings."""
    text = body.decode("utf-8-sig", "replace").encode()
    return _STRING.sub(lambda m: _CONTROL.sub(lambda c: b"\\u%04x" % c[0][0], m[0]), text)


def _again(body: bytes, kind: type[T]) -> T:
    """What the strict decoder refused, less strictly."""
    try:
        made: T = _decoder(kind).decode(body)
    except msgspec.ValidationError:
        return _forgiving(body, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _forgiving(_mend(body), kind)
    return made


def _forgiving(body: bytes, kind: type[T]) -> T:
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise RemoteProtocolError("not JSON") from error
    if not isinstance(value, dict):
        raise RemoteProtocolError("JSON, but no object")
    made: T = _fit(value, kind)
    return made


def _fit(value: Any, kind: Any) -> Any:
    """`value` as `kind`, leaving out what does not fit; raises ValidationError when nothing of it does."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if not isinstance(value, dict):
            raise msgspec.ValidationError("no object")
        return kind(**_fitting(value, _hints(kind)))
    if get_origin(kind) is tuple:
        return tuple(_fit(value, list[get_args(kind)[0]]))  # type: ignore[misc]
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        return [made for item in (value if isinstance(value, list) else ()) if (made := _try(item, inner)) is not None]
    if kind is msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(value))
    inside = [one for one in get_args(kind) if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    return _fit(value, inside[0]) if inside else msgspec.convert(value, kind, strict=False)


def _fitting(value: dict[str, Any], hints: dict[str, Any]) -> dict[str, Any]:
    made = {name: _try(value[name], hint) for name, hint in hints.items() if name in value}
    return {name: item for name, item in made.items() if item is not None}


def _try(value: Any, kind: Any) -> Any:
    try:
        return _fit(value, kind)
    except (msgspec.MsgspecError, TypeError):
        return None


@lru_cache(maxsize=64)
def _hints(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return get_type_hints(kind)
