"""One call of a web service for a rule: the effect becomes a request, what comes back an outcome.

Secrets are filled in here, at the last moment, and taken out of everything that comes back before anybody sees it. An
outcome names the host and what went wrong, never the address. It must not know queues or rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ruleswx.errors import (
    AnswerTooLarge,
    ConnectFailed,
    ConnectionLost,
    HostRefused,
    LocalProtocolError,
    RemoteProtocolError,
    TimedOut,
)
from ruleswx.model import CallHttp, Json
from ruleswx.protocol.wire import Request, Response
from ruleswx.redact import Secret, redact
from ruleswx.rules.engine import Outcome
from ruleswx.rules.trace import Reason
from ruleswx.store.codec import decode_json

__all__ = ["MAX_BYTES", "build_call", "call", "host_of", "read_answer"]

MAX_BYTES = 256 * 1024
_DEEPEST = 50
_EXCERPT = 120
_CHARSETS = frozenset({"gbk", "gb2312", "gb18030", "big5", "iso-8859-1", "utf-16"})
_SHORTEST = 4
"""Shorter secrets are no secrets, and taking them out of an answer would maim it."""

Send = Callable[[Request], Awaitable[Response]]


class _NoSecret(Exception):
    """The configuration has no such secret any more."""


async def call(effect: CallHttp, send: Send, secrets: Mapping[str, Secret]) -> Outcome:
    """Ask, and say what came of it. Never raises for what services, networks or rules do."""
    host = host_of(effect.url)
    try:
        response = await send(build_call(effect, secrets))
    except _NoSecret as error:
        return _failed("secret", name=str(error))
    except HostRefused:
        return _failed("refused", host=host)
    except TimedOut:
        return _failed("time", host=host, seconds=f"{effect.timeout:g}")
    except ConnectFailed as error:
        return _failed("connect", host=host, why=_shown(_plainly(error, host), secrets))
    except ConnectionLost:
        return _failed("lost", host=host)
    except LocalProtocolError:
        return _failed("request", host=host)  # its text may quote a header
    except AnswerTooLarge:
        return _failed("large", host=host, limit=str(MAX_BYTES // 1024))
    except RemoteProtocolError:
        return _failed("answer", host=host)
    return read_answer(response, host, secrets)


def build_call(effect: CallHttp, secrets: Mapping[str, Secret]) -> Request:
    """The request with its secrets in place."""
    fill = _Filler(effect.mark, secrets)
    headers = {"User-Agent": "ruleswx", "Accept": "application/json, */*;q=0.5"}
    body = b""
    if effect.body is not None:
        headers["Content-Type"] = "application/json; charset=utf-8"
        body = json.dumps(fill.tree(effect.body), ensure_ascii=False).encode("utf-8", "replace")
    given = {name: fill.text(value).strip() for name, value in effect.headers.items()}
    taken = {name.lower() for name in given}
    headers = {name: value for name, value in headers.items() if name.lower() not in taken} | given
    return Request(effect.method, fill.address(effect.url), headers, body, effect.timeout, MAX_BYTES, "http")


class _Filler:
    """Puts secrets where their marks stand."""

    def __init__(self, mark: str, secrets: Mapping[str, Secret]) -> None:
        self._mark = re.compile(re.escape(mark) + "(.+?)" + re.escape(mark)) if mark else None
        self._secrets = secrets

    def text(self, text: str, found: Callable[[str], str] = str) -> str:
        """The text with every secret as `found` makes it."""
        if self._mark is None:
            return text
        return self._mark.sub(lambda match: found(self._secret(match[1])), text)

    def address(self, url: str) -> str:
        """The same in an address, where everything is escaped, the names of secrets too."""
        return self.text(url, lambda value: quote(value, safe=""))

    def tree(self, node: Any) -> Any:
        """The same in a JSON tree."""
        if isinstance(node, str):
            return self.text(node)
        if isinstance(node, Mapping):
            return {key: self.tree(value) for key, value in node.items()}
        if isinstance(node, list | tuple):
            return [self.tree(item) for item in node]
        return node

    def _secret(self, name: str) -> str:
        found = self._secrets.get(name) or self._secrets.get(unquote(name))
        if found is None:
            raise _NoSecret(unquote(name))
        return found.reveal()


def read_answer(response: Response, host: str, secrets: Mapping[str, Secret]) -> Outcome:
    """What an answer means: JSON if it is JSON, else text; a status from 300 on is a failure."""
    text = _without(_decoded(response), secrets)
    if 300 <= response.status < 400:
        to = urlsplit(response.headers.get("location", ""))
        where = f"{to.scheme}://{to.hostname}" if to.hostname else host
        return _failed("moved", host=host, status=str(response.status), to=where)
    if not 200 <= response.status < 300:
        says = redact(" ".join(text.split()))[:_EXCERPT]
        return _failed("status", host=host, status=str(response.status), says=f": {says}" if says else "")
    try:
        value = decode_json(text.encode("utf-8", "replace"))
    except ValueError:
        return Outcome("done", text)
    if not _shallow(value, _DEEPEST):
        return _failed("answer", host=host)
    return Outcome("done", _cleared(value, secrets))  # JSON may have escaped what the text did not show


def _plainly(error: ConnectFailed, host: str) -> str:
    """Why there is no connection, without the names that stand beside it anyway."""
    return re.sub(rf"^(?:\w+Error: )?(?:{re.escape(host)}(?::\d+)?: )?", "", str(error))


def host_of(url: str) -> str:
    """The host of an address, for people: the rest of it may hold what somebody said."""
    return urlsplit(url).hostname or "?"


def _decoded(response: Response) -> str:
    found = re.search(r"charset=[\"']?([\w-]+)", response.headers.get("content-type", ""), re.IGNORECASE)
    charset = found[1].lower() if found else "utf-8"
    return response.body.decode(charset if charset in _CHARSETS else "utf-8-sig", "replace")


def _without(text: str, secrets: Mapping[str, Secret]) -> str:
    """The text without secrets that a service threw back at us."""
    # The longest first: one may be the beginning of another.
    for plain in sorted((secret.reveal() for secret in secrets.values()), key=len, reverse=True):
        if len(plain) >= _SHORTEST:
            written = {json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1]}
            for form in {plain, *written, quote(plain), quote(plain, safe="")}:
                text = text.replace(form, "***")
    return text


def _cleared(node: Json, secrets: Mapping[str, Secret]) -> Json:
    """The same in a JSON tree."""
    if isinstance(node, str):
        return _without(node, secrets)
    if isinstance(node, dict):
        return {_without(key, secrets): _cleared(item, secrets) for key, item in node.items()}
    return [_cleared(item, secrets) for item in node] if isinstance(node, list) else node


def _shown(text: str, secrets: Mapping[str, Secret]) -> str:
    return redact(_without(" ".join(text.split()), secrets))[:_EXCERPT]


def _shallow(value: Json, left: int) -> bool:
    if isinstance(value, dict):
        return left > 0 and all(_shallow(item, left - 1) for item in value.values())
    if isinstance(value, list):
        return left > 0 and all(_shallow(item, left - 1) for item in value)
    return True


def _failed(code: str, **values: str) -> Outcome:
    return Outcome("failed", because=Reason(f"fail.call_{code}", values))
